/*
 * conflist: leafpeer's place in a list of CNI plugins (CNI specification, section 1).
 *
 * The list is somebody else's file: what is not ours keeps its octets, order, white space and
 * numbers. Adding an entry and taking it out again gives the same text as before.
 */
#ifndef LEAFPEER_CONF_CONFLIST_H
#define LEAFPEER_CONF_CONFLIST_H

#include "agent/lib/text.h"

#include <stdbool.h>
#include <stdint.h>

#define CONFLIST_MAX      (1024 * 1024) /* octets */
#define CONFLIST_NAME_MAX 128           /* of a network's name */
#define CONFLIST_TYPE     "leafpeer"

/* What our entry says beside its type; 0 and NULL are left out. */
struct conflist_options {
	uint32_t mtu;
	const char *wait_route; /* a duration as the plugin takes it */
	const char *state_dir;
};

enum conflist_place {
	CONFLIST_ABSENT,
	CONFLIST_PRESENT, /* the very entry */
	CONFLIST_OTHER    /* an entry of ours that says something else */
};

struct conflist {
	char network[CONFLIST_NAME_MAX + 1];
	enum conflist_place place;
	bool first; /* our entry has no plugin before it, so nobody makes an interface for it */
};

/* Our entry as JSON. */
void conflist_entry(const struct conflist_options *o, struct text *out);
/* Whether the text is an entry of ours. */
bool conflist_is_entry(const char *text, size_t len);
/* Reads a list. False with *why (static text) if it is none, or none that leafpeer could be in. */
bool conflist_read(const char *text, size_t len, const char *entry, struct conflist *out,
		   const char **why);
/* Appends to out the list with the entry behind all others, or in the place of ours if there is
 * one. */
bool conflist_add(const char *text, size_t len, const char *entry, struct text *out,
		  const char **why);
/* Appends to out the list without any entry of ours. A list of leafpeer alone is refused: it would
 * be none any more. */
bool conflist_remove(const char *text, size_t len, struct text *out, const char **why);

#endif
