/*
 * capa: capabilities in the OPEN (RFC 5492): what we offer, what the peer offered, what is agreed.
 */
#ifndef LEAFPEER_BGP_CAPA_H
#define LEAFPEER_BGP_CAPA_H

#include "agent/bgp/error.h"
#include "agent/lib/wire.h"

enum capa_code {
	CAPA_MP = 1,                /* RFC 4760 */
	CAPA_ROUTE_REFRESH = 2,     /* RFC 2918 */
	CAPA_EXT_NEXTHOP = 5,       /* RFC 8950 */
	CAPA_EXT_MESSAGE = 6,       /* RFC 8654 */
	CAPA_ROLE = 9,              /* RFC 9234 */
	CAPA_GR = 64,               /* RFC 4724 */
	CAPA_AS4 = 65,              /* RFC 6793 */
	CAPA_ADD_PATH = 69,         /* RFC 7911 */
	CAPA_ENHANCED_REFRESH = 70, /* RFC 7313 */
	CAPA_LLGR = 71,             /* RFC 9494 */
	CAPA_FQDN = 73,             /* draft-walton-bgp-hostname-capability */
};

/* The families we know, as bits and as indices of arrays. Only SAFI 1, unicast. */
enum family {
	FAMILY_IP4 = 0,
	FAMILY_IP6 = 1,
	FAMILY_COUNT = 2,
};
#define FAMILY_BIT(f) (1u << (f))

enum add_path_mode { /* RFC 7911 section 4 */
		     ADD_PATH_RECEIVE = 1,
		     ADD_PATH_SEND = 2,
};

enum bgp_role { /* RFC 9234 section 4.1 */
		ROLE_PROVIDER = 0,
		ROLE_RS = 1,
		ROLE_RS_CLIENT = 2,
		ROLE_CUSTOMER = 3,
		ROLE_PEER = 4,
		ROLE_CONFLICT = 254, /* received several, and not the same */
		ROLE_NONE = 255,
};

#define CAPA_FQDN_MAX 64

struct capa {
	uint8_t families;    /* FAMILY_BIT()s of CAPA_MP; of a peer without any: IPv4 */
	bool other_families; /* received: CAPA_MP of such as we do not know */
	bool route_refresh;
	bool enhanced_refresh;
	bool ext_message;
	bool as4;
	uint32_t asn;        /* of CAPA_AS4 */
	uint8_t ext_nexthop; /* families whose NLRI may have an IPv6 next hop: FAMILY_IP4 */
	uint8_t role;        /* enum bgp_role */
	uint8_t add_path[FAMILY_COUNT]; /* enum add_path_mode bits */
	bool gr;
	bool gr_restarting;   /* R bit */
	bool gr_notification; /* N bit, RFC 8538 */
	uint16_t gr_time;     /* seconds */
	uint8_t gr_families;
	uint8_t gr_forwarding; /* families with the F bit */
	bool llgr;
	uint8_t llgr_families;
	uint8_t llgr_forwarding;
	uint32_t llgr_time[FAMILY_COUNT]; /* seconds, 24 bits */
	char hostname[CAPA_FQDN_MAX + 1];
	uint32_t unknown; /* capabilities that we do not know, counted */
};

/* A capability set with nothing in it (role ROLE_NONE). */
void capa_init(struct capa *c);
/* Reads the value of one Capabilities optional parameter; may be called several times. Unknown
 * and repeated capabilities are no error. A capability whose length does not fit its kind is
 * ignored and counted as unknown, one that runs past the parameter is an error
 * (OPEN Message Error, Unspecific) and false. */
bool capa_decode(struct rd rd, struct capa *c, struct bgp_error *err);
/* Writes all that c has, each in TLV form, without the optional parameter's header. */
void capa_encode(const struct capa *c, struct wr *wr);

/* What both sides may do. */
struct capa_agreed {
	uint8_t families;
	bool as4;
	bool ext_message;
	bool route_refresh;
	bool enhanced_refresh;
	uint8_t ext_nexthop;
	uint8_t add_path_rx; /* families in which the peer's NLRI carry path identifiers */
	uint8_t gr_families;
	bool gr_notification;
	uint8_t llgr_families;
};

/* RFC 9234 section 4.2: role pairs that may meet. strict: a peer without a role is refused. */
bool capa_role_ok(uint8_t local, uint8_t remote, bool strict);
void capa_agree(const struct capa *local, const struct capa *remote, struct capa_agreed *out);

#endif
