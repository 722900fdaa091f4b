/*
 * mtu: the MTU of both ends of the pod's interface.
 *
 * The other end is looked for only where there is one that is the pod's own: veth and netkit pairs
 * whose other half is in the namespace of the plugin. What stands behind a macvlan or a VLAN is the
 * node's uplink, and a pair's other half may be in a third namespace; both are left alone.
 */
#ifndef LEAFPEER_PLUGIN_MTU_H
#define LEAFPEER_PLUGIN_MTU_H

#include <stdint.h>

#define MTU_MIN      68
#define MTU_MAX      65535
#define MTU_NAME_MAX 16 /* of an interface's name, NUL included */

/* The MTU that the agent's configuration has for pods (agent/podmtu.h); 0: none, or none that
 * makes sense. */
uint32_t mtu_of_agent(const char *state_dir);
/* Sets it on the interface in the namespace and on its other end in ours, whose name (or "") goes
 * to host. 0 or -errno; *what says at which step. The calling thread is back in its own namespace
 * afterwards. */
int mtu_set(const char *netns, const char *ifname, uint32_t mtu, char host[MTU_NAME_MAX],
	    const char **what);
/* The MTUs of the interface in the namespace and of its other end in ours, 0 if it has none. 0 or
 * -errno. */
int mtu_get(const char *netns, const char *ifname, uint32_t *pod, uint32_t *host,
	    const char **what);

#endif
