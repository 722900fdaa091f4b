/*
 * msg: see msg.h.
 *
 *	 0                                16      18      19
 *	+--------------------------------+-------+-------+------ ...
 *	| marker: 16 octets of all ones  | length| type  | body
 *	+--------------------------------+-------+-------+------ ...
 */
#include "agent/bgp/msg.h"

#include <assert.h>

#define MARKER_LEN       16
#define OPEN_MIN_LEN     29
#define UPDATE_MIN_LEN   23
#define NOTIFY_MIN_LEN   21
#define REFRESH_LEN      23
#define PARAM_CAPABILITY 2
#define PARAM_EXTENDED   255 /* RFC 9072 */

static const uint8_t marker[MARKER_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					   0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static bool length_ok(uint8_t type, size_t len, size_t max)
{
	switch (type) {
	case BGP_OPEN:
		return len >= OPEN_MIN_LEN && len <= BGP_MSG_MAX;
	case BGP_UPDATE:
		return len >= UPDATE_MIN_LEN && len <= max;
	case BGP_NOTIFICATION:
		return len >= NOTIFY_MIN_LEN && len <= max;
	case BGP_KEEPALIVE:
		return len == BGP_HEADER_LEN;
	default:
		/* of a ROUTE-REFRESH the length is looked at by refresh_decode (RFC 7313 section 5)
		 */
		return len >= BGP_HEADER_LEN && len <= max;
	}
}

enum msg_status msg_next(struct rd *rd, size_t max, struct bgp_msg *msg, struct bgp_error *err)
{
	size_t have = rd_left(rd);
	struct rd head = *rd;
	const uint8_t *bytes;
	uint16_t len = 0;
	uint8_t type = 0;

	/* as early as an octet of it is wrong */
	if (memcmp(head.at, marker, have < MARKER_LEN ? have : MARKER_LEN) != 0) {
		bgp_error_set(err, BGP_ERR_HEADER, BGP_HEADER_NOT_SYNCHRONIZED, NULL, 0,
			      "the marker is not all ones");
		return MSG_BAD;
	}
	if (have < BGP_HEADER_LEN)
		return MSG_NEED_MORE;
	rd_bytes(&head, MARKER_LEN, &bytes);
	rd_u16(&head, &len);
	rd_u8(&head, &type);
	if (len < BGP_HEADER_LEN || len > max) {
		bgp_error_set(err, BGP_ERR_HEADER, BGP_HEADER_BAD_LENGTH, rd->at + MARKER_LEN, 2,
			      "the message length is out of range");
		return MSG_BAD;
	}
	if (type < BGP_OPEN || type >= BGP_MSG_TYPES) {
		bgp_error_set(err, BGP_ERR_HEADER, BGP_HEADER_BAD_TYPE, &type, 1,
			      "the message type is unknown");
		return MSG_BAD;
	}
	if (!length_ok(type, len, max)) {
		bgp_error_set(err, BGP_ERR_HEADER, BGP_HEADER_BAD_LENGTH, rd->at + MARKER_LEN, 2,
			      "the message length does not fit its type");
		return MSG_BAD;
	}
	if (have < len)
		return MSG_NEED_MORE;
	msg->type = type;
	msg->body = rd_init(rd->at + BGP_HEADER_LEN, len - BGP_HEADER_LEN);
	rd->at += len;
	return MSG_OK;
}

static bool open_error(struct bgp_error *err, uint8_t subcode, const void *data, size_t len,
		       const char *what)
{
	bgp_error_set(err, BGP_ERR_OPEN, subcode, data, len, what);
	return false;
}

/*
 * Optional parameters: one octet of type, one of length, value; with RFC 9072 the first type is
 * 255, then two octets of the real length of all, and each parameter has two octets of length. What
 * the length in front says then is to be ignored, but that it is not 0 (RFC 9072 section 2).
 */
static bool decode_params(struct rd rd, bool extended, struct capa *capa, struct bgp_error *err)
{
	while (rd_left(&rd)) {
		uint8_t type, len8;
		uint16_t len;
		struct rd value;

		if (!rd_u8(&rd, &type))
			return false;
		if (extended ? !rd_u16(&rd, &len) : !rd_u8(&rd, &len8))
			return open_error(err, 0, NULL, 0, "an optional parameter is cut short");
		if (!extended)
			len = len8;
		if (!rd_sub(&rd, len, &value))
			return open_error(err, 0, NULL, 0,
					  "an optional parameter runs past the message");
		if (type != PARAM_CAPABILITY)
			return open_error(err, BGP_OPEN_UNSUPPORTED_PARAMETER, &type, 1,
					  "an optional parameter is unknown");
		if (!capa_decode(value, capa, err))
			return false;
	}
	return true;
}

bool open_decode(struct rd body, struct bgp_open *open, struct bgp_error *err)
{
	static const uint8_t our_version[2] = {0, BGP_VERSION};
	struct bgp_open o = {0};
	uint16_t as2 = 0, ext_len;
	uint8_t params_len = 0, type;
	struct rd ext;
	bool extended = false;

	capa_init(&o.capa);
	if (!rd_u8(&body, &o.version) || !rd_u16(&body, &as2) || !rd_u16(&body, &o.hold_time) ||
	    !rd_u32(&body, &o.id) || !rd_u8(&body, &params_len))
		return open_error(err, 0, NULL, 0, "the OPEN is cut short");
	if (o.version != BGP_VERSION)
		return open_error(err, BGP_OPEN_UNSUPPORTED_VERSION, our_version, 2,
				  "the version is not 4");
	ext = body;
	if (params_len && rd_u8(&ext, &type) && type == PARAM_EXTENDED) {
		extended = true;
		if (!rd_u16(&ext, &ext_len) || ext_len != rd_left(&ext))
			return open_error(err, 0, NULL, 0,
					  "the extended parameter length does not fit the message");
		body = ext;
	} else if (params_len != rd_left(&body)) {
		return open_error(err, 0, NULL, 0,
				  "the length of the optional parameters does not fit the message");
	}
	if (!decode_params(body, extended, &o.capa, err))
		return false;
	o.asn = o.capa.as4 ? o.capa.asn : as2;
	if (o.asn == 0 || as2 == 0)
		return open_error(err, BGP_OPEN_BAD_PEER_AS, NULL, 0,
				  "the AS number is 0 (RFC 7607)");
	if (o.hold_time == 1 || o.hold_time == 2)
		return open_error(err, BGP_OPEN_UNACCEPTABLE_HOLD_TIME, NULL, 0,
				  "the hold time is below three seconds");
	if (o.id == 0)
		return open_error(err, BGP_OPEN_BAD_IDENTIFIER, NULL, 0, "the BGP Identifier is 0");
	*open = o;
	return true;
}

uint8_t *msg_begin(struct wr *wr, uint8_t type)
{
	uint8_t *start = wr->at;

	wr_bytes(wr, marker, MARKER_LEN);
	wr_u16(wr, 0);
	wr_u8(wr, type);
	return start;
}

void msg_end(struct wr *wr, uint8_t *start)
{
	size_t len;

	if (!wr_ok(wr))
		return;
	len = (size_t)(wr->at - start);
	if (len > BGP_MSG_EXT_MAX) {
		wr->full = true;
		return;
	}
	start[MARKER_LEN] = (uint8_t)(len >> 8);
	start[MARKER_LEN + 1] = (uint8_t)len;
}

void open_encode(const struct bgp_open *open, struct wr *wr)
{
	uint8_t *start = msg_begin(wr, BGP_OPEN);
	uint8_t capas[UINT8_MAX - 2];
	struct wr cw = wr_init(capas, sizeof(capas));
	size_t len;

	/* all that we can offer takes some 140 octets: there is no need of RFC 9072's long form */
	capa_encode(&open->capa, &cw);
	assert(wr_ok(&cw));
	len = wr_len(&cw);
	wr_u8(wr, open->version);
	wr_u16(wr, open->asn > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)open->asn);
	wr_u16(wr, open->hold_time);
	wr_u32(wr, open->id);
	if (!len) {
		wr_u8(wr, 0);
	} else {
		wr_u8(wr, (uint8_t)(len + 2));
		wr_u8(wr, PARAM_CAPABILITY);
		wr_u8(wr, (uint8_t)len);
		wr_bytes(wr, capas, len);
	}
	msg_end(wr, start);
}

void keepalive_encode(struct wr *wr)
{
	msg_end(wr, msg_begin(wr, BGP_KEEPALIVE));
}

bool notification_decode(struct rd body, struct bgp_error *err)
{
	uint8_t code, subcode;

	if (!rd_u8(&body, &code) || !rd_u8(&body, &subcode))
		return false;
	bgp_error_set(err, code, subcode, body.at, rd_left(&body), "received");
	return true;
}

void notification_encode(const struct bgp_error *err, struct wr *wr)
{
	uint8_t *start = msg_begin(wr, BGP_NOTIFICATION);

	wr_u8(wr, err->code);
	wr_u8(wr, err->subcode);
	wr_bytes(wr, err->data, err->data_len);
	msg_end(wr, start);
}

/* RFC 7313 section 5: the data is the complete message; its header is what msg_next made sure of.
 */
static void refresh_error(struct rd body, struct bgp_error *err)
{
	uint8_t msg[BGP_ERROR_DATA_MAX];
	size_t len = BGP_HEADER_LEN + rd_left(&body);
	size_t room = sizeof(msg) - BGP_HEADER_LEN;
	struct wr wr = wr_init(msg, sizeof(msg));

	wr_bytes(&wr, marker, MARKER_LEN);
	wr_u16(&wr, (uint16_t)len);
	wr_u8(&wr, BGP_ROUTE_REFRESH);
	wr_bytes(&wr, body.at, rd_left(&body) < room ? rd_left(&body) : room);
	bgp_error_set(err, BGP_ERR_ROUTE_REFRESH, 1, msg, wr_len(&wr),
		      "the length of the BoRR or EoRR is not 4");
}

bool refresh_decode(struct rd body, bool enhanced, struct bgp_refresh *r, struct bgp_error *err)
{
	struct bgp_refresh out = {0};
	struct rd rd = body;
	bool whole = rd_u16(&rd, &out.afi) && rd_u8(&rd, &out.subtype);

	err->code = BGP_ERR_NONE;
	/* longer requests carry ORF entries (RFC 5291), which nobody agreed on with us */
	if (rd_left(&body) != 4) {
		if (enhanced && whole &&
		    (out.subtype == REFRESH_BORR || out.subtype == REFRESH_EORR))
			refresh_error(body, err);
		return false;
	}
	rd_u8(&rd, &out.safi);
	if (!enhanced)
		out.subtype = REFRESH_REQUEST;
	*r = out;
	return true;
}

void refresh_encode(const struct bgp_refresh *r, struct wr *wr)
{
	uint8_t *start = msg_begin(wr, BGP_ROUTE_REFRESH);

	wr_u16(wr, r->afi);
	wr_u8(wr, r->subtype);
	wr_u8(wr, r->safi);
	msg_end(wr, start);
}

const char *bgp_msg_name(unsigned int type)
{
	static const char *const names[] = {
		[0] = "all",
		[BGP_OPEN] = "OPEN",
		[BGP_UPDATE] = "UPDATE",
		[BGP_NOTIFICATION] = "NOTIFICATION",
		[BGP_KEEPALIVE] = "KEEPALIVE",
		[BGP_ROUTE_REFRESH] = "ROUTE-REFRESH",
	};

	return type < BGP_MSG_TYPES ? names[type] : "unknown";
}
