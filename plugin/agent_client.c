/* agent_client: see agent_client.h. */
#include "plugin/agent_client.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_NAME "leafpeerd.sock"
#define GRACE_MS    1000 /* for the agent to say that the time is over */

static int dial(const char *state_dir)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int n = snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/" SOCKET_NAME, state_dir);
	int fd, err;

	if (n < 0 || (size_t)n >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int agent_ping(const char *state_dir)
{
	int fd = dial(state_dir);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int agent_wait_route(const char *state_dir, const struct addr *addrs, size_t n, uint32_t timeout_ms)
{
	char line[2048], text[ADDR_STRLEN];
	uint32_t wait = timeout_ms + GRACE_MS;
	struct timeval tv = {.tv_sec = wait / 1000, .tv_usec = (wait % 1000) * 1000};
	size_t len;
	ssize_t got;
	int fd;

	if (!n)
		return 0;
	len = (size_t)snprintf(line, sizeof(line), "wait-route ");
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s", i ? "," : "",
					addr_str(&addrs[i], text));
	len += (size_t)snprintf(line + len, sizeof(line) - len, " %u\n", timeout_ms);
	if (len >= sizeof(line))
		return -E2BIG;
	fd = dial(state_dir);
	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	got = send(fd, line, len, MSG_NOSIGNAL) == (ssize_t)len ? recv(fd, line, 3, MSG_WAITALL)
								: -1;
	close(fd);
	if (got == 3 && memcmp(line, "ok\n", 3) == 0)
		return 0;
	return -ETIMEDOUT;
}
