/*
 * handed: what runs BFD's sessions (io/bfd.h), as values, and on its way to another process
 * (agent/takeover.h): octets, which name descriptors by their place among those that go with them.
 */
#ifndef LEAFPEER_BFD_HANDED_H
#define LEAFPEER_BFD_HANDED_H

#include "agent/bfd/session.h"
#include "agent/lib/prefix.h"
#include "agent/lib/text.h"

#define BFD_IO_SESSIONS_MAX 64

struct bfd_io_want {
	uint32_t id; /* the caller's, not 0; another one is another session */
	struct addr remote;
	struct addr local; /* to send from; AFI_NONE: as the kernel chooses */
	uint32_t ifindex;  /* of a link-local neighbour, else 0 */
	bool multihop;
	struct bfd_session_conf conf;
};

struct bfd_io_counters {
	uint64_t rx, tx;
	uint64_t send_errors;
};

struct bfd_io_state {
	uint32_t id;
	struct bfd_session session;
	struct addr local; /* where the neighbour's packets come to; AFI_NONE: none came */
	uint32_t ifindex;  /* and over which interface */
	uint16_t port;     /* what we send from; 0: no socket */
	int error;         /* why there is none, or why it did not send: an errno, or 0 */
	struct bfd_io_counters counters;
};

/* What is carried to another process: the sessions as they are, with their sockets. */
struct bfd_io_carried {
	struct bfd_io_want want;
	struct bfd_io_state state;
	int fd; /* that it sends on, or -1 */
};
enum bfd_io_listener { /* ports, by family */
		       BFD_IO_ONE_HOP4,
		       BFD_IO_ONE_HOP6,
		       BFD_IO_MULTIHOP4,
		       BFD_IO_MULTIHOP6,
		       BFD_IO_LISTENERS
};
struct bfd_io_export {
	size_t n;
	struct bfd_io_carried sessions[BFD_IO_SESSIONS_MAX];
	int listeners[BFD_IO_LISTENERS]; /* or -1 */
};

/* Appends e's descriptors to fds, of which there are *n, at most cap. */
void bfd_handed_put(const struct bfd_io_export *e, struct text *out, int *fds, size_t *n,
		    size_t cap);
/* Takes those of the n descriptors that it names, whose entries become -1. false: it makes no
 * sense, and none was taken. */
bool bfd_handed_get(struct rd in, int *fds, size_t n, struct bfd_io_export *out);

#endif
