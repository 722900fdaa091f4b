/* open: any octets as messages; an OPEN that decodes is encoded and must decode to the same. */
#include "agent/bgp/msg.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void open_again(const struct bgp_open *open)
{
	uint8_t buf[BGP_MSG_MAX];
	struct wr wr = wr_init(buf, sizeof(buf));
	struct bgp_open back;
	struct bgp_error err;

	open_encode(open, &wr);
	if (!wr_ok(&wr) ||
	    !open_decode(rd_init(buf + BGP_HEADER_LEN, wr_len(&wr) - BGP_HEADER_LEN), &back, &err))
		abort();
	if (back.asn != open->asn || back.capa.families != open->capa.families ||
	    back.capa.gr_families != open->capa.gr_families)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_init(data, size);
	struct bgp_error err;
	struct bgp_msg m;
	char text[64];

	while (msg_next(&rd, size & 1 ? BGP_MSG_MAX : BGP_MSG_EXT_MAX, &m, &err) == MSG_OK) {
		struct bgp_open open;
		struct bgp_refresh r;

		if (m.type == BGP_OPEN && open_decode(m.body, &open, &err))
			open_again(&open);
		if (m.type == BGP_NOTIFICATION && notification_decode(m.body, &err))
			bgp_error_str(&err, text, sizeof(text));
		if (m.type == BGP_ROUTE_REFRESH)
			refresh_decode(m.body, size & 2, &r, &err);
	}
	return 0;
}
