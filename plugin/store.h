/*
 * store: the directory of pod records, as the plugin writes it. See agent/lib/record.h.
 */
#ifndef LEAFPEER_PLUGIN_STORE_H
#define LEAFPEER_PLUGIN_STORE_H

#include "agent/lib/record.h"

/* All return 0 or -errno. state_dir/pods is made if it is missing, for root alone (0700, files
 * 0600): nobody else has any business with it, and whoever can write there makes routes. */

/* Writes under a temporary name, a dot before the record's own, and renames: a reader sees a whole
 * record or none, whenever the writer is killed. Not synced: the directory is on tmpfs, and after a
 * crash of the machine there are no pods. */
int store_put(const char *state_dir, const struct pod_record *r);
/* Removes, also what a writer that was killed left behind; what is not there is no error. */
int store_remove(const char *state_dir, const char *network, const char *container_id,
		 const char *ifname);
/* -ENOENT: there is none; -EBADMSG: no good record. */
int store_get(const char *state_dir, const char *network, const char *container_id,
	      const char *ifname, struct pod_record *out);
/* Removes the network's records that keep() does not want, and its temporary files that were left
 * behind. Goes on after errors and returns the first. */
int store_sweep(const char *state_dir, const char *network,
		bool (*keep)(const void *ctx, const char *container_id, const char *ifname),
		const void *ctx);

#endif
