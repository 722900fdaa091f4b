/* ctl_ask: one command to the agent, its answer to whoever wants it. */
#include "agent/ctl.h"

#include "agent/lib/ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

volatile sig_atomic_t ctl_interrupted;

static int dial(const char *state_dir, char why[static CTL_WHY_MAX])
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int n = snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/leafpeerd.sock", state_dir);
	int fd;

	if (n < 0 || (size_t)n >= sizeof(sa.sun_path)) {
		snprintf(why, CTL_WHY_MAX, "leafpeerctl: %.200s: the path is too long for a socket",
			 state_dir);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	snprintf(why, CTL_WHY_MAX, "leafpeerctl: %s: %s", sa.sun_path,
		 errno == ENOENT || errno == ECONNREFUSED
			 ? "no leafpeerd answers here: is it running?"
		 : errno == EACCES ? "only root may ask"
				   : strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR && !ctl_interrupted)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static int take_answer(int fd, ctl_sink_fn *sink, void *ctx, char why[static CTL_WHY_MAX])
{
	struct ask_head head = {.len = 0};
	const char *error;
	char buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		size_t at = 0, len;
		const char *end = NULL;

		if (n < 0 && errno == EINTR && !ctl_interrupted)
			continue;
		if (n < 0)
			break;
		if (!head.whole)
			at = ask_head_add(&head, buf, (size_t)n);
		len = (size_t)n - at;
		if (head.whole && ask_head_marked(&head))
			end = memchr(buf + at, '\0', len);
		if (end)
			len = (size_t)(end - (buf + at));
		if (len && !sink(ctx, buf + at, len))
			return CTL_OK; /* the agent is told by the closing */
		if (end)
			return CTL_OK;
	}
	if (!head.whole) {
		snprintf(why, CTL_WHY_MAX, "leafpeerctl: %s",
			 ctl_interrupted ? "interrupted"
					 : "the agent closed the connection without an answer");
		return CTL_UNREACHABLE;
	}
	error = ask_head_error(&head);
	if (error) {
		snprintf(why, CTL_WHY_MAX, "%s", error);
		return CTL_REFUSED;
	}
	if (!ask_head_marked(&head) || ctl_interrupted)
		return CTL_OK;
	snprintf(why, CTL_WHY_MAX,
		 "leafpeerctl: the answer is cut short: the agent has closed the connection");
	return CTL_UNREACHABLE;
}

int ctl_ask(const struct ctl *ctl, const char *line, ctl_sink_fn *sink, void *ctx,
	    char why[static CTL_WHY_MAX])
{
	char question[ASK_LINE_MAX + sizeof(ASK_MARKED)];
	int fd = dial(ctl->state_dir, why);
	int status;

	if (fd < 0)
		return CTL_UNREACHABLE;
	/* at once: what comes later is not looked at */
	snprintf(question, sizeof(question), "%s\n" ASK_MARKED, line);
	if (!send_all(fd, question, strlen(question))) {
		snprintf(why, CTL_WHY_MAX, "leafpeerctl: the agent closed the connection");
		status = CTL_UNREACHABLE;
	} else {
		status = take_answer(fd, sink, ctx, why);
	}
	close(fd);
	return status;
}
