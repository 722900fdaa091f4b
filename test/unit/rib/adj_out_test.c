/* What a peer is told: only differences, withdrawals first, End-of-RIB once, everything again when
 * it asks. */
#include "test/unit/test.h"

#include "agent/rib/adj_out.h"

static struct attr_table *attrs;
static struct adj_out *out;
static struct update_ctx ctx;
static uint8_t scratch[ATTR_SCRATCH];

static void begin(bool enhanced)
{
	ctx = (struct update_ctx){
		.attr = {.as4 = true, .local_as = 65000, .remote_as = 65001},
		.agreed = {.families = 1, .as4 = true, .enhanced_refresh = enhanced}};
	attrs = attr_table_new();
	out = adj_out_new(attrs);
	adj_out_up(out, &ctx);
}

static void end(void)
{
	adj_out_free(out);
	attr_table_free(attrs);
}

static void want(const char *const *prefixes, uint32_t med)
{
	struct attr_set set = {.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH | ATTR_HAS_NEXT_HOP |
				      ATTR_HAS_MED,
			       .med = med};

	set.nexthop = test_addr("10.90.224.105");
	adj_out_want_begin(out);
	for (; *prefixes; prefixes++) {
		struct prefix p = test_prefix(*prefixes);

		adj_out_want(out, &p, &set);
	}
	adj_out_want_end(out);
}

/* All messages as one line: +announced, -withdrawn, E for End-of-RIB, B and e for BoRR and EoRR. */
static const char *said(void)
{
	static char line[512];
	uint8_t buf[BGP_MSG_MAX];

	line[0] = '\0';
	for (;;) {
		struct wr wr = wr_init(buf, sizeof(buf));
		struct bgp_update u;
		struct prefix p;
		uint32_t id;

		if (!adj_out_next(out, &wr))
			return line;
		assert_true(wr_ok(&wr));
		if (buf[18] == BGP_ROUTE_REFRESH) {
			strcat(line, buf[21] == REFRESH_BORR ? "B" : "e");
			continue;
		}
		update_decode(&ctx, rd_init(buf + 19, wr_len(&wr) - 19), scratch, &u);
		assert_int_equal(u.verdict, UPDATE_OK);
		while (nlri_next(&u.withdrawn, &p, &id))
			sprintf(line + strlen(line), "-%u", p.b[2]);
		while (nlri_next(&u.reach, &p, &id))
			sprintf(line + strlen(line), "+%u", p.b[2]);
		if (u.eor)
			strcat(line, "E");
	}
}

static void differences(void **state)
{
	static const char *const none[] = {NULL}, *const one[] = {"10.233.1.0/24", NULL},
				 *const two[] = {"10.233.1.0/24", "10.233.2.0/24", NULL},
				 *const other[] = {"10.233.3.0/24", NULL};
	struct prefix inside = test_prefix("10.233.1.7/32"), p = test_prefix("10.233.1.0/24");

	(void)state;
	begin(false);
	assert_string_equal(said(), ""); /* not before the wanted state is known */
	want(one, 0);
	assert_string_equal(said(), "+1E");
	want(one, 0);
	assert_string_equal(said(), "");
	want(two, 0);
	assert_string_equal(said(), "+2");
	assert_true(adj_out_has(out, &inside, true));
	assert_false(adj_out_has(out, &inside, false));
	assert_true(adj_out_has(out, &p, false));
	want(two, 5);
	assert_string_equal(said(), "+1+2");
	want(other, 5);
	assert_string_equal(said(), "-1-2+3");
	assert_false(adj_out_has(out, &inside, true));
	/* wanted and unwanted before anything was sent: never said */
	want(two, 5);
	want(other, 5);
	assert_string_equal(said(), "");
	want(none, 0);
	assert_string_equal(said(), "-3");
	/* a new session knows nothing */
	want(one, 0);
	assert_string_equal(said(), "+1");
	adj_out_down(out);
	assert_string_equal(said(), "");
	adj_out_up(out, &ctx);
	want(one, 0);
	assert_string_equal(said(), "+1E");
	assert_int_equal(adj_out_count(out, FAMILY_IP4), 1);
	end();
}

static void nothing_to_say(void **state)
{
	static const char *const none[] = {NULL};

	(void)state;
	begin(false);
	want(none, 0);
	assert_string_equal(said(), "E");
	end();
}

/* What was sent, to look at: in order, without what is wanted and could not go yet. */
static void walked(void **state)
{
	static const char *const two[] = {"10.233.2.0/24", "10.233.1.0/24", NULL};
	static const char *const more[] = {"10.233.0.0/24", "10.233.1.0/24", "10.233.2.0/24", NULL};
	const struct attrs *a;
	struct prefix p;
	size_t at = 0;

	(void)state;
	begin(false);
	assert_false(adj_out_walk(out, &at, &p, &a));
	want(two, 3);
	assert_false(adj_out_walk(out, &at, &p, &a));
	said();
	want(more, 4);
	at = 0;
	for (uint8_t i = 1; i <= 2; i++) {
		assert_true(adj_out_walk(out, &at, &p, &a));
		assert_int_equal(p.b[2], i);
		assert_int_equal(a->set.med, 3);
	}
	assert_false(adj_out_walk(out, &at, &p, &a));
	p = test_prefix("10.233.1.7/32");
	assert_true(adj_out_has(out, &p, true));
	assert_false(adj_out_has(out, &p, false));
	p = test_prefix("10.233.0.0/24");
	assert_false(adj_out_has(out, &p, false));
	end();
}

/* Nothing is known yet, and a peer that keeps our old routes must not forget them. */
static void end_of_rib_waits(void **state)
{
	static const char *const none[] = {NULL}, *const one[] = {"10.233.1.0/24", NULL};

	(void)state;
	begin(false);
	adj_out_defer_eor(out, true);
	want(none, 0);
	assert_string_equal(said(), "");
	want(one, 0);
	assert_string_equal(said(), "+1");
	adj_out_defer_eor(out, false);
	assert_string_equal(said(), "E");
	assert_string_equal(said(), "");
	end();
}

/* Each with its own attributes, and as few messages as there are kinds of them. */
static void attributes_apart(void **state)
{
	uint8_t buf[BGP_MSG_MAX];
	unsigned int messages = 0, seen = 0;

	(void)state;
	begin(false);
	adj_out_want_begin(out);
	for (unsigned int i = 0; i < 6; i++) {
		struct attr_set set = {.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH |
					      ATTR_HAS_NEXT_HOP | ATTR_HAS_MED,
				       .nexthop = test_addr("10.90.224.105"),
				       .med = i % 3};
		struct prefix p = {.afi = AFI_IP4, .len = 24, .b = {10, 233, (uint8_t)i}};

		adj_out_want(out, &p, &set);
	}
	adj_out_want_end(out);
	for (;; messages++) {
		struct wr wr = wr_init(buf, sizeof(buf));
		struct bgp_update u;
		struct prefix p;
		uint32_t id;

		assert_true(adj_out_next(out, &wr));
		update_decode(&ctx, rd_init(buf + 19, wr_len(&wr) - 19), scratch, &u);
		if (u.eor)
			break;
		while (nlri_next(&u.reach, &p, &id)) {
			assert_int_equal(u.attrs.med, p.b[2] % 3);
			seen |= 1u << p.b[2];
		}
	}
	assert_int_equal(messages, 3);
	assert_int_equal(seen, 63);
	end();
}

/* What was asked for in a session, and not said before its end, is none of the next one's. */
static void refresh_of_the_last_session(void **state)
{
	static const char *const one[] = {"10.233.1.0/24", NULL};

	(void)state;
	for (int early = 0; early < 2; early++) {
		begin(true);
		want(one, 0);
		if (!early)
			assert_string_equal(said(), "+1E");
		adj_out_refresh(out, FAMILY_IP4);
		adj_out_down(out);
		adj_out_up(out, &ctx);
		want(one, 0);
		assert_string_equal(said(), "+1E");
		assert_string_equal(said(), "");
		end();
	}
}

static void refreshes(void **state)
{
	static const char *const one[] = {"10.233.1.0/24", NULL};

	(void)state;
	for (int enhanced = 0; enhanced < 2; enhanced++) {
		begin(enhanced);
		want(one, 0);
		assert_string_equal(said(), "+1E");
		adj_out_refresh(out, FAMILY_IP4);
		assert_string_equal(said(), enhanced ? "B+1e" : "+1");
		adj_out_refresh(out, FAMILY_IP6); /* not agreed on */
		assert_string_equal(said(), "");
		end();
	}
}

/* RFC 7313 section 4: no BoRR before the End-of-RIB, and the question is not forgotten, not even by
 * another process. */
static void refresh_before_end_of_rib(void **state)
{
	static const char *const one[] = {"10.233.1.0/24", NULL};
	struct text t = {0};

	(void)state;
	for (int carried = 0; carried < 2; carried++) {
		begin(true);
		adj_out_defer_eor(out, true);
		want(one, 0);
		assert_string_equal(said(), "+1");
		adj_out_refresh(out, FAMILY_IP4);
		assert_string_equal(said(), "");
		if (carried) {
			adj_out_carry(out, &t);
			adj_out_down(out);
			adj_out_up(out, &ctx);
			assert_true(adj_out_adopt(out, rd_init(t.s, t.len)));
			text_free(&t);
			want(one, 0);
		}
		adj_out_defer_eor(out, false);
		assert_string_equal(said(), "EB+1e");
		assert_string_equal(said(), "");
		end();
	}
	/* without the capability there is no such mark: at once */
	begin(false);
	adj_out_defer_eor(out, true);
	want(one, 0);
	assert_string_equal(said(), "+1");
	adj_out_refresh(out, FAMILY_IP4);
	assert_string_equal(said(), "+1");
	end();
}

/* What another process has said is not said again, only what is different. */
static void carried(void **state)
{
	static const char *const two[] = {"10.233.0.0/24", "10.233.1.0/24", NULL};
	static const char *const other[] = {"10.233.1.0/24", "10.233.2.0/24", NULL};
	struct text t = {0};

	(void)state;
	begin(true);
	want(two, 5);
	said();
	adj_out_carry(out, &t);
	adj_out_down(out);
	adj_out_up(out, &ctx);
	assert_true(adj_out_adopt(out, rd_init(t.s, t.len)));
	assert_int_equal(adj_out_count(out, FAMILY_IP4), 2);
	assert_string_equal(said(), "");
	want(two, 5);
	assert_string_equal(said(), "");
	want(other, 5);
	assert_string_equal(said(), "-0+2");
	assert_true(adj_out_count(out, FAMILY_IP4) == 2);
	/* cut anywhere: all of it or nothing */
	for (size_t len = 0; len < t.len; len++) {
		char *part = malloc(len ? len : 1);

		assert_non_null(part);
		memcpy(part, t.s, len);
		adj_out_down(out);
		adj_out_up(out, &ctx);
		if (!adj_out_adopt(out, rd_init(part, len)))
			assert_int_equal(adj_out_count(out, FAMILY_IP4), 0);
		free(part);
	}
	text_free(&t);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(carried),
		cmocka_unit_test(differences),
		cmocka_unit_test(nothing_to_say),
		cmocka_unit_test(end_of_rib_waits),
		cmocka_unit_test(walked),
		cmocka_unit_test(attributes_apart),
		cmocka_unit_test(refresh_of_the_last_session),
		cmocka_unit_test(refreshes),
		cmocka_unit_test(refresh_before_end_of_rib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
