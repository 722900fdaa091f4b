/*
 * peer_carry: an Established session on its way to another process (agent/takeover.h): both OPENs,
 * from which all that was agreed on follows, the timers, and what is on its way in either
 * direction.
 */
#ifndef LEAFPEER_BGP_PEER_CARRY_H
#define LEAFPEER_BGP_PEER_CARRY_H

#include "agent/bgp/peer.h"
#include "agent/lib/text.h"

/* false: it is not Established. *conn: on which connection it is. */
bool peer_carry(const struct peer *p, struct text *out, enum peer_conn *conn);
/* Into a peer that was not started yet: it is Established from here on, without ops->up. false: it
 * does not fit this peer's configuration, or makes no sense; the peer is as before. */
bool peer_adopt(struct peer *p, struct rd in, enum peer_conn *conn, int64_t now);

#endif
