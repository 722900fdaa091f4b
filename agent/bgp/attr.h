/*
 * attr: path attributes (RFC 4271 section 5 and what came after), their decoding with the error
 * handling of RFC 7606, and their interning.
 *
 * struct attr_set is one set of attributes as values and borrowed octet strings: into the message
 * it was decoded from, or into the interned copy. struct attrs is that copy: immutable, counted,
 * one for each distinct set, so equal means same pointer.
 */
#ifndef LEAFPEER_BGP_ATTR_H
#define LEAFPEER_BGP_ATTR_H

#include "agent/bgp/error.h"
#include "agent/lib/prefix.h"
#include "agent/lib/wire.h"

enum attr_code {
	ATTR_ORIGIN = 1,
	ATTR_AS_PATH = 2,
	ATTR_NEXT_HOP = 3,
	ATTR_MED = 4,
	ATTR_LOCAL_PREF = 5,
	ATTR_ATOMIC_AGGREGATE = 6,
	ATTR_AGGREGATOR = 7,
	ATTR_COMMUNITIES = 8,
	ATTR_ORIGINATOR_ID = 9,
	ATTR_CLUSTER_LIST = 10,
	ATTR_MP_REACH = 14,
	ATTR_MP_UNREACH = 15,
	ATTR_EXT_COMMUNITIES = 16,
	ATTR_AS4_PATH = 17,
	ATTR_AS4_AGGREGATOR = 18,
	ATTR_AIGP = 26,
	ATTR_LARGE_COMMUNITIES = 32,
	ATTR_OTC = 35,
};

enum attr_flag { /* RFC 4271 section 4.3 */
		 ATTR_FLAG_OPTIONAL = 0x80,
		 ATTR_FLAG_TRANSITIVE = 0x40,
		 ATTR_FLAG_PARTIAL = 0x20,
		 ATTR_FLAG_EXTENDED = 0x10,
};

enum attr_has { /* bits of attr_set.has */
		ATTR_HAS_ORIGIN = 1u << 0,
		ATTR_HAS_AS_PATH = 1u << 1,
		ATTR_HAS_NEXT_HOP = 1u << 2, /* from NEXT_HOP or from MP_REACH_NLRI */
		ATTR_HAS_MED = 1u << 3,
		ATTR_HAS_LOCAL_PREF = 1u << 4,
		ATTR_HAS_ATOMIC_AGGREGATE = 1u << 5,
		ATTR_HAS_AGGREGATOR = 1u << 6,
		ATTR_HAS_ORIGINATOR_ID = 1u << 7,
		ATTR_HAS_OTC = 1u << 8,
};

enum bgp_origin {
	ORIGIN_IGP = 0,
	ORIGIN_EGP = 1,
	ORIGIN_INCOMPLETE = 2,
};

enum as_segment { /* RFC 4271 section 4.3, RFC 5065 */
		  AS_SET = 1,
		  AS_SEQUENCE = 2,
		  AS_CONFED_SEQUENCE = 3,
		  AS_CONFED_SET = 4,
};

/* RFC 7606 section 2, mildest first: the worst that any attribute asks for wins. */
enum update_verdict {
	UPDATE_OK,
	UPDATE_DISCARD_ATTR,   /* the attribute is dropped, the routes are used */
	UPDATE_TREAT_WITHDRAW, /* the routes are withdrawn */
	UPDATE_DISABLE_AFI,    /* AFI/SAFI disable: not asked for by anything we negotiate */
	UPDATE_RESET,          /* the session cannot be trusted any more: NOTIFICATION */
};

#define COMMUNITY_GRACEFUL_SHUTDOWN 0xffff0000u /* RFC 8326 */
#define COMMUNITY_LLGR_STALE        0xffff0006u /* RFC 9494 */
#define COMMUNITY_NO_LLGR           0xffff0007u
#define COMMUNITY_NO_EXPORT         0xffffff01u /* RFC 1997 */
#define COMMUNITY_NO_ADVERTISE      0xffffff02u

struct attr_set {
	uint32_t has; /* enum attr_has */
	uint8_t origin;
	struct addr nexthop;       /* global address */
	struct addr nexthop_local; /* RFC 2545 link-local address, or AFI_NONE */
	uint32_t med;
	uint32_t local_pref;
	uint32_t aggregator_as;
	uint32_t aggregator_id;
	uint32_t originator_id;
	uint32_t otc;
	/* Octet strings in network byte order; NULL where the length is 0. */
	const uint8_t *as_path; /* segments: type, count, count x 4 octets (always 4-octet ASNs) */
	const uint8_t *communities;       /* 4 octets each */
	const uint8_t *ext_communities;   /* 8 octets each */
	const uint8_t *large_communities; /* 12 octets each, ascending, none twice */
	const uint8_t *cluster_list;      /* 4 octets each */
	const uint8_t
		*unknown; /* whole attributes, header included: optional transitive, by type */
	uint16_t as_path_len, communities_len, ext_communities_len, large_communities_len,
		cluster_list_len, unknown_len; /* octets */
};

/* What a session has agreed on, as decoding and encoding need it. */
struct attr_ctx {
	bool as4;  /* both sides have 4-octet ASNs (RFC 6793) */
	bool ibgp; /* the peer's AS is ours */
	uint32_t local_as;
	uint32_t remote_as;
};

/* Octets. The largest list of 64 KiB, all of it a path of 2-octet ASNs and so twice as long when
 * widened, and once more when AS4_PATH is merged in. */
#define ATTR_SCRATCH (4 * 65536)

/*
 * What decoding found besides the set: the verdict, the first reason, and the MP attributes'
 * values, which update.c reads.
 */
struct attr_result {
	enum update_verdict verdict;
	struct bgp_error err; /* of the worst fault; valid unless verdict is UPDATE_OK */
	uint8_t bad_attr;     /* type code of it; 0: the list as a whole */
	uint32_t discarded;   /* attributes dropped under RFC 7606 or unrecognized */
	uint32_t count;       /* attributes in the list */
	bool has_mp_reach, has_mp_unreach;
	bool mp_reach_bad_flags, mp_unreach_bad_flags; /* not optional non-transitive */
	struct rd mp_reach, mp_unreach;                /* attribute values, not yet looked into */
	struct rd mp_reach_whole, mp_unreach_whole;    /* with their headers, for a NOTIFICATION */
};

/*
 * Decodes a path attribute list. scratch: ATTR_SCRATCH octets which hold what must be rewritten
 * (2-octet AS paths widened, AS4_PATH merged in, large communities sorted, unknown attributes
 * gathered); set borrows from it and from rd's bytes. Attributes may come in any order; of
 * duplicates the first counts, except of the MP attributes, which reset (RFC 7606 section 3 g).
 * What depends on whether there is NLRI is attr_check_mandatory's and update.c's.
 */
void attr_decode(const struct attr_ctx *ctx, struct rd rd, uint8_t *scratch, struct attr_set *set,
		 struct attr_result *res);
/* For an UPDATE with NLRI. RFC 4271 section 6.3, RFC 7606 section 3 d: missing well-known
 * attributes make the routes treat-as-withdraw. need_next_hop: NLRI outside MP_REACH, for which
 * NEXT_HOP must be there and a host's address; without it NEXT_HOP means nothing (RFC 4760 section
 * 3). */
void attr_check_mandatory(const struct attr_ctx *ctx, const struct attr_set *set,
			  bool need_next_hop, struct attr_result *res);
/* Writes the set as an attribute list, by type code ascending, NEXT_HOP only if it is IPv4 and
 * with_next_hop; 2-octet peers get AS_TRANS and AS4_PATH (RFC 6793). */
void attr_encode(const struct attr_ctx *ctx, const struct attr_set *set, bool with_next_hop,
		 struct wr *wr);

/* "AS_PATH"; "unknown attribute" for what we do not know. */
const char *attr_name(uint8_t type);

/* AS path length for route selection: a set counts one, confederation segments none
 * (RFC 4271 section 9.1.2.2, RFC 5065). */
unsigned int as_path_hops(const struct attr_set *set);
/* Occurrences of asn. */
unsigned int as_path_count(const struct attr_set *set, uint32_t asn);
/* The neighbouring AS: first of the path if that is a sequence, else 0. */
uint32_t as_path_first(const struct attr_set *set);
/* The origin AS: last of the path if that ends in a sequence, else 0. */
uint32_t as_path_origin(const struct attr_set *set);
/* "65001 65000 {1,2}" in buf of cap octets, cut short with "..." if need be; returns buf.
 * asdot: RFC 5396. */
const char *as_path_str(const struct attr_set *set, bool asdot, char *buf, size_t cap);
/* Prepends asn times times into out (of cap octets); false if it does not fit, or times is more
 * than the 255 that one segment holds. Returns the new length in *len. */
bool as_path_prepend(const struct attr_set *set, uint32_t asn, unsigned int times, uint8_t *out,
		     size_t cap, uint16_t *len);
bool attr_has_community(const struct attr_set *set, uint32_t community);
/* "1.10", "65000" to a number; asdot and asplain; 0 and what does not fit are false. */
bool asn_parse(const char *s, uint32_t *out);
const char *asn_str(uint32_t asn, bool asdot, char *buf); /* at most 12 octets */

/* Interned attributes. */
struct attrs {
	uint32_t refs;
	uint32_t hash;
	struct attrs *next; /* in its bucket */
	struct attr_set set;
	uint32_t id;          /* small number, reused; for tables kept beside this one */
	uint32_t neighbor_as; /* as_path_first */
	uint32_t data_len;
	uint16_t hops;  /* as_path_hops */
	uint16_t owner; /* who said it first, and is charged with it; ATTRS_NOBODYS */
	uint8_t data[]; /* what set's strings point to */
};

struct attr_table; /* owns every struct attrs */

struct attr_table *attr_table_new(void);
/* Every reference must have been given back (assert). NULL is fine. */
void attr_table_free(struct attr_table *t);
#define ATTRS_NOBODYS UINT16_MAX
/* The interned copy of set, with one reference for the caller. A new one is charged to the owner, a
 * small number, for as long as it is there. */
const struct attrs *attrs_intern_for(struct attr_table *t, const struct attr_set *set,
				     uint16_t owner);
const struct attrs *attrs_intern(struct attr_table *t, const struct attr_set *set); /* nobody's */
const struct attrs *attrs_ref(const struct attrs *a);
void attrs_unref(struct attr_table *t, const struct attrs *a); /* NULL is fine */
size_t attr_table_count(const struct attr_table *t);
size_t attr_table_bytes(const struct attr_table *t);
size_t attr_table_bytes_of(const struct attr_table *t, uint16_t owner);

#endif
