/*
 * error: what a NOTIFICATION carries (RFC 4271 sections 4.5 and 6), returned by parsers and
 * never sent by them.
 */
#ifndef LEAFPEER_BGP_ERROR_H
#define LEAFPEER_BGP_ERROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bgp_error_code {
	BGP_ERR_NONE = 0,
	BGP_ERR_HEADER = 1,
	BGP_ERR_OPEN = 2,
	BGP_ERR_UPDATE = 3,
	BGP_ERR_HOLD_TIMER = 4,
	BGP_ERR_FSM = 5,
	BGP_ERR_CEASE = 6,
	BGP_ERR_ROUTE_REFRESH = 7, /* RFC 7313 */
	BGP_ERR_SEND_HOLD = 8,     /* RFC 9687 */
};

enum bgp_header_subcode {
	BGP_HEADER_NOT_SYNCHRONIZED = 1,
	BGP_HEADER_BAD_LENGTH = 2,
	BGP_HEADER_BAD_TYPE = 3,
};

enum bgp_open_subcode {
	BGP_OPEN_UNSUPPORTED_VERSION = 1,
	BGP_OPEN_BAD_PEER_AS = 2,
	BGP_OPEN_BAD_IDENTIFIER = 3,
	BGP_OPEN_UNSUPPORTED_PARAMETER = 4,
	BGP_OPEN_UNACCEPTABLE_HOLD_TIME = 6,
	BGP_OPEN_UNSUPPORTED_CAPABILITY = 7, /* RFC 5492 */
	BGP_OPEN_ROLE_MISMATCH = 11,         /* RFC 9234 */
};

enum bgp_update_subcode {
	BGP_UPDATE_MALFORMED_ATTR_LIST = 1,
	BGP_UPDATE_UNRECOGNIZED_WELL_KNOWN = 2,
	BGP_UPDATE_MISSING_WELL_KNOWN = 3,
	BGP_UPDATE_ATTR_FLAGS = 4,
	BGP_UPDATE_ATTR_LENGTH = 5,
	BGP_UPDATE_INVALID_ORIGIN = 6,
	BGP_UPDATE_INVALID_NEXT_HOP = 8,
	BGP_UPDATE_OPTIONAL_ATTR = 9,
	BGP_UPDATE_INVALID_NETWORK = 10,
	BGP_UPDATE_MALFORMED_AS_PATH = 11,
};

enum bgp_fsm_subcode { /* RFC 6608 */
		       BGP_FSM_IN_OPENSENT = 1,
		       BGP_FSM_IN_OPENCONFIRM = 2,
		       BGP_FSM_IN_ESTABLISHED = 3,
};

enum bgp_cease_subcode { /* RFC 4486, 8538, 9384 */
			 BGP_CEASE_MAX_PREFIXES = 1,
			 BGP_CEASE_ADMIN_SHUTDOWN = 2,
			 BGP_CEASE_DECONFIGURED = 3,
			 BGP_CEASE_ADMIN_RESET = 4,
			 BGP_CEASE_REJECTED = 5,
			 BGP_CEASE_CONFIG_CHANGE = 6,
			 BGP_CEASE_COLLISION = 7,
			 BGP_CEASE_OUT_OF_RESOURCES = 8,
			 BGP_CEASE_HARD_RESET = 9,
			 BGP_CEASE_BFD_DOWN = 10,
};

/* Octets of NOTIFICATION data kept, the rest is cut off: a Hard Reset (RFC 8538) around the longest
 * shutdown message (RFC 9003) has 258. */
#define BGP_ERROR_DATA_MAX 260

struct bgp_error {
	uint8_t code; /* enum bgp_error_code; 0: no error */
	uint8_t subcode;
	uint16_t data_len;
	uint8_t data[BGP_ERROR_DATA_MAX];
	const char *what; /* static text: what was wrong, for people; may be NULL */
};

/* Fills *err; data beyond BGP_ERROR_DATA_MAX is cut off. what must be static. */
void bgp_error_set(struct bgp_error *err, uint8_t code, uint8_t subcode, const void *data,
		   size_t data_len, const char *what);
/* "UPDATE Message Error" and "Malformed AS_PATH" and the like; never NULL. */
const char *bgp_error_code_name(uint8_t code);
const char *bgp_error_subcode_name(uint8_t code, uint8_t subcode);
/* RFC 8538 section 3.1: the NOTIFICATION that a Hard Reset is instead of; false: it is none. */
bool bgp_error_unwrap(const struct bgp_error *err, struct bgp_error *inner);
/* RFC 9003: the Shutdown Communication in a Cease/2 or Cease/4, made printable (UTF-8 without
 * control characters, at most cap - 1 octets) in buf; false where there is none or it is malformed.
 */
bool bgp_error_shutdown_text(const struct bgp_error *err, char *buf, size_t cap);
/* "Cease/Administrative Shutdown (maintenance)" in buf, at most cap octets; returns buf. */
const char *bgp_error_str(const struct bgp_error *err, char *buf, size_t cap);

#endif
