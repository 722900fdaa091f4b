/*
 * watcher: says when the kernel of this network namespace has a set of routes, or has none of it.
 *
 *	watcher ROUTES present|absent|moved SECONDS [GATEWAY...]
 *
 * "moved" is "present" of routes that are there already, with other gateways.
 *
 * It disturbs as little as it can: a listener to route notifications would have the kernel make and
 * queue one for each route, on the account of whoever writes routes, so it asks instead. At first
 *for one route out of PROBES at a time, the next as soon as that is as wanted: a lookup a PERIOD.
 *When all have been seen it counts the table (/proc/net/fib_triestat, which holds no lock that a
 *writer wants), no more often than costs a quarter of one CPU. So the time it says is late by less
 *than five such counts, some 2 % at a million routes. Then it reads the whole table and compares
 *each route's gateways; if one is wrong it goes on asking.
 *
 * Prints "ready" when it watches, and one line of JSON at the end.
 */
#include "test/bench/routes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PROBES       256u
#define PERIOD       0.0005
#define GATEWAYS_MAX 8
#define RECV_BYTES   65536

#ifndef RTM_F_FIB_MATCH
#define RTM_F_FIB_MATCH 0x2000
#endif

struct watcher {
	struct mnl_socket *nl;
	struct routes routes;
	bool present;
	uint32_t gateways[GATEWAYS_MAX];
	uint32_t n_gateways;
	uint32_t base; /* prefixes in the kernel at the beginning */
	uint32_t seq;
	uint8_t *seen; /* a bit a route */
	uint32_t right, wrong, others;
	char buf[RECV_BYTES];
};

static void pause_for(double s)
{
	struct timespec ts = {.tv_sec = (time_t)s,
			      .tv_nsec = (long)((s - (double)(time_t)s) * 1e9)};

	nanosleep(&ts, NULL);
}

/* Of this process: what a count costs, and not how long others kept it waiting, which on a busy
 * machine would make the next one, and with it the answer, late by as much again. */
static double cpu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Prefixes in all tables of the namespace. */
static uint32_t count_table(void)
{
	FILE *f = fopen("/proc/thread-self/net/fib_triestat", "r");
	char line[256];
	uint32_t sum = 0, n;

	if (!f)
		bench_fail("/proc/thread-self/net/fib_triestat");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " Prefixes: %u", &n) == 1)
			sum += n;
	}
	fclose(f);
	return sum;
}

static struct nlmsghdr *get_route(struct watcher *w, uint16_t flags, struct rtmsg **rtm)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(w->buf);

	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++w->seq;
	*rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(**rtm));
	(*rtm)->rtm_family = AF_INET;
	return nlh;
}

static bool is_gateway(const struct watcher *w, uint32_t addr, uint32_t *found)
{
	for (uint32_t i = 0; i < w->n_gateways; i++) {
		if (w->gateways[i] != addr)
			continue;
		*found |= 1u << i;
		return true;
	}
	return false;
}

static bool hops_right(const struct watcher *w, const struct nlattr *multipath, uint32_t *found)
{
	char *at = mnl_attr_get_payload(multipath);
	size_t left = mnl_attr_get_payload_len(multipath);

	while (left >= sizeof(struct rtnexthop)) {
		struct rtnexthop hop;
		struct nlattr *attr;
		void *inside = at + sizeof(hop);
		size_t step;

		memcpy(&hop, at, sizeof(hop));
		if (hop.rtnh_len < sizeof(hop) || hop.rtnh_len > left)
			return false;
		mnl_attr_for_each_payload(inside, hop.rtnh_len - sizeof(hop))
		{
			if (mnl_attr_get_type(attr) == RTA_GATEWAY &&
			    !is_gateway(w, ntohl(mnl_attr_get_u32(attr)), found))
				return false;
		}
		step = MNL_ALIGN(hop.rtnh_len);
		if (step >= left)
			break;
		at += step;
		left -= step;
	}
	return true;
}

/* Which of the set the message's route is, and whether its gateways are as wanted: all of them and
 * no other. */
static bool look(const struct watcher *w, struct nlmsghdr *nlh, uint32_t *index, bool *right)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct nlattr *attr;
	uint32_t dst = 0, found = 0;
	bool ok = true;

	if (nlh->nlmsg_type != RTM_NEWROUTE || rtm->rtm_family != AF_INET)
		return false;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm))
	{
		switch (mnl_attr_get_type(attr)) {
		case RTA_DST:
			dst = ntohl(mnl_attr_get_u32(attr));
			break;
		case RTA_GATEWAY:
			ok &= is_gateway(w, ntohl(mnl_attr_get_u32(attr)), &found);
			break;
		case RTA_MULTIPATH:
			ok &= hops_right(w, attr, &found);
			break;
		default:
			break;
		}
	}
	*right = ok && found == (1u << w->n_gateways) - 1;
	return routes_find(&w->routes, dst, rtm->rtm_dst_len, index);
}

/* Whether the i-th route is as wanted. */
static bool probe(struct watcher *w, uint32_t i)
{
	uint32_t addr = routes_addr(&w->routes, i), index;
	struct rtmsg *rtm;
	struct nlmsghdr *nlh = get_route(w, 0, &rtm);
	bool right = false, there;

	rtm->rtm_dst_len = 32;
	rtm->rtm_flags = RTM_F_FIB_MATCH;
	mnl_attr_put_u32(nlh, RTA_DST, htonl(addr));
	if (mnl_socket_sendto(w->nl, nlh, nlh->nlmsg_len) < 0 ||
	    mnl_socket_recvfrom(w->nl, w->buf, sizeof(w->buf)) < 0)
		bench_fail("look a route up");
	there = look(w, (void *)w->buf, &index, &right);
	return w->present ? there && right : !there;
}

/* Reads the whole table; whether all is as wanted. */
static bool verify(struct watcher *w)
{
	struct rtmsg *rtm;
	struct nlmsghdr *out = get_route(w, NLM_F_DUMP, &rtm);
	uint32_t seq = out->nlmsg_seq;

	w->right = w->wrong = w->others = 0;
	memset(w->seen, 0, w->routes.n / 8 + 1);
	if (mnl_socket_sendto(w->nl, out, out->nlmsg_len) < 0)
		bench_fail("ask for all routes");
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(w->nl, w->buf, sizeof(w->buf));
		struct nlmsghdr *nlh = (void *)w->buf;
		int left = (int)n;

		if (n < 0)
			bench_fail("read all routes");
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			uint32_t i;
			bool right;

			if (nlh->nlmsg_seq != seq)
				continue;
			if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR)
				return w->present ? w->right == w->routes.n && !w->wrong
						  : !w->right && !w->wrong;
			if (!look(w, nlh, &i, &right)) {
				w->others++;
			} else if (!right || (w->seen[i / 8] & 1u << i % 8)) {
				w->wrong++;
			} else {
				w->seen[i / 8] |= (uint8_t)(1u << i % 8);
				w->right++;
			}
		}
	}
}

static bool counted(const struct watcher *w)
{
	uint32_t n = count_table();

	return w->present ? n >= w->base + w->routes.n : n + w->routes.n <= w->base;
}

/* The time at which all was there, or a negative number: the time is over. */
static double watch(struct watcher *w, double until)
{
	uint32_t n = w->routes.n < PROBES ? w->routes.n : PROBES;
	double began, cost;

	/* the last ones first: they are the likeliest to be late */
	for (uint32_t i = 0; i < n;) {
		uint32_t at = w->routes.n - 1 - (uint32_t)((uint64_t)i * w->routes.n / n);

		if (probe(w, at)) {
			i++;
			continue;
		}
		if (bench_now() > until)
			return -1;
		pause_for(PERIOD);
	}
	for (;;) {
		began = bench_now();
		if (began > until)
			return -1;
		cost = cpu_now();
		if (counted(w)) {
			if (verify(w))
				return began;
			continue;
		}
		cost = cpu_now() - cost;
		pause_for(cost * 3 > PERIOD ? cost * 3 : PERIOD);
	}
}

int main(int argc, char **argv)
{
	static struct watcher w;
	bool moved = argc > 2 && strcmp(argv[2], "moved") == 0;
	double at;

	if (argc < 4 || argc - 4 > GATEWAYS_MAX ||
	    (strcmp(argv[2], "present") != 0 && strcmp(argv[2], "absent") != 0 && !moved)) {
		fprintf(stderr,
			"usage: watcher ROUTES present|absent|moved SECONDS [GATEWAY...]\n");
		return 2;
	}
	w.routes = routes_parse(argv[1]);
	w.present = moved || strcmp(argv[2], "present") == 0;
	for (int i = 4; i < argc; i++)
		w.gateways[w.n_gateways++] = bench_addr(argv[i]);
	w.seen = calloc(1, w.routes.n / 8 + 1);
	w.nl = mnl_socket_open(NETLINK_ROUTE);
	if (!w.seen || !w.nl || mnl_socket_bind(w.nl, 0, MNL_SOCKET_AUTOPID) < 0)
		bench_fail("open a netlink socket");
	w.base = count_table() - (moved ? w.routes.n : 0);
	puts("ready");
	fflush(stdout);
	at = watch(&w, bench_now() + strtod(argv[3], NULL));
	if (at < 0)
		verify(&w);
	printf("{\"done\": %s, \"t\": %.6f, \"right\": %u, \"wrong\": %u, \"others\": %u}\n",
	       at < 0 ? "false" : "true", at, w.right, w.wrong, w.others);
	free(w.seen);
	mnl_socket_close(w.nl);
	return at < 0;
}
