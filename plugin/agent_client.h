/*
 * agent_client: the plugin's two questions to the agent, over its control socket
 * (STATE/leafpeerd.sock).
 */
#ifndef LEAFPEER_PLUGIN_AGENT_CLIENT_H
#define LEAFPEER_PLUGIN_AGENT_CLIENT_H

#include "agent/lib/prefix.h"

/* 0: an agent answers at the socket; -errno. */
int agent_ping(const char *state_dir);
/* Waits until a prefix that covers each address has been sent to at least one Established peer. 0,
 * or -errno: -ETIMEDOUT, or -ECONNREFUSED and the like where there is no agent. */
int agent_wait_route(const char *state_dir, const struct addr *addrs, size_t n,
		     uint32_t timeout_ms);

#endif
