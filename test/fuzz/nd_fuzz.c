/*
 * nd: any octets as an ICMPv6 message that came with any hop limit.
 *
 * Input: the hop limit, an octet of which the lowest bit makes the sender link-local, the message.
 */
#include "agent/bgp/nd.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct addr from = {.afi = AFI_IP6, .b = {0x20, 0x01}};
	struct rd rd = rd_init(data, size);
	uint8_t hop_limit = 0, flags = 0;
	enum nd_type type;

	if (!rd_u8(&rd, &hop_limit) || !rd_u8(&rd, &flags))
		return 0;
	if (flags & 1) {
		from.b[0] = 0xfe;
		from.b[1] = 0x80;
	}
	type = nd_decode(rd, &from, hop_limit);
	if (type != ND_NONE && (hop_limit != ND_HOP_LIMIT || rd_left(&rd) < 8))
		abort();
	if (type == ND_ADVERT && (!(flags & 1) || rd_left(&rd) < 16))
		abort();
	return 0;
}
