/*
 * A RIB of a few prefixes and peers, each peer behind a link of its own, and what it tells of its
 * routes: for all tests of rib.h that speak UPDATEs.
 */
#ifndef LEAFPEER_TEST_RIB_FIXTURE_H
#define LEAFPEER_TEST_RIB_FIXTURE_H

#include "test/unit/test.h"

#include "agent/rib/policy.h"
#include "agent/rib/rib.h"

#define PREFIXES 40
#define PEERS    4

static struct rib *rib;
static struct nexthop_table *nexthops;
static struct rib_peer *peers[PEERS];
static struct prefix own;
static int told[PREFIXES]; /* hops as bits of the peers' gateways; 0: none */
static unsigned int n_told;

static inline struct prefix prefix_of(unsigned int i)
{
	struct addr a = addr_ip4(0xac100000 + (i << 8));

	return prefix_make(&a, 24);
}

static inline struct addr gateway_of(unsigned int peer)
{
	return addr_ip4(0x0a5ae062 + (peer << 16));
}

static inline void on_route(void *ctx, const struct rib_entry *e, const struct hop *hops, size_t n)
{
	(void)ctx;
	n_told++;
	for (unsigned int i = 0; i < PREFIXES; i++) {
		struct prefix p = prefix_of(i);

		if (!prefix_eq(&p, &e->prefix))
			continue;
		told[i] = 0;
		for (size_t h = 0; h < n; h++) {
			for (unsigned int k = 0; k < PEERS; k++) {
				struct addr gw = gateway_of(k);

				if (addr_eq(&gw, &hops[h].gateway))
					told[i] |= 1 << k;
			}
		}
	}
}

static inline void work(void)
{
	while (rib_work(rib, 7)) /* in slices that end anywhere */
		;
}

static inline void setup_rib(void)
{
	static const struct rib_ops ops = {.route = on_route};
	struct rib_conf conf = {.local_as = 65000, .router_id = 99, .maximum_paths = 32};

	own = test_prefix("10.233.0.0/24");
	conf.own = &own;
	conf.n_own = 1;
	memset(told, 0, sizeof(told));
	nexthops = nexthop_table_new();
	for (unsigned int k = 0; k < PEERS; k++) {
		struct addr gw = gateway_of(k);
		struct kroute r = {.table = 254, .type = 1, .n_hops = 1};

		r.prefix = prefix_make(&gw, 24);
		r.hops[0].ifindex = k + 1;
		nexthop_kroute_add(nexthops, &r);
	}
	rib = rib_new(&conf, nexthops, &ops, NULL);
	for (unsigned int k = 0; k < PEERS; k++) {
		peers[k] = rib_peer_new(rib);
		peers[k]->addr = gateway_of(k);
		peers[k]->remote_as = 65001;
		peers[k]->remote_id = k + 1;
		peers[k]->connected = true;
		peers[k]->allowas_in = 1;
		peers[k]->enforce_first_as = true;
	}
}

static inline void teardown_rib(void)
{
	rib_free(rib);
	nexthop_table_free(nexthops);
}

/* An AS path of hops times the peer's AS, in path; returns its length. */
static inline uint16_t make_path(uint32_t as, unsigned int hops, uint8_t *path)
{
	struct wr wr = wr_init(path, 256);

	wr_u8(&wr, AS_SEQUENCE);
	wr_u8(&wr, (uint8_t)hops);
	for (unsigned int i = 0; i < hops; i++)
		wr_u32(&wr, as);
	return (uint16_t)wr_len(&wr);
}

static inline struct attr_set set_of(unsigned int peer, unsigned int hops, uint8_t *path)
{
	struct attr_set s = {.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH | ATTR_HAS_NEXT_HOP,
			     .nexthop = gateway_of(peer),
			     .as_path = path};

	s.as_path_len = make_path(65001, hops, path);
	return s;
}

static inline void put_nlri(struct wr *wr, const struct prefix *p, uint32_t id)
{
	wr_u32(wr, id);
	wr_u8(wr, p->len);
	wr_bytes(wr, p->b, ((size_t)p->len + 7) / 8);
}

static inline struct nlri nlri_of(const uint8_t *buf, const struct wr *wr, enum afi afi)
{
	return (struct nlri){.rd = rd_init(buf, wr_len(wr)), .afi = afi, .add_path = true};
}

static inline bool announce_id(unsigned int peer, const struct prefix *p, uint32_t id,
			       const struct attr_set *set, uint32_t limit)
{
	uint8_t buf[32];
	struct wr wr = wr_init(buf, sizeof(buf));
	struct bgp_update u = {.attrs = *set};

	put_nlri(&wr, p, id);
	u.reach = nlri_of(buf, &wr, AFI_IP4);
	return rib_update(rib, peers[peer], &u, limit) == RIB_OK;
}

static inline bool announce(unsigned int peer, const struct prefix *p, const struct attr_set *set,
			    uint32_t limit)
{
	return announce_id(peer, p, 0, set, limit);
}

static inline void withdraw_id(unsigned int peer, const struct prefix *p, uint32_t id)
{
	uint8_t buf[32];
	struct wr wr = wr_init(buf, sizeof(buf));
	struct bgp_update u = {0};

	put_nlri(&wr, p, id);
	u.withdrawn = nlri_of(buf, &wr, AFI_IP4);
	rib_update(rib, peers[peer], &u, 0);
}

static inline void withdraw(unsigned int peer, const struct prefix *p)
{
	withdraw_id(peer, p, 0);
}

static inline enum reject reject_of(unsigned int peer, const char *prefix,
				    const struct attr_set *set)
{
	struct prefix p = test_prefix(prefix);
	const struct rib_entry *e;

	announce(peer, &p, set, 0);
	work();
	e = rib_find(rib, &p);
	assert_non_null(e);
	return (enum reject)e->paths[0].reject;
}

static inline void tell_connected(void)
{
	struct prefix p;

	while (nexthop_connected_changed(nexthops, &p))
		rib_connected_changed(rib, &p);
}

static inline void connect_subnet(const char *prefix, uint8_t type, bool there)
{
	struct kroute r = {.table = 254, .type = type, .n_hops = 1, .prefix = test_prefix(prefix)};

	r.hops[0].ifindex = 1;
	if (there)
		nexthop_kroute_add(nexthops, &r);
	else
		nexthop_kroute_del(nexthops, &r);
	tell_connected();
}

#endif
