/* ctl: leafpeerctl's entry; see ctl.h. */
#include "agent/ctl.h"
#include "agent/ctl_install.h"

#include "agent/lib/version.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATE_DIR_DEFAULT "/run/leafpeer"

static void usage(FILE *f)
{
	fputs("usage: leafpeerctl [--state-dir DIR] [COMMAND ... | -c 'LINES']\n"
	      "Asks the leafpeerd of this node, in the words of EOS; they may be abbreviated.\n"
	      "Without a command: a prompt (? helps, TAB completes), or lines of stdin.\n"
	      "\n"
	      "  show ip bgp summary              sessions; show bgp summary: by family\n"
	      "  show ip bgp [PREFIX]             paths, best first\n"
	      "  show ip bgp neighbors [IP [advertised-routes | received-routes | routes]]\n"
	      "  show ip route [bgp | summary]    routes of ours in the kernel\n"
	      "  show pods, show aggregates       what this node announces, and why\n"
	      "  show running-config              the configuration in force\n"
	      "  doctor                           what is wrong here, and what to do\n"
	      "  clear ip bgp * | IP [soft]       reset sessions, or refresh their routes\n"
	      "  drain [SECONDS], undrain, reload move traffic away, back; read configuration\n"
	      "  configure check FILE             what is wrong with a startup-config\n"
	      "  watch [SECONDS] COMMAND          again and again\n"
	      "  install-cni, uninstall-cni       the plugin on this node; --help after either\n"
	      "  install-seccomp                  the agent's seccomp profile; --help\n"
	      "\n"
	      "ipv6 in the place of ip. Behind a show: | json, include RE, exclude RE,\n"
	      "begin RE, section RE, count. All commands: help, or leafpeerctl(1).\n"
	      "Exit status: 0 answered, 1 refused or failed, 2 wrong usage, 3 no agent answers.\n",
	      f);
}

/* Several arguments are one line with spaces between. */
static bool join(int argc, char **argv, char line[static CTL_LINE_MAX + 1])
{
	size_t len = 0;

	for (int i = 0; i < argc; i++) {
		size_t n = strlen(argv[i]);

		if (strchr(argv[i], '\n') || len + n + 1 > CTL_LINE_MAX) {
			fprintf(stderr, "leafpeerctl: a command is one line of at most %d octets\n",
				CTL_LINE_MAX);
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

/* Lines one after another; the status is that of the last one that was not answered. */
static int run_lines(struct ctl *ctl, FILE *f)
{
	char line[CTL_LINE_MAX + 2];
	int status = CTL_OK, one;

	while (!ctl->leave && fgets(line, sizeof(line), f)) {
		size_t len = strlen(line);

		if (len == sizeof(line) - 1 && line[len - 1] != '\n') {
			fprintf(stderr, "leafpeerctl: a command is one line of at most %d octets\n",
				CTL_LINE_MAX);
			return CTL_USAGE;
		}
		line[strcspn(line, "\r\n")] = '\0';
		one = ctl_line(ctl, line);
		if (one != CTL_OK)
			status = one;
	}
	return status;
}

static int run_text(struct ctl *ctl, char *text)
{
	FILE *f;
	int status;

	if (!*text)
		return CTL_OK;
	f = fmemopen(text, strlen(text), "r");
	if (!f) {
		perror("leafpeerctl");
		return CTL_USAGE;
	}
	status = run_lines(ctl, f);
	fclose(f);
	return status;
}

static void print_word(void *ctx, const char *word, const char *help, const char *takes)
{
	(void)ctx;
	if (!takes && *word != '|')
		printf("%s\t%s\n", word, help);
}

/* For shells: the words that may stand where the text ends, with their help. */
static int complete(const struct ctl *ctl, const char *text)
{
	ctl_next(ctl, text, print_word, NULL);
	return CTL_OK;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"state-dir", required_argument, NULL, 's'},
		{"complete", required_argument, NULL, 'C'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{0},
	};
	struct ctl ctl = {.state_dir = getenv("LEAFPEER_STATE_DIR"), .privileged = true};
	char line[CTL_LINE_MAX + 1];
	char *lines = NULL;
	const char *text = NULL;
	int opt, status;

	/* "+": what follows the first word belongs to the command */
	while ((opt = getopt_long(argc, argv, "+c:hp:v", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			ctl.state_dir = optarg;
			break;
		case 'c':
			lines = optarg;
			break;
		case 'C':
			text = optarg;
			break;
		case 'p':
			break; /* EOS's level of privileges: everybody here is root */
		case 'h':
			usage(stdout);
			return CTL_OK;
		case 'v':
			printf("leafpeerctl %s\n", leafpeer_version());
			return CTL_OK;
		default: /* getopt has said what is wrong */
			fputs("leafpeerctl: --help says what there is\n", stderr);
			return CTL_USAGE;
		}
	}
	if (!ctl.state_dir || !*ctl.state_dir)
		ctl.state_dir = STATE_DIR_DEFAULT;
	if (text)
		return complete(&ctl, text);
	if (lines)
		return run_text(&ctl, lines);
	if (ctl_install(&ctl, argc - optind, argv + optind, &status))
		return status;
	if (optind < argc)
		return join(argc - optind, argv + optind, line) ? ctl_line(&ctl, line) : CTL_USAGE;
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return ctl_prompt(&ctl);
	return run_lines(&ctl, stdin);
}
