/* agent_client: see agent_client.h. */
#include "plugin/agent_client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_NAME  "leafpeerd.sock"
#define STATUS_MS    1000
#define ASK_AGAIN_MS 100
#define LIMITED      "error 51 "
#define GRACE_MS     500 /* for the agent to say itself that the time is over */

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* How long one system call may take; connect(2) waits for room in the agent's queue as send does.
 */
static void limit(int fd, int option, int64_t ms)
{
	/* 0 would be no limit */
	struct timeval tv = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};

	if (ms <= 0)
		tv.tv_usec = 1000;
	setsockopt(fd, SOL_SOCKET, option, &tv, sizeof(tv));
}

static int dial(const char *state_dir, int64_t ms)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int n = snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/" SOCKET_NAME, state_dir);
	int fd, err;

	if (n < 0 || (size_t)n >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	limit(fd, SO_SNDTIMEO, ms);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* Says one line and takes one, without its end; 0 or -errno (-EPIPE: no answer). */
static int talk(const char *state_dir, const char *text, int64_t deadline, char *line, size_t cap)
{
	size_t got = 0;
	ssize_t n;
	int fd = dial(state_dir, deadline - now_ms());

	if (fd < 0)
		return fd;
	n = send(fd, text, strlen(text), MSG_NOSIGNAL);
	while (n > 0 && got < cap - 1 && !memchr(line, '\n', got)) {
		limit(fd, SO_RCVTIMEO, deadline - now_ms());
		n = recv(fd, line + got, cap - 1 - got, 0);
		if (n > 0)
			got += (size_t)n;
	}
	close(fd);
	line[got] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return got ? 0 : -EPIPE;
}

enum agent_state agent_status(const char *state_dir, char *why, size_t cap)
{
	char line[512];
	int err = talk(state_dir, "cni-status\n", now_ms() + STATUS_MS, line, sizeof(line));

	if (err == -EPIPE) {
		snprintf(why, cap, "leafpeerd does not answer");
		return AGENT_ABSENT;
	}
	if (err) {
		snprintf(why, cap, "leafpeerd is not running on this node: %s", strerror(-err));
		return AGENT_ABSENT;
	}
	if (strncmp(line, LIMITED, strlen(LIMITED)) != 0)
		return AGENT_OK; /* also one that is older, and does not know the question */
	snprintf(why, cap, "%.120s", line + strlen(LIMITED));
	return AGENT_LIMITED;
}

/* Asks once; true if the answer was ok, else why. */
static bool ask(const char *state_dir, const char *addrs, int64_t deadline, char *why, size_t cap)
{
	char text[2048], line[512];
	int64_t left = deadline - now_ms();
	int err;

	snprintf(text, sizeof(text), "wait-route %s %lld\n", addrs, left > 0 ? (long long)left : 0);
	err = talk(state_dir, text, deadline + GRACE_MS, line, sizeof(line));
	if (err == -EPIPE)
		snprintf(why, cap, "leafpeerd: no answer");
	else if (err)
		snprintf(why, cap, "leafpeerd is not running on this node: %s", strerror(-err));
	else
		snprintf(why, cap, "leafpeerd: %.100s", line);
	return !err && strcmp(line, "ok") == 0;
}

bool agent_wait_route(const char *state_dir, const struct addr *addrs, size_t n,
		      uint32_t timeout_ms, char *why, size_t cap)
{
	int64_t deadline = now_ms() + timeout_ms;
	char list[1536], text[ADDR_STRLEN];
	size_t len = 0;

	if (!n)
		return true;
	for (size_t i = 0; i < n; i++) {
		size_t room = sizeof(list) - len;

		len += (size_t)snprintf(list + len, room, "%s%s", i ? "," : "",
					addr_str(&addrs[i], text));
		if (len >= sizeof(list)) {
			snprintf(why, cap, "the pod has too many addresses");
			return false;
		}
	}
	while (!ask(state_dir, list, deadline, why, cap)) {
		const struct timespec pause = {.tv_nsec = ASK_AGAIN_MS * 1000000L};

		if (now_ms() + ASK_AGAIN_MS >= deadline)
			return false;
		nanosleep(&pause, NULL);
	}
	return true;
}
