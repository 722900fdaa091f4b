/* ctl_install: leafpeerctl install-cni and uninstall-cni; see ctl_install.h. */
#include "agent/ctl_install.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BIN_DIR   CTL_CNI_BIN_DIR
#define CONF_DIR  CTL_CNI_CONF_DIR
#define NETWORK   "cilium"
#define PROGRAM   "/usr/libexec/leafpeer/leafpeer" /* in the image */
#define STATE_DIR "/run/leafpeer"

static const char *const modes[] = {"configmap", "dropin", "patch"};

static void usage(FILE *f, bool installing)
{
	fprintf(f, "usage: leafpeerctl %s [--FLAG VALUE] ...\n\n",
		installing ? "install-cni" : "uninstall-cni");
	fputs(installing
		      ? "Puts the plugin on this node, and into the chain of its network:\n\n"
			"  --mode configmap       the program alone; prints what Cilium is to be "
			"told "
			"(default)\n"
			"         dropin          a file beside the list of plugins: libcni 1.3 "
			"and later\n"
			"         patch           an entry in the list that Cilium writes\n"
			"  --watch                stays, and puts back what somebody takes away\n"
			"  --mtu NUMBER           of the pods' interfaces (INTERFACE_MTU)\n"
			"  --wait-for-route TIME  pods start when the fabric knows them, such as "
			"2s\n"
			"  --program FILE         the plugin (" PROGRAM ")\n"
		      : "Takes the plugin out of the chain of every network. The program stays, to "
			"answer for pods\nthat were started with it; once they are gone it may be "
			"deleted.\n\n",
	      f);
	fputs("  --bin-dir DIR          of the node's plugins (" BIN_DIR ")\n"
	      "  --conf-dir DIR         of the node's lists of plugins (" CONF_DIR ")\n",
	      f);
	if (installing)
		fputs("  --network NAME         whose list it is (" NETWORK ")\n", f);
}

static const char *env_or(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

static bool bad(const char *flag, const char *value, const char *expected)
{
	fprintf(stderr, "leafpeerctl: %s %s: expected %s\n", flag, value, expected);
	return false;
}

static bool read_mode(const char *s, enum install_mode *out)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(s, modes[i]) == 0) {
			*out = (enum install_mode)i;
			return true;
		}
	}
	return bad("--mode", s, "configmap, dropin or patch");
}

static bool read_mtu(const char *s, uint32_t *out)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(s, &end, 10);
	if (errno || *end || *s < '0' || *s > '9' || v > 65535 || (v && v < 68))
		return bad("--mtu", s, "a number from 68 to 65535, or 0 to leave it alone");
	*out = (uint32_t)v;
	return true;
}

/* What the plugin takes: whole numbers with ms, s, m or h. It would refuse every pod otherwise. */
static bool duration_ok(const char *s)
{
	if (!*s)
		return false;
	while (*s) {
		size_t digits = strspn(s, "0123456789");

		if (!digits || digits > 8)
			return false;
		s += digits;
		if (strncmp(s, "ms", 2) == 0)
			s += 2;
		else if (*s == 's' || *s == 'm' || *s == 'h')
			s++;
		else
			return false;
	}
	return true;
}

static bool network_ok(const char *s)
{
	return *s && *s != '.' && strlen(s) <= CONFLIST_NAME_MAX && !strchr(s, '/');
}

/* In a tree that was just built the plugin is beside leafpeerctl. */
static const char *find_program(char buf[4096])
{
	ssize_t n;
	char *slash;

	if (access(PROGRAM, F_OK) == 0)
		return PROGRAM;
	n = readlink("/proc/self/exe", buf, 4096 - sizeof("leafpeer"));
	if (n <= 0)
		return PROGRAM;
	buf[n] = '\0';
	slash = strrchr(buf, '/');
	if (!slash)
		return PROGRAM;
	strcpy(slash + 1, "leafpeer");
	return access(buf, F_OK) == 0 ? buf : PROGRAM;
}

static bool take_flag(struct install *in, int flag, const char *value)
{
	switch (flag) {
	case 'm':
		return read_mode(value, &in->mode);
	case 'w':
		in->watch = true;
		return true;
	case 'b':
		in->bin_dir = value;
		return true;
	case 'c':
		in->conf_dir = value;
		return true;
	case 'n':
		in->network = value;
		return network_ok(value) || bad("--network", value, "the name of a network");
	case 'p':
		in->program = value;
		return true;
	case 'u':
		return read_mtu(value, &in->options.mtu);
	case 'r':
		in->options.wait_route = value;
		return duration_ok(value) ||
		       bad("--wait-for-route", value, "a duration such as 2s or 500ms");
	default:
		return false;
	}
}

/* From the environment, then flags. An exit status, or -1 to go on. */
static int read_options(const struct ctl *ctl, int argc, char **argv, bool installing,
			struct install *in)
{
	static const struct option options[] = {
		{"bin-dir", required_argument, NULL, 'b'},
		{"conf-dir", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{"mode", required_argument, NULL, 'm'},
		{"watch", no_argument, NULL, 'w'},
		{"network", required_argument, NULL, 'n'},
		{"program", required_argument, NULL, 'p'},
		{"mtu", required_argument, NULL, 'u'},
		{"wait-for-route", required_argument, NULL, 'r'},
		{0},
	};
	int opt;

	in->bin_dir = env_or("LEAFPEER_CNI_BIN_DIR", BIN_DIR);
	in->conf_dir = env_or("LEAFPEER_CNI_CONF_DIR", CONF_DIR);
	in->network = env_or("LEAFPEER_CNI_NETWORK", NETWORK);
	if (installing && (!read_mode(env_or("LEAFPEER_CNI_MODE", modes[0]), &in->mode) ||
			   !read_mtu(env_or("INTERFACE_MTU", "0"), &in->options.mtu)))
		return CTL_USAGE;
	if (strcmp(ctl->state_dir, STATE_DIR) != 0)
		in->options.state_dir = ctl->state_dir;
	optind = 1;
	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (opt == 'h') {
			usage(stdout, installing);
			return CTL_OK;
		}
		if ((!installing && opt != 'b' && opt != 'c') || !take_flag(in, opt, optarg)) {
			usage(stderr, installing);
			return CTL_USAGE;
		}
	}
	if (optind != argc) {
		usage(stderr, installing);
		return CTL_USAGE;
	}
	return -1;
}

/* ---- what is said afterwards ------------------------------------------------------------------
 */

static void print_configmap(const struct install *in)
{
	char name[256];

	if (cni_is_chained(in, name)) {
		printf("leafpeer is in the chain of %s/%s.\n", in->conf_dir, name);
		return;
	}
	printf("No list of plugins in %s names leafpeer yet. Apply this, and set these values of "
	       "Cilium's Helm chart:\n\n"
	       "apiVersion: v1\n"
	       "kind: ConfigMap\n"
	       "metadata:\n"
	       "  name: cni-leafpeer\n"
	       "  namespace: kube-system\n"
	       "data:\n"
	       "  cni-config: |-\n"
	       "    {\"cniVersion\": \"0.3.1\", \"name\": \"%s\", \"plugins\": [\n"
	       "      {\"type\": \"cilium-cni\"},\n"
	       "      %s]}\n"
	       "---\n"
	       "cni:\n"
	       "  configMap: cni-leafpeer\n",
	       in->conf_dir, in->network, in->entry.s);
}

static const char *result_text(enum install_result r)
{
	return r == INSTALL_ALREADY ? "was there already" : "written";
}

/* The other way of being in the chain is taken away when this one is there: for a moment the plugin
 * is called twice for a pod, which does no harm. */
static int install(const struct install *in)
{
	enum install_result r = INSTALL_DONE;
	unsigned int n;
	char name[256];
	bool changed;

	if (!cni_place_program(in, &changed))
		return CTL_REFUSED;
	printf("%s/leafpeer: %s\n", in->bin_dir,
	       result_text(changed ? INSTALL_DONE : INSTALL_ALREADY));
	switch (in->mode) {
	case INSTALL_CONFIGMAP:
		print_configmap(in);
		break;
	case INSTALL_DROPIN:
		r = cni_drop_in(in);
		if (r == INSTALL_FAILED || !cni_remove(in, true, false, &n))
			return CTL_REFUSED;
		printf("%s/%s/50-leafpeer.conf: %s. A runtime with a libcni before 1.3 does not "
		       "look there: if `leafpeerctl show pods` stays empty, use --mode patch.\n",
		       in->conf_dir, in->network, result_text(r));
		break;
	case INSTALL_PATCH:
		r = cni_patch(in, name);
		if (r == INSTALL_FAILED)
			return CTL_REFUSED;
		if (r == INSTALL_NO_LIST) {
			fprintf(stderr,
				"leafpeerctl: no list of plugins of the network %s in %s yet: is "
				"Cilium running on this node? --watch waits for it\n",
				in->network, in->conf_dir);
			return CTL_REFUSED;
		}
		printf("%s/%s: the entry %s\n", in->conf_dir, name,
		       r == INSTALL_ALREADY ? "was there already" : "was added");
		if (!cni_remove(in, false, true, &n))
			return CTL_REFUSED;
		break;
	}
	return CTL_OK;
}

static int install_cni(const struct ctl *ctl, int argc, char **argv)
{
	struct install in = {0};
	char path[4096];
	int status = read_options(ctl, argc, argv, true, &in);

	if (status >= 0)
		return status;
	if (!in.program)
		in.program = find_program(path);
	conflist_entry(&in.options, &in.entry);
	status = in.watch ? cni_watch(&in) : install(&in);
	text_free(&in.entry);
	return status;
}

static int uninstall_cni(const struct ctl *ctl, int argc, char **argv)
{
	struct install in = {0};
	unsigned int n;
	char name[256];
	bool ok;
	int status = read_options(ctl, argc, argv, false, &in);

	if (status >= 0)
		return status;
	conflist_entry(&in.options, &in.entry);
	ok = cni_remove(&in, true, true, &n);
	if (ok && cni_is_chained(&in, name)) {
		fprintf(stderr,
			"leafpeerctl: somebody has put leafpeer back into %s/%s: stop `install-cni "
			"--watch` first, and take cni.configMap out of Cilium's Helm values\n",
			in.conf_dir, name);
		ok = false;
	}
	text_free(&in.entry);
	if (!ok)
		return CTL_REFUSED;
	printf("leafpeer is in no chain of %s (%u files changed). %s/leafpeer stays for the pods "
	       "that were started with it.\n",
	       in.conf_dir, n, in.bin_dir);
	return CTL_OK;
}

bool ctl_install(const struct ctl *ctl, int argc, char **argv, int *status)
{
	if (argc && strcmp(argv[0], "install-cni") == 0)
		*status = install_cni(ctl, argc, argv);
	else if (argc && strcmp(argv[0], "uninstall-cni") == 0)
		*status = uninstall_cni(ctl, argc, argv);
	else if (argc && strcmp(argv[0], "install-seccomp") == 0)
		*status = ctl_install_seccomp(argc, argv);
	else
		return false;
	return true;
}
