/* test: what every unit test includes; cmocka wants its headers in this order. */
#ifndef LEAFPEER_TEST_UNIT_TEST_H
#define LEAFPEER_TEST_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after those */
#include <cmocka.h>

#include "agent/lib/prefix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline struct addr test_addr(const char *s)
{
	struct addr a = {0};

	if (!addr_parse(s, &a))
		fail_msg("%s is no address", s);
	return a;
}

static inline struct prefix test_prefix(const char *s)
{
	struct prefix p = {0};

	if (!prefix_parse(s, &p, NULL))
		fail_msg("%s is no prefix", s);
	return p;
}

/* "ff 00 01" to octets; returns how many. */
static inline size_t test_hex(const char *s, uint8_t *out, size_t cap)
{
	size_t n = 0;
	int taken;
	unsigned int v;

	while (sscanf(s, " %2x%n", &v, &taken) == 1) {
		assert_true(n < cap);
		out[n++] = (uint8_t)v;
		s += taken;
	}
	return n;
}

/* xorshift: the same numbers in every run. */
static inline uint32_t test_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

#endif
