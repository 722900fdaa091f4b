/*
 * pods: the directory of pod records, as state and as changes.
 *
 * The directory is the truth: it is scanned at start, watched, and scanned again whenever an event
 * may have been lost. A record that cannot be read or understood is left in place, logged once,
 * counted, and tried again when its file changes.
 */
#ifndef LEAFPEER_IO_PODS_H
#define LEAFPEER_IO_PODS_H

#include "agent/io/loop.h"
#include "agent/lib/orphan.h"
#include "agent/lib/record.h"

#define PODS_MAX 16384 /* records; more are not looked at, and counted as skipped */

struct pods;

struct pods_ops {
	/* A record came, went, or (both in turn, the old one first) changed. */
	void (*added)(void *ctx, const struct pod_record *r);
	void (*removed)(void *ctx, const struct pod_record *r);
};

/* Makes the directory (0700, with its parents) if it is missing, scans it and begins to watch: 0 or
 * -errno. Records found are reported before it returns. */
int pods_open(struct loop *l, const char *dir, const struct pods_ops *ops, void *ctx,
	      struct pods **out);
/* Reports nothing. NULL is fine. */
void pods_close(struct pods *p);
size_t pods_count(const struct pods *p);
size_t pods_skipped(const struct pods *p); /* files that are there but are no good records */
/* The i-th record, in the order of file names; NULL past the end. */
const struct pod_record *pods_at(const struct pods *p, size_t i);
/* The i-th file, good or not (*r is NULL), with what is known of its pod, which is whoever looks
 * after that's to write, and is forgotten with the record; false past the last. */
bool pods_file(struct pods *p, size_t i, const struct pod_record **r, struct orphan **o);
/* Removes the i-th file, and reports it: 0 or -errno (-ESTALE: another record has its name by now,
 * and is left). */
int pods_remove(struct pods *p, size_t i);

#endif
