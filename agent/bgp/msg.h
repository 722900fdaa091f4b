/*
 * msg: BGP messages but UPDATE (RFC 4271 section 4), framing, and their encoding.
 */
#ifndef LEAFPEER_BGP_MSG_H
#define LEAFPEER_BGP_MSG_H

#include "agent/bgp/capa.h"

#define BGP_HEADER_LEN  19
#define BGP_MSG_MAX     4096
#define BGP_MSG_EXT_MAX 65535 /* RFC 8654; OPEN and KEEPALIVE stay at BGP_MSG_MAX */
#define BGP_VERSION     4
#define BGP_AS_TRANS    23456

enum bgp_msg_type {
	BGP_OPEN = 1,
	BGP_UPDATE = 2,
	BGP_NOTIFICATION = 3,
	BGP_KEEPALIVE = 4,
	BGP_ROUTE_REFRESH = 5, /* RFC 2918 */
	BGP_MSG_TYPES
};

struct bgp_msg {
	uint8_t type; /* enum bgp_msg_type */
	struct rd body;
};

enum msg_status {
	MSG_NEED_MORE, /* no whole message yet */
	MSG_OK,
	MSG_BAD, /* *err says why; the stream cannot be followed any further */
};

/*
 * Carves one message off the front of rd, which then stands behind it. Checks marker, length
 * (against max: BGP_MSG_MAX or BGP_MSG_EXT_MAX, and against the least and, for KEEPALIVE and OPEN,
 * the most of its type) and type (RFC 4271 section 6.1), as early as the header is there.
 */
enum msg_status msg_next(struct rd *rd, size_t max, struct bgp_msg *msg, struct bgp_error *err);

struct bgp_open {
	uint8_t version;
	uint32_t asn;       /* 4-octet where the capability is there, else "My AS" */
	uint16_t hold_time; /* seconds */
	uint32_t id;        /* BGP Identifier, host order */
	struct capa capa;
};

/* RFC 4271 section 6.2 without what needs the configuration (peer AS, our own identifier); reads
 * extended optional parameters too (RFC 9072). */
bool open_decode(struct rd body, struct bgp_open *open, struct bgp_error *err);
/* A whole message, header included. */
void open_encode(const struct bgp_open *open, struct wr *wr);

void keepalive_encode(struct wr *wr);

/* The header of a message of a type; returns its first octet, by which msg_end() fills in the
 * length when the body is there. One longer than BGP_MSG_EXT_MAX counts as an overflow of wr. */
uint8_t *msg_begin(struct wr *wr, uint8_t type);
void msg_end(struct wr *wr, uint8_t *start);

/* Never fails but on an empty body (a length that msg_next refuses). */
bool notification_decode(struct rd body, struct bgp_error *err);
void notification_encode(const struct bgp_error *err, struct wr *wr);

enum refresh_subtype { /* RFC 7313 section 4 */
		       REFRESH_REQUEST = 0,
		       REFRESH_BORR = 1,
		       REFRESH_EORR = 2,
};

struct bgp_refresh {
	uint16_t afi;
	uint8_t subtype; /* enum refresh_subtype, or what the peer wrote: to be ignored then */
	uint8_t safi;
};

/* enhanced: RFC 7313 was agreed. Its section 5 makes another length than 4 an error (ROUTE-REFRESH
 * Message Error/Invalid Message Length), but of its own subtypes alone: any other message of a
 * length that is not ours to read is to be ignored, so that is false with err->code 0. Without it
 * the subtype is the reserved octet of RFC 2918, which is not looked at. */
bool refresh_decode(struct rd body, bool enhanced, struct bgp_refresh *r, struct bgp_error *err);
void refresh_encode(const struct bgp_refresh *r, struct wr *wr);

const char *bgp_msg_name(unsigned int type);

#endif
