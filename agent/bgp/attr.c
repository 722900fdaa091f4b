/*
 * attr: decoding and encoding of path attributes; see attr.h.
 *
 *	 0       1       2       3 (4)
 *	+-------+-------+-------+-------- ...
 *	| flags | type  | length| value         length is of two octets if flags has EXTENDED
 *	+-------+-------+-------+-------- ...
 *
 * One row of the table is one attribute: its flags, which peers it is listened to from, how its
 * value is read and written, and what RFC 7606 section 7 makes of one that is malformed. Faults of
 * the list itself are attr_decode's (RFC 7606 sections 3 and 4).
 *
 * What no row describes is kept opaque if it is optional transitive and dropped if it is optional.
 * If it claims to be well-known, its routes are withdrawn. RFC 4271 section 6.3 would reset, but
 *all well-known attributes that there are have a row, and every other that was ever registered is
 * optional: so its flags conflict with what is specified, which RFC 7606 section 3 c answers with
 * treat-as-withdraw. Its length is sound, so the routes can be told; not using them is safe even if
 * it should be mandatory after all; and a flipped bit that came from far away through speakers who
 * did not look does not take the session, and with it every other route, down again and again.
 *
 * Not here: the values of the MP attributes (update.c), what 2-octet ASNs need (as4.c), and whether
 * a route whose attributes are well-formed is wanted (rib/import.c).
 */
#include "agent/bgp/attr.h"

#include "agent/bgp/attr_impl.h"
#include "agent/bgp/msg.h"

#include <stdlib.h>

#define WELL_KNOWN    ATTR_FLAG_TRANSITIVE
#define OPT_TRANS     (ATTR_FLAG_OPTIONAL | ATTR_FLAG_TRANSITIVE)
#define OPT_NON_TRANS ATTR_FLAG_OPTIONAL
#define KEPT_MAX      UINT16_MAX
#define FLAGS_CHECKED (ATTR_FLAG_OPTIONAL | ATTR_FLAG_TRANSITIVE) /* Partial is nobody's fault */
#define LARGE_LEN     12

/* One list being decoded. */
struct decoder {
	const struct attr_ctx *ctx;
	struct attr_set *set;
	struct attr_result *res;
	struct wr scratch;                /* AS paths, sorted communities */
	struct as4 as4;                   /* merged in at the end */
	struct rd unknown[UINT8_MAX + 1]; /* whole attributes, by type */
	bool has_unknown;
};

struct encoder {
	const struct attr_ctx *ctx;
	const struct attr_set *set;
	bool with_next_hop;
	struct wr *wr;
	uint8_t flags, type; /* of the row */
};

enum value { /* what a value is */
	     VALUE_OK,
	     VALUE_LENGTH, /* of a length that its attribute cannot have */
	     VALUE_BAD,    /* else not what its attribute may say */
};

enum from { /* the peers that an attribute is listened to from; others': discarded */
	    FROM_ALL,
	    FROM_IBGP, /* RFC 7606 sections 7.5, 7.9, 7.10 */
	    FROM_OLD,  /* speakers of 2-octet ASNs (RFC 6793 section 4.1) */
	    FROM_NONE,
};

struct row {
	const char *name, *wrong_flags, *wrong_length, *wrong_value;
	uint8_t flags;
	enum from from;
	enum update_verdict malformed; /* RFC 7606 */
	uint8_t subcode;               /* of VALUE_BAD */
	enum value (*decode)(struct decoder *d, struct rd rd);
	void (*encode)(const struct encoder *e); /* nothing if the set has none */
};

/* The worst fault is the one that counts and is told. */
static void fault(struct attr_result *res, enum update_verdict verdict, uint8_t subcode,
		  uint8_t type, const void *data, size_t len, const char *what)
{
	if (verdict <= res->verdict)
		return;
	res->verdict = verdict;
	res->bad_attr = type;
	bgp_error_set(&res->err, BGP_ERR_UPDATE, subcode, data, len, what);
}

static void head_write(struct wr *wr, uint8_t flags, uint8_t type, size_t len)
{
	wr_u8(wr, len > UINT8_MAX ? flags | ATTR_FLAG_EXTENDED : flags);
	wr_u8(wr, type);
	if (len > UINT8_MAX)
		wr_u16(wr, (uint16_t)len);
	else
		wr_u8(wr, (uint8_t)len);
}

static void put_head(const struct encoder *e, size_t len)
{
	head_write(e->wr, e->flags, e->type, len);
}

static void put_bytes(const struct encoder *e, const uint8_t *s, size_t len)
{
	put_head(e, len);
	wr_bytes(e->wr, s, len);
}

/* ---- values -----------------------------------------------------------------------------------
 */

static enum value decode_origin(struct decoder *d, struct rd rd)
{
	uint8_t v;

	if (rd_left(&rd) != 1 || !rd_u8(&rd, &v))
		return VALUE_LENGTH;
	if (v > ORIGIN_INCOMPLETE)
		return VALUE_BAD;
	d->set->origin = v;
	d->set->has |= ATTR_HAS_ORIGIN;
	return VALUE_OK;
}

static void encode_origin(const struct encoder *e)
{
	if (e->set->has & ATTR_HAS_ORIGIN)
		put_bytes(e, &e->set->origin, 1);
}

/* Sets and sequences only: confederation segments have no place here, since we are in none
 * (RFC 5065 section 5). */
static enum value decode_as_path(struct decoder *d, struct rd rd)
{
	if (!as4_segments_ok(rd, d->ctx->as4 ? 4 : 2, false))
		return VALUE_BAD;
	d->set->has |= ATTR_HAS_AS_PATH;
	if (!d->ctx->as4) {
		as4_widen(rd, &d->scratch, d->set);
	} else if (rd_left(&rd)) {
		d->set->as_path = rd.at;
		d->set->as_path_len = (uint16_t)rd_left(&rd);
	}
	return VALUE_OK;
}

static void encode_as_path(const struct encoder *e)
{
	if (!(e->set->has & ATTR_HAS_AS_PATH))
		return;
	if (e->ctx->as4) {
		put_bytes(e, e->set->as_path, e->set->as_path_len);
	} else {
		put_head(e, as4_narrow_len(e->set));
		as4_narrow(e->set, e->wr);
	}
}

static enum value decode_as4_path(struct decoder *d, struct rd rd)
{
	if (rd_left(&rd) < 6)
		return VALUE_LENGTH;
	if (!as4_segments_ok(rd, 4, true))
		return VALUE_BAD;
	as4_path_take(rd, &d->scratch, &d->as4);
	return VALUE_OK;
}

static void encode_as4_path(const struct encoder *e)
{
	if (!e->ctx->as4 && as4_path_needed(e->set))
		put_bytes(e, e->set->as_path, e->set->as_path_len);
}

/* Whether it is a host's address counts only where there are routes that it is of
 * (attr_check_mandatory). */
static enum value decode_next_hop(struct decoder *d, struct rd rd)
{
	const uint8_t *b;

	if (rd_left(&rd) != 4 || !rd_bytes(&rd, 4, &b))
		return VALUE_LENGTH;
	d->set->nexthop = addr_make(AFI_IP4, b);
	d->set->has |= ATTR_HAS_NEXT_HOP;
	return VALUE_OK;
}

static void encode_next_hop(const struct encoder *e)
{
	if (e->with_next_hop && e->set->nexthop.afi == AFI_IP4)
		put_bytes(e, e->set->nexthop.b, 4);
}

/* One number of four octets into *out. */
static enum value decode_u32(struct decoder *d, struct rd rd, uint32_t *out, enum attr_has has)
{
	uint32_t v;

	if (rd_left(&rd) != 4 || !rd_u32(&rd, &v))
		return VALUE_LENGTH;
	*out = v;
	d->set->has |= has;
	return VALUE_OK;
}

static void encode_u32(const struct encoder *e, uint32_t v, enum attr_has has)
{
	if (!(e->set->has & has))
		return;
	put_head(e, 4);
	wr_u32(e->wr, v);
}

static enum value decode_med(struct decoder *d, struct rd rd)
{
	return decode_u32(d, rd, &d->set->med, ATTR_HAS_MED);
}

static void encode_med(const struct encoder *e)
{
	encode_u32(e, e->set->med, ATTR_HAS_MED);
}

static enum value decode_local_pref(struct decoder *d, struct rd rd)
{
	return decode_u32(d, rd, &d->set->local_pref, ATTR_HAS_LOCAL_PREF);
}

static void encode_local_pref(const struct encoder *e)
{
	encode_u32(e, e->set->local_pref, ATTR_HAS_LOCAL_PREF);
}

static enum value decode_originator_id(struct decoder *d, struct rd rd)
{
	return decode_u32(d, rd, &d->set->originator_id, ATTR_HAS_ORIGINATOR_ID);
}

static void encode_originator_id(const struct encoder *e)
{
	encode_u32(e, e->set->originator_id, ATTR_HAS_ORIGINATOR_ID);
}

static enum value decode_otc(struct decoder *d, struct rd rd)
{
	return decode_u32(d, rd, &d->set->otc, ATTR_HAS_OTC);
}

static void encode_otc(const struct encoder *e)
{
	encode_u32(e, e->set->otc, ATTR_HAS_OTC);
}

static enum value decode_atomic_aggregate(struct decoder *d, struct rd rd)
{
	if (rd_left(&rd))
		return VALUE_LENGTH;
	d->set->has |= ATTR_HAS_ATOMIC_AGGREGATE;
	return VALUE_OK;
}

static void encode_atomic_aggregate(const struct encoder *e)
{
	if (e->set->has & ATTR_HAS_ATOMIC_AGGREGATE)
		put_head(e, 0);
}

static enum value decode_aggregator(struct decoder *d, struct rd rd)
{
	uint16_t as2 = 0;
	uint32_t asn = 0, id = 0;

	if (rd_left(&rd) != (d->ctx->as4 ? 8u : 6u))
		return VALUE_LENGTH;
	if (d->ctx->as4) {
		rd_u32(&rd, &asn);
	} else {
		rd_u16(&rd, &as2);
		asn = as2;
	}
	if (!asn || !rd_u32(&rd, &id)) /* AS 0: RFC 7607 */
		return VALUE_BAD;
	d->set->aggregator_as = asn;
	d->set->aggregator_id = id;
	d->set->has |= ATTR_HAS_AGGREGATOR;
	return VALUE_OK;
}

static void encode_aggregator(const struct encoder *e)
{
	uint32_t asn = e->set->aggregator_as;

	if (!(e->set->has & ATTR_HAS_AGGREGATOR))
		return;
	put_head(e, e->ctx->as4 ? 8 : 6);
	if (e->ctx->as4)
		wr_u32(e->wr, asn);
	else
		wr_u16(e->wr, asn > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)asn);
	wr_u32(e->wr, e->set->aggregator_id);
}

static enum value decode_as4_aggregator(struct decoder *d, struct rd rd)
{
	uint32_t asn = 0, id = 0;

	if (rd_left(&rd) != 8 || !rd_u32(&rd, &asn) || !rd_u32(&rd, &id))
		return VALUE_LENGTH;
	if (!asn)
		return VALUE_BAD;
	d->as4.has_aggregator = true;
	d->as4.aggregator_as = asn;
	d->as4.aggregator_id = id;
	return VALUE_OK;
}

static void encode_as4_aggregator(const struct encoder *e)
{
	if (e->ctx->as4 || !(e->set->has & ATTR_HAS_AGGREGATOR) ||
	    e->set->aggregator_as <= UINT16_MAX)
		return;
	put_head(e, 8);
	wr_u32(e->wr, e->set->aggregator_as);
	wr_u32(e->wr, e->set->aggregator_id);
}

static enum value decode_list(struct rd rd, size_t width, const uint8_t **s, uint16_t *len)
{
	if (!rd_left(&rd) || rd_left(&rd) % width)
		return VALUE_LENGTH;
	*s = rd.at;
	*len = (uint16_t)rd_left(&rd);
	return VALUE_OK;
}

static void encode_list(const struct encoder *e, const uint8_t *s, uint16_t len)
{
	if (len)
		put_bytes(e, s, len);
}

static enum value decode_communities(struct decoder *d, struct rd rd)
{
	return decode_list(rd, 4, &d->set->communities, &d->set->communities_len);
}

static void encode_communities(const struct encoder *e)
{
	encode_list(e, e->set->communities, e->set->communities_len);
}

static enum value decode_ext_communities(struct decoder *d, struct rd rd)
{
	return decode_list(rd, 8, &d->set->ext_communities, &d->set->ext_communities_len);
}

static void encode_ext_communities(const struct encoder *e)
{
	encode_list(e, e->set->ext_communities, e->set->ext_communities_len);
}

static enum value decode_cluster_list(struct decoder *d, struct rd rd)
{
	return decode_list(rd, 4, &d->set->cluster_list, &d->set->cluster_list_len);
}

static void encode_cluster_list(const struct encoder *e)
{
	encode_list(e, e->set->cluster_list, e->set->cluster_list_len);
}

static int large_cmp(const void *a, const void *b)
{
	return memcmp(a, b, LARGE_LEN);
}

/* RFC 8092 section 3: what is there twice counts once. In order, so that this takes one pass; the
 * order says nothing. */
static enum value decode_large_communities(struct decoder *d, struct rd rd)
{
	struct attr_set *set = d->set;
	uint8_t *start = d->scratch.at, *out = start;
	size_t n = rd_left(&rd) / LARGE_LEN;
	enum value v =
		decode_list(rd, LARGE_LEN, &set->large_communities, &set->large_communities_len);
	size_t i;

	for (i = 1; i < n && large_cmp(rd.at + (i - 1) * LARGE_LEN, rd.at + i * LARGE_LEN) < 0; i++)
		;
	if (v != VALUE_OK || i == n)
		return v;
	wr_bytes(&d->scratch, rd.at, n * LARGE_LEN);
	if (!wr_ok(&d->scratch))
		return VALUE_OK; /* told once, at the list's end */
	qsort(start, n, LARGE_LEN, large_cmp);
	for (i = 1; i < n; i++) {
		if (large_cmp(out, start + i * LARGE_LEN) != 0) {
			out += LARGE_LEN;
			memmove(out, start + i * LARGE_LEN, LARGE_LEN);
		}
	}
	set->large_communities = start;
	set->large_communities_len = (uint16_t)(out + LARGE_LEN - start);
	return VALUE_OK;
}

static void encode_large_communities(const struct encoder *e)
{
	encode_list(e, e->set->large_communities, e->set->large_communities_len);
}

/* The MP attributes' values are update.c's. */
static enum value decode_mp_reach(struct decoder *d, struct rd rd)
{
	d->res->has_mp_reach = true;
	d->res->mp_reach = rd;
	return VALUE_OK;
}

static enum value decode_mp_unreach(struct decoder *d, struct rd rd)
{
	d->res->has_mp_unreach = true;
	d->res->mp_unreach = rd;
	return VALUE_OK;
}

/* ---- the table --------------------------------------------------------------------------------
 */

#define WITHDRAW UPDATE_TREAT_WITHDRAW
#define DISCARD  UPDATE_DISCARD_ATTR
#define RESET    UPDATE_RESET
#define INVALID  BGP_UPDATE_OPTIONAL_ATTR
#define NAMED(n) n, n " with wrong flags", n " of wrong length", n " with an impossible value"

static const struct row rows[] = {
	/* clang-format off */
	[ATTR_ORIGIN] = {NAMED("ORIGIN"), WELL_KNOWN, FROM_ALL, WITHDRAW,
		BGP_UPDATE_INVALID_ORIGIN, decode_origin, encode_origin},
	[ATTR_AS_PATH] = {NAMED("AS_PATH"), WELL_KNOWN, FROM_ALL, WITHDRAW,
		BGP_UPDATE_MALFORMED_AS_PATH, decode_as_path, encode_as_path},
	[ATTR_NEXT_HOP] = {NAMED("NEXT_HOP"), WELL_KNOWN, FROM_ALL, WITHDRAW,
		BGP_UPDATE_INVALID_NEXT_HOP, decode_next_hop, encode_next_hop},
	[ATTR_MED] = {NAMED("MULTI_EXIT_DISC"), OPT_NON_TRANS, FROM_ALL, WITHDRAW,
		INVALID, decode_med, encode_med},
	[ATTR_LOCAL_PREF] = {NAMED("LOCAL_PREF"), WELL_KNOWN, FROM_IBGP, WITHDRAW,
		INVALID, decode_local_pref, encode_local_pref},
	[ATTR_ATOMIC_AGGREGATE] = {NAMED("ATOMIC_AGGREGATE"), WELL_KNOWN, FROM_ALL, DISCARD,
		INVALID, decode_atomic_aggregate, encode_atomic_aggregate},
	[ATTR_AGGREGATOR] = {NAMED("AGGREGATOR"), OPT_TRANS, FROM_ALL, DISCARD,
		INVALID, decode_aggregator, encode_aggregator},
	[ATTR_COMMUNITIES] = {NAMED("COMMUNITIES"), OPT_TRANS, FROM_ALL, WITHDRAW,
		INVALID, decode_communities, encode_communities},
	[ATTR_ORIGINATOR_ID] = {NAMED("ORIGINATOR_ID"), OPT_NON_TRANS, FROM_IBGP, WITHDRAW,
		INVALID, decode_originator_id, encode_originator_id},
	[ATTR_CLUSTER_LIST] = {NAMED("CLUSTER_LIST"), OPT_NON_TRANS, FROM_IBGP, WITHDRAW,
		INVALID, decode_cluster_list, encode_cluster_list},
	[ATTR_MP_REACH] = {NAMED("MP_REACH_NLRI"), OPT_NON_TRANS, FROM_ALL, RESET,
		INVALID, decode_mp_reach, NULL},
	[ATTR_MP_UNREACH] = {NAMED("MP_UNREACH_NLRI"), OPT_NON_TRANS, FROM_ALL, RESET,
		INVALID, decode_mp_unreach, NULL},
	[ATTR_EXT_COMMUNITIES] = {NAMED("EXTENDED COMMUNITIES"), OPT_TRANS, FROM_ALL, WITHDRAW,
		INVALID, decode_ext_communities, encode_ext_communities},
	[ATTR_AS4_PATH] = {NAMED("AS4_PATH"), OPT_TRANS, FROM_OLD, DISCARD,
		INVALID, decode_as4_path, encode_as4_path},
	[ATTR_AS4_AGGREGATOR] = {NAMED("AS4_AGGREGATOR"), OPT_TRANS, FROM_OLD, DISCARD,
		INVALID, decode_as4_aggregator, encode_as4_aggregator},
	/* heard only where it is switched on (RFC 7311), which it cannot be here */
	[ATTR_AIGP] = {NAMED("AIGP"), OPT_NON_TRANS, FROM_NONE, DISCARD,
		INVALID, NULL, NULL},
	[ATTR_LARGE_COMMUNITIES] = {NAMED("LARGE_COMMUNITY"), OPT_TRANS, FROM_ALL, WITHDRAW,
		INVALID, decode_large_communities, encode_large_communities},
	[ATTR_OTC] = {NAMED("ONLY_TO_CUSTOMER"), OPT_TRANS, FROM_ALL, WITHDRAW,
		INVALID, decode_otc, encode_otc},
	/* clang-format on */
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

const char *attr_name(uint8_t type)
{
	return type < N_ROWS && rows[type].name ? rows[type].name : "unknown attribute";
}

/* ---- one attribute ----------------------------------------------------------------------------
 */

static bool is_mp(uint8_t type)
{
	return type == ATTR_MP_REACH || type == ATTR_MP_UNREACH;
}

static bool is_known(uint8_t type)
{
	return type < N_ROWS && rows[type].name;
}

static bool is_listened_to(const struct attr_ctx *ctx, enum from from)
{
	switch (from) {
	case FROM_ALL:
		return true;
	case FROM_IBGP:
		return ctx->ibgp;
	case FROM_OLD:
		return !ctx->as4;
	case FROM_NONE:
		break;
	}
	return false;
}

static void decode_known(struct decoder *d, uint8_t flags, uint8_t type, struct rd whole,
			 struct rd value)
{
	const struct row *row = &rows[type];
	enum value v;

	if (type == ATTR_MP_REACH)
		d->res->mp_reach_whole = whole;
	else if (type == ATTR_MP_UNREACH)
		d->res->mp_unreach_whole = whole;
	if (!is_listened_to(d->ctx, row->from)) {
		d->res->discarded++; /* not a fault that a log should be full of */
		return;
	}
	if ((flags & FLAGS_CHECKED) != row->flags) {
		/* RFC 7606 section 3: treat-as-withdraw (c), but of what is discarded for any other
		 * fault (f); MP attributes with others' flags are incorrect (5.3), which is
		 * update.c's to say, since it depends on their family */
		if (is_mp(type)) {
			row->decode(d, value);
			d->res->mp_reach_bad_flags |= type == ATTR_MP_REACH;
			d->res->mp_unreach_bad_flags |= type == ATTR_MP_UNREACH;
			return;
		}
		d->res->discarded += row->malformed == DISCARD;
		fault(d->res, row->malformed, BGP_UPDATE_ATTR_FLAGS, type, whole.at,
		      rd_left(&whole), row->wrong_flags);
		return;
	}
	v = row->decode(d, value);
	if (v == VALUE_OK)
		return;
	d->res->discarded += row->malformed == DISCARD;
	fault(d->res, row->malformed, v == VALUE_LENGTH ? BGP_UPDATE_ATTR_LENGTH : row->subcode,
	      type, whole.at, rd_left(&whole),
	      v == VALUE_LENGTH ? row->wrong_length : row->wrong_value);
}

/* ---- the list ---------------------------------------------------------------------------------
 */

static bool attr_next(struct rd *rd, uint8_t *flags, uint8_t *type, struct rd *whole,
		      struct rd *value)
{
	const uint8_t *start = rd->at;
	uint16_t len = 0;
	uint8_t len8 = 0;

	if (!rd_u8(rd, flags) || !rd_u8(rd, type))
		return false;
	if (*flags & ATTR_FLAG_EXTENDED) {
		if (!rd_u16(rd, &len))
			return false;
	} else {
		if (!rd_u8(rd, &len8))
			return false;
		len = len8;
	}
	if (!rd_sub(rd, len, value))
		return false;
	*whole = rd_init(start, (size_t)(rd->at - start));
	return true;
}

static void decode_one(struct decoder *d, uint8_t flags, uint8_t type, struct rd whole,
		       struct rd value)
{
	if (is_known(type)) {
		decode_known(d, flags, type, whole, value);
	} else if (!(flags & ATTR_FLAG_OPTIONAL)) {
		fault(d->res, WITHDRAW, BGP_UPDATE_UNRECOGNIZED_WELL_KNOWN, type, whole.at,
		      rd_left(&whole), "a well-known attribute is not known");
	} else if (flags & ATTR_FLAG_TRANSITIVE) {
		d->unknown[type] = whole;
		d->has_unknown = true;
	} else {
		d->res->discarded++; /* RFC 4271 section 5: quietly ignored */
	}
}

/* RFC 4271 section 5: passed on with Partial set. By type and in the shortest form, so that equal
 * contents are equal octets. */
static void keep_unknown(struct decoder *d, struct wr *kept)
{
	for (size_t i = 0; d->has_unknown && i <= UINT8_MAX; i++) {
		struct rd value, whole;
		uint8_t flags, type;

		if (!attr_next(&d->unknown[i], &flags, &type, &whole, &value))
			continue;
		head_write(kept, OPT_TRANS | ATTR_FLAG_PARTIAL, type, rd_left(&value));
		wr_bytes(kept, value.at, rd_left(&value));
	}
	if (wr_len(kept)) {
		d->set->unknown = kept->base;
		d->set->unknown_len = (uint16_t)wr_len(kept);
	}
}

void attr_decode(const struct attr_ctx *ctx, struct rd rd, uint8_t *scratch, struct attr_set *set,
		 struct attr_result *res)
{
	struct decoder d = {.ctx = ctx,
			    .set = set,
			    .res = res,
			    .scratch = wr_init(scratch + KEPT_MAX, ATTR_SCRATCH - KEPT_MAX)};
	struct wr kept = wr_init(scratch, KEPT_MAX);
	uint32_t seen[8] = {0};

	memset(set, 0, sizeof(*set));
	memset(res, 0, sizeof(*res));
	while (rd_left(&rd)) {
		uint8_t flags = 0, type = 0;
		struct rd whole, value;

		res->count++;
		if (!attr_next(&rd, &flags, &type, &whole, &value)) {
			/* RFC 7606 section 4: the routes around the list can still be told, but
			 * not those in what is cut short (3 j) */
			fault(res, is_mp(type) ? RESET : WITHDRAW, BGP_UPDATE_MALFORMED_ATTR_LIST,
			      type, NULL, 0, "an attribute runs past the list");
			break;
		}
		if (seen[type / 32] & 1u << type % 32) {
			/* RFC 7606 section 3 g */
			res->discarded++;
			fault(res, is_mp(type) ? RESET : DISCARD, BGP_UPDATE_MALFORMED_ATTR_LIST,
			      type, NULL, 0, "an attribute stands twice");
			continue;
		}
		seen[type / 32] |= 1u << type % 32;
		decode_one(&d, flags, type, whole, value);
	}
	keep_unknown(&d, &kept);
	if (!ctx->as4)
		as4_merge(&d.as4, &d.scratch, set);
	if (!wr_ok(&d.scratch) || !wr_ok(&kept))
		fault(res, WITHDRAW, BGP_UPDATE_MALFORMED_ATTR_LIST, 0, NULL, 0,
		      "the attributes are too large when written with 4-octet ASNs");
}

void attr_check_mandatory(const struct attr_ctx *ctx, const struct attr_set *set,
			  bool need_next_hop, struct attr_result *res)
{
	uint8_t missing = !(set->has & ATTR_HAS_ORIGIN)                      ? ATTR_ORIGIN
			  : !(set->has & ATTR_HAS_AS_PATH)                   ? ATTR_AS_PATH
			  : need_next_hop && !(set->has & ATTR_HAS_NEXT_HOP) ? ATTR_NEXT_HOP
									     : 0;

	(void)ctx; /* LOCAL_PREF is not mandatory, not even over iBGP (RFC 4271 section 5) */
	if (missing)
		fault(res, WITHDRAW, BGP_UPDATE_MISSING_WELL_KNOWN, missing, &missing, 1,
		      "a mandatory attribute is missing");
	else if (need_next_hop && !addr_is_host(&set->nexthop))
		fault(res, WITHDRAW, BGP_UPDATE_INVALID_NEXT_HOP, ATTR_NEXT_HOP, set->nexthop.b, 4,
		      rows[ATTR_NEXT_HOP].wrong_value);
}

/* ---- encoding ---------------------------------------------------------------------------------
 */

/* Copies the unknown attributes of types below type. */
static void put_unknown(struct rd *unknown, unsigned int type, struct wr *wr)
{
	struct rd next = *unknown, whole, value;
	uint8_t flags, its;

	while (attr_next(&next, &flags, &its, &whole, &value) && its < type) {
		wr_bytes(wr, whole.at, rd_left(&whole));
		*unknown = next;
	}
}

void attr_encode(const struct attr_ctx *ctx, const struct attr_set *set, bool with_next_hop,
		 struct wr *wr)
{
	struct rd unknown = rd_init(set->unknown, set->unknown_len);

	for (unsigned int type = 0; type < N_ROWS; type++) {
		struct encoder e = {.ctx = ctx,
				    .set = set,
				    .with_next_hop = with_next_hop,
				    .wr = wr,
				    .flags = rows[type].flags,
				    .type = (uint8_t)type};

		if (!rows[type].encode)
			continue;
		put_unknown(&unknown, type, wr);
		rows[type].encode(&e);
	}
	put_unknown(&unknown, UINT8_MAX + 1, wr);
}

bool attr_has_community(const struct attr_set *set, uint32_t community)
{
	struct rd rd = rd_init(set->communities, set->communities_len);
	uint32_t v;

	while (rd_u32(&rd, &v)) {
		if (v == community)
			return true;
	}
	return false;
}
