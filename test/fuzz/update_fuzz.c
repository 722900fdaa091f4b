/*
 * update: any octets as an UPDATE's body, in a session of any capabilities; what is decoded is
 * encoded, and must decode to the same.
 */
#include "agent/bgp/update.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t scratch[ATTR_SCRATCH], scratch2[ATTR_SCRATCH];

static void walk(struct nlri n)
{
	struct prefix p;
	uint32_t id;

	while (nlri_next(&n, &p, &id)) {
		if (p.len > afi_bits(p.afi))
			abort();
	}
	if (rd_left(&n.rd))
		abort(); /* update_decode has said that it can be walked */
}

static void again(const struct update_ctx *ctx, const struct attr_set *set, struct nlri n)
{
	static uint8_t buf[2 * BGP_MSG_EXT_MAX];
	struct wr wr = wr_init(buf, BGP_MSG_EXT_MAX);
	struct update_ctx out = *ctx;
	struct bgp_update back;
	struct attr_table *t;
	const struct attrs *a, *b;
	struct prefix p;
	uint32_t id;

	out.agreed.add_path_rx = 0;
	if (!nlri_next(&n, &p, &id))
		return;
	if (!update_encode_reach(&out, set, &p, 1, BGP_MSG_EXT_MAX, &wr) || !wr_ok(&wr))
		return; /* grew beyond a message: AS_TRANS and AS4_PATH */
	update_decode(&out, rd_init(buf + BGP_HEADER_LEN, wr_len(&wr) - BGP_HEADER_LEN), scratch2,
		      &back);
	if (back.verdict != UPDATE_OK)
		abort();
	t = attr_table_new();
	a = attrs_intern(t, set);
	b = attrs_intern(t, rd_left(&back.reach.rd) ? &back.attrs : &back.mp_attrs);
	/* towards an old speaker what AS4_PATH cannot say is lost */
	if (a != b && out.attr.as4)
		abort();
	attrs_unref(t, a);
	attrs_unref(t, b);
	attr_table_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_init(data, size);
	struct update_ctx ctx = {.attr = {.local_as = 65000, .remote_as = 65001}};
	struct bgp_update u;
	uint8_t flags = 0, add_path = 0;
	char text[128];

	if (!rd_u8(&rd, &flags) || !rd_u8(&rd, &add_path))
		return 0;
	ctx.attr.as4 = ctx.agreed.as4 = flags & 1;
	ctx.attr.ibgp = flags & 2;
	ctx.agreed.families = flags >> 2 & 3;
	ctx.agreed.ext_nexthop = flags >> 4 & 1;
	ctx.agreed.add_path_rx = add_path & 3;
	update_decode(&ctx, rd, scratch, &u);
	if ((u.verdict == UPDATE_OK) != (u.err.code == 0))
		abort();
	if (u.verdict == UPDATE_RESET)
		return 0;
	walk(u.withdrawn);
	walk(u.mp_withdrawn);
	walk(u.reach);
	walk(u.mp_reach);
	as_path_str(&u.attrs, flags & 0x20, text, sizeof(text));
	if (u.verdict == UPDATE_OK && !u.discarded) {
		again(&ctx, &u.attrs, u.reach);
		again(&ctx, &u.mp_attrs, u.mp_reach);
	}
	return 0;
}
