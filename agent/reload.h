/*
 * reload: the startup-config, read again when its file has changed, and what of it is not in force.
 */
#ifndef LEAFPEER_RELOAD_H
#define LEAFPEER_RELOAD_H

#include "agent/lib/text.h"

struct agent;
struct reload;

/* Watches the file; without a watch (said on the log) SIGHUP and leafpeerctl reload are left. */
struct reload *reload_new(struct agent *a);
void reload_free(struct reload *r); /* NULL is fine */
/* The file was read just now, for whatever reason. */
void reload_seen(struct reload *r);
/* show running-config diffs: the startup-config against what is in force. */
void reload_diffs(const struct agent *a, struct text *out);

#endif
