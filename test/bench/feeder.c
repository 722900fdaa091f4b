/*
 * feeder: one or several ToRs that announce a set of routes as fast as TCP takes it.
 *
 *	feeder [-1] [-i] [-p PATHS] [-h HOLD] ROUTES AS ADDRESS...
 *
 *	-1  one route a message; else as many as fit
 *	-i  install what is learned in the kernel of this namespace, and say when that is done
 *	-p  distinct AS paths that the routes come with (16)
 *
 * Each address listens on port 179 for one neighbour. Every message is made before anybody
 *connects, so that a feed is nothing but writing. It opens sessions as RFC 4271 has it, keeps them
 *alive, and ends each feed with an End-of-RIB. What happens is a line of JSON on standard output
 *each, with the time; "announce", "withdraw" and "quit" on standard input are its orders, to all
 *ToRs at once; with a number behind, from 1, to that one.
 */
#include "test/bench/routes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TORS_MAX  8
#define PORT      179
#define MSG_MAX   4096
#define HEADER    19
#define RX_BYTES  65536
#define AS_TRANS  23456
#define PATHS_MAX 4096

enum { OPEN = 1, UPDATE, NOTIFICATION, KEEPALIVE };

struct buf {
	uint8_t *data;
	size_t len, cap;
};

struct tor {
	uint32_t addr;
	int listener, fd;
	bool established;
	uint32_t node;                        /* its address */
	struct buf announce, withdraw, words; /* words: OPEN, KEEPALIVE */
	const struct buf *feed;               /* what is being written; NULL: nothing */
	size_t fed, said;
	double keepalive_at;
	uint8_t rx[RX_BYTES];
	size_t rx_len;
};

static struct routes routes;
static struct tor tors[TORS_MAX];
static unsigned int n_tors;
static uint32_t local_as;
static uint16_t hold = 180;
static uint32_t n_paths = 16;
static bool single, install;

/* ---- messages -------------------------------------------------------------------------------- */

static void put(struct buf *b, const void *data, size_t len)
{
	if (b->len + len > b->cap) {
		b->cap = b->cap ? b->cap * 2 : 65536;
		b->data = realloc(b->data, b->cap);
		if (!b->data)
			bench_fail("memory");
	}
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void put8(struct buf *b, unsigned int v)
{
	uint8_t x = (uint8_t)v;

	put(b, &x, 1);
}

static void put16(struct buf *b, unsigned int v)
{
	put8(b, v >> 8);
	put8(b, v);
}

static void put32(struct buf *b, uint32_t v)
{
	put16(b, v >> 16);
	put16(b, v & 0xffff);
}

static void fill16(struct buf *b, size_t at, size_t v)
{
	b->data[at] = (uint8_t)(v >> 8);
	b->data[at + 1] = (uint8_t)v;
}

static size_t begin(struct buf *b, unsigned int type)
{
	size_t start = b->len;

	for (int i = 0; i < 16; i++)
		put8(b, 0xff);
	put16(b, 0);
	put8(b, type);
	return start;
}

static void finish(struct buf *b, size_t start)
{
	fill16(b, start + 16, b->len - start);
}

static void put_open(struct buf *b, const struct tor *t)
{
	static const uint8_t mp_ip4[] = {1, 4, 0, 1, 0, 1}, refresh[] = {2, 0};
	static const uint8_t restart[] = {64, 6, 0, 120, 0, 1, 1, 0};
	size_t start = begin(b, OPEN);

	put8(b, 4);
	put16(b, local_as > 0xffff ? AS_TRANS : local_as);
	put16(b, hold);
	put32(b, t->addr);
	put8(b, sizeof(mp_ip4) + sizeof(refresh) + sizeof(restart) + 6 + 2);
	put8(b, 2);
	put8(b, sizeof(mp_ip4) + sizeof(refresh) + sizeof(restart) + 6);
	put(b, mp_ip4, sizeof(mp_ip4));
	put(b, refresh, sizeof(refresh));
	put(b, restart, sizeof(restart));
	put8(b, 65);
	put8(b, 4);
	put32(b, local_as);
	finish(b, start);
}

static void put_prefix(struct buf *b, uint32_t addr)
{
	uint32_t wire = htonl(addr);

	put8(b, routes.len);
	put(b, &wire, (routes.len + 7u) / 8);
}

/* Origin, path of two, next hop. */
static void put_attrs(struct buf *b, uint32_t nexthop, uint32_t path)
{
	static const uint8_t origin[] = {0x40, 1, 1, 0}, as_path[] = {0x40, 2, 10, 2, 2};
	static const uint8_t next_hop[] = {0x40, 3, 4};

	put(b, origin, sizeof(origin));
	put(b, as_path, sizeof(as_path));
	put32(b, local_as);
	put32(b, 4200000000u + path);
	put(b, next_hop, sizeof(next_hop));
	put32(b, nexthop);
}

static void make_announcements(struct tor *t)
{
	struct buf *b = &t->announce;
	uint32_t message = 0;
	size_t end;

	for (uint32_t i = 0; i < routes.n; message++) {
		size_t start = begin(b, UPDATE), attrs;

		put16(b, 0);
		attrs = b->len;
		put16(b, 0);
		put_attrs(b, t->addr, message % n_paths);
		fill16(b, attrs, b->len - attrs - 2);
		do {
			put_prefix(b, routes_addr(&routes, i++));
		} while (!single && i < routes.n && b->len - start + 5 <= MSG_MAX);
		finish(b, start);
	}
	/* End-of-RIB: an UPDATE of nothing */
	end = begin(b, UPDATE);
	put32(b, 0);
	finish(b, end);
}

static void make_withdrawals(struct tor *t)
{
	struct buf *b = &t->withdraw;

	for (uint32_t i = 0; i < routes.n;) {
		size_t start = begin(b, UPDATE), list = b->len;

		put16(b, 0);
		do {
			put_prefix(b, routes_addr(&routes, i++));
		} while (!single && i < routes.n && b->len - start + 5 + 2 <= MSG_MAX);
		fill16(b, list, b->len - list - 2);
		put16(b, 0);
		finish(b, start);
	}
}

/* ---- what happens ---------------------------------------------------------------------------- */

static const char *text_of(uint32_t addr)
{
	struct in_addr in = {.s_addr = htonl(addr)};

	return inet_ntoa(in);
}

static void say(const struct tor *t, const char *event, const char *more)
{
	printf("{\"event\": \"%s\", \"tor\": %d, \"t\": %.6f%s}\n", event, (int)(t - tors),
	       bench_now(), more);
	fflush(stdout);
}

static void drop(struct tor *t, const char *why)
{
	char more[128];

	snprintf(more, sizeof(more), ", \"why\": \"%s\"", why);
	close(t->fd);
	t->fd = -1;
	t->established = false;
	t->feed = NULL;
	t->words.len = t->said = t->rx_len = 0;
	say(t, "closed", more);
}

/* A route to what the node announces, as a ToR would have it, and back when the kernel has it. */
static void install_route(const struct tor *t, uint32_t addr, uint8_t len, bool add)
{
	char buf[8192] = {0};
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	nlh->nlmsg_type = add ? RTM_NEWROUTE : RTM_DELROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | (add ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = len;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_BGP;
	rtm->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(nlh, RTA_DST, htonl(addr));
	mnl_attr_put_u32(nlh, RTA_GATEWAY, htonl(t->node));
	/* each ToR has a table of its own in what is one namespace here */
	mnl_attr_put_u32(nlh, RTA_PRIORITY, 20 + (uint32_t)(t - tors));
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0 ||
	    mnl_socket_recvfrom(nl, buf, sizeof(buf)) < 0)
		bench_fail("install a learned route");
	mnl_socket_close(nl);
}

static void learned(struct tor *t, const uint8_t *at, const uint8_t *end, bool add)
{
	char more[64];

	while (at < end) {
		size_t octets = (at[0] + 7u) / 8;
		uint32_t addr = 0;

		if (at[0] > 32 || at + 1 + octets > end)
			break;
		memcpy(&addr, at + 1, octets);
		addr = ntohl(addr);
		snprintf(more, sizeof(more), ", \"prefix\": \"%s/%u\"", text_of(addr), at[0]);
		say(t, add ? "learned" : "unlearned", more);
		if (install) {
			install_route(t, addr, at[0], add);
			say(t, add ? "installed" : "removed", more);
		}
		at += 1 + octets;
	}
}

static void on_update(struct tor *t, const uint8_t *at, size_t len)
{
	const uint8_t *end = at + len;
	size_t withdrawn, attrs;

	if (len < 4)
		return;
	withdrawn = (size_t)at[0] << 8 | at[1];
	if (withdrawn + 4 > len)
		return;
	learned(t, at + 2, at + 2 + withdrawn, false);
	at += 2 + withdrawn;
	attrs = (size_t)at[0] << 8 | at[1];
	if (at + 2 + attrs > end)
		return;
	if (!withdrawn && !attrs && at + 2 == end)
		say(t, "end-of-rib", "");
	learned(t, at + 2 + attrs, end, true);
}

static void on_message(struct tor *t, const uint8_t *msg, size_t len)
{
	char more[64];

	switch (msg[18]) {
	case OPEN:
		finish(&t->words, begin(&t->words, KEEPALIVE));
		break;
	case UPDATE:
		on_update(t, msg + HEADER, len - HEADER);
		break;
	case NOTIFICATION:
		snprintf(more, sizeof(more), "NOTIFICATION %d/%d", len > 20 ? msg[19] : 0,
			 len > 20 ? msg[20] : 0);
		drop(t, more);
		break;
	case KEEPALIVE:
		if (t->established)
			break;
		t->established = true;
		t->keepalive_at = bench_now() + hold / 3.0;
		say(t, "established", "");
		break;
	default:
		break;
	}
}

/* ---- sockets --------------------------------------------------------------------------------- */

static void on_connect(struct tor *t)
{
	struct sockaddr_in sa;
	socklen_t len = sizeof(sa);
	int fd = accept4(t->listener, (struct sockaddr *)&sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int one = 1;

	if (fd < 0)
		return;
	if (t->fd >= 0) { /* the first of two that collide stays: it is the one with a session */
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	t->fd = fd;
	t->node = ntohl(sa.sin_addr.s_addr);
	say(t, "connected", "");
	put_open(&t->words, t);
}

static void on_readable(struct tor *t)
{
	ssize_t n = recv(t->fd, t->rx + t->rx_len, sizeof(t->rx) - t->rx_len, 0);
	size_t at = 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(t, "the connection is closed");
		return;
	}
	t->rx_len += (size_t)n;
	while (t->fd >= 0 && t->rx_len - at >= HEADER) {
		size_t len = (size_t)t->rx[at + 16] << 8 | t->rx[at + 17];

		if (len < HEADER || len > sizeof(t->rx)) {
			drop(t, "a message of no length");
			return;
		}
		if (t->rx_len - at < len)
			break;
		on_message(t, t->rx + at, len);
		at += len;
	}
	if (t->fd < 0)
		return;
	t->rx_len -= at;
	memmove(t->rx, t->rx + at, t->rx_len);
}

static bool write_some(struct tor *t, const struct buf *b, size_t *done)
{
	ssize_t n = send(t->fd, b->data + *done, b->len - *done, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		drop(t, strerror(errno));
		return false;
	}
	if (n > 0)
		*done += (size_t)n;
	return *done == b->len;
}

static void on_writable(struct tor *t)
{
	/* between messages of the feed, or the stream would be none */
	if (t->words.len && (!t->feed || !t->fed)) {
		if (write_some(t, &t->words, &t->said))
			t->words.len = t->said = 0;
	} else if (t->feed && write_some(t, t->feed, &t->fed)) {
		t->feed = NULL;
		say(t, "fed", "");
	}
}

static void order(const char *word)
{
	unsigned int one = 0;
	char verb[16] = "";
	bool announce;

	sscanf(word, "%15s %u", verb, &one);
	if (strcmp(verb, "quit") == 0)
		exit(0);
	announce = strcmp(verb, "announce") == 0;
	if (!announce && strcmp(verb, "withdraw") != 0) {
		errno = 0;
		bench_fail("orders are announce [TOR], withdraw [TOR] and quit");
	}
	for (unsigned int i = 0; i < n_tors; i++) {
		if (!tors[i].established || (one && i + 1 != one))
			continue;
		tors[i].feed = announce ? &tors[i].announce : &tors[i].withdraw;
		tors[i].fed = 0;
		say(&tors[i], announce ? "announcing" : "withdrawing", "");
	}
}

static void keep_alive(double now)
{
	for (unsigned int i = 0; i < n_tors; i++) {
		struct tor *t = &tors[i];

		if (!t->established || now < t->keepalive_at)
			continue;
		t->keepalive_at = now + hold / 3.0;
		finish(&t->words, begin(&t->words, KEEPALIVE));
	}
}

static int until_keepalive(double now)
{
	double left = 60;

	for (unsigned int i = 0; i < n_tors; i++) {
		if (tors[i].established && tors[i].keepalive_at - now < left)
			left = tors[i].keepalive_at - now;
	}
	return left < 0 ? 0 : (int)(left * 1000) + 1;
}

static void run(void)
{
	struct pollfd fds[1 + 2 * TORS_MAX];
	char line[64];

	for (;;) {
		fds[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
		for (unsigned int i = 0; i < n_tors; i++) {
			struct tor *t = &tors[i];

			fds[1 + 2 * i] = (struct pollfd){.fd = t->listener, .events = POLLIN};
			fds[2 + 2 * i] = (struct pollfd){.fd = t->fd, .events = POLLIN};
			if (t->feed || t->words.len)
				fds[2 + 2 * i].events |= POLLOUT;
		}
		if (poll(fds, 1 + 2 * n_tors, until_keepalive(bench_now())) < 0 && errno != EINTR)
			bench_fail("poll");
		if (fds[0].revents) {
			if (!fgets(line, sizeof(line), stdin))
				return;
			order(line);
		}
		for (unsigned int i = 0; i < n_tors; i++) {
			struct tor *t = &tors[i];

			if (fds[1 + 2 * i].revents)
				on_connect(t);
			if (t->fd >= 0 && t->fd == fds[2 + 2 * i].fd &&
			    (fds[2 + 2 * i].revents & (POLLIN | POLLHUP | POLLERR)))
				on_readable(t);
			if (t->fd >= 0 && (fds[2 + 2 * i].revents & POLLOUT))
				on_writable(t);
		}
		keep_alive(bench_now());
	}
}

static void tor_open(struct tor *t, const char *text)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int one = 1;

	t->addr = bench_addr(text);
	t->fd = -1;
	make_announcements(t);
	make_withdrawals(t);
	sa.sin_addr.s_addr = htonl(t->addr);
	t->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(t->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(t->listener, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
	    listen(t->listener, 8) != 0)
		bench_fail(text);
	say(t, "listening", "");
}

static void usage(void)
{
	fprintf(stderr, "usage: feeder [-1] [-i] [-p PATHS] [-h HOLD] ROUTES AS ADDRESS...\n");
	exit(2);
}

int main(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "1ip:h:")) != -1) {
		switch (opt) {
		case '1':
			single = true;
			break;
		case 'i':
			install = true;
			break;
		case 'p':
			n_paths = (uint32_t)strtoul(optarg, NULL, 10);
			break;
		case 'h':
			hold = (uint16_t)strtoul(optarg, NULL, 10);
			break;
		default:
			usage();
		}
	}
	if (argc - optind < 3 || argc - optind - 2 > TORS_MAX || !n_paths || n_paths > PATHS_MAX ||
	    hold < 3)
		usage();
	routes = routes_parse(argv[optind]);
	local_as = (uint32_t)strtoul(argv[optind + 1], NULL, 10);
	setvbuf(stdin, NULL, _IONBF, 0); /* poll does not see what stdio has read */
	for (int i = optind + 2; i < argc; i++)
		tor_open(&tors[n_tors++], argv[i]);
	run();
	return 0;
}
