/* The decision's steps, each by itself and against all behind it, and an order that does not depend
 * on who came first. */
#include "test/unit/test.h"

#include "agent/rib/decide.h"

#define CANDIDATES 4

/* What a candidate is made of. */
static struct rib_peer peers[CANDIDATES];
static struct rib_peer *const peer_list[CANDIDATES] = {&peers[0], &peers[1], &peers[2], &peers[3]};
static struct attrs attrs[CANDIDATES];
static struct path paths[CANDIDATES];
static struct candidate cands[CANDIDATES];
static struct decide_ctx ctx;

/* All of them equal but for what makes their order definite: the later is the worse. */
static int setup_equals(void **state)
{
	(void)state;
	memset(attrs, 0, sizeof(attrs));
	ctx = (struct decide_ctx){.peers = peer_list};
	for (uint16_t i = 0; i < CANDIDATES; i++) {
		peers[i] = (struct rib_peer){.remote_id = 1 + i, .addr = addr_ip4(0x0a000001u + i)};
		paths[i] = (struct path){.peer = i, .seq = i};
		attrs[i].hops = 2;
		attrs[i].neighbor_as = 65001;
		attrs[i].set.has = ATTR_HAS_ORIGIN;
		cands[i] =
			(struct candidate){.path = &paths[i], .attrs = &attrs[i], .usable = true};
	}
	return 0;
}

/* The first is better than the second, at the step; and the other way round it is the same. */
static void first_wins(enum decide_step at)
{
	enum decide_step step = STEP_SAME, back = STEP_SAME;

	decide_med(&ctx, cands, 2);
	assert_true(decide_compare(&ctx, &cands[0], &cands[1], &step) < 0);
	assert_true(decide_compare(&ctx, &cands[1], &cands[0], &back) > 0);
	assert_string_equal(decide_step_name(step), decide_step_name(at));
	assert_int_equal(back, at);
}

static void set_lp(int i, uint32_t v)
{
	attrs[i].set.has |= ATTR_HAS_LOCAL_PREF;
	attrs[i].set.local_pref = v;
}

static void set_med(int i, uint32_t v)
{
	attrs[i].set.has |= ATTR_HAS_MED;
	attrs[i].set.med = v;
}

static void set_originator(int i, uint32_t v)
{
	attrs[i].set.has |= ATTR_HAS_ORIGINATOR_ID;
	attrs[i].set.originator_id = v;
}

/* From the last step to the first: at each the first is made better there, and is worse at all that
 * were looked at before, which are behind it. */
static void steps_in_order(void **state)
{
	(void)state;
	peers[1].ibgp = peers[0].ibgp = true; /* age means nothing among iBGP */
	peers[0].remote_id = peers[1].remote_id;
	peers[0].addr = peers[1].addr;
	paths[0].path_id = 1;
	paths[1].path_id = 2;
	first_wins(STEP_PATH_ID);

	paths[0].path_id = 3;
	peers[0].addr = test_addr("10.0.0.1");
	peers[1].addr = test_addr("10.0.0.2");
	first_wins(STEP_PEER_ADDRESS);

	peers[0].addr = test_addr("10.0.0.3");
	attrs[1].set.cluster_list_len = 4;
	first_wins(STEP_CLUSTER_LIST);

	attrs[0].set.cluster_list_len = 8;
	peers[0].remote_id = 1;
	peers[1].remote_id = 2;
	first_wins(STEP_ROUTER_ID);
	peers[0].remote_id = 9;
	set_originator(0, 1); /* counts in its place */
	first_wins(STEP_ROUTER_ID);
	set_originator(1, 2);
	first_wins(STEP_ROUTER_ID);

	set_originator(0, 9);
	peers[1].ibgp = peers[0].ibgp = false;
	paths[0].seq = UINT32_MAX; /* numbered round the clock */
	paths[1].seq = 0;
	first_wins(STEP_OLDER);

	paths[0].seq = 1;
	cands[0].metric = 0;
	cands[1].metric = 1;
	first_wins(STEP_METRIC);

	cands[0].metric = 2;
	peers[1].ibgp = true;
	first_wins(STEP_EBGP);

	peers[1].ibgp = false;
	peers[0].ibgp = true;
	set_med(0, 1);
	set_med(1, 2);
	first_wins(STEP_MED);
	attrs[0].set.has &= ~(uint32_t)ATTR_HAS_MED; /* missing is 0 */
	first_wins(STEP_MED);

	set_med(0, 3);
	attrs[1].set.origin = ORIGIN_EGP;
	first_wins(STEP_ORIGIN);

	attrs[0].set.origin = ORIGIN_INCOMPLETE;
	attrs[1].hops = 3;
	first_wins(STEP_AS_PATH);

	attrs[0].hops = 4;
	set_lp(0, 101); /* none is 100 */
	first_wins(STEP_LOCAL_PREF);
	set_lp(1, 99);
	attrs[0].set.has &= ~(uint32_t)ATTR_HAS_LOCAL_PREF;
	first_wins(STEP_LOCAL_PREF);

	set_lp(0, 0);
	cands[1].llgr = true;
	first_wins(STEP_LLGR);

	cands[0].llgr = true;
	cands[1].usable = false;
	first_wins(STEP_USABLE);
}

static void med_only_among_neighbours(void **state)
{
	enum decide_step step;

	(void)state;
	set_med(1, 50);
	set_med(0, 10);
	first_wins(STEP_MED);
	attrs[1].neighbor_as = 65002;
	first_wins(STEP_OLDER);
	ctx.always_compare_med = true;
	first_wins(STEP_MED);
	/* one that cannot be used, or is worse before MED, beats nobody */
	ctx.always_compare_med = false;
	attrs[1].neighbor_as = 65001;
	cands[0].usable = false;
	decide_med(&ctx, cands, 2);
	assert_false(cands[1].med_beaten);
	cands[0].usable = true;
	attrs[0].hops = 3;
	decide_med(&ctx, cands, 2);
	assert_false(cands[1].med_beaten);
	attrs[0].hops = 2;
	decide_med(&ctx, cands, 2);
	assert_true(cands[1].med_beaten);
	assert_false(cands[0].med_beaten);
	set_med(1, 10); /* nor does one that is no lower */
	decide_med(&ctx, cands, 2);
	assert_false(cands[1].med_beaten);
	assert_int_equal(decide_compare(&ctx, &cands[1], &cands[1], &step), 0);
	assert_int_equal(step, STEP_SAME);
}

static int by_decision(const void *a, const void *b)
{
	enum decide_step step;

	return decide_compare(&ctx, a, b, &step);
}

/* What makes a multipath set: up to the metric they are the same (RFC 4271 section 9.1.2.2, and
 * what everybody has as multipath): as long a path, but through other ASes; what only orders them
 * is no difference. */
static void alike(void **state)
{
	enum {
		AS,
		PATH,
		MED_THERE,
		MED_HERE,
		MED_ZERO,
		AGE,
		ID,
		ADDRESS,
		PATH_ID,
		CLUSTERS,
		LENGTH,
		ORIGIN,
		PREFERENCE,
		METRIC,
		INNER,
		STALE,
		CASES
	};
	static const struct {
		const char *what;
		bool alike;
		uint8_t better; /* of two, where one is */
	} want[CASES] = {
		[AS] = {"neighbouring AS", true, 0},
		[PATH] = {"ASes further on", true, 0},
		[MED_THERE] = {"MED of another AS", true, 0},
		[MED_HERE] = {"MED of the same AS", false, 1},
		[MED_ZERO] = {"MED of 0, and none", true, 0},
		[AGE] = {"age", true, 1},
		[ID] = {"router ID: the older one is before it", true, 0},
		[ADDRESS] = {"address: the older one is before it", true, 0},
		[PATH_ID] = {"path ID", true, 0},
		[CLUSTERS] = {"cluster list", true, 0},
		[LENGTH] = {"length of the path", false, 1},
		[ORIGIN] = {"origin", false, 1},
		[PREFERENCE] = {"local preference", false, 1},
		[METRIC] = {"metric of the next hop", false, 1},
		[INNER] = {"iBGP", false, 1},
		[STALE] = {"long-lived stale", false, 1},
	};

	for (int i = 0; i < CASES; i++) {
		static const uint8_t far_path[] = {2, 2, 0, 0, 0xfd, 0xe9, 0, 0, 0, 7};
		enum decide_step step = STEP_SAME;
		int sign;

		setup_equals(state);
		switch (i) {
		case MED_THERE:
			set_med(0, 9);
			set_med(1, 1);
			attrs[1].neighbor_as = 65002;
			break;
		case AS:
			attrs[1].neighbor_as = 65002;
			break;
		case PATH:
			attrs[1].set.as_path = far_path;
			attrs[1].set.as_path_len = sizeof(far_path);
			break;
		case MED_HERE:
			set_med(0, 9);
			set_med(1, 1);
			break;
		case MED_ZERO:
			set_med(1, 0);
			break;
		case AGE:
			paths[0].seq = 5;
			break;
		case ID:
			peers[0].remote_id = 100;
			break;
		case ADDRESS:
			peers[0].addr = addr_ip4(0x0b000001);
			break;
		case PATH_ID:
			paths[0].path_id = 9;
			break;
		case CLUSTERS:
			attrs[0].set.cluster_list_len = 8;
			break;
		case LENGTH:
			attrs[0].hops = 3;
			break;
		case ORIGIN:
			attrs[0].set.origin = ORIGIN_INCOMPLETE;
			break;
		case PREFERENCE:
			set_lp(0, 99);
			break;
		case METRIC:
			cands[0].metric = 7;
			break;
		case INNER:
			peers[0].ibgp = true;
			break;
		case STALE:
			cands[0].llgr = true;
			break;
		}
		decide_med(&ctx, cands, 2);
		sign = decide_compare(&ctx, &cands[0], &cands[1], &step);
		if ((step > STEP_METRIC) != want[i].alike || (sign > 0) != want[i].better)
			fail_msg("%s: %s, sign %d", want[i].what, decide_step_name(step), sign);
	}
}

/* The well-known ring: by pairs a < b < c < a, if MED were looked at pair by pair. */
static void med_makes_no_ring(void **state)
{
	static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					 {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

	(void)state;
	attrs[0].neighbor_as = 65001;
	set_med(0, 10);
	cands[0].metric = 30;
	attrs[1].neighbor_as = 65001;
	set_med(1, 20);
	cands[1].metric = 10;
	attrs[2].neighbor_as = 65002;
	cands[2].metric = 20;
	for (size_t i = 0; i < 6; i++) {
		struct candidate c[3];

		for (int k = 0; k < 3; k++)
			c[k] = cands[orders[i][k]];
		decide_med(&ctx, c, 3);
		qsort(c, 3, sizeof(c[0]), by_decision);
		assert_ptr_equal(c[0].path, &paths[2]);
		assert_ptr_equal(c[1].path, &paths[0]);
		assert_ptr_equal(c[2].path, &paths[1]);
	}
}

/* Anything against anything: a total order, the same whatever order they come in, and steps that
 * are the same from both sides. */
static void total_order(void **state)
{
	uint32_t rnd = 99;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct candidate c[CANDIDATES], d[CANDIDATES];

		setup_equals(NULL);
		ctx.always_compare_med = test_random(&rnd) % 2;
		for (int i = 0; i < CANDIDATES; i++) {
			uint32_t v = test_random(&rnd);

			peers[i].ibgp = v & 1;
			cands[i].usable = v >> 1 & 3;
			cands[i].llgr = !(v >> 3 & 7);
			attrs[i].hops = 2 + (v >> 6 & 1);
			attrs[i].neighbor_as = 65000 + (v >> 7 & 1);
			attrs[i].set.origin = v >> 8 & 1;
			set_med(i, v >> 9 & 1);
			cands[i].metric = v >> 10 & 1;
			peers[i].remote_id = v >> 11 & 1;
			paths[i].seq = v >> 12 & 3;
			c[i] = cands[i];
			d[CANDIDATES - 1 - i] = cands[i];
		}
		decide_med(&ctx, c, CANDIDATES);
		decide_med(&ctx, d, CANDIDATES);
		qsort(c, CANDIDATES, sizeof(c[0]), by_decision);
		qsort(d, CANDIDATES, sizeof(d[0]), by_decision);
		for (int i = 0; i < CANDIDATES; i++) {
			assert_ptr_equal(c[i].path, d[i].path);
			for (int k = 0; k < CANDIDATES; k++) {
				enum decide_step there, back;
				int sign = decide_compare(&ctx, &c[i], &c[k], &there);

				assert_true(i < k ? sign < 0 : i > k ? sign > 0 : sign == 0);
				decide_compare(&ctx, &c[k], &c[i], &back);
				assert_int_equal(there, back);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(steps_in_order, setup_equals),
		cmocka_unit_test_setup(med_only_among_neighbours, setup_equals),
		cmocka_unit_test_setup(alike, setup_equals),
		cmocka_unit_test_setup(med_makes_no_ring, setup_equals),
		cmocka_unit_test_setup(total_order, setup_equals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
