/*
 * result: prevResult, read and passed on (CNI specification, section 5).
 *
 * What goes on to the next plugin are the octets that came: a tree printed anew would change large
 * numbers, escapes and white space of things that are somebody else's. Where an MTU was set, its
 * member alone is put in their midst.
 */
#ifndef LEAFPEER_PLUGIN_RESULT_H
#define LEAFPEER_PLUGIN_RESULT_H

#include "agent/lib/text.h"
#include "plugin/cni.h"

/* The addresses that prevResult gave the pod; false with *err. */
bool result_addresses(const struct cni_request *r, struct addr *out, size_t cap, size_t *n,
		      struct cni_error *err);
/* The host's end of the pod's interface as prevResult names it, or "". */
void result_host_interface(const struct cni_request *r, char *buf, size_t cap);
/* Appends the result to print: prevResult, and from version 1.1.0, which has a place for it, with
 * r->mtu in the pod's interface and in the host's of the name (none if it is ""). */
void result_format(const struct cni_request *r, const char *host_interface, struct text *out);

#endif
