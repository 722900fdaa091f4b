/* error: see error.h. */
#include "agent/bgp/error.h"

#include "agent/lib/utf8.h"

#include <stdio.h>
#include <string.h>

void bgp_error_set(struct bgp_error *err, uint8_t code, uint8_t subcode, const void *data,
		   size_t data_len, const char *what)
{
	err->code = code;
	err->subcode = subcode;
	err->what = what;
	err->data_len = (uint16_t)(data_len < BGP_ERROR_DATA_MAX ? data_len : BGP_ERROR_DATA_MAX);
	if (err->data_len)
		memcpy(err->data, data, err->data_len);
}

const char *bgp_error_code_name(uint8_t code)
{
	static const char *const names[] = {
		[BGP_ERR_NONE] = "No Error",
		[BGP_ERR_HEADER] = "Message Header Error",
		[BGP_ERR_OPEN] = "OPEN Message Error",
		[BGP_ERR_UPDATE] = "UPDATE Message Error",
		[BGP_ERR_HOLD_TIMER] = "Hold Timer Expired",
		[BGP_ERR_FSM] = "Finite State Machine Error",
		[BGP_ERR_CEASE] = "Cease",
		[BGP_ERR_ROUTE_REFRESH] = "ROUTE-REFRESH Message Error",
		[BGP_ERR_SEND_HOLD] = "Send Hold Timer Expired",
	};

	return code < sizeof(names) / sizeof(names[0]) ? names[code] : "Unknown Error";
}

const char *bgp_error_subcode_name(uint8_t code, uint8_t subcode)
{
	static const char *const header[] = {
		[BGP_HEADER_NOT_SYNCHRONIZED] = "Connection Not Synchronized",
		[BGP_HEADER_BAD_LENGTH] = "Bad Message Length",
		[BGP_HEADER_BAD_TYPE] = "Bad Message Type",
	};
	static const char *const open[] = {
		[BGP_OPEN_UNSUPPORTED_VERSION] = "Unsupported Version Number",
		[BGP_OPEN_BAD_PEER_AS] = "Bad Peer AS",
		[BGP_OPEN_BAD_IDENTIFIER] = "Bad BGP Identifier",
		[BGP_OPEN_UNSUPPORTED_PARAMETER] = "Unsupported Optional Parameter",
		[BGP_OPEN_UNACCEPTABLE_HOLD_TIME] = "Unacceptable Hold Time",
		[BGP_OPEN_UNSUPPORTED_CAPABILITY] = "Unsupported Capability",
		[BGP_OPEN_ROLE_MISMATCH] = "Role Mismatch",
	};
	static const char *const update[] = {
		[BGP_UPDATE_MALFORMED_ATTR_LIST] = "Malformed Attribute List",
		[BGP_UPDATE_UNRECOGNIZED_WELL_KNOWN] = "Unrecognized Well-known Attribute",
		[BGP_UPDATE_MISSING_WELL_KNOWN] = "Missing Well-known Attribute",
		[BGP_UPDATE_ATTR_FLAGS] = "Attribute Flags Error",
		[BGP_UPDATE_ATTR_LENGTH] = "Attribute Length Error",
		[BGP_UPDATE_INVALID_ORIGIN] = "Invalid ORIGIN Attribute",
		[BGP_UPDATE_INVALID_NEXT_HOP] = "Invalid NEXT_HOP Attribute",
		[BGP_UPDATE_OPTIONAL_ATTR] = "Optional Attribute Error",
		[BGP_UPDATE_INVALID_NETWORK] = "Invalid Network Field",
		[BGP_UPDATE_MALFORMED_AS_PATH] = "Malformed AS_PATH",
	};
	static const char *const fsm[] = {
		[BGP_FSM_IN_OPENSENT] = "Unexpected Message in OpenSent",
		[BGP_FSM_IN_OPENCONFIRM] = "Unexpected Message in OpenConfirm",
		[BGP_FSM_IN_ESTABLISHED] = "Unexpected Message in Established",
	};
	static const char *const cease[] = {
		[BGP_CEASE_MAX_PREFIXES] = "Maximum Number of Prefixes Reached",
		[BGP_CEASE_ADMIN_SHUTDOWN] = "Administrative Shutdown",
		[BGP_CEASE_DECONFIGURED] = "Peer De-configured",
		[BGP_CEASE_ADMIN_RESET] = "Administrative Reset",
		[BGP_CEASE_REJECTED] = "Connection Rejected",
		[BGP_CEASE_CONFIG_CHANGE] = "Other Configuration Change",
		[BGP_CEASE_COLLISION] = "Connection Collision Resolution",
		[BGP_CEASE_OUT_OF_RESOURCES] = "Out of Resources",
		[BGP_CEASE_HARD_RESET] = "Hard Reset",
		[BGP_CEASE_BFD_DOWN] = "BFD Down",
	};
	static const char *const refresh[] = {[1] = "Invalid Message Length"};
	static const struct {
		const char *const *names;
		size_t n;
	} tables[] = {
		[BGP_ERR_HEADER] = {header, sizeof(header) / sizeof(header[0])},
		[BGP_ERR_OPEN] = {open, sizeof(open) / sizeof(open[0])},
		[BGP_ERR_UPDATE] = {update, sizeof(update) / sizeof(update[0])},
		[BGP_ERR_FSM] = {fsm, sizeof(fsm) / sizeof(fsm[0])},
		[BGP_ERR_CEASE] = {cease, sizeof(cease) / sizeof(cease[0])},
		[BGP_ERR_ROUTE_REFRESH] = {refresh, sizeof(refresh) / sizeof(refresh[0])},
	};

	if (!subcode)
		return "Unspecific";
	if (code >= sizeof(tables) / sizeof(tables[0]) || subcode >= tables[code].n ||
	    !tables[code].names[subcode])
		return "Unknown Subcode";
	return tables[code].names[subcode];
}

bool bgp_error_unwrap(const struct bgp_error *err, struct bgp_error *inner)
{
	if (err->code != BGP_ERR_CEASE || err->subcode != BGP_CEASE_HARD_RESET || err->data_len < 2)
		return false;
	bgp_error_set(inner, err->data[0], err->data[1], err->data + 2, err->data_len - 2u,
		      err->what);
	return true;
}

/* It is shown on terminals: neither set of control characters (C1 has one that begins sequences
 * like ESC), and nothing that is no UTF-8 (RFC 9003 sections 4 and 6). */
static void make_printable(char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint8_t c = (uint8_t)s[i];
		size_t n = utf8_len(s + i);

		if (c < 0x20 || c == 0x7f)
			s[i] = ' ';
		else if (c >= 0x80 && !n)
			s[i] = '?';
		else if (c == 0xc2 && (uint8_t)s[i + 1] < 0xa0)
			memset(s + i, ' ', n);
		i += n ? n : 1;
	}
}

bool bgp_error_shutdown_text(const struct bgp_error *err, char *buf, size_t cap)
{
	struct bgp_error inner;
	size_t len;

	if (bgp_error_unwrap(err, &inner))
		err = &inner;

	if (err->code != BGP_ERR_CEASE ||
	    (err->subcode != BGP_CEASE_ADMIN_SHUTDOWN && err->subcode != BGP_CEASE_ADMIN_RESET) ||
	    err->data_len < 2 || !cap)
		return false;
	len = err->data[0];
	if (!len || len > (size_t)err->data_len - 1)
		return false;
	if (len > cap - 1) {
		len = cap - 1;
		while (len && (err->data[1 + len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(buf, err->data + 1, len);
	buf[len] = '\0';
	make_printable(buf, len);
	return true;
}

const char *bgp_error_str(const struct bgp_error *err, char *buf, size_t cap)
{
	struct bgp_error inner;
	char text[UINT8_MAX + 1];
	int n = snprintf(buf, cap, "%s", bgp_error_code_name(err->code));

	if (n > 0 && (size_t)n < cap && err->subcode)
		n += snprintf(buf + n, cap - (size_t)n, "/%s",
			      bgp_error_subcode_name(err->code, err->subcode));
	if (n > 0 && (size_t)n < cap && bgp_error_unwrap(err, &inner))
		n += snprintf(buf + n, cap - (size_t)n, ": %s/%s", bgp_error_code_name(inner.code),
			      bgp_error_subcode_name(inner.code, inner.subcode));
	if (n > 0 && (size_t)n < cap && bgp_error_shutdown_text(err, text, sizeof(text)))
		snprintf(buf + n, cap - (size_t)n, " (%s)", text);
	return buf;
}
