/*
 * Thousands of UPDATEs, valid ones in every shape that a speaker may give them and damaged ones,
 * replayed at Established sessions over eBGP and iBGP: no crash, no valid one that ends a session
 * or costs a route, no reset that RFC 7606 does not ask for, and none left out that it does.
 *
 * Valid ones are generated, damaged ones are made of them, and of every vector of the fuzzers'
 * corpus. What is right is said by established.h, which shares nothing with the decoder.
 */
#include "test/unit/test.h"

#include "test/unit/bgp/established.h"

#include <dirent.h>

#define VALID   9600
#define DAMAGED 5 /* of each */

static uint32_t seed;

static uint32_t below(uint32_t n)
{
	return test_random(&seed) % n;
}

static bool chance(unsigned int percent)
{
	return below(100) < percent;
}

/* ---- valid ones -------------------------------------------------------------------------------
 */

struct attr {
	uint8_t octets[1024];
	size_t len;
};

struct maker {
	uint8_t flags, add_path; /* as est_begin's */
	struct attr attrs[40];
	size_t n;
};

static bool is_ibgp(const struct maker *m)
{
	return m->flags & 2;
}

static void put_random(struct wr *wr, size_t n)
{
	while (n--)
		wr_u8(wr, (uint8_t)below(256));
}

/* Opens an attribute, in one of the forms that its flags may have. */
static struct wr attr_begin(struct maker *m, uint8_t flags, uint8_t type)
{
	struct attr *a = &m->attrs[m->n];
	struct wr wr = wr_init(a->octets, sizeof(a->octets));

	if ((flags & 0xc0) == 0xc0 && chance(30))
		flags |= ATTR_FLAG_PARTIAL;
	wr_u8(&wr, flags | ATTR_FLAG_EXTENDED);
	wr_u8(&wr, type);
	wr_u16(&wr, 0);
	return wr;
}

static void attr_end(struct maker *m, struct wr *wr)
{
	struct attr *a = &m->attrs[m->n++];
	size_t len = wr_len(wr) - 4;

	assert_true(wr_ok(wr));
	a->octets[2] = (uint8_t)(len >> 8);
	a->octets[3] = (uint8_t)len;
	a->len = len + 4;
	if (len > 255 || chance(20))
		return;
	a->octets[0] &= (uint8_t)~ATTR_FLAG_EXTENDED;
	memmove(a->octets + 2, a->octets + 3, len + 1);
	a->len--;
}

static void put_asn(const struct maker *m, struct wr *wr, uint32_t asn)
{
	if (m->flags & 1)
		wr_u32(wr, asn);
	else
		wr_u16(wr, (uint16_t)asn);
}

static uint32_t any_asn(const struct maker *m)
{
	return m->flags & 1 && chance(30) ? 1 + below(0xfffffff0u) : 1 + below(65000);
}

static void make_as_path(struct maker *m)
{
	struct wr wr = attr_begin(m, 0x40, ATTR_AS_PATH);
	unsigned int segments = below(4), n;

	if (!is_ibgp(m)) {
		n = chance(5) ? 120 : below(6);
		wr_u8(&wr, AS_SEQUENCE);
		wr_u8(&wr, (uint8_t)(n + 1));
		put_asn(m, &wr, 65001);
		while (n--)
			put_asn(m, &wr, any_asn(m));
	}
	while (segments--) {
		wr_u8(&wr, chance(20) ? AS_SET : AS_SEQUENCE);
		n = 1 + below(8);
		wr_u8(&wr, (uint8_t)n);
		while (n--)
			put_asn(m, &wr, any_asn(m));
	}
	attr_end(m, &wr);
}

static void make_list(struct maker *m, uint8_t flags, uint8_t type, size_t width)
{
	struct wr wr = attr_begin(m, flags, type);

	put_random(&wr, width * (1 + below(chance(10) ? 60 : 4)));
	attr_end(m, &wr);
}

static void make_fixed(struct maker *m, uint8_t flags, uint8_t type, size_t len)
{
	struct wr wr = attr_begin(m, flags, type);

	put_random(&wr, len);
	attr_end(m, &wr);
}

static void make_aggregator(struct maker *m)
{
	struct wr wr = attr_begin(m, 0xc0, ATTR_AGGREGATOR);

	put_asn(m, &wr, any_asn(m));
	put_random(&wr, 4);
	attr_end(m, &wr);
}

/* PMSI, tunnel encapsulation, AIGP, BGP-LS, prefix SID, ATTR_SET, and what nobody has registered.
 */
static void make_foreign(struct maker *m)
{
	static const uint8_t types[] = {0,  11, 12, 13, 19, 20, 21,  22,  23,  24, 25,
					26, 27, 29, 33, 34, 40, 128, 200, 241, 255};
	bool used[256] = {false};

	for (unsigned int n = below(4); n; n--) {
		uint8_t type = types[below(sizeof(types))];

		if (used[type])
			continue;
		used[type] = true;
		make_fixed(m, chance(60) ? 0xc0 : 0x80, type, below(chance(5) ? 600 : 20));
	}
}

static void put_prefix(struct wr *wr, unsigned int max_bits, bool add_path)
{
	unsigned int len = chance(50) ? (max_bits == 32 ? 24 : 48) : below(max_bits + 1);

	if (add_path)
		wr_u32(wr, below(5));
	wr_u8(wr, (uint8_t)len);
	put_random(wr, (len + 7) / 8);
}

static void put_nlri(struct wr *wr, unsigned int family, unsigned int n, uint8_t add_path)
{
	while (n--)
		put_prefix(wr, family ? 128 : 32, add_path >> family & 1);
}

/* One address that is a host's. */
static void put_hop(struct wr *wr, bool ip6, bool local)
{
	if (!ip6) {
		wr_u32(wr, 0x0a5ae000 + 1 + below(250));
		return;
	}
	wr_u32(wr, local ? 0xfe800000 : 0x20010db8);
	wr_u32(wr, 0);
	wr_u32(wr, 0);
	wr_u32(wr, 1 + below(1000));
}

static void make_mp_reach(struct maker *m)
{
	struct wr wr = attr_begin(m, 0x80, ATTR_MP_REACH);
	unsigned int family = m->flags & 8 && chance(70);
	bool ip6 = family || ((m->flags & 16) && chance(50));
	bool two = ip6 && chance(40);

	wr_u16(&wr, family ? AFI_IP6 : AFI_IP4);
	wr_u8(&wr, 1);
	wr_u8(&wr, two ? 32 : ip6 ? 16 : 4);
	put_hop(&wr, ip6, ip6 && !two && chance(20));
	if (two)
		put_hop(&wr, true, true);
	wr_u8(&wr, chance(5) ? 1 : 0);
	put_nlri(&wr, family, below(10), m->add_path);
	attr_end(m, &wr);
}

static void make_mp_unreach(struct maker *m)
{
	struct wr wr = attr_begin(m, 0x80, ATTR_MP_UNREACH);
	unsigned int family = m->flags & 8 && chance(70);

	wr_u16(&wr, family ? AFI_IP6 : AFI_IP4);
	wr_u8(&wr, 1);
	put_nlri(&wr, family, below(10), m->add_path);
	attr_end(m, &wr);
}

/* Families that were not agreed on: multicast, labels, VPN, EVPN, flowspec, link state. */
static void make_other_family(struct maker *m, uint8_t type)
{
	static const struct {
		uint16_t afi;
		uint8_t safi, next_hop;
	} others[] = {{1, 2, 4},    {2, 2, 32},     {1, 4, 4},   {2, 4, 16},   {1, 128, 12},
		      {2, 128, 24}, {2, 128, 48},   {25, 70, 4}, {25, 65, 16}, {1, 133, 0},
		      {1, 134, 0},  {16388, 71, 4}, {1, 132, 4}, {3, 1, 20}};
	size_t i = below(sizeof(others) / sizeof(others[0]));
	struct wr wr = attr_begin(m, 0x80, type);

	wr_u16(&wr, others[i].afi);
	wr_u8(&wr, others[i].safi);
	if (type == ATTR_MP_REACH) {
		wr_u8(&wr, others[i].next_hop);
		put_random(&wr, others[i].next_hop);
		wr_u8(&wr, 0);
	}
	put_random(&wr, below(40));
	attr_end(m, &wr);
}

static void make_optional(struct maker *m)
{
	if (chance(30))
		make_fixed(m, 0x80, ATTR_MED, 4);
	if (is_ibgp(m) ? chance(90) : chance(10)) /* over eBGP it is dropped */
		make_fixed(m, 0x40, ATTR_LOCAL_PREF, 4);
	if (chance(10))
		make_fixed(m, 0x40, ATTR_ATOMIC_AGGREGATE, 0);
	if (chance(15))
		make_aggregator(m);
	if (chance(40))
		make_list(m, 0xc0, ATTR_COMMUNITIES, 4);
	if (chance(15))
		make_fixed(m, 0x80, ATTR_ORIGINATOR_ID, 4);
	if (chance(15))
		make_list(m, 0x80, ATTR_CLUSTER_LIST, 4);
	if (chance(25))
		make_list(m, 0xc0, ATTR_EXT_COMMUNITIES, 8);
	if (chance(25))
		make_list(m, 0xc0, ATTR_LARGE_COMMUNITIES, 12);
	if (chance(10))
		make_fixed(m, 0xc0, ATTR_OTC, 4);
	make_foreign(m);
}

/* The attributes in any order, between withdrawn routes and NLRI. */
static size_t assemble(struct maker *m, unsigned int withdrawn, unsigned int reach, uint8_t *out,
		       size_t cap)
{
	struct wr wr = wr_init(out, cap);
	uint8_t *mark = wr_mark16(&wr);

	put_nlri(&wr, 0, withdrawn, m->add_path);
	wr_fill16(&wr, mark);
	mark = wr_mark16(&wr);
	for (size_t i = m->n; chance(80) && i > 1; i--) {
		size_t k = below((uint32_t)i);
		struct attr swap = m->attrs[k];

		m->attrs[k] = m->attrs[i - 1];
		m->attrs[i - 1] = swap;
	}
	for (size_t i = 0; i < m->n; i++)
		wr_bytes(&wr, m->attrs[i].octets, m->attrs[i].len);
	wr_fill16(&wr, mark);
	put_nlri(&wr, 0, reach, m->add_path);
	return wr_ok(&wr) ? wr_len(&wr) : 0;
}

static size_t make_valid(uint8_t flags, uint8_t add_path, uint8_t *out, size_t cap)
{
	struct maker m = {.flags = flags, .add_path = add_path};
	bool ip4 = flags & 4;
	unsigned int reach = ip4 && chance(60) ? 1 + below(20) : 0;
	unsigned int withdrawn = ip4 && chance(25) ? 1 + below(20) : 0;
	bool mp = chance(50);

	if (reach || mp || chance(20)) {
		struct wr wr = attr_begin(&m, 0x40, ATTR_ORIGIN);

		wr_u8(&wr, (uint8_t)below(3));
		attr_end(&m, &wr);
		make_as_path(&m);
		make_optional(&m);
	}
	if (reach || (m.n && chance(10))) {
		struct wr wr = attr_begin(&m, 0x40, ATTR_NEXT_HOP);

		put_hop(&wr, false, false);
		attr_end(&m, &wr);
	}
	if (mp && chance(25))
		make_other_family(&m, ATTR_MP_REACH);
	else if (mp)
		make_mp_reach(&m);
	if (chance(10))
		make_other_family(&m, ATTR_MP_UNREACH);
	else if (chance(25))
		make_mp_unreach(&m);
	return assemble(&m, withdrawn, reach, out, cap);
}

/* ---- damaged ones -----------------------------------------------------------------------------
 */

/* Somewhere among the attributes of the body, if there are any: where damage means something. */
static size_t somewhere(const uint8_t *b, size_t len)
{
	size_t w = (size_t)b[0] << 8 | b[1], a;

	if (4 + w > len || chance(15))
		return below((uint32_t)len);
	a = (size_t)b[2 + w] << 8 | b[3 + w];
	if (!a || 4 + w + a > len)
		return below((uint32_t)len);
	return 4 + w + below((uint32_t)a);
}

/* Adds to the length of all attributes, where something has been put in or taken out. */
static void adjust(uint8_t *b, size_t len, int by)
{
	size_t w = (size_t)b[0] << 8 | b[1], a;

	if (4 + w > len || chance(20)) /* or leaves it wrong */
		return;
	a = ((size_t)b[2 + w] << 8 | b[3 + w]) + (size_t)by;
	b[2 + w] = (uint8_t)(a >> 8);
	b[3 + w] = (uint8_t)a;
}

static size_t damage(uint8_t *b, size_t len, size_t cap)
{
	size_t at = somewhere(b, len), n = 1 + below(20);

	switch (below(8)) {
	case 0: /* a bit */
		b[at] ^= (uint8_t)(1u << below(8));
		return len;
	case 1: /* an octet */
		b[at] = (uint8_t)below(256);
		return len;
	case 2: /* one that is a border of something */
		b[at] = (uint8_t[]){0, 1, 4, 14, 15, 16, 32, 33, 64, 127, 128, 129, 255}[below(13)];
		return len;
	case 3: /* cut */
		return 1 + below((uint32_t)len);
	case 4: /* taken out */
		if (at + n >= len)
			return len;
		memmove(b + at, b + at + n, len - at - n);
		adjust(b, len - n, -(int)n);
		return len - n;
	case 5: /* put in: once more what stands there */
		if (at + n >= len || len + n > cap)
			return len;
		memmove(b + at + n, b + at, len - at);
		adjust(b, len + n, (int)n);
		return len + n;
	case 6: /* exchanged */
		for (size_t i = 0; i < n && at + i + n < len; i++) {
			uint8_t swap = b[at + i];

			b[at + i] = b[at + i + n];
			b[at + i + n] = swap;
		}
		return len;
	default: /* behind the attributes, within them */
		if (len + 4 > cap)
			return len;
		memmove(b + len, (uint8_t[]){0x40, 0xfe, 0x01, 0x00}, 4);
		adjust(b, len + 4, 4);
		return len + 4;
	}
}

/* ---- replayed ---------------------------------------------------------------------------------
 */

static unsigned int kept, resets, open_questions;

static void dump(const char *what, const uint8_t *b, size_t len, uint8_t flags, uint8_t add_path)
{
	printf("# %s: %02x %02x ", what, flags, add_path);
	for (size_t i = 0; i < len && i < 512; i++)
		printf("%02x", b[i]);
	printf("\n");
}

static void replay(struct established *e, const uint8_t *b, size_t len, uint8_t flags, uint8_t ap)
{
	enum judgement want = rfc7606_judge(peer_ctx(e->peer), b, len);
	bool up = est_update(e, b, len);

	kept += want == MUST_KEEP;
	resets += want == MUST_RESET;
	open_questions += want == MAY_RESET;
	if (want == MUST_KEEP && !up) {
		dump("needless reset", b, len, flags, ap);
		fail_msg("a reset that RFC 7606 does not ask for: %s",
			 peer_last_error(e->peer)->what);
	}
	if (want == MUST_RESET && up) {
		dump("no reset", b, len, flags, ap);
		fail_msg("no reset where RFC 7606 asks for it");
	}
	if (want == MUST_RESET)
		assert_true(peer_last_error(e->peer)->code == BGP_ERR_UPDATE ||
			    peer_last_error(e->peer)->code == BGP_ERR_HEADER);
}

/* Capabilities in all combinations, over both kinds of session. */
static void generated(void **state)
{
	static uint8_t body[BGP_MSG_MAX - BGP_HEADER_LEN], hurt[sizeof(body)];
	unsigned int valid = 0, damaged = 0;

	(void)state;
	seed = 20240611;
	kept = resets = open_questions = 0;
	for (unsigned int round = 0; round < 96; round++) {
		uint8_t flags = (uint8_t)(round & 1) | (uint8_t)(round & 2) |
				(uint8_t)((1 + round / 4 % 3) << 2) |
				(uint8_t)(round / 12 % 2 << 4);
		uint8_t add_path = (uint8_t)(round / 24);
		struct established e;

		est_begin(&e, flags, add_path);
		for (unsigned int i = 0; i < VALID / 96; i++) {
			size_t len = make_valid(flags, add_path, body, sizeof(body));

			if (!len)
				continue;
			valid++;
			if (!est_update(&e, body, len) || peer_counters(e.peer)->treat_withdraw) {
				dump("valid", body, len, flags, add_path);
				fail_msg("a valid UPDATE was refused");
			}
			assert_int_equal(rfc7606_judge(peer_ctx(e.peer), body, len) == MUST_RESET,
					 0);
		}
		for (unsigned int i = 0; i < VALID / 96 * DAMAGED; i++) {
			size_t len = make_valid(flags, add_path, body, sizeof(body));

			if (!len)
				continue;
			memcpy(hurt, body, len);
			for (unsigned int n = 1 + below(3); n; n--)
				len = damage(hurt, len, sizeof(hurt));
			damaged++;
			replay(&e, hurt, len, flags, add_path);
		}
		est_end(&e);
	}
	/* that there is enough of each to mean something */
	assert_true(valid > 9000);
	assert_true(damaged > 40000);
	assert_true(kept > 10000 && resets > 10000 && open_questions < kept);
	printf("# %u valid, %u damaged: %u to be kept, %u to be reset, %u either way\n", valid,
	       damaged, kept, resets, open_questions);
}

/* A vector of test/corpus/update, as it is and damaged, over both kinds of session. */
static void replay_vector(const uint8_t *b, size_t len)
{
	static uint8_t hurt[BGP_MSG_MAX - BGP_HEADER_LEN];

	for (unsigned int ibgp = 0; ibgp < 2; ibgp++) {
		uint8_t flags = (uint8_t)((b[0] & ~2u & 31u) | ibgp << 1);
		struct established e;

		est_begin(&e, flags, b[1]);
		replay(&e, b + 2, len - 2, flags, b[1]);
		for (unsigned int i = 0; i < 40 && len > 6; i++) {
			size_t n = len - 2;

			memcpy(hurt, b + 2, n);
			for (unsigned int k = 1 + below(3); k; k--)
				n = damage(hurt, n, sizeof(hurt));
			replay(&e, hurt, n, flags, b[1]);
		}
		est_end(&e);
	}
}

static void corpus(void **state)
{
	static const char dir[] = "test/corpus/update";
	static uint8_t buf[BGP_MSG_MAX];
	DIR *d = opendir(dir);
	struct dirent *de;
	unsigned int n = 0;

	(void)state;
	assert_non_null(d);
	seed = 4711;
	while ((de = readdir(d))) {
		char path[512];
		size_t len;
		FILE *f;

		if (de->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, de->d_name);
		f = fopen(path, "rb");
		assert_non_null(f);
		len = fread(buf, 1, BGP_MSG_MAX - BGP_HEADER_LEN, f);
		fclose(f);
		if (len < 2)
			continue;
		replay_vector(buf, len);
		n++;
	}
	closedir(d);
	assert_true(n > 20);
}

/* The largest messages: 4096 octets, and 65535 where both sides have RFC 8654. */
static void largest(void **state)
{
	static uint8_t body[BGP_MSG_EXT_MAX - BGP_HEADER_LEN];

	(void)state;
	for (unsigned int ext = 0; ext < 2; ext++) {
		size_t size = (ext ? BGP_MSG_EXT_MAX : BGP_MSG_MAX) - BGP_HEADER_LEN;
		struct established e;
		struct wr wr = wr_init(body, size);
		uint8_t *mark;

		est_begin(&e, (uint8_t)(1 | 4 | 8 | (ext ? 32 : 0)), 0);
		/* a path of one segment, communities as many as go, and a prefix */
		wr_u16(&wr, 0);
		mark = wr_mark16(&wr);
		wr_u32(&wr, 0x40010100);
		wr_u32(&wr, 0x40020602);
		wr_u8(&wr, 1);
		wr_u32(&wr, 65001);
		wr_u32(&wr, 0x4003040a);
		wr_u16(&wr, 0x5ae0);
		wr_u8(&wr, 98);
		wr_u16(&wr, 0xd008);
		wr_u16(&wr, (uint16_t)((wr_room(&wr) - 2 - 4) / 4 * 4));
		while (wr_room(&wr) >= 8)
			wr_u32(&wr, 0xfde80001);
		wr_fill16(&wr, mark);
		wr_u32(&wr, 0x180ae901);
		assert_true(wr_ok(&wr));
		assert_true(wr_room(&wr) < 4);
		assert_true(est_update(&e, body, wr_len(&wr)));
		assert_int_equal(peer_counters(e.peer)->treat_withdraw, 0);
		assert_int_equal(e.reached, 1);
		est_end(&e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated),
		cmocka_unit_test(corpus),
		cmocka_unit_test(largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
