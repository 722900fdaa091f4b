/*
 * carry: a BFD session on its way to another process (agent/takeover.h). Its times are of the
 * machine's monotonic clock, which both have.
 */
#ifndef LEAFPEER_BFD_CARRY_H
#define LEAFPEER_BFD_CARRY_H

#include "agent/bfd/session.h"
#include "agent/lib/text.h"

void bfd_session_carry(const struct bfd_session *s, struct text *out);
/* false: not one that could be; *out is as before. What it does not say is as in a new session. */
bool bfd_session_adopt(struct rd in, struct bfd_session *out);

#endif
