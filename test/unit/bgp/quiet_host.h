/* The host of a peer that nobody looks at: it takes everything, and does nothing. */
#ifndef LEAFPEER_TEST_QUIET_HOST_H
#define LEAFPEER_TEST_QUIET_HOST_H

#include "agent/bgp/peer.h"

static inline void quiet_call(void *ctx)
{
	(void)ctx;
}

static inline void quiet_close(void *ctx, enum peer_conn c)
{
	(void)ctx;
	(void)c;
}

static inline void quiet_down(void *ctx, enum peer_down_reason reason, bool graceful)
{
	(void)ctx;
	(void)reason;
	(void)graceful;
}

static inline bool quiet_update(void *ctx, const struct bgp_update *u, struct bgp_error *err)
{
	(void)ctx;
	(void)u;
	(void)err;
	return true;
}

static inline void quiet_refresh(void *ctx, const struct bgp_refresh *r)
{
	(void)ctx;
	(void)r;
}

static inline uint32_t quiet_random(void *ctx)
{
	(void)ctx;
	return 0;
}

/* update: quiet_update, or one's own where the routes matter. */
#define QUIET_HOST(update)                                                              \
	{                                                                               \
		quiet_call, quiet_close, quiet_call, quiet_down, update, quiet_refresh, \
			quiet_call, quiet_random                                        \
	}

#endif
