/*
 * netns: whether a pod's network namespace and the host's end of its interface are there.
 */
#ifndef LEAFPEER_IO_NETNS_H
#define LEAFPEER_IO_NETNS_H

#include "agent/lib/orphan.h"
#include "agent/lib/record.h"

/* Never blocks, and opens nothing. Whatever does not answer clearly is unknown; so is the interface
 * of a record that names none. */
void netns_look(const struct pod_record *r, struct orphan_look *out);

#endif
