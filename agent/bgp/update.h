/*
 * update: the UPDATE message (RFC 4271 section 4.3, RFC 4760), with RFC 7606's verdict.
 */
#ifndef LEAFPEER_BGP_UPDATE_H
#define LEAFPEER_BGP_UPDATE_H

#include "agent/bgp/attr.h"
#include "agent/bgp/capa.h"
#include "agent/bgp/msg.h"

struct update_ctx {
	struct attr_ctx attr;
	struct capa_agreed agreed;
};

/* NLRI of one family; already checked: walking them with nlri_next never fails half-way. */
struct nlri {
	struct rd rd;
	uint8_t afi;
	bool add_path;
};

/*
 * A decoded UPDATE. Borrows from the message and from the scratch.
 *
 * Where verdict is UPDATE_TREAT_WITHDRAW, reach and mp_reach name prefixes to withdraw.
 * Families that were not agreed have been left out and counted in ignored.
 */
struct bgp_update {
	enum update_verdict verdict;
	struct bgp_error err; /* the reason, unless verdict is UPDATE_OK */
	uint8_t bad_attr;
	uint32_t discarded; /* attributes */
	uint32_t ignored;   /* NLRI fields of families that were not agreed */
	struct nlri withdrawn;
	struct nlri mp_withdrawn;
	struct nlri reach;    /* with attrs */
	struct nlri mp_reach; /* with mp_attrs: same as attrs but for the next hop */
	struct attr_set attrs;
	struct attr_set mp_attrs;
	uint8_t eor; /* enum afi of the End-of-RIB marker that this is (RFC 4724 section 2), or 0 */
};

/*
 * Decodes a body. Always fills *u; with verdict UPDATE_RESET nothing but err is of use.
 * scratch: ATTR_SCRATCH octets. NLRI of an agreed family that cannot be walked reset (RFC 7606
 * section 5.3).
 */
void update_decode(const struct update_ctx *ctx, struct rd body, uint8_t *scratch,
		   struct bgp_update *u);

/* Takes the next prefix; false at the end. path_id is 0 without ADD-PATH. */
bool nlri_next(struct nlri *n, struct prefix *p, uint32_t *path_id);

/*
 * Writes UPDATEs. One message takes as many of the count prefixes, all of one family, as fit in
 * max octets; returns how many were taken (at least one unless wr is full). Prefixes of IPv4 with
 * an IPv4 next hop go into the classic fields, all others into MP_REACH_NLRI / MP_UNREACH_NLRI.
 */
size_t update_encode_reach(const struct update_ctx *ctx, const struct attr_set *set,
			   const struct prefix *p, size_t count, size_t max, struct wr *wr);
size_t update_encode_withdraw(const struct update_ctx *ctx, const struct prefix *p, size_t count,
			      size_t max, struct wr *wr);
void update_encode_eor(enum afi afi, struct wr *wr);

#endif
