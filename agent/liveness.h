/*
 * liveness: BFD for the sessions that have it configured, and what follows from it (RFC 5882).
 *
 * A neighbour that BFD finds dead loses its next hops in the kernel first, one operation each, and
 * then its session, with Cease/10 (RFC 9384). A neighbour that was shut down administratively is
 * not dead. With bfd strict, a session is held until BFD is up.
 */
#ifndef LEAFPEER_LIVENESS_H
#define LEAFPEER_LIVENESS_H

#include "agent/io/bfd.h"
#include "agent/session.h"

#include <stdbool.h>

struct agent;
struct liveness;

/* from: what another process hands over, or NULL. */
struct liveness *liveness_new(struct agent *a, const struct bfd_io_export *from);
/* The neighbours are told that it was no failure. NULL is fine. */
void liveness_free(struct liveness *l);
/* The same without a word: it is another process's. */
void liveness_drop(struct liveness *l);
/* Sessions or their configuration have changed, or the way to a neighbour. */
void liveness_apply(struct liveness *l);
/* The session's next hops are dead, whoever found out: out of the kernel's groups with those that
 * no other session has. */
void liveness_next_hops_down(struct liveness *l, struct session *s);

/* liveness_show.c: fills show_state's part, to be freed with the other. */
struct show_state;
void liveness_show(struct liveness *l, struct show_state *st);
void liveness_show_free(struct show_state *st);

/* For the hand-over: NULL while no BFD runs. */
struct bfd_io *liveness_io(struct liveness *l);

#endif
