/*
 * takeover: one leafpeerd goes on where another stops (leafpeerd --take-over), and no neighbour
 * notices: the TCP connections themselves pass over, and BFD's sessions with their discriminators.
 *
 *	new                                  old
 *	reads configuration and kernel
 *	"take-over" on the control socket -> stops reading and writing
 *	                  <- sessions, sockets
 *	looks whether it understands them
 *	"ready"           ->
 *	                  <- "yours", BFD    is done: from here on they are the new one's
 *	                  <- end of stream   control socket and ports are free
 *	goes on                              ends
 *
 * Whatever fails before "yours" leaves the old one running as if nothing had been; what fails
 *behind it is a graceful restart (RFC 4724). Received routes are not carried: the neighbours are
 *asked for them, and until they have said all, the kernel keeps what it has, as after a restart.
 */
#ifndef LEAFPEER_TAKEOVER_H
#define LEAFPEER_TAKEOVER_H

#include "agent/io/bfd.h"
#include "agent/io/control.h"
#include "agent/session.h"

#include <stdbool.h>

struct agent;
struct takeover;

/* ---- the old one: a "take-over" command. Once it has succeeded, a->handed_over is set and the
 * loop stops; takeover_gone is to be called when the ports are free. */
void takeover_offer(struct agent *a, struct control_client *client);
void takeover_gone(struct agent *a);

/* ---- the new one */
enum takeover_result {
	TAKEOVER_NOBODY, /* no agent answers: there is nothing to take over */
	TAKEOVER_GONE,   /* one did, on its way out, and ended without handing over */
	TAKEOVER_OK,
	TAKEOVER_REFUSED, /* the old one goes on, and the reason was logged */
};

/* Somebody listens at path. */
bool takeover_possible(const char *path);
enum takeover_result takeover_begin(const char *path, struct takeover **out);
/* In place of session_start: true if the session is carried on. NULL is fine: false. */
bool takeover_session(struct takeover *t, struct session *s);
/* The old one's listening socket of the family, or -1; the caller's from now on. */
int takeover_listener(struct takeover *t, enum afi afi);
/* BFD's sessions; its sockets are the caller's from now on. NULL: there are none. */
const struct bfd_io_export *takeover_bfd(struct takeover *t);
/* It was draining; *reasons (enum drain_reason) and *withdraw_at as in the old one. */
bool takeover_drain(const struct takeover *t, unsigned int *reasons, int64_t *withdraw_at);
/* Closes what nobody asked for. NULL is fine. */
void takeover_end(struct takeover *t);

#endif
