/* Whoever looks at what ops->path and ops->decided name, as a monitoring station does, ends up with
 * a copy of the RIB: before policy, after policy, and what is used. */
#include "test/unit/test.h"

#include "agent/rib/changes.h"
#include "agent/rib/rib.h"

enum { PEERS = 3, PREFIXES = 60 };

static struct nexthop_table *nexthops;
static struct rib *rib;
static struct rib_peer *peers[PEERS];
static bool up[PEERS];
static struct changes *changes;

/* The copy: the MED, which is another in every announcement; 0: none. */
static uint32_t pre[PEERS][PREFIXES], post[PEERS][PREFIXES], loc[PREFIXES];

static struct prefix prefix_of(unsigned int i)
{
	struct addr a = addr_ip4(0xac100000 + (i << 8));

	return prefix_make(&a, 24);
}

static unsigned int number_of(const struct prefix *p)
{
	return p->b[2];
}

static unsigned int peer_number(uint16_t index)
{
	unsigned int k = 0;

	while (peers[k]->index != index)
		k++;
	return k;
}

static struct addr gateway_of(unsigned int peer)
{
	return addr_ip4(0x0a5ae062 + (peer << 16));
}

static void on_route(void *ctx, const struct rib_entry *e, const struct hop *hops, size_t n)
{
	(void)ctx;
	(void)e;
	(void)hops;
	(void)n;
}

static void on_path(void *ctx, const struct prefix *p, uint16_t peer, uint32_t path_id, bool lost)
{
	struct change c = {.prefix = *p, .peer = peer, .path_id = path_id, .lost = lost};

	(void)ctx;
	changes_add(changes, &c);
}

static void on_decided(void *ctx, const struct rib_entry *e, bool lost)
{
	struct change c = {.prefix = e->prefix, .peer = CHANGES_LOC_RIB, .lost = lost};

	(void)ctx;
	changes_add(changes, &c);
}

static void begin(void)
{
	static const struct rib_ops ops = {
		.route = on_route, .path = on_path, .decided = on_decided};
	struct rib_conf conf = {.local_as = 65000, .router_id = 99, .maximum_paths = 32};

	memset(pre, 0, sizeof(pre));
	memset(post, 0, sizeof(post));
	memset(loc, 0, sizeof(loc));
	memset(up, 0, sizeof(up));
	changes = changes_new();
	nexthops = nexthop_table_new();
	rib = rib_new(&conf, nexthops, &ops, NULL);
	for (unsigned int k = 0; k < PEERS; k++) {
		struct addr gw = gateway_of(k);
		struct kroute r = {.table = 254, .type = 1, .n_hops = 1};

		r.prefix = prefix_make(&gw, 24);
		r.hops[0].ifindex = k + 1;
		nexthop_kroute_add(nexthops, &r);
		peers[k] = rib_peer_new(rib);
		peers[k]->addr = gw;
		peers[k]->remote_as = 65001;
		peers[k]->remote_id = k + 1;
		peers[k]->connected = true;
		peers[k]->allowas_in = 1;
	}
}

static void end(void)
{
	rib_free(rib);
	nexthop_table_free(nexthops);
	changes_free(changes);
}

/* own: how often our own AS stands in the path, which allowas_in may refuse. */
static void announce(unsigned int k, unsigned int i, uint32_t med, uint8_t own)
{
	uint8_t path[32], nlri[8];
	struct wr wr = wr_init(path, sizeof(path)), n = wr_init(nlri, sizeof(nlri));
	struct prefix p = prefix_of(i);
	struct bgp_update u = {0};

	wr_u8(&wr, AS_SEQUENCE);
	wr_u8(&wr, (uint8_t)(1 + own));
	wr_u32(&wr, 65001);
	for (int o = 0; o < own; o++)
		wr_u32(&wr, 65000);
	u.attrs = (struct attr_set){.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH | ATTR_HAS_NEXT_HOP |
					   ATTR_HAS_MED,
				    .nexthop = gateway_of(k),
				    .as_path = path,
				    .as_path_len = (uint16_t)wr_len(&wr),
				    .med = med};
	wr_u8(&n, p.len);
	wr_bytes(&n, p.b, 3);
	u.reach = (struct nlri){.rd = rd_init(nlri, wr_len(&n)), .afi = AFI_IP4};
	assert_int_equal(rib_update(rib, peers[k], &u, 0), RIB_OK);
}

static void withdraw(unsigned int k, unsigned int i)
{
	uint8_t nlri[8];
	struct wr n = wr_init(nlri, sizeof(nlri));
	struct prefix p = prefix_of(i);
	struct bgp_update u = {0};

	wr_u8(&n, p.len);
	wr_bytes(&n, p.b, 3);
	u.withdrawn = (struct nlri){.rd = rd_init(nlri, wr_len(&n)), .afi = AFI_IP4};
	rib_update(rib, peers[k], &u, 0);
}

static uint32_t med_of(const struct attrs *a)
{
	return a ? a->set.med : 0;
}

/* What is there now, of one name. */
static void look(const struct change *c)
{
	const struct rib_entry *e = rib_find(rib, &c->prefix);
	unsigned int i = number_of(&c->prefix), k;
	const struct path *p;

	if (c->peer == CHANGES_LOC_RIB) {
		if (e && e->n_multipath)
			loc[i] = med_of(rib_path_attrs(rib, &e->paths[0]));
		else if (c->lost)
			loc[i] = 0;
		return;
	}
	k = peer_number(c->peer);
	if (!up[k])
		return;
	p = e ? rib_path_of(rib, e, c->peer, c->path_id) : NULL;
	/* what is not lost is there, or will be named again: nothing to be taken back */
	if (p || c->lost)
		pre[k][i] = p ? med_of(rib_path_received(rib, p)) : 0;
	if ((p && !p->reject) || c->lost)
		post[k][i] = p && !p->reject ? med_of(rib_path_attrs(rib, p)) : 0;
}

static void look_at(unsigned int n)
{
	struct change c;

	while (n-- && changes_next(changes, &c))
		look(&c);
}

static void come_up(unsigned int k)
{
	struct rib_cursor at = {0, 0};
	const struct rib_entry *e;

	up[k] = true;
	while ((e = rib_next(rib, &at))) {
		const struct path *p = rib_path_of(rib, e, peers[k]->index, 0);
		unsigned int i = number_of(&e->prefix);

		if (!p)
			continue;
		pre[k][i] = med_of(rib_path_received(rib, p));
		post[k][i] = p->reject ? 0 : med_of(rib_path_attrs(rib, p));
	}
}

static void go_down(unsigned int k, bool graceful)
{
	rib_peer_down(rib, peers[k], graceful ? FAMILY_BIT(FAMILY_IP4) : 0);
	up[k] = false;
	memset(pre[k], 0, sizeof(pre[k]));
	memset(post[k], 0, sizeof(post[k]));
}

static void compare(void)
{
	for (unsigned int i = 0; i < PREFIXES; i++) {
		struct prefix prefix = prefix_of(i);
		const struct rib_entry *e = rib_find(rib, &prefix);

		for (unsigned int k = 0; k < PEERS; k++) {
			const struct path *p =
				e && up[k] ? rib_path_of(rib, e, peers[k]->index, 0) : NULL;

			assert_int_equal(pre[k][i], p ? med_of(rib_path_received(rib, p)) : 0);
			assert_int_equal(post[k][i],
					 p && !p->reject ? med_of(rib_path_attrs(rib, p)) : 0);
		}
		assert_int_equal(loc[i], e && e->n_multipath
						 ? med_of(rib_path_attrs(rib, &e->paths[0]))
						 : 0);
	}
}

static void a_copy_follows(void **state)
{
	uint32_t random = 42, med = 0, said[PEERS][PREFIXES] = {0};
	size_t compared = 0;

	(void)state;
	begin();
	for (int step = 0; step < 60000; step++) {
		uint32_t r = test_random(&random);
		unsigned int k = r % PEERS, i = (r >> 4) % PREFIXES;

		switch ((r >> 12) % 64) {
		case 0:
			if (up[k])
				go_down(k, r >> 31);
			else
				come_up(k);
			break;
		case 1: /* End-of-RIB, or the end of a refresh */
			rib_peer_sweep(rib, peers[k], FAMILY_IP4);
			break;
		case 2:
			if (up[k])
				rib_peer_mark_stale(rib, peers[k], FAMILY_IP4);
			break;
		case 3: /* another policy */
			peers[k]->allowas_in = (uint8_t)((r >> 20) % 3);
			rib_peer_reimport(rib, peers[k]);
			break;
		case 4:
			while (rib_work(rib, 7))
				;
			look_at(UINT32_MAX);
			/* what a refresh made stale is told until it is swept */
			for (unsigned int n = 0; n < PEERS; n++)
				rib_peer_sweep(rib, peers[n], FAMILY_IP4);
			while (rib_work(rib, 7))
				;
			look_at(UINT32_MAX);
			compare();
			compared++;
			break;
		case 5:
		case 6:
			look_at(r >> 28);
			break;
		default:
			if (!up[k])
				break;
			/* now and then what it said before, as after a restart */
			med++;
			if ((r >> 20) % 3 && (r >> 28) % 4 == 0 && said[k][i])
				announce(k, i, said[k][i], (uint8_t)(said[k][i] % 3));
			else if ((r >> 20) % 3)
				announce(k, i, said[k][i] = med, (uint8_t)(med % 3));
			else
				withdraw(k, i);
			if ((r >> 26) % 4 == 0)
				rib_work(rib, r >> 29);
			break;
		}
	}
	assert_true(compared > 100);
	assert_false(changes_lost(changes));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_follows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
