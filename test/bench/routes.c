/* routes: see routes.h. */
#include "test/bench/routes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double bench_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void bench_fail(const char *what)
{
	if (errno)
		fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
			strerror(errno));
	else
		fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
	exit(1);
}

uint32_t bench_addr(const char *text)
{
	struct in_addr in;

	errno = 0;
	if (inet_pton(AF_INET, text, &in) != 1)
		bench_fail("not an IPv4 address");
	return ntohl(in.s_addr);
}

struct routes routes_parse(const char *text)
{
	struct routes r = {0};
	char order[16] = "";
	unsigned int len = 0;
	int n = sscanf(text, "%u/%u/%15s", &r.n, &len, order);

	errno = 0;
	r.len = (uint8_t)len;
	r.shuffled = strcmp(order, "shuffled") == 0;
	if (n < 2 || (n == 3 && !r.shuffled) || len < 16 || len > 32 || !r.n || r.n > ROUTES_MAX ||
	    (uint64_t)ROUTES_FIRST + ((uint64_t)r.n << (32 - len)) > 0x7f000000u)
		bench_fail("routes are NUMBER/LENGTH[/shuffled], below 127.0.0.0");
	return r;
}

/* Four rounds of Feistel on the least even number of bits that holds n; what lands outside goes on
 * until it is inside. */
static uint32_t permute(uint32_t n, uint32_t i)
{
	unsigned int half = 1;

	while (n > 1u << 2 * half)
		half++;
	do {
		uint32_t mask = (1u << half) - 1, left = i >> half, right = i & mask;

		for (uint32_t round = 0; round < 4; round++) {
			uint32_t f = (right + round * 0x9e3779b9u) * 0x85ebca6bu;
			uint32_t was = right;

			right = left ^ ((f ^ f >> 15) & mask);
			left = was;
		}
		i = left << half | right;
	} while (i >= n);
	return i;
}

uint32_t routes_addr(const struct routes *r, uint32_t i)
{
	return ROUTES_FIRST + ((r->shuffled ? permute(r->n, i) : i) << (32 - r->len));
}

bool routes_find(const struct routes *r, uint32_t addr, uint8_t len, uint32_t *i)
{
	if (len != r->len || addr < ROUTES_FIRST)
		return false;
	*i = (addr - ROUTES_FIRST) >> (32 - len);
	return *i < r->n;
}
