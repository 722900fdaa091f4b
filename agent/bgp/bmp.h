/*
 * bmp: the messages of the BGP Monitoring Protocol (RFC 7854; RFC 8671 for Adj-RIB-Out, RFC 9069
 * for Loc-RIB), as the router writes them. A station never answers, so there is nothing to decode.
 *
 * Everything is written into a struct wr, whole messages with their headers; wr_ok() is asked at
 * the end. Routes are written by what they are now, with 4-octet AS numbers (the A flag is clear),
 * and several with the same attributes go into one UPDATE.
 */
#ifndef LEAFPEER_BGP_BMP_H
#define LEAFPEER_BGP_BMP_H

#include "agent/bgp/attr.h"
#include "agent/bgp/msg.h"

#define BMP_VERSION    3
#define BMP_HEADER_LEN 6
#define BMP_PEER_LEN   42 /* of the per-peer header */
/* The longest message there can be: two headers and an extended UPDATE. */
#define BMP_MSG_MAX    (BMP_HEADER_LEN + BMP_PEER_LEN + BGP_MSG_EXT_MAX)
#define BMP_TABLE_DEFAULT                                                      \
	"global" /* the name of the only table there is (RFC 9069 section 5.2) \
		  */

enum bmp_msg_type { /* RFC 7854 section 4.1 */
		    BMP_ROUTE_MONITORING = 0,
		    BMP_STATISTICS_REPORT = 1,
		    BMP_PEER_DOWN = 2,
		    BMP_PEER_UP = 3,
		    BMP_INITIATION = 4,
		    BMP_TERMINATION = 5,
};

enum bmp_view { /* which of the tables a message is about */
		BMP_RIB_IN_PRE,
		BMP_RIB_IN_POST,
		BMP_RIB_OUT, /* after policy: before it there is no table */
		BMP_LOC_RIB,
		BMP_VIEWS
};

enum bmp_down_reason { /* RFC 7854 section 4.9, RFC 9069 section 5.3 */
		       BMP_DOWN_LOCAL_NOTIFICATION = 1,
		       BMP_DOWN_LOCAL_EVENT = 2, /* with the number of an FSM event */
		       BMP_DOWN_REMOTE_NOTIFICATION = 3,
		       BMP_DOWN_REMOTE = 4,
		       BMP_DOWN_DECONFIGURED = 5,
		       BMP_DOWN_LOC_RIB = 6,
};

enum bmp_termination_reason { /* RFC 7854 section 4.5 */
			      BMP_TERM_ADMIN = 0,
			      BMP_TERM_UNSPECIFIED = 1,
			      BMP_TERM_OUT_OF_RESOURCES = 2,
			      BMP_TERM_REDUNDANT = 3,
			      BMP_TERM_PERMANENT = 4,
};

enum bmp_stat { /* RFC 7854 section 4.8, RFC 8671 section 6.2 */
		BMP_STAT_RIB_IN = 7,
		BMP_STAT_LOC_RIB = 8,
		BMP_STAT_RIB_IN_FAMILY = 9,
		BMP_STAT_LOC_RIB_FAMILY = 10,
		BMP_STAT_TREATED_AS_WITHDRAW = 11, /* UPDATEs */
		BMP_STAT_RIB_OUT = 15,
		BMP_STAT_RIB_OUT_FAMILY = 17,
};

/* Whom, and which of its tables, a message is about. */
struct bmp_peer {
	enum bmp_view view;
	struct addr addr; /* AFI_NONE for BMP_LOC_RIB */
	uint32_t asn;     /* the peer's; our own for BMP_LOC_RIB */
	uint32_t id;      /* BGP Identifier, host order; likewise */
	int64_t time;     /* microseconds since 1970, 0: not known */
};

/* text: an additional TLV, or NULL. Strings longer than a TLV's length can say are cut off. */
void bmp_initiation(const char *sys_name, const char *sys_descr, struct wr *wr);
void bmp_termination(enum bmp_termination_reason reason, const char *text, struct wr *wr);

struct bmp_peer_up {
	struct addr local; /* AFI_NONE for BMP_LOC_RIB */
	uint16_t local_port, remote_port;
	struct rd sent, received; /* the OPENs, whole messages */
};
/* The view says only whether it is about a neighbour or the Loc-RIB. */
void bmp_peer_up(const struct bmp_peer *peer, const struct bmp_peer_up *up, struct wr *wr);
/* notification: of reasons 1 and 3; event: of reason 2. */
void bmp_peer_down(const struct bmp_peer *peer, enum bmp_down_reason reason,
		   const struct bgp_error *notification, uint16_t event, struct wr *wr);

/* Route Monitoring, several routes in a message. */
struct bmp_routes {
	struct wr *wr;
	struct wr before; /* as wr was */
	uint8_t *bmp, *update, *field, *mp;
	bool classic, add_path, withdraw;
	uint8_t afi;
	size_t n;
};
/* Begins a message about routes of the family with these attributes; set NULL: they are gone.
 * add_path: the session agreed on path identifiers in what we receive (RFC 7911). */
void bmp_routes_begin(struct bmp_routes *b, const struct bmp_peer *peer, enum afi afi,
		      const struct attr_set *set, bool add_path, struct wr *wr);
/* False: the message has no room for it; end it and begin another. The first always has. */
bool bmp_routes_add(struct bmp_routes *b, const struct prefix *p, uint32_t path_id);
/* False: it does not fit into wr, or into any message, and wr is as it was before. */
bool bmp_routes_end(struct bmp_routes *b);
/* All routes of the table and family have been told. */
void bmp_end_of_rib(const struct bmp_peer *peer, enum afi afi, struct wr *wr);

struct bmp_stats {
	struct wr *wr;
	uint8_t *bmp, *count;
	uint32_t n;
};
void bmp_stats_begin(struct bmp_stats *s, const struct bmp_peer *peer, struct wr *wr);
void bmp_stats_counter(struct bmp_stats *s, enum bmp_stat stat, uint32_t value);
void bmp_stats_gauge(struct bmp_stats *s, enum bmp_stat stat, uint64_t value);
void bmp_stats_family(struct bmp_stats *s, enum bmp_stat stat, enum afi afi, uint64_t value);
void bmp_stats_end(struct bmp_stats *s);

#endif
