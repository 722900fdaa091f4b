/* The table of paths in any order: of arrival, and of whatever else happens to it, against a naive
 * model. */
#include "test/unit/rib/rib_fixture.h"

#define IDS    2
#define PLACES (PREFIXES * IDS)

/* The same paths in every order of arrival make the same multipath set. */
static void order_of_arrival(void **state)
{
	uint8_t path[PEERS][256];
	struct attr_set sets[PEERS];
	struct prefix p = prefix_of(0);
	uint32_t rnd = 2025;

	(void)state;
	for (int round = 0; round < 60; round++) {
		int want = -1;

		for (unsigned int k = 0; k < PEERS; k++) {
			uint32_t v = test_random(&rnd);

			sets[k] = set_of(k, 2 + (v >> 8) % 2, path[k]);
			make_path(65001 + (v >> 12) % 2, 2 + (v >> 8) % 2, path[k]);
			sets[k].med = (v >> 16) % 3;
			sets[k].has |= ATTR_HAS_MED;
			sets[k].origin = !((v >> 20) % 4);
		}
		for (int order = 0; order < 256; order++) {
			unsigned int seen = 0;

			for (int i = 0; i < 8; i += 2)
				seen |= 1u << (order >> i & 3);
			if (seen != 15)
				continue; /* no permutation of the four */
			setup_rib();
			for (int i = 0; i < 8; i += 2) {
				unsigned int k = (unsigned int)order >> i & 3;

				peers[k]->enforce_first_as = false;
				announce(k, &p, &sets[k], 0);
				if (order & 1)
					work();
			}
			work();
			if (want < 0)
				want = told[0];
			assert_int_equal(told[0], want);
			assert_int_not_equal(told[0], 0);
			teardown_rib();
		}
	}
}

static const char *const subnets[] = {"172.16.0.0/21", "172.16.8.0/22", "172.16.3.0/24",
				      "172.16.16.0/20", "172.16.39.0/24"};
#define SUBNETS (sizeof(subnets) / sizeof(subnets[0]))

static bool is_covered(const bool *there, unsigned int i)
{
	struct prefix p = prefix_of(i);

	for (size_t k = 0; k < SUBNETS; k++) {
		struct prefix outer = test_prefix(subnets[k]);

		if (there[k] && prefix_covers(&outer, &p))
			return true;
	}
	return false;
}

/* Sessions up and down, paths announced, withdrawn, stale and swept, links that fail, subnets that
 * come to be connected, in any order;
 * the model keeps who announces what at which path length. Two paths of each peer, so that entries
 * grow and move while walks are under way. */
static void anything(void **state)
{
	/* places: a prefix and a path ID; length 0: not announced */
	uint8_t length[PEERS][PLACES] = {{0}};
	bool fresh[PEERS][PLACES] = {{0}};
	bool link[PEERS] = {true, true, true, true};
	bool there[SUBNETS] = {false};
	uint32_t rnd = 4711;

	(void)state;
	setup_rib();
	for (int step = 0; step < 60000; step++) {
		unsigned int k = test_random(&rnd) % PEERS, i = test_random(&rnd) % PLACES;
		uint32_t what = test_random(&rnd) % 1000;
		struct prefix p = prefix_of(i / IDS);
		struct nexthop *nh;

		if (what < 600) {
			uint8_t path[256];
			unsigned int hops = 1 + test_random(&rnd) % 3;
			struct attr_set s = set_of(k, hops, path);

			announce_id(k, &p, i % IDS, &s, 0);
			length[k][i] = (uint8_t)hops;
			fresh[k][i] = true;
		} else if (what < 900) {
			withdraw_id(k, &p, i % IDS);
			length[k][i] = 0;
		} else if (what < 920) {
			rib_peer_down(rib, peers[k], 0);
			memset(length[k], 0, sizeof(length[k]));
		} else if (what < 940) {
			/* again while some are stale: those are too old */
			if (peers[k]->stale[FAMILY_IP4]) {
				for (unsigned int x = 0; x < PLACES; x++)
					length[k][x] = fresh[k][x] ? length[k][x] : 0;
			}
			rib_peer_down(rib, peers[k], FAMILY_BIT(FAMILY_IP4));
			memset(fresh[k], 0, sizeof(fresh[k]));
		} else if (what < 960) {
			for (unsigned int x = 0; x < PLACES; x++)
				length[k][x] = fresh[k][x] ? length[k][x] : 0;
			rib_peer_sweep(rib, peers[k], FAMILY_IP4);
		} else if (what < 970) {
			link[k] = !link[k];
			nexthop_link(nexthops, k + 1, link[k]);
			while ((nh = nexthop_changed(nexthops)))
				rib_nexthop_changed(rib, nh);
		} else if (what < 972) {
			unsigned int c = test_random(&rnd) % SUBNETS;

			there[c] = !there[c];
			connect_subnet(subnets[c], 1, there[c]);
		} else if (what < 974) {
			rib_redecide(rib);
		} else {
			rib_work(rib, test_random(&rnd) % 50);
		}
		if (step % 500)
			continue;
		work();
		for (unsigned int x = 0; x < PREFIXES; x++) {
			int want = 0;
			uint8_t best = 255;

			for (unsigned int z = 0; z < PEERS * IDS; z++) {
				unsigned int y = z / IDS;
				uint8_t l = length[y][x * IDS + z % IDS];

				if (!l || !link[y] || l > best || is_covered(there, x))
					continue;
				want = l < best ? 1 << y : want | 1 << y;
				best = l;
			}
			if (told[x] != want)
				fail_msg("step %d, prefix %u: %d, not %d", step, x, told[x], want);
		}
		for (unsigned int y = 0; y < PEERS; y++) {
			uint32_t n = 0, refused = 0;

			for (unsigned int x = 0; x < PLACES; x++) {
				n += length[y][x] != 0;
				refused += length[y][x] && is_covered(there, x / IDS);
			}
			assert_int_equal(peers[y]->received[FAMILY_IP4], n);
			assert_int_equal(peers[y]->accepted[FAMILY_IP4], n - refused);
			assert_int_equal(peers[y]->rejected[FAMILY_IP4][REJECT_CONNECTED], refused);
		}
	}
	teardown_rib();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_arrival),
		cmocka_unit_test(anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
