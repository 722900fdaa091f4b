/*
 * record: one pod's attachment, as the plugin leaves it for the agent.
 *
 * A record is a JSON file below STATE/pods, named by record_filename() from what identifies an
 * attachment in CNI: network, container ID, interface. Names that begin with a dot are records
 * being written.
 */
#ifndef LEAFPEER_LIB_RECORD_H
#define LEAFPEER_LIB_RECORD_H

#include "agent/lib/prefix.h"

#define RECORD_MTU_FILE  "interface-mtu" /* of the state directory: agent/podmtu.h */
#define RECORD_VERSION   1
#define RECORD_MAX_BYTES 65536
#define RECORD_NAME_MAX \
	128 /* octets of network, container ID, and of pod names; as long as they come */
#define RECORD_IFNAME_MAX    15
#define RECORD_ADDRESSES_MAX 32
#define RECORD_FILENAME_MAX  256 /* NUL included */

struct pod_record {
	char network[RECORD_NAME_MAX + 1];
	char container_id[RECORD_NAME_MAX + 1];
	char ifname[RECORD_IFNAME_MAX + 1];
	char pod_namespace[256]; /* "" where the runtime did not say */
	char pod_name[256];
	char pod_uid[64];
	char netns[256];         /* path, as given at ADD */
	char host_interface[16]; /* the host's end, "" if the result names none */
	uint32_t mtu;            /* that was set; 0: left alone */
	int64_t created;         /* seconds since 1970 */
	size_t n_addresses;
	struct addr addresses[RECORD_ADDRESSES_MAX];
};

/* Text names that may stand in a record and in a file name: 1 to max octets, letters, digits and
 * ._- only, the first a letter or digit. Everything that CNI allows for them (section 2 of the
 * specification), and nothing that could leave a directory. */
bool record_name_ok(const char *s, size_t max);
/* An interface's name, by the kernel's rules: no slash, no white space, not "." or "..". */
bool record_ifname_ok(const char *s);

/* Reads a record; false with *why (static text). *out is filled only on success. */
bool record_parse(const char *data, size_t len, struct pod_record *out, const char **why);
void record_fini(struct pod_record *r);
/* The record as text, NUL-terminated; the caller frees. */
char *record_format(const struct pod_record *r);
/* "NETWORK@CONTAINER@IFNAME.json"; of an interface's name odd octets are percent-encoded. */
void record_filename(const char *network, const char *container_id, const char *ifname,
		     char buf[static RECORD_FILENAME_MAX]);
/* Takes a file name apart again: whether it is that of an attachment of the network. */
bool record_filename_is_of(const char *filename, const char *network);

#endif
