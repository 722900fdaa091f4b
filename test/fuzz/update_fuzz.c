/*
 * update: any octets as an UPDATE's body, in a session of any capabilities. What is decoded keeps
 * update.h's word, and what is encoded of it decodes to the same, whatever the size of a message.
 *
 * Input: an octet of flags, one of ADD-PATH and of the largest message to write, the body.
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

#define PACK_MAX 300

static size_t take(struct nlri n, struct prefix *p)
{
	size_t count = 0;
	uint32_t id;

	while (count < PACK_MAX && nlri_next(&n, &p[count], &id))
		count++;
	return count;
}

static void same_prefixes(struct nlri n, const struct prefix *p, size_t count)
{
	struct prefix q;
	uint32_t id;

	for (size_t i = 0; i < count; i++) {
		if (!nlri_next(&n, &q, &id) || !prefix_eq(&q, &p[i]))
			abort();
	}
	if (nlri_next(&n, &q, &id))
		abort();
}

/* All prefixes in as many messages as it takes, none larger than max; withdrawn if set is NULL. */
static void pack(const struct update_ctx *ctx, const struct attr_set *set, struct nlri n,
		 size_t max)
{
	static uint8_t buf[BGP_MSG_EXT_MAX];
	struct prefix p[PACK_MAX];
	size_t count = take(n, p), taken;
	struct update_ctx out = *ctx;
	struct bgp_update back;

	out.agreed.add_path_rx = 0;
	for (size_t at = 0; at < count; at += taken) {
		struct wr wr = wr_init(buf, sizeof(buf));

		taken = set ? update_encode_reach(&out, set, p + at, count - at, max, &wr)
			    : update_encode_withdraw(&out, p + at, count - at, max, &wr);
		if (!wr_ok(&wr))
			return; /* not even one fits */
		if (!taken || taken > count - at || wr_len(&wr) > max)
			abort();
		update_decode(&out, rd_init(buf + BGP_HEADER_LEN, wr_len(&wr) - BGP_HEADER_LEN),
			      scratch2, &back);
		if (back.verdict != UPDATE_OK)
			abort();
		same_prefixes(
			set ? (rd_left(&back.reach.rd) ? back.reach : back.mp_reach)
			    : (rd_left(&back.withdrawn.rd) ? back.withdrawn : back.mp_withdrawn),
			p + at, taken);
	}
}

/* RFC 7606 section 5.2: something to withdraw, where withdrawing is the verdict. */
static void keeps_its_word(const struct bgp_update *u)
{
	if ((u->verdict == UPDATE_OK) != (u->err.code == 0) || (u->err.code && !u->err.what))
		abort();
	if (u->verdict == UPDATE_TREAT_WITHDRAW && !u->ignored && !rd_left(&u->reach.rd) &&
	    !rd_left(&u->mp_reach.rd))
		abort();
	if (u->eor &&
	    (u->verdict != UPDATE_OK || rd_left(&u->reach.rd) || rd_left(&u->mp_reach.rd) ||
	     rd_left(&u->withdrawn.rd) || rd_left(&u->mp_withdrawn.rd)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_init(data, size);
	struct update_ctx ctx = {.attr = {.local_as = 65000, .remote_as = 65001}};
	struct bgp_update u;
	uint8_t flags = 0, add_path = 0;
	char text[128];
	size_t max;

	if (!rd_u8(&rd, &flags) || !rd_u8(&rd, &add_path))
		return 0;
	ctx.attr.as4 = ctx.agreed.as4 = flags & 1;
	ctx.attr.ibgp = flags & 2;
	ctx.agreed.families = flags >> 2 & 3;
	ctx.agreed.ext_nexthop = flags >> 4 & 1;
	ctx.agreed.add_path_rx = add_path & 3;
	max = add_path & 4 ? BGP_HEADER_LEN + 4 + (add_path >> 3) * 8u : BGP_MSG_MAX;
	update_decode(&ctx, rd, scratch, &u);
	keeps_its_word(&u);
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
		pack(&ctx, &u.attrs, u.reach, max);
		pack(&ctx, &u.mp_attrs, u.mp_reach, max);
	}
	pack(&ctx, NULL, u.withdrawn, max);
	pack(&ctx, NULL, u.mp_withdrawn, max);
	return 0;
}
