/*
 * handover: see handover.h.
 *
 *	0       4         8        12            16
 *	| LPTO  | version | length | descriptors | octets ...
 */
#include "agent/io/handover.h"

#include "agent/lib/mem.h"
#include "agent/lib/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define HEADER_LEN 16

static const uint8_t magic[4] = {'L', 'P', 'T', 'O'};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

static int wait_for(int fd, short events, int64_t until)
{
	struct pollfd p = {.fd = fd, .events = events};

	for (;;) {
		int64_t left = until - now_ms();
		int n = poll(&p, 1, left > 0 ? (int)left : 0);

		if (n > 0)
			return 0;
		if (n == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

int handover_connect(const char *path, const char *line)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	size_t len = strlen(line);
	int fd, err = 0;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		err = -errno;
	/* a short line always fits the buffer of a socket that was just made */
	else if (send(fd, line, len, MSG_NOSIGNAL) != (ssize_t)len)
		err = -EPIPE;
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

static ssize_t send_some(int fd, struct iovec iov, const int *fds, size_t n)
{
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(HANDOVER_FDS_MAX * sizeof(int))] = {0};
	struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};
	struct cmsghdr *c;

	if (n) {
		h.msg_control = control;
		h.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c = (struct cmsghdr *)(void *)control; /* which is where the first one is */
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	return sendmsg(fd, &h, MSG_NOSIGNAL);
}

static int send_all(int fd, const void *data, size_t len, const int *fds, size_t n, int64_t until)
{
	size_t done = 0;
	union {
		const void *in;
		void *out;
	} u = {.in = data};

	while (done < len) {
		struct iovec iov = {(char *)u.out + done, len - done};
		ssize_t sent = send_some(fd, iov, fds, done ? 0 : n);

		if (sent > 0) {
			done += (size_t)sent;
		} else if (errno == EAGAIN) {
			int err = wait_for(fd, POLLOUT, until);

			if (err)
				return err;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int handover_send(int fd, const struct text *data, const int *fds, size_t n, int ms)
{
	int64_t until = now_ms() + ms;
	uint8_t header[HEADER_LEN];
	struct wr wr = wr_init(header, sizeof(header));
	int err;

	if (n > HANDOVER_FDS_MAX || data->len > HANDOVER_MAX)
		return -E2BIG;
	wr_bytes(&wr, magic, sizeof(magic));
	wr_u32(&wr, HANDOVER_VERSION);
	wr_u32(&wr, (uint32_t)data->len);
	wr_u32(&wr, (uint32_t)n);
	err = send_all(fd, header, sizeof(header), fds, n, until);
	return err ? err : send_all(fd, data->s, data->len, NULL, 0, until);
}

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

/* Descriptors that came with the octets, as many as there is room for. */
static void take_fds(struct msghdr *h, int fds[HANDOVER_FDS_MAX], size_t *n)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		size_t count;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
		    c->cmsg_len < CMSG_LEN(0))
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
			if (*n < HANDOVER_FDS_MAX)
				fds[(*n)++] = fd;
			else
				close(fd);
		}
	}
}

static int receive_all(int fd, void *buf, size_t len, int fds[HANDOVER_FDS_MAX], size_t *n,
		       int64_t until)
{
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(HANDOVER_FDS_MAX * sizeof(int))];
	size_t done = 0;

	while (done < len) {
		struct iovec iov = {(char *)buf + done, len - done};
		struct msghdr h = {.msg_iov = &iov,
				   .msg_iovlen = 1,
				   .msg_control = control,
				   .msg_controllen = sizeof(control)};
		ssize_t got = recvmsg(fd, &h, MSG_CMSG_CLOEXEC);

		if (got > 0) {
			take_fds(&h, fds, n);
			done += (size_t)got;
		} else if (got == 0) {
			return -EPIPE;
		} else if (errno == EAGAIN) {
			int err = wait_for(fd, POLLIN, until);

			if (err)
				return err;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

static int read_header(const uint8_t *header, uint32_t *len, uint32_t *n)
{
	struct rd rd = rd_init(header, HEADER_LEN);
	uint32_t version = 0;
	const uint8_t *m;

	if (!rd_bytes(&rd, sizeof(magic), &m) || memcmp(m, magic, sizeof(magic)) != 0 ||
	    !rd_u32(&rd, &version) || !rd_u32(&rd, len) || !rd_u32(&rd, n))
		return -EPROTO;
	return version == HANDOVER_VERSION && *len <= HANDOVER_MAX && *n <= HANDOVER_FDS_MAX
		       ? 0
		       : -EPROTO;
}

int handover_receive(int fd, struct text *data, int fds[HANDOVER_FDS_MAX], size_t *n, int ms)
{
	int64_t until = now_ms() + ms;
	uint8_t header[HEADER_LEN];
	uint32_t len = 0, count = 0;
	struct text t = {0};
	int err;

	*n = 0;
	err = receive_all(fd, header, sizeof(header), fds, n, until);
	err = err ? err : read_header(header, &len, &count);
	if (!err) {
		t.cap = len + (size_t)1;
		t.s = mem_zalloc(t.cap);
		t.len = len;
		err = receive_all(fd, t.s, len, fds, n, until);
	}
	if (!err && *n != count)
		err = -EPROTO;
	if (err) {
		close_all(fds, *n);
		*n = 0;
		text_free(&t);
		return err;
	}
	*data = t;
	return 0;
}

int handover_say(int fd, char word, int ms)
{
	return send_all(fd, &word, 1, NULL, 0, now_ms() + ms);
}

int handover_hear(int fd, int ms)
{
	int64_t until = now_ms() + ms;

	for (;;) {
		unsigned char word;
		ssize_t n = recv(fd, &word, 1, 0);
		int err;

		if (n == 1)
			return word;
		if (n == 0)
			return 0;
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		err = wait_for(fd, POLLIN, until);
		if (err)
			return err;
	}
}
