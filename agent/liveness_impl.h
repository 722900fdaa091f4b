/* liveness_impl: what liveness.c and liveness_show.c share, and nobody else sees. */
#ifndef LEAFPEER_LIVENESS_IMPL_H
#define LEAFPEER_LIVENESS_IMPL_H

#include "agent/liveness.h"

struct watched { /* one a session with bfd; forgotten with it */
	struct session *session;
	struct bfd_io_want want;
	uint8_t state; /* enum bfd_state, as last reported */
	bool known;    /* it was reported at all */
	uint64_t ups, downs;
	int error;
};

struct liveness {
	struct agent *agent;
	struct bfd_io *io; /* NULL until the first session wants it */
	struct watched watched[BFD_IO_SESSIONS_MAX];
	size_t n;
	uint32_t next_id;
	struct bfd_io_export *adopted; /* what another process handed over, until it is claimed */
	int listen_error;
	bool said;
	bool failed; /* the thread could not be started: said once */
};

#endif
