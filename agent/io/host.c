/* host: sysctls, interfaces, systemd-networkd, the clock, TCP's counters. See host.h. */
#include "agent/io/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

bool host_read(const char *path, size_t max, struct text *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), err = 0;
	char buf[16384];
	struct stat st;
	ssize_t n = 0;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		err = EINVAL;
	while (!err && (n = read(fd, buf, sizeof(buf))) > 0) {
		text_append(out, buf, (size_t)n);
		if (out->len > max)
			err = EFBIG;
	}
	if (n < 0)
		err = errno;
	close(fd);
	errno = err;
	return !err;
}

/* ---- sysctls, interfaces ----------------------------------------------------------------------
 */

static int sysctl_number(const char *path)
{
	struct text t = {0};
	int value = -1;

	if (host_read(path, 64, &t) && t.s && *t.s >= '0' && *t.s <= '9')
		value = atoi(t.s);
	text_free(&t);
	return value;
}

static void look_interface(const char *name, struct doctor_host *out)
{
	struct doctor_uplink *u = &out->uplinks[out->n_uplinks];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {0};
	char path[128];

	if (out->n_uplinks == DOCTOR_UPLINKS_MAX || strlen(name) >= sizeof(u->name)) {
		close(fd);
		return;
	}
	out->n_uplinks++;
	strcpy(u->name, name);
	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/rp_filter", name);
	u->rp_filter = sysctl_number(path);
	/* by ioctl, since /sys shows the network namespace that it was mounted in */
	strcpy(ifr.ifr_name, name);
	if (fd >= 0 && ioctl(fd, SIOCGIFMTU, &ifr) == 0)
		u->mtu = (uint32_t)ifr.ifr_mtu;
	close(fd);
}

/* Interfaces of pods, and of what makes them. */
static bool is_pods(const char *name)
{
	static const char *const begin[] = {"lo",  "lxc",    "cilium", "veth", "cali",
					    "cni", "docker", "tunl",   "vxlan"};

	for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++) {
		if (strncmp(name, begin[i], strlen(begin[i])) == 0)
			return true;
	}
	return false;
}

/* Those that lead to neighbours; where no agent says which, all that are not pods'. */
static void look_interfaces(const struct doctor_node *node, struct doctor_host *out)
{
	struct if_nameindex *all;

	for (size_t i = 0; i < node->n_uplinks; i++)
		look_interface(node->uplinks[i], out);
	if (node->from_agent)
		return;
	all = if_nameindex();
	for (size_t i = 0; all && all[i].if_index; i++) {
		if (!is_pods(all[i].if_name))
			look_interface(all[i].if_name, out);
	}
	if (all)
		if_freenameindex(all);
}

/* ---- systemd-networkd -------------------------------------------------------------------------
 */

/* systemd.syntax(7): the last one counts. */
static void read_networkd(const char *path, bool *manages)
{
	static const char key[] = "ManageForeignRoutes=";
	struct text t = {0};
	char *save = NULL;

	if (host_read(path, HOST_FILE_MAX, &t) && t.s) {
		for (char *line = strtok_r(t.s, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save)) {
			line += strspn(line, " \t");
			if (strncmp(line, key, strlen(key)) != 0)
				continue;
			line += strlen(key);
			*manages = strncasecmp(line, "no", 2) != 0 &&
				   strncasecmp(line, "false", 5) != 0 &&
				   strncasecmp(line, "off", 3) != 0 && *line != '0';
		}
	}
	text_free(&t);
}

static int is_conf(const struct dirent *de)
{
	size_t len = strlen(de->d_name);

	return len > 5 && *de->d_name != '.' && strcmp(de->d_name + len - 5, ".conf") == 0;
}

static void look_networkd(const char *root, struct doctor_host *out)
{
	static const char *const dirs[] = {"/usr/lib/systemd", "/run/systemd", "/etc/systemd"};
	char path[PATH_MAX];
	bool manages = true;

	snprintf(path, sizeof(path), "%s/run/systemd/system", root);
	if (access(path, F_OK) != 0) {
		out->networkd = NETWORKD_UNKNOWN;
		return;
	}
	snprintf(path, sizeof(path), "%s/run/systemd/netif/state", root);
	if (access(path, F_OK) != 0) {
		out->networkd = NETWORKD_ABSENT;
		return;
	}
	snprintf(path, sizeof(path), "%s/etc/systemd/networkd.conf", root);
	read_networkd(path, &manages);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		struct dirent **names = NULL;
		char dir[PATH_MAX / 2];
		int n;

		snprintf(dir, sizeof(dir), "%s%s/networkd.conf.d", root, dirs[i]);
		n = scandir(dir, &names, is_conf, alphasort);
		for (int k = 0; k < n; k++) {
			snprintf(path, sizeof(path), "%s/%s", dir, names[k]->d_name);
			read_networkd(path, &manages);
			free(names[k]);
		}
		free(names);
	}
	out->networkd = manages ? NETWORKD_MANAGES : NETWORKD_LEAVES;
}

/* ---- all --------------------------------------------------------------------------------------
 */

void host_look(const struct host_where *where, const struct doctor_node *node,
	       struct doctor_host *out)
{
	struct timex tx = {.modes = 0};

	memset(out, 0, sizeof(*out));
	host_look_cni(where, out);
	host_look_cilium(where, out);
	out->hash4 = sysctl_number("/proc/sys/net/ipv4/fib_multipath_hash_policy");
	out->hash6 = sysctl_number("/proc/sys/net/ipv6/fib_multipath_hash_policy");
	out->forward4 = sysctl_number("/proc/sys/net/ipv4/ip_forward");
	out->forward6 = sysctl_number("/proc/sys/net/ipv6/conf/all/forwarding");
	out->rp_all = sysctl_number("/proc/sys/net/ipv4/conf/all/rp_filter");
	look_interfaces(node, out);
	look_networkd(where->root, out);
	host_look_routes(node, out);
	out->wall_s = time(NULL);
	out->synced = adjtimex(&tx) < 0 ? -1 : !(tx.status & STA_UNSYNC);
}

/* ---- TCP's counters ---------------------------------------------------------------------------
 */

static void take_counter(struct doctor_tcp *out, const char *name, const char *value)
{
	const struct {
		const char *name;
		uint64_t *to;
	} wanted[] = {
		{"TCPMD5NotFound", &out->md5_missing},
		{"TCPMD5Unexpected", &out->md5_unexpected},
		{"TCPMD5Failure", &out->md5_wrong},
		{"TCPMinTTLDrop", &out->ttl_too_small},
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (strcmp(name, wanted[i].name) == 0)
			*wanted[i].to = strtoull(value, NULL, 10);
	}
}

/* /proc/net/netstat: a line of names, a line of numbers. */
void host_tcp(struct doctor_tcp *out)
{
	static const char head[] = "TcpExt:";
	struct text t = {0};
	char *names, *values, *save1 = NULL, *save2 = NULL;

	*out = (struct doctor_tcp){.known = false};
	names = host_read("/proc/self/net/netstat", HOST_FILE_MAX, &t) && t.s ? strstr(t.s, head)
									      : NULL;
	values = names ? strstr(names + 1, "\nTcpExt:") : NULL;
	if (values) {
		*values = '\0';
		values += 1 + strlen(head);
		values[strcspn(values, "\n")] = '\0';
		out->known = true;
		names = strtok_r(names + strlen(head), " ", &save1);
		values = strtok_r(values, " ", &save2);
		while (names && values) {
			take_counter(out, names, values);
			names = strtok_r(NULL, " ", &save1);
			values = strtok_r(NULL, " ", &save2);
		}
	}
	text_free(&t);
}
