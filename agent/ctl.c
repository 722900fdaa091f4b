/*
 * leafpeerctl: sends a command to the agent's control socket and prints the answer.
 *
 * It knows no command itself: the agent's grammar is the only one, so an old leafpeerctl speaks to
 * a new agent.
 */
#include "agent/lib/version.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define STATE_DIR_DEFAULT "/run/leafpeer"
#define LINE_MAX_LEN      4095 /* what the agent takes, without the newline */

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3 };

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
	      "  reload                           read the startup-config again\n\n"
	      "After any show: | json.\n"
	      "Exit status: 0 answered, 1 refused, 2 wrong usage, 3 the agent does not answer.\n",
	      f);
}

static int dial(const char *state_dir)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int n = snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/leafpeerd.sock", state_dir);
	int fd;

	if (n < 0 || (size_t)n >= sizeof(sa.sun_path)) {
		fprintf(stderr, "leafpeerctl: %s: the path is too long for a socket\n", state_dir);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	fprintf(stderr, "leafpeerctl: %s: %s\n", sa.sun_path,
		errno == ENOENT || errno == ECONNREFUSED
			? "no leafpeerd answers here: is it running?"
		: errno == EACCES ? "only root may ask"
				  : strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* The first line says how it went; what follows goes through to standard output. */
static int print_answer(int fd)
{
	char buf[65536];
	char head[512];
	size_t head_len = 0;
	bool in_head = true;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		char *at = buf;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		while (in_head && n > 0) {
			char c = *at++;

			n--;
			if (c == '\n') {
				head[head_len] = '\0';
				in_head = false;
			} else if (head_len < sizeof(head) - 1) {
				head[head_len++] = c;
			}
		}
		if (!in_head && n > 0 && !write_all(STDOUT_FILENO, at, (size_t)n))
			return EXIT_REFUSED;
	}
	if (in_head) {
		fputs("leafpeerctl: the agent closed the connection without an answer\n", stderr);
		return EXIT_UNREACHABLE;
	}
	if (strcmp(head, "ok") == 0)
		return EXIT_SUCCESS;
	fprintf(stderr, "%s\n", strncmp(head, "error ", 6) == 0 ? head + 6 : head);
	return EXIT_REFUSED;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"state-dir", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{0},
	};
	const char *state_dir = getenv("LEAFPEER_STATE_DIR");
	char line[LINE_MAX_LEN + 2];
	size_t len = 0;
	int opt, fd, status;

	/* "+": what follows the first word belongs to the command */
	while ((opt = getopt_long(argc, argv, "+hv", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			state_dir = optarg;
			break;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		case 'v':
			printf("leafpeerctl %s\n", leafpeer_version());
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind == argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	for (int i = optind; i < argc; i++) {
		size_t n = strlen(argv[i]);

		if (strchr(argv[i], '\n') || len + n + 1 > LINE_MAX_LEN) {
			fputs("leafpeerctl: the command is one line of at most 4095 octets\n",
			      stderr);
			return EXIT_USAGE;
		}
		if (i > optind)
			line[len++] = ' ';
		memcpy(line + len, argv[i], n);
		len += n;
	}
	line[len++] = '\n';
	fd = dial(state_dir && *state_dir ? state_dir : STATE_DIR_DEFAULT);
	if (fd < 0)
		return EXIT_UNREACHABLE;
	if (!write_all(fd, line, len)) {
		fputs("leafpeerctl: the agent closed the connection\n", stderr);
		close(fd);
		return EXIT_UNREACHABLE;
	}
	status = print_answer(fd);
	close(fd);
	return status;
}
