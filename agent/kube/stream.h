/*
 * stream: JSON objects out of an answer of the Kubernetes API that comes in pieces.
 *
 *	watch   {"type":"ADDED","object":{...}}           one behind the other, as long as it lasts
 *	        {"type":"MODIFIED","object":{...}}
 *	list    {"kind":"PodList","metadata":{...},"items":[{...},{...}]}
 *
 * Of a list each item is told as it is complete, and at the end the frame: the list with no items
 *in it. So what has to be held is one object, never the list. Nothing recurses here, and no octet
 *is looked at twice.
 */
#ifndef LEAFPEER_KUBE_STREAM_H
#define LEAFPEER_KUBE_STREAM_H

#include "agent/lib/text.h"

#include <stdbool.h>
#include <stddef.h>

#define STREAM_OBJECT_MAX                                                      \
	(4 * 1024 * 1024) /* octets of one object; etcd's own limit is 1.5 MiB \
			   */

enum stream_shape {
	STREAM_WATCH,
	STREAM_LIST, /* also of any answer that is one object, such as a Status: it is all frame */
};

enum stream_part {
	STREAM_OBJECT,
	STREAM_FRAME,
};

/* data: one whole JSON object by its brackets, not parsed yet; lent for the call. false: no more.
 */
typedef bool stream_fn(void *ctx, enum stream_part part, const char *data, size_t len);

struct stream {
	enum stream_shape shape;
	struct text object, frame;
	unsigned int depth;
	bool in_string, escaped;
	/* of a list: where in it we are */
	bool in_items;
	bool key;     /* at depth 1 a name comes next */
	size_t named; /* where in the frame the name began */
	bool items;   /* the name was "items" */
	bool over;    /* the list's closing bracket was there */
};

void stream_init(struct stream *s, enum stream_shape shape);
void stream_fini(struct stream *s);
/* Takes the next octets, and tells what became complete. false with *why (static text): this is no
 * such stream, an object is too large, or fn said no (*why is NULL). It must not be fed again then.
 */
bool stream_feed(struct stream *s, const char *data, size_t len, stream_fn *fn, void *ctx,
		 const char **why);
/* Whether it may end here: nothing is half there. */
bool stream_may_end(const struct stream *s);

#endif
