/*
 * routes: the set of routes that the programs of the bench speak of. The i-th is the same prefix in
 * each of them: the feeder announces it, the floor installs it, the watcher looks for it.
 *
 * Prefixes begin at 20.0.0.0 and follow on each other, so a set has no hole; its order is that, or
 * (shuffled) a fixed permutation of it.
 */
#ifndef LEAFPEER_BENCH_ROUTES_H
#define LEAFPEER_BENCH_ROUTES_H

#include <stdbool.h>
#include <stdint.h>

#define ROUTES_FIRST 0x14000000u /* 20.0.0.0 */
#define ROUTES_MAX   (1u << 24)

struct routes {
	uint32_t n;
	uint8_t len; /* 16..32 */
	bool shuffled;
};

/* "1000000/24" or "1000000/24/shuffled"; ends the program if it is neither. */
struct routes routes_parse(const char *text);
uint32_t routes_addr(const struct routes *r, uint32_t i); /* of the i-th; host order */
/* Which one the prefix is, shuffled or not; false: none of them. */
bool routes_find(const struct routes *r, uint32_t addr, uint8_t len, uint32_t *i);

/* Seconds of CLOCK_MONOTONIC, which all processes of the machine have in common. */
double bench_now(void);
void bench_fail(const char *what)
	__attribute__((noreturn));     /* with errno's text, if there is one */
uint32_t bench_addr(const char *text); /* IPv4, host order */

#endif
