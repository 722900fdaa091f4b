/*
 * collect: takes away records of pods that are gone, which no runtime came to delete.
 *
 * What is gone is lib/orphan's to say; here is when to look, and the removal.
 */
#ifndef LEAFPEER_COLLECT_H
#define LEAFPEER_COLLECT_H

#include <stdint.h>

struct agent;
struct collect;

struct collect *collect_new(struct agent *a);
void collect_free(struct collect *c); /* NULL is fine */
/* The grace time, as configured; 0: nothing is collected. */
void collect_set_grace(struct collect *c, uint32_t seconds);
uint64_t collect_removed(const struct collect *c); /* records since the start */

#endif
