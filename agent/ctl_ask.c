/* ctl_ask: one command to the agent, its answer to standard output. */
#include "agent/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

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
			return CTL_REFUSED;
	}
	if (in_head) {
		fputs("leafpeerctl: the agent closed the connection without an answer\n", stderr);
		return CTL_UNREACHABLE;
	}
	if (strcmp(head, "ok") == 0)
		return CTL_OK;
	fprintf(stderr, "%s\n", strncmp(head, "error ", 6) == 0 ? head + 6 : head);
	return CTL_REFUSED;
}

int ctl_ask(struct ctl *ctl, const char *line)
{
	int fd = dial(ctl->state_dir);
	int status;

	if (fd < 0)
		return CTL_UNREACHABLE;
	if (!write_all(fd, line, strlen(line)) || !write_all(fd, "\n", 1)) {
		fputs("leafpeerctl: the agent closed the connection\n", stderr);
		close(fd);
		return CTL_UNREACHABLE;
	}
	status = print_answer(fd);
	close(fd);
	return status;
}
