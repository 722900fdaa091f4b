/*
 * agent_client: the plugin's two questions to the agent, over its control socket
 * (STATE/leafpeerd.sock; its words are in agent/io/control.h).
 *
 * Neither waits longer than it was told to, also for an agent that listens and does nothing.
 */
#ifndef LEAFPEER_PLUGIN_AGENT_CLIENT_H
#define LEAFPEER_PLUGIN_AGENT_CLIENT_H

#include "agent/lib/prefix.h"

enum agent_state {
	AGENT_OK,
	AGENT_LIMITED, /* it runs, and cannot give the pods their connectivity */
	AGENT_ABSENT,  /* it is not there, or hangs */
};

/* Within a second; unless it is AGENT_OK why is a line for people of at most cap octets. */
enum agent_state agent_status(const char *state_dir, char *why, size_t cap);
/* Waits until a prefix that covers each address has been sent to at least one Established peer. An
 * agent that is not there, is restarted or has no room for one who waits is asked again until the
 * time is over. False with why, a line for people of at most cap octets. */
bool agent_wait_route(const char *state_dir, const struct addr *addrs, size_t n,
		      uint32_t timeout_ms, char *why, size_t cap);

#endif
