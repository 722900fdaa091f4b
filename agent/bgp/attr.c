/*
 * attr: decoding and encoding of path attributes; see attr.h.
 *
 *	 0       1       2       3 (4)
 *	+-------+-------+-------+-------- ...
 *	| flags | type  | length| value         length is of two octets if flags has EXTENDED
 *	+-------+-------+-------+-------- ...
 *
 * One row of the table is one attribute: its flags, which peers it is listened to from, how it is
 * read and written, and what RFC 7606 section 7 makes of one that is malformed. What no row
 *describes is kept opaque if it is optional transitive, ignored if it is optional, and a reset (RFC
 *4271 section 6.3, which RFC 7606 left alone) if it claims to be well-known.
 */
#include "agent/bgp/attr.h"

#include "agent/bgp/msg.h"

#define WELL_KNOWN    ATTR_FLAG_TRANSITIVE
#define OPT_TRANS     (ATTR_FLAG_OPTIONAL | ATTR_FLAG_TRANSITIVE)
#define OPT_NON_TRANS ATTR_FLAG_OPTIONAL
#define KEPT_MAX      UINT16_MAX
#define FLAGS_CHECKED (ATTR_FLAG_OPTIONAL | ATTR_FLAG_TRANSITIVE)

/* One list being decoded. */
struct decoder {
	const struct attr_ctx *ctx;
	struct attr_set *set;
	struct attr_result *res;
	struct wr kept;          /* unknown attributes, one behind the other */
	struct wr scratch;       /* AS paths */
	const uint8_t *as4_path; /* checked; merged at the end */
	uint16_t as4_path_len;
	bool has_as4_aggregator;
	uint32_t as4_aggregator_as, as4_aggregator_id;
};

struct row {
	const char *name;
	uint8_t flags;
	bool ibgp_only; /* from others: discarded (RFC 7606 section 7.5, 7.9, 7.10) */
	enum update_verdict malformed; /* RFC 7606 */
	uint8_t subcode;               /* of a fault in the value */
	bool (*decode)(struct decoder *d, struct rd rd);
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

/* ---- values -----------------------------------------------------------------------------------
 */

static bool decode_origin(struct decoder *d, struct rd rd)
{
	uint8_t v;

	if (rd_left(&rd) != 1 || !rd_u8(&rd, &v) || v > ORIGIN_INCOMPLETE)
		return false;
	d->set->origin = v;
	d->set->has |= ATTR_HAS_ORIGIN;
	return true;
}

/*
 * Checks segments whose ASNs have width octets. Sets and sequences only: confederation segments
 * have no place here, since we are in none (RFC 5065 section 5, RFC 7606 section 7.2); AS 0 has
 * none anywhere (RFC 7607).
 */
static bool path_ok(struct rd rd, size_t width)
{
	while (rd_left(&rd)) {
		uint8_t type, count;
		struct rd asns;

		if (!rd_u8(&rd, &type) || !rd_u8(&rd, &count) || !count ||
		    (type != AS_SET && type != AS_SEQUENCE) || !rd_sub(&rd, count * width, &asns))
			return false;
		while (rd_left(&asns)) {
			uint16_t v2 = 0;
			uint32_t v4 = 0;

			if (width == 2 ? !rd_u16(&asns, &v2) || !v2 : !rd_u32(&asns, &v4) || !v4)
				return false;
		}
	}
	return true;
}

/* The path is what the scratch holds from start on; one that is too long for a length of 16 bits,
 * as no path in the world is, makes the scratch full. */
static void path_in_scratch(struct decoder *d, const uint8_t *start)
{
	size_t len = (size_t)(d->scratch.at - start);

	if (len > UINT16_MAX) {
		d->scratch.full = true;
		len = 0;
	}
	d->set->as_path = start;
	d->set->as_path_len = (uint16_t)len;
}

/* The same segments with 4-octet ASNs, in the scratch. */
static void widen(struct decoder *d, struct rd rd)
{
	const uint8_t *start = d->scratch.at;
	uint8_t type, count;
	uint16_t v;

	while (rd_u8(&rd, &type) && rd_u8(&rd, &count)) {
		wr_u8(&d->scratch, type);
		wr_u8(&d->scratch, count);
		while (count-- && rd_u16(&rd, &v))
			wr_u32(&d->scratch, v);
	}
	path_in_scratch(d, start);
}

static bool decode_as_path(struct decoder *d, struct rd rd)
{
	if (!path_ok(rd, d->ctx->as4 ? 4 : 2))
		return false;
	d->set->has |= ATTR_HAS_AS_PATH;
	if (d->ctx->as4) {
		d->set->as_path = rd.at;
		d->set->as_path_len = (uint16_t)rd_left(&rd);
	} else {
		widen(d, rd);
	}
	if (!d->set->as_path_len)
		d->set->as_path = NULL;
	return true;
}

static bool decode_next_hop(struct decoder *d, struct rd rd)
{
	const uint8_t *b;
	struct addr a;

	if (rd_left(&rd) != 4 || !rd_bytes(&rd, 4, &b))
		return false;
	a = addr_make(AFI_IP4, b);
	if (!addr_is_host(&a))
		return false;
	d->set->nexthop = a;
	d->set->has |= ATTR_HAS_NEXT_HOP;
	return true;
}

/* One number of four octets into *out. */
static bool decode_u32(struct decoder *d, struct rd rd, uint32_t *out, enum attr_has has)
{
	uint32_t v;

	if (rd_left(&rd) != 4 || !rd_u32(&rd, &v))
		return false;
	*out = v;
	d->set->has |= has;
	return true;
}

static bool decode_med(struct decoder *d, struct rd rd)
{
	return decode_u32(d, rd, &d->set->med, ATTR_HAS_MED);
}

static bool decode_local_pref(struct decoder *d, struct rd rd)
{
	return decode_u32(d, rd, &d->set->local_pref, ATTR_HAS_LOCAL_PREF);
}

static bool decode_originator_id(struct decoder *d, struct rd rd)
{
	return decode_u32(d, rd, &d->set->originator_id, ATTR_HAS_ORIGINATOR_ID);
}

static bool decode_otc(struct decoder *d, struct rd rd)
{
	return decode_u32(d, rd, &d->set->otc, ATTR_HAS_OTC);
}

static bool decode_atomic_aggregate(struct decoder *d, struct rd rd)
{
	if (rd_left(&rd))
		return false;
	d->set->has |= ATTR_HAS_ATOMIC_AGGREGATE;
	return true;
}

static bool decode_aggregator(struct decoder *d, struct rd rd)
{
	uint16_t as2 = 0;
	uint32_t asn = 0, id;

	if (rd_left(&rd) != (d->ctx->as4 ? 8u : 6u))
		return false;
	if (d->ctx->as4) {
		rd_u32(&rd, &asn);
	} else {
		rd_u16(&rd, &as2);
		asn = as2;
	}
	if (!asn || !rd_u32(&rd, &id)) /* AS 0: RFC 7607 */
		return false;
	d->set->aggregator_as = asn;
	d->set->aggregator_id = id;
	d->set->has |= ATTR_HAS_AGGREGATOR;
	return true;
}

static bool decode_list(struct rd rd, size_t width, const uint8_t **s, uint16_t *len)
{
	if (!rd_left(&rd) || rd_left(&rd) % width)
		return false;
	*s = rd.at;
	*len = (uint16_t)rd_left(&rd);
	return true;
}

static bool decode_communities(struct decoder *d, struct rd rd)
{
	return decode_list(rd, 4, &d->set->communities, &d->set->communities_len);
}

static bool decode_ext_communities(struct decoder *d, struct rd rd)
{
	return decode_list(rd, 8, &d->set->ext_communities, &d->set->ext_communities_len);
}

static bool decode_large_communities(struct decoder *d, struct rd rd)
{
	return decode_list(rd, 12, &d->set->large_communities, &d->set->large_communities_len);
}

static bool decode_cluster_list(struct decoder *d, struct rd rd)
{
	return decode_list(rd, 4, &d->set->cluster_list, &d->set->cluster_list_len);
}

/* The MP attributes' values are update.c's. */
static bool decode_mp_reach(struct decoder *d, struct rd rd)
{
	d->res->has_mp_reach = true;
	d->res->mp_reach = rd;
	return true;
}

static bool decode_mp_unreach(struct decoder *d, struct rd rd)
{
	d->res->has_mp_unreach = true;
	d->res->mp_unreach = rd;
	return true;
}

/* Between two speakers that both have 4-octet ASNs these mean nothing (RFC 6793 section 6). */
static bool decode_as4_path(struct decoder *d, struct rd rd)
{
	if (d->ctx->as4 || !path_ok(rd, 4))
		return false;
	d->as4_path = rd.at;
	d->as4_path_len = (uint16_t)rd_left(&rd);
	return true;
}

static bool decode_as4_aggregator(struct decoder *d, struct rd rd)
{
	uint32_t asn, id;

	if (d->ctx->as4 || rd_left(&rd) != 8 || !rd_u32(&rd, &asn) || !asn || !rd_u32(&rd, &id))
		return false;
	d->has_as4_aggregator = true;
	d->as4_aggregator_as = asn;
	d->as4_aggregator_id = id;
	return true;
}

/* ---- the table --------------------------------------------------------------------------------
 */

#define WITHDRAW UPDATE_TREAT_WITHDRAW
#define DISCARD  UPDATE_DISCARD_ATTR

static const struct row rows[] = {
	[ATTR_ORIGIN] = {"ORIGIN", WELL_KNOWN, false, WITHDRAW, BGP_UPDATE_INVALID_ORIGIN,
			 decode_origin},
	[ATTR_AS_PATH] = {"AS_PATH", WELL_KNOWN, false, WITHDRAW, BGP_UPDATE_MALFORMED_AS_PATH,
			  decode_as_path},
	[ATTR_NEXT_HOP] = {"NEXT_HOP", WELL_KNOWN, false, WITHDRAW, BGP_UPDATE_INVALID_NEXT_HOP,
			   decode_next_hop},
	[ATTR_MED] = {"MULTI_EXIT_DISC", OPT_NON_TRANS, false, WITHDRAW, BGP_UPDATE_ATTR_LENGTH,
		      decode_med},
	[ATTR_LOCAL_PREF] = {"LOCAL_PREF", WELL_KNOWN, true, WITHDRAW, BGP_UPDATE_ATTR_LENGTH,
			     decode_local_pref},
	[ATTR_ATOMIC_AGGREGATE] = {"ATOMIC_AGGREGATE", WELL_KNOWN, false, DISCARD,
				   BGP_UPDATE_ATTR_LENGTH, decode_atomic_aggregate},
	[ATTR_AGGREGATOR] = {"AGGREGATOR", OPT_TRANS, false, DISCARD, BGP_UPDATE_ATTR_LENGTH,
			     decode_aggregator},
	[ATTR_COMMUNITIES] = {"COMMUNITIES", OPT_TRANS, false, WITHDRAW, BGP_UPDATE_OPTIONAL_ATTR,
			      decode_communities},
	[ATTR_ORIGINATOR_ID] = {"ORIGINATOR_ID", OPT_NON_TRANS, true, WITHDRAW,
				BGP_UPDATE_ATTR_LENGTH, decode_originator_id},
	[ATTR_CLUSTER_LIST] = {"CLUSTER_LIST", OPT_NON_TRANS, true, WITHDRAW,
			       BGP_UPDATE_ATTR_LENGTH, decode_cluster_list},
	[ATTR_MP_REACH] = {"MP_REACH_NLRI", OPT_NON_TRANS, false, UPDATE_RESET,
			   BGP_UPDATE_OPTIONAL_ATTR, decode_mp_reach},
	[ATTR_MP_UNREACH] = {"MP_UNREACH_NLRI", OPT_NON_TRANS, false, UPDATE_RESET,
			     BGP_UPDATE_OPTIONAL_ATTR, decode_mp_unreach},
	[ATTR_EXT_COMMUNITIES] = {"EXTENDED COMMUNITIES", OPT_TRANS, false, WITHDRAW,
				  BGP_UPDATE_OPTIONAL_ATTR, decode_ext_communities},
	[ATTR_AS4_PATH] = {"AS4_PATH", OPT_TRANS, false, DISCARD, BGP_UPDATE_OPTIONAL_ATTR,
			   decode_as4_path},
	[ATTR_AS4_AGGREGATOR] = {"AS4_AGGREGATOR", OPT_TRANS, false, DISCARD,
				 BGP_UPDATE_OPTIONAL_ATTR, decode_as4_aggregator},
	[ATTR_LARGE_COMMUNITIES] = {"LARGE_COMMUNITY", OPT_TRANS, false, WITHDRAW,
				    BGP_UPDATE_OPTIONAL_ATTR, decode_large_communities},
	[ATTR_OTC] = {"ONLY_TO_CUSTOMER", OPT_TRANS, false, WITHDRAW, BGP_UPDATE_OPTIONAL_ATTR,
		      decode_otc},
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

static void decode_known(struct decoder *d, uint8_t flags, uint8_t type, struct rd whole,
			 struct rd value)
{
	const struct row *row = &rows[type];

	if (row->ibgp_only && !d->ctx->ibgp) {
		d->res->discarded++;
		return;
	}
	if ((flags & FLAGS_CHECKED) != row->flags) {
		/* RFC 7606 section 3 c; the MP attributes' routes must still be found to be
		 * withdrawn */
		fault(d->res, WITHDRAW, BGP_UPDATE_ATTR_FLAGS, type, whole.at, rd_left(&whole),
		      row->name);
		if (is_mp(type))
			row->decode(d, value);
		return;
	}
	if (row->decode(d, value))
		return;
	if (row->malformed == DISCARD)
		d->res->discarded++;
	/* what old speakers' attributes say between new ones is no fault, just noise */
	if (d->ctx->as4 && (type == ATTR_AS4_PATH || type == ATTR_AS4_AGGREGATOR))
		return;
	fault(d->res, row->malformed, row->subcode, type, whole.at, rd_left(&whole), row->name);
}

static void keep_unknown(struct decoder *d, uint8_t flags, uint8_t type, struct rd value)
{
	size_t len = rd_left(&value);

	/* RFC 4271 section 5: passed on with Partial set; one encoding for equal contents */
	flags = (uint8_t)((flags & FLAGS_CHECKED) | ATTR_FLAG_PARTIAL);
	wr_u8(&d->kept, len > UINT8_MAX ? flags | ATTR_FLAG_EXTENDED : flags);
	wr_u8(&d->kept, type);
	if (len > UINT8_MAX)
		wr_u16(&d->kept, (uint16_t)len);
	else
		wr_u8(&d->kept, (uint8_t)len);
	wr_bytes(&d->kept, value.at, len);
	d->set->unknown = d->kept.base;
	d->set->unknown_len = (uint16_t)wr_len(&d->kept);
}

static bool is_known(uint8_t type)
{
	return type < N_ROWS && rows[type].decode;
}

/* ---- AS4_PATH (RFC 6793 section 4.2.3) ----------------------------------------------------------
 */

/* The first hops of path, so many that with those of AS4_PATH they are all, and then AS4_PATH. */
static void merge_as4(struct decoder *d)
{
	struct attr_set as4 = {.as_path = d->as4_path, .as_path_len = d->as4_path_len};
	struct attr_set *set = d->set;
	unsigned int n = as_path_hops(set), n4 = as_path_hops(&as4);
	struct rd rd = rd_init(set->as_path, set->as_path_len);
	const uint8_t *start = d->scratch.at;
	unsigned int lead;

	if (n < n4)
		return; /* the path was shortened on the way: AS4_PATH is not of this path any more
			 */
	lead = n - n4;
	while (lead) {
		uint8_t type = 0, count = 0, take;
		const uint8_t *asns;

		rd_u8(&rd, &type);
		rd_u8(&rd, &count);
		take = type == AS_SEQUENCE && count > lead ? (uint8_t)lead : count;
		if (!rd_bytes(&rd, (size_t)count * 4, &asns))
			break;
		wr_u8(&d->scratch, type);
		wr_u8(&d->scratch, take);
		wr_bytes(&d->scratch, asns, (size_t)take * 4);
		lead -= type == AS_SEQUENCE ? take : 1;
	}
	wr_bytes(&d->scratch, d->as4_path, d->as4_path_len);
	path_in_scratch(d, start);
}

static void merge_old_speaker(struct decoder *d)
{
	struct attr_set *set = d->set;

	if (d->ctx->as4)
		return;
	if (set->has & ATTR_HAS_AGGREGATOR) {
		/* a new speaker behind the old one would have left AS_TRANS: both AS4_ attributes
		 * are stale */
		if (set->aggregator_as != BGP_AS_TRANS)
			return;
		if (d->has_as4_aggregator) {
			set->aggregator_as = d->as4_aggregator_as;
			set->aggregator_id = d->as4_aggregator_id;
		}
	}
	if (d->as4_path_len && (set->has & ATTR_HAS_AS_PATH))
		merge_as4(d);
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

void attr_decode(const struct attr_ctx *ctx, struct rd rd, uint8_t *scratch, struct attr_set *set,
		 struct attr_result *res)
{
	struct decoder d = {.ctx = ctx,
			    .set = set,
			    .res = res,
			    .kept = wr_init(scratch, KEPT_MAX),
			    .scratch = wr_init(scratch + KEPT_MAX, ATTR_SCRATCH - KEPT_MAX)};
	uint32_t seen[8] = {0};

	memset(set, 0, sizeof(*set));
	memset(res, 0, sizeof(*res));
	while (rd_left(&rd)) {
		uint8_t flags, type;
		struct rd whole, value;

		if (!attr_next(&rd, &flags, &type, &whole, &value)) {
			/* RFC 7606 section 4: the routes around the list can still be told */
			fault(res, WITHDRAW, BGP_UPDATE_MALFORMED_ATTR_LIST, 0, NULL, 0,
			      "an attribute runs past the list");
			break;
		}
		if (seen[type / 32] & 1u << type % 32) {
			/* RFC 7606 section 3 g */
			res->discarded++;
			fault(res, is_mp(type) ? UPDATE_RESET : DISCARD,
			      BGP_UPDATE_MALFORMED_ATTR_LIST, type, NULL, 0,
			      "an attribute stands twice");
			continue;
		}
		seen[type / 32] |= 1u << type % 32;
		if (is_known(type))
			decode_known(&d, flags, type, whole, value);
		else if (!(flags & ATTR_FLAG_OPTIONAL))
			fault(res, UPDATE_RESET, BGP_UPDATE_UNRECOGNIZED_WELL_KNOWN, type, whole.at,
			      rd_left(&whole), "a well-known attribute is not known");
		else if ((flags & ATTR_FLAG_TRANSITIVE) && type != ATTR_AIGP)
			keep_unknown(&d, flags, type, value);
		else
			res->discarded++; /* RFC 4271 section 5: quietly ignored */
	}
	merge_old_speaker(&d);
	if (!wr_ok(&d.scratch) || !wr_ok(&d.kept))
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

	(void)ctx;
	if (missing)
		fault(res, WITHDRAW, BGP_UPDATE_MISSING_WELL_KNOWN, missing, &missing, 1,
		      "a mandatory attribute is missing");
}

/* ---- encoding ---------------------------------------------------------------------------------
 */

static void put_head(struct wr *wr, uint8_t flags, uint8_t type, size_t len)
{
	wr_u8(wr, len > UINT8_MAX ? flags | ATTR_FLAG_EXTENDED : flags);
	wr_u8(wr, type);
	if (len > UINT8_MAX)
		wr_u16(wr, (uint16_t)len);
	else
		wr_u8(wr, (uint8_t)len);
}

static void put_bytes(struct wr *wr, uint8_t flags, uint8_t type, const uint8_t *s, size_t len)
{
	put_head(wr, flags, type, len);
	wr_bytes(wr, s, len);
}

static void put_u32(struct wr *wr, uint8_t flags, uint8_t type, uint32_t v)
{
	put_head(wr, flags, type, 4);
	wr_u32(wr, v);
}

/* With 2-octet ASNs; true if one did not fit and became AS_TRANS. */
static bool put_narrow_path(struct wr *wr, const struct attr_set *set)
{
	struct rd rd = rd_init(set->as_path, set->as_path_len);
	uint8_t type, count;
	size_t len = 0;
	bool trans = false;
	struct rd count_rd = rd;
	const uint8_t *skip;
	uint32_t asn;

	while (rd_u8(&count_rd, &type) && rd_u8(&count_rd, &count) &&
	       rd_bytes(&count_rd, (size_t)count * 4, &skip))
		len += 2 + (size_t)count * 2;
	put_head(wr, WELL_KNOWN, ATTR_AS_PATH, len);
	while (rd_u8(&rd, &type) && rd_u8(&rd, &count)) {
		wr_u8(wr, type);
		wr_u8(wr, count);
		while (count-- && rd_u32(&rd, &asn)) {
			trans |= asn > UINT16_MAX;
			wr_u16(wr, asn > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)asn);
		}
	}
	return trans;
}

static void put_aggregator(struct wr *wr, const struct attr_ctx *ctx, const struct attr_set *set)
{
	put_head(wr, OPT_TRANS, ATTR_AGGREGATOR, ctx->as4 ? 8 : 6);
	if (ctx->as4)
		wr_u32(wr, set->aggregator_as);
	else
		wr_u16(wr, set->aggregator_as > UINT16_MAX ? BGP_AS_TRANS
							   : (uint16_t)set->aggregator_as);
	wr_u32(wr, set->aggregator_id);
}

void attr_encode(const struct attr_ctx *ctx, const struct attr_set *set, bool with_next_hop,
		 struct wr *wr)
{
	bool trans_path = false;

	if (set->has & ATTR_HAS_ORIGIN)
		put_bytes(wr, WELL_KNOWN, ATTR_ORIGIN, &set->origin, 1);
	if (set->has & ATTR_HAS_AS_PATH) {
		if (ctx->as4)
			put_bytes(wr, WELL_KNOWN, ATTR_AS_PATH, set->as_path, set->as_path_len);
		else
			trans_path = put_narrow_path(wr, set);
	}
	if (with_next_hop && set->nexthop.afi == AFI_IP4)
		put_bytes(wr, WELL_KNOWN, ATTR_NEXT_HOP, set->nexthop.b, 4);
	if (set->has & ATTR_HAS_MED)
		put_u32(wr, OPT_NON_TRANS, ATTR_MED, set->med);
	if (set->has & ATTR_HAS_LOCAL_PREF)
		put_u32(wr, WELL_KNOWN, ATTR_LOCAL_PREF, set->local_pref);
	if (set->has & ATTR_HAS_ATOMIC_AGGREGATE)
		put_head(wr, WELL_KNOWN, ATTR_ATOMIC_AGGREGATE, 0);
	if (set->has & ATTR_HAS_AGGREGATOR)
		put_aggregator(wr, ctx, set);
	if (set->communities_len)
		put_bytes(wr, OPT_TRANS, ATTR_COMMUNITIES, set->communities, set->communities_len);
	if (set->has & ATTR_HAS_ORIGINATOR_ID)
		put_u32(wr, OPT_NON_TRANS, ATTR_ORIGINATOR_ID, set->originator_id);
	if (set->cluster_list_len)
		put_bytes(wr, OPT_NON_TRANS, ATTR_CLUSTER_LIST, set->cluster_list,
			  set->cluster_list_len);
	if (set->ext_communities_len)
		put_bytes(wr, OPT_TRANS, ATTR_EXT_COMMUNITIES, set->ext_communities,
			  set->ext_communities_len);
	if (trans_path)
		put_bytes(wr, OPT_TRANS, ATTR_AS4_PATH, set->as_path, set->as_path_len);
	if (!ctx->as4 && (set->has & ATTR_HAS_AGGREGATOR) && set->aggregator_as > UINT16_MAX) {
		put_head(wr, OPT_TRANS, ATTR_AS4_AGGREGATOR, 8);
		wr_u32(wr, set->aggregator_as);
		wr_u32(wr, set->aggregator_id);
	}
	if (set->large_communities_len)
		put_bytes(wr, OPT_TRANS, ATTR_LARGE_COMMUNITIES, set->large_communities,
			  set->large_communities_len);
	if (set->has & ATTR_HAS_OTC)
		put_u32(wr, OPT_TRANS, ATTR_OTC, set->otc);
	wr_bytes(wr, set->unknown, set->unknown_len);
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
