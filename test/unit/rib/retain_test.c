/* retain: what becomes of a lost peer's routes, and when (RFC 4724, RFC 9494). Time is a number. */
#include "test/unit/test.h"

#include "agent/rib/retain.h"

#define SECOND INT64_C(1000000)

static struct rib *rib;
static struct nexthop_table *nexthops;
static struct rib_peer *peer, *other;
static struct retain t;
static int64_t now;
static size_t hops; /* of the route, as last told */
static uint8_t hop; /* last octet of its first gateway */

static void on_route(void *ctx, const struct rib_entry *e, const struct hop *h, size_t n)
{
	(void)ctx;
	(void)e;
	hops = n;
	hop = n ? h[0].gateway.b[3] : 0;
}

static struct rib_peer *new_peer(const char *addr)
{
	struct rib_peer *p = rib_peer_new(rib);

	p->addr = test_addr(addr);
	p->remote_as = 65001;
	p->connected = true;
	return p;
}

static void begin(void)
{
	static const struct rib_ops ops = {.route = on_route};
	struct rib_conf conf = {.local_as = 65000, .router_id = 99, .maximum_paths = 32};
	struct kroute r = {.table = 254, .type = 1, .n_hops = 1};

	nexthops = nexthop_table_new();
	r.prefix = test_prefix("10.90.224.0/24");
	r.hops[0].ifindex = 1;
	nexthop_kroute_add(nexthops, &r);
	rib = rib_new(&conf, nexthops, &ops, NULL);
	peer = new_peer("10.90.224.98");
	other = new_peer("10.90.224.99");
	retain_init(&t);
	now = 1000 * SECOND;
	hops = 0;
}

static void end(void)
{
	rib_free(rib);
	nexthop_table_free(nexthops);
}

static void work(void)
{
	while (rib_work(rib, 100))
		;
}

/* 172.16.0.0/16, or another, over so many ASes. */
static void announce_net(struct rib_peer *p, uint8_t net, uint8_t length, uint32_t community)
{
	uint8_t path[16], comm[4], nlri[] = {16, 172, net};
	struct wr wr = wr_init(path, sizeof(path)), cw = wr_init(comm, sizeof(comm));
	struct bgp_update u = {
		.attrs = {.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH | ATTR_HAS_NEXT_HOP,
			  .nexthop = p->addr},
		.reach = {.rd = rd_init(nlri, sizeof(nlri)), .afi = AFI_IP4}};

	wr_u8(&wr, AS_SEQUENCE);
	wr_u8(&wr, length);
	for (uint8_t i = 0; i < length; i++)
		wr_u32(&wr, 65001);
	u.attrs.as_path = path;
	u.attrs.as_path_len = (uint16_t)wr_len(&wr);
	wr_u32(&cw, community);
	u.attrs.communities = community ? comm : NULL;
	u.attrs.communities_len = community ? 4 : 0;
	assert_int_equal(rib_update(rib, p, &u, 0), RIB_OK);
	work();
}

static void announce(struct rib_peer *p, uint8_t length, uint32_t community)
{
	announce_net(p, 16, length, community);
}

/* 172.16.0.0/16 or 172.17.0.0/16 is in the Adj-RIB-In. */
static bool has(uint8_t net)
{
	struct prefix p = {.afi = AFI_IP4, .len = 16, .b = {172, net}};

	return rib_find(rib, &p) != NULL;
}

static const struct retain_conf conf = {.stale_time = 300, .llgr_time = 3600};

/* What the peer offers: restart time 120, long-lived stale time 1800. */
static struct capa capa_of(bool gr_forwarding, bool llgr_forwarding)
{
	struct capa c;

	capa_init(&c);
	c.gr = c.llgr = true;
	c.gr_time = 120;
	c.gr_families = c.llgr_families = FAMILY_BIT(FAMILY_IP4);
	c.gr_forwarding = gr_forwarding ? FAMILY_BIT(FAMILY_IP4) : 0;
	c.llgr_forwarding = llgr_forwarding ? FAMILY_BIT(FAMILY_IP4) : 0;
	c.llgr_time[FAMILY_IP4] = 1800;
	return c;
}

static const struct capa_agreed agreed = {.families = 1, .gr_families = 1, .llgr_families = 1};

static void up(const struct capa_agreed *a, const struct capa *theirs)
{
	retain_up(&t, rib, peer, &conf, a, theirs, now);
	work();
}

static void down(bool graceful)
{
	retain_down(&t, rib, peer, graceful, now);
	work();
}

/* A session with all that there is, and one route. */
static void begin_with_route(void)
{
	struct capa c = capa_of(true, true);

	begin();
	up(&agreed, &c);
	announce(peer, 1, 0);
}

/* Whatever is due until then; returns how many things were. */
static unsigned int run_until(int64_t then, struct retain_event *last)
{
	unsigned int n = 0;

	while (retain_deadline(&t) <= then) {
		now = retain_deadline(&t);
		while (retain_next(&t, rib, peer, now, last))
			n++;
		work();
	}
	now = then;
	return n;
}

/* Stale for the restart time, the last choice for the long-lived stale time, then gone. */
static void whole_life(void **state)
{
	struct retain_event ev;
	int64_t lost;

	(void)state;
	begin_with_route();
	announce(other, 2, 0); /* longer */
	assert_int_equal(hop, 98);
	down(true);
	lost = now;
	assert_int_equal(hop, 98);
	assert_int_equal(run_until(lost + 120 * SECOND - 1, &ev), 0);
	assert_int_equal(hop, 98);
	assert_int_equal(run_until(lost + 120 * SECOND, &ev), 1);
	assert_int_equal(ev.what, RETAIN_LONG_LIVED);
	assert_int_equal(ev.seconds, 1800);
	assert_int_equal(ev.routes, 1);
	assert_int_equal(hop, 99); /* RFC 9494 section 4.3: least preferred */
	rib_peer_down(rib, other, 0);
	work();
	assert_int_equal(hop, 98); /* but better than nothing */
	assert_int_equal(run_until(lost + 1920 * SECOND - 1, &ev), 0);
	assert_int_equal(hops, 1);
	assert_int_equal(run_until(lost + 1920 * SECOND, &ev), 1);
	assert_int_equal(ev.what, RETAIN_REMOVED);
	assert_int_equal(hops, 0);
	assert_int_equal(retain_deadline(&t), INT64_MAX);
	end();
}

static void no_llgr(void **state)
{
	struct capa c = capa_of(true, true);
	struct retain_event ev;

	(void)state;
	begin();
	up(&agreed, &c);
	announce(peer, 1, COMMUNITY_NO_LLGR);
	down(true);
	assert_int_equal(hops, 1);
	assert_int_equal(run_until(now + 120 * SECOND, &ev), 1);
	assert_int_equal(hops, 0);
	end();
}

/* Somebody else keeps it for long and says so: the last choice here, too. */
static void told_to_be_stale(void **state)
{
	struct capa c = capa_of(true, true);

	(void)state;
	begin();
	up(&agreed, &c);
	announce(peer, 1, COMMUNITY_LLGR_STALE);
	assert_int_equal(hop, 98);
	announce(other, 3, 0);
	assert_int_equal(hop, 99);
	end();
}

/* The shorter of what the peer asks for and what is allowed; without either there is none. */
static void limits(void **state)
{
	static const struct {
		uint32_t theirs, ours, lasts;
	} cases[] = {{1800, 3600, 1800}, {86400, 3600, 3600}, {0, 3600, 0}, {1800, 0, 0}};
	struct capa c = capa_of(true, true);
	struct retain_event ev;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct retain_conf rc = {.stale_time = 60, .llgr_time = cases[i].ours};

		begin();
		c.llgr_time[FAMILY_IP4] = cases[i].theirs;
		retain_up(&t, rib, peer, &rc, &agreed, &c, now);
		announce(peer, 1, 0);
		down(true);
		/* the stale time is shorter than the peer's restart time */
		assert_int_equal(run_until(now + 60 * SECOND - 1, &ev), 0);
		assert_int_equal(run_until(now + 1, &ev), 1);
		assert_int_equal(hops, cases[i].lasts ? 1 : 0);
		if (cases[i].lasts) {
			assert_int_equal(run_until(now + cases[i].lasts * SECOND - 1, &ev), 0);
			assert_int_equal(run_until(now + 1, &ev), 1);
			assert_int_equal(hops, 0);
		}
		end();
	}
}

/* Back before the time is over, in either phase, with and without having kept its routes. */
static void comes_back(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 8; i++) {
		bool llgr = i & 1, gr_bit = i & 2, llgr_bit = i & 4, kept = gr_bit;
		struct capa back = capa_of(gr_bit, llgr_bit);
		struct retain_event ev;

		if (llgr)
			kept |= llgr_bit;
		begin_with_route();
		down(true);
		run_until(now + (llgr ? 200 : 60) * SECOND, &ev);
		assert_int_equal(hops, 1);
		up(&agreed, &back);
		assert_int_equal(hops, kept);
		if (kept) {
			/* no End-of-RIB: for the stale time, then they go */
			assert_int_equal(run_until(now + 300 * SECOND - 1, &ev), 0);
			assert_int_equal(hops, 1);
			run_until(now + 1, &ev);
			assert_int_equal(ev.what, RETAIN_REMOVED);
			assert_int_equal(hops, 0);
		}
		end();
	}
}

static void end_of_rib(void **state)
{
	struct capa c = capa_of(true, true);
	struct retain_event ev;

	(void)state;
	begin_with_route();
	down(true);
	run_until(now + 200 * SECOND, &ev);
	up(&agreed, &c);
	announce(peer, 1, 0);
	retain_eor(&t, rib, peer, FAMILY_IP4);
	work();
	assert_int_equal(hops, 1);
	assert_int_equal(peer->stale[FAMILY_IP4], 0);
	assert_int_equal(retain_deadline(&t), INT64_MAX);
	/* it is as good as it was */
	announce(other, 2, 0);
	assert_int_equal(hop, 98);
	end();
}

/* Not graceful: gone at once. And a family in the LLGR capability alone has no restart time. */
static void at_once(void **state)
{
	struct capa_agreed alone = {.families = 1, .gr_families = 0, .llgr_families = 1};
	struct capa c = capa_of(true, true);
	struct retain_event ev;

	(void)state;
	begin_with_route();
	down(false);
	assert_int_equal(hops, 0);
	assert_int_equal(retain_deadline(&t), INT64_MAX);
	up(&alone, &c);
	announce(peer, 1, 0);
	announce(other, 2, 0);
	down(true);
	assert_int_equal(hop, 99);
	assert_int_equal(run_until(now + 1800 * SECOND - 1, &ev), 0);
	assert_int_equal(run_until(now + 1, &ev), 1);
	assert_int_equal(ev.what, RETAIN_REMOVED);
	end();
}

/* RFC 7313 section 4: what is not said again between BoRR and EoRR goes, and not before; for the
 * stale time at most. */
static void refreshed(void **state)
{
	struct retain_event ev;

	(void)state;
	begin_with_route();
	announce_net(peer, 17, 1, 0);
	/* before the End-of-RIB it is a mistake, and what came before it must not be lost */
	assert_false(retain_borr(&t, rib, peer, FAMILY_IP4, now));
	assert_int_equal(peer->stale[FAMILY_IP4], 0);
	retain_eor(&t, rib, peer, FAMILY_IP4);
	work();
	assert_true(has(16) && has(17));
	/* no BoRR, no EoRR */
	assert_false(retain_eorr(&t, rib, peer, FAMILY_IP4));
	assert_true(retain_borr(&t, rib, peer, FAMILY_IP4, now));
	assert_int_equal(peer->stale[FAMILY_IP4], 2);
	announce(peer, 1, 0);
	/* an End-of-RIB is no EoRR */
	retain_eor(&t, rib, peer, FAMILY_IP4);
	work();
	assert_true(has(16) && has(17));
	assert_true(retain_eorr(&t, rib, peer, FAMILY_IP4));
	work();
	assert_true(has(16) && !has(17));
	assert_int_equal(retain_deadline(&t), INT64_MAX);
	assert_false(retain_eorr(&t, rib, peer, FAMILY_IP4));
	/* one that is never ended */
	announce_net(peer, 17, 1, 0);
	assert_true(retain_borr(&t, rib, peer, FAMILY_IP4, now));
	announce_net(peer, 17, 1, 0);
	assert_int_equal(run_until(now + 300 * SECOND - 1, &ev), 0);
	assert_true(has(16) && has(17));
	assert_int_equal(run_until(now + 1, &ev), 1);
	assert_int_equal(ev.what, RETAIN_REMOVED);
	assert_true(!has(16) && has(17));
	end();
}

/* The session ends amid a refresh: what had not been said again yet is of that session, and kept
 * over its end like the rest; over the next one it is not. */
static void refresh_cut_off(void **state)
{
	struct capa c = capa_of(true, true);

	(void)state;
	begin_with_route();
	announce_net(peer, 17, 1, 0);
	retain_eor(&t, rib, peer, FAMILY_IP4);
	assert_true(retain_borr(&t, rib, peer, FAMILY_IP4, now));
	announce_net(peer, 17, 1, 0);
	down(true);
	assert_true(has(16) && has(17));
	assert_int_equal(peer->stale[FAMILY_IP4], 2);
	up(&agreed, &c);
	assert_false(retain_eorr(&t, rib, peer, FAMILY_IP4));
	announce_net(peer, 17, 1, 0);
	down(true);
	assert_true(!has(16) && has(17));
	end();
}

/* Whoever took the session over has asked for its routes, after an End-of-RIB that it did not hear;
 * a peer without graceful restart need not send any. */
static void refresh_without_eor(void **state)
{
	struct capa c = capa_of(true, true);

	(void)state;
	for (int adopted = 0; adopted < 2; adopted++) {
		begin();
		c.gr = adopted;
		up(&agreed, &c);
		if (adopted)
			retain_adopt(&t);
		announce(peer, 1, 0);
		assert_true(retain_borr(&t, rib, peer, FAMILY_IP4, now));
		assert_true(retain_eorr(&t, rib, peer, FAMILY_IP4));
		work();
		assert_false(has(16));
		end();
	}
}

/* BFD says that it does not forward: at once, whatever is awaited. */
static void dropped(void **state)
{
	(void)state;
	begin_with_route();
	down(true);
	assert_int_equal(hops, 1);
	retain_drop(&t, rib, peer, FAMILY_IP4);
	work();
	assert_int_equal(hops, 0);
	assert_int_equal(retain_deadline(&t), INT64_MAX);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_life),       cmocka_unit_test(no_llgr),
		cmocka_unit_test(told_to_be_stale), cmocka_unit_test(limits),
		cmocka_unit_test(comes_back),       cmocka_unit_test(end_of_rib),
		cmocka_unit_test(at_once),          cmocka_unit_test(refreshed),
		cmocka_unit_test(refresh_cut_off),  cmocka_unit_test(refresh_without_eor),
		cmocka_unit_test(dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
