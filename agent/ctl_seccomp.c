/* ctl_seccomp: leafpeerctl install-seccomp: the agent's seccomp profile, for the kubelet to find.
 *
 * A container that names a profile does not start before the file is there, so another one, which
 * names none, puts it there first. */
#include "agent/ctl_install.h"
#include "agent/io/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROFILE     "/usr/share/leafpeer/leafpeerd.json" /* in the image */
#define DIR         "/var/lib/kubelet/seccomp/leafpeer"
#define NAME        "leafpeerd.json"
#define TEMP        ".leafpeerd.json.new"
#define PROFILE_MAX (1u << 20) /* octets */

static void usage(FILE *f)
{
	fputs("usage: leafpeerctl install-seccomp [--FLAG VALUE] ...\n\n"
	      "Puts the seccomp profile of the agent where the kubelet looks for it, as " NAME
	      ":\n\n"
	      "  --dir DIR       which is there (" DIR ")\n"
	      "  --profile FILE  the profile (" PROFILE ")\n",
	      f);
}

static int failed(const char *doing, const char *path, int err)
{
	fprintf(stderr, "leafpeerctl: cannot %s %s: %s\n", doing, path, strerror(-err));
	return CTL_REFUSED;
}

/* Readable by all, as the kubelet's own are: it says nothing that its source does not. */
static int place(const char *dir_path, const struct text *profile)
{
	struct text there = {0};
	struct stat st = {0};
	int dir, err = replace_lock(dir_path, &dir);
	bool same;

	if (err)
		return failed("open", dir_path, err);
	same = replace_read(dir, NAME, PROFILE_MAX, &there, &st) == 0 &&
	       there.len == profile->len && (st.st_mode & 07777) == 0644 &&
	       memcmp(there.s, profile->s, there.len) == 0;
	text_free(&there);
	if (!same)
		err = replace_prepare(dir, TEMP, 0644, profile->s, profile->len);
	if (!same && !err)
		err = replace_commit(dir, TEMP, NAME);
	close(dir);
	if (err)
		return failed("write " NAME " in", dir_path, err);
	printf("%s/" NAME ": %s\n", dir_path, same ? "was there already" : "written");
	return CTL_OK;
}

int ctl_install_seccomp(int argc, char **argv)
{
	static const struct option options[] = {
		{"dir", required_argument, NULL, 'd'},
		{"profile", required_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	const char *dir = DIR, *file = PROFILE;
	struct text profile = {0};
	int opt, status;

	optind = 1;
	while ((opt = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (opt == 'd') {
			dir = optarg;
		} else if (opt == 'p') {
			file = optarg;
		} else {
			usage(opt == 'h' ? stdout : stderr);
			return opt == 'h' ? CTL_OK : CTL_USAGE;
		}
	}
	if (optind != argc) {
		usage(stderr);
		return CTL_USAGE;
	}
	status = replace_read(AT_FDCWD, file, PROFILE_MAX, &profile, NULL);
	status = status         ? failed("read the profile", file, status)
		 : !profile.len ? failed("read the profile", file, -ENODATA)
				: place(dir, &profile);
	text_free(&profile);
	return status;
}
