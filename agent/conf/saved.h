/*
 * saved: the last good configuration as a file: what a restarted agent begins with when the API
 * server is away, or the startup-config broken.
 *
 *	leafpeer-saved 1 CRC32 LENGTH\n
 *	{"node":..., "annotations":{...}, "owned":[...], "ownedKnown":..., "config":"..."}
 *
 * It has the inputs that Kubernetes gave, so that a startup-config that changed meanwhile counts,
 * and the whole configuration as lines, for when that one is no good.
 */
#ifndef LEAFPEER_CONF_SAVED_H
#define LEAFPEER_CONF_SAVED_H

#include "agent/conf/model.h"

#include <stdint.h>

#define SAVED_MAX             (2 * 1024 * 1024) /* octets of the file */
#define SAVED_ANNOTATIONS_MAX 256
#define SAVED_NODE_MAX        253

struct saved {
	char node[SAVED_NODE_MAX + 1];
	struct conf_annotation *annotations; /* owned, with their texts */
	size_t n_annotations;
	struct prefix *owned; /* the node's prefixes by Kubernetes */
	size_t n_owned;
	bool owned_known;
	char *config; /* lines of conf_render() */
};

/* The file's octets, appended to out. */
void saved_encode(const struct saved *s, struct text *out);
/* false with *why (static text): not one of ours, or not whole. The caller frees with saved_fini.
 */
bool saved_decode(const char *data, size_t len, struct saved *out, const char **why);
void saved_fini(struct saved *s);

#endif
