/*
 * session: any octets as UPDATEs of an Established session, whose fate is compared with what
 * RFC 7606 says by another reader of the same octets (established.h).
 *
 * Input: an octet of flags and one of ADD-PATH as update's, then bodies, each behind two octets of
 * length; the last one may be longer than what is left.
 */
#include "test/unit/bgp/established.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void one(struct established *e, const uint8_t *body, size_t len)
{
	enum judgement want = rfc7606_judge(peer_ctx(e->peer), body, len);
	bool kept;

	if (len + BGP_HEADER_LEN > BGP_MSG_MAX && !(e->conf.capa.ext_message))
		return;
	kept = est_update(e, body, len);
	if ((want == MUST_KEEP && !kept) || (want == MUST_RESET && kept))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_init(data, size);
	struct established e;
	uint8_t flags = 0, add_path = 0;
	uint16_t len = 0;
	const uint8_t *body;

	if (!rd_u8(&rd, &flags) || !rd_u8(&rd, &add_path))
		return 0;
	est_begin(&e, flags, add_path);
	while (rd_u16(&rd, &len)) {
		if (len > rd_left(&rd))
			len = (uint16_t)rd_left(&rd);
		if (len > BGP_MSG_EXT_MAX - BGP_HEADER_LEN)
			len = BGP_MSG_EXT_MAX - BGP_HEADER_LEN;
		if (rd_bytes(&rd, len, &body))
			one(&e, body, len);
	}
	est_end(&e);
	return 0;
}
