/*
 * lastgood: the last good configuration in the cache directory: read at start, written when a
 * configuration is in force.
 */
#ifndef LEAFPEER_LASTGOOD_H
#define LEAFPEER_LASTGOOD_H

#include "agent/conf/saved.h"
#include "agent/settings.h"

struct lastgood;

/* Reads what an earlier run on this node left. One that is damaged, of another version or of
 * another node is set aside, with a line on the log. Never fails. */
struct lastgood *lastgood_open(const struct settings *s);
void lastgood_free(struct lastgood *l); /* NULL is fine */
/* What was read, or NULL. */
const struct saved *lastgood_saved(const struct lastgood *l);
/* Writes, if it is another one than the file has. now's node is filled in here. */
void lastgood_write(struct lastgood *l, const struct saved *now);

/* When the file was written, in seconds since 1970: 0 or -errno. */
int lastgood_time(const struct lastgood *l, int64_t *wall_s);

/* This node's name: NODE_NAME, or the host's. */
const char *node_name(void);

#endif
