/*
 * handed: sessions and listeners of one process on their way to another (agent/takeover.h): octets,
 * which name descriptors by their place among those that go with them.
 */
#ifndef LEAFPEER_BGP_HANDED_H
#define LEAFPEER_BGP_HANDED_H

#include "agent/lib/prefix.h"
#include "agent/lib/text.h"
#include "agent/lib/wire.h"

#define HANDED_SESSIONS_MAX 256

struct handed_session {
	struct rd body; /* of the octets that it was read from */
	int fd;
};

struct handed {
	size_t n_sessions;
	struct handed_session sessions[HANDED_SESSIONS_MAX];
	int listeners[2]; /* IPv4, IPv6; -1: none */
	bool draining;
	uint64_t drain_reasons; /* 0: it did not say */
	int64_t withdraw_at;
};

/* fd: the place of the descriptor. */
void handed_put_version(struct text *out, const char *version);
void handed_put_session(struct text *out, size_t fd, const struct text *body);
void handed_put_listener(struct text *out, size_t fd, enum afi afi);
void handed_put_drain(struct text *out, uint64_t reasons, int64_t withdraw_at);
/* Takes those of the n descriptors that it names, whose entries become -1. false: it makes no
 * sense, and none was taken. */
bool handed_get(struct rd in, int *fds, size_t n, struct handed *out);

#endif
