/* hashing: whether connections spread over the ToRs, which the kernel decides (multipath-hash). */
#include "agent/agent.h"
#include "agent/io/log.h"
#include "agent/io/multipath_hash.h"

#include <errno.h>
#include <string.h>

static void set(enum afi afi)
{
	int err = multipath_hash_set(afi, MULTIPATH_HASH_L4);

	if (err)
		log_warning("cannot have the kernel choose next hops by ports: is /proc/sys "
			    "read-only here?",
			    "sysctl=%s reason=%s", multipath_hash_sysctl(afi), strerror(-err));
	else
		log_info("the kernel chooses next hops by ports", "sysctl=%s",
			 multipath_hash_sysctl(afi));
}

void hashing_apply(struct agent *a)
{
	const struct conf *c = config_conf(a->config);

	for (int i = 0; i < 2; i++) {
		enum afi afi = i ? AFI_IP6 : AFI_IP4;
		int policy;

		if (multipath_hash_read(afi, &policy) != 0 ||
		    (policy != MULTIPATH_HASH_L3 && policy != MULTIPATH_HASH_INNER))
			continue;
		if (c->multipath_hash_l4)
			set(afi);
		else if (!a->hashing_said)
			log_warning("the kernel chooses next hops by addresses alone: connections "
				    "of two pods "
				    "all go through one ToR; multipath-hash l4 below leafpeer "
				    "changes it",
				    "sysctl=%s value=%d", multipath_hash_sysctl(afi), policy);
	}
	a->hashing_said = true;
}
