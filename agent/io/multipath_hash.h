/*
 * multipath_hash: by what the kernel chooses one of several next hops for a packet: the sysctls
 * fib_multipath_hash_policy of both families, in this network namespace.
 */
#ifndef LEAFPEER_IO_MULTIPATH_HASH_H
#define LEAFPEER_IO_MULTIPATH_HASH_H

#include "agent/lib/prefix.h"

enum {
	MULTIPATH_HASH_L3 =
		0, /* addresses alone: all that two pods say to each other goes one way */
	MULTIPATH_HASH_L4 = 1,    /* ports, too */
	MULTIPATH_HASH_INNER = 2, /* addresses, of the packet inside if it is a tunnel's */
};

const char *multipath_hash_sysctl(enum afi afi);
/* 0 and *policy, or -errno: -ENOENT where there is no such family, or the kernel is too old. */
int multipath_hash_read(enum afi afi, int *policy);
int multipath_hash_set(enum afi afi, int policy);

#endif
