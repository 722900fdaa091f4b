/*
 * attr_impl: what attr.c and as4.c share; nobody else includes it.
 */
#ifndef LEAFPEER_BGP_ATTR_IMPL_H
#define LEAFPEER_BGP_ATTR_IMPL_H

#include "agent/bgp/attr.h"

/* What an old speaker's UPDATE says in AS4_PATH and AS4_AGGREGATOR, until the list is read. */
struct as4 {
	const uint8_t *path; /* 4-octet ASNs, no confederation segments; NULL: none */
	uint16_t path_len;
	bool has_aggregator;
	uint32_t aggregator_as, aggregator_id;
};

/* Whether these are whole sets and sequences, none empty, of ASNs of width octets that are not 0
 * (RFC 7606 section 7.2, RFC 7607); confed: confederation segments may be among them. */
bool as4_segments_ok(struct rd rd, size_t width, bool confed);
/* Writes segments of 2-octet ASNs, checked, as such of 4 octets; makes the path the set's. */
void as4_widen(struct rd rd, struct wr *scratch, struct attr_set *set);
/* AS4_PATH's value, checked with confed, into as4; its confederation segments are left out
 * (RFC 6793 section 6). */
void as4_path_take(struct rd rd, struct wr *scratch, struct as4 *as4);
/* RFC 6793 section 4.2.3: the set as a speaker of 4-octet ASNs would have told it. */
void as4_merge(const struct as4 *as4, struct wr *scratch, struct attr_set *set);
/* The set's path has an ASN that 2 octets do not hold. */
bool as4_path_needed(const struct attr_set *set);
/* The set's path with 2-octet ASNs, and its length in octets. */
size_t as4_narrow_len(const struct attr_set *set);
void as4_narrow(const struct attr_set *set, struct wr *wr);

#endif
