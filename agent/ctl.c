/* ctl: leafpeerctl's entry; see ctl.h. */
#include "agent/ctl.h"

#include "agent/lib/version.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATE_DIR_DEFAULT "/run/leafpeer"

static void usage(FILE *f)
{
	fputs("usage: leafpeerctl [--state-dir DIR] COMMAND ...\n"
	      "Asks the leafpeerd of this node. Words may be abbreviated; one argument or "
	      "several.\n\n"
	      "  show ip bgp summary              sessions, one a line\n"
	      "  show ip bgp [PREFIX]             paths, best first\n"
	      "  show ip bgp neighbors [IP [advertised-routes | received-routes | routes]]\n"
	      "  show ip route [bgp]              what is in the kernel\n"
	      "  show pods                        allocations recorded on this node\n"
	      "  show aggregates                  owned prefixes and what is announced\n"
	      "  show running-config              the configuration in force\n"
	      "  show version\n"
	      "  clear ip bgp * | IP [soft]       reset sessions, or refresh their routes\n"
	      "  drain [SECONDS], undrain         GRACEFUL_SHUTDOWN, then withdraw; and back\n"
	      "  reload                           read the startup-config again\n"
	      "  configure check FILE             says what is wrong with a startup-config\n\n"
	      "After any show: | json.\n"
	      "Exit status: 0 answered, 1 refused, 2 wrong usage, 3 the agent does not answer.\n",
	      f);
}

/* Several arguments are one line with spaces between. */
static bool join(int argc, char **argv, char line[static CTL_LINE_MAX + 1])
{
	size_t len = 0;

	for (int i = 0; i < argc; i++) {
		size_t n = strlen(argv[i]);

		if (strchr(argv[i], '\n') || len + n + 1 > CTL_LINE_MAX) {
			fputs("leafpeerctl: the command is one line of at most 4095 octets\n",
			      stderr);
			return false;
		}
		if (i)
			line[len++] = ' ';
		memcpy(line + len, argv[i], n);
		len += n;
	}
	line[len] = '\0';
	return true;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"state-dir", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{0},
	};
	struct ctl ctl = {.state_dir = getenv("LEAFPEER_STATE_DIR")};
	char line[CTL_LINE_MAX + 1];
	int opt, status;

	/* "+": what follows the first word belongs to the command */
	while ((opt = getopt_long(argc, argv, "+hv", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			ctl.state_dir = optarg;
			break;
		case 'h':
			usage(stdout);
			return CTL_OK;
		case 'v':
			printf("leafpeerctl %s\n", leafpeer_version());
			return CTL_OK;
		default:
			return CTL_USAGE;
		}
	}
	if (optind == argc) {
		usage(stderr);
		return CTL_USAGE;
	}
	if (!ctl.state_dir || !*ctl.state_dir)
		ctl.state_dir = STATE_DIR_DEFAULT;
	if (ctl_local(&ctl, argc - optind, argv + optind, &status))
		return status;
	if (!join(argc - optind, argv + optind, line))
		return CTL_USAGE;
	return ctl_ask(&ctl, line);
}
