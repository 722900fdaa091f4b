/*
 * mtu: the MTU of both ends of the pod's interface.
 */
#ifndef LEAFPEER_PLUGIN_MTU_H
#define LEAFPEER_PLUGIN_MTU_H

#include <stddef.h>
#include <stdint.h>

/* Sets it on the interface in the namespace and on its other end in ours. 0 or -errno; *what says
 * at which step. The calling thread is back in its own namespace afterwards. */
int mtu_set(const char *netns, const char *ifname, uint32_t mtu, const char **what);
/* The MTU of the interface in the namespace, or -errno. */
int mtu_get(const char *netns, const char *ifname, const char **what);

#endif
