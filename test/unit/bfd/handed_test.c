/* What runs BFD's sessions, handed over: the other process gets the same, each descriptor once;
 * what is cut, damaged or a lie is refused as a whole, and no descriptor is lost. */
#include "test/unit/handed_helper.h"

#include "agent/bfd/handed.h"

enum { FDS = 4 };

#define NOW 5000000LL

/* What is refused is as if nothing had been said. */
static bool take(struct rd in, int *fds, size_t n, unsigned int seen[static FDS_MAX])
{
	struct bfd_io_export e;
	bool taken = bfd_handed_get(in, fds, n, &e);

	if (!taken)
		assert_int_equal(e.n, 0);
	for (size_t k = 0; k < e.n; k++)
		seen_fd(seen, e.sessions[k].fd);
	for (int k = 0; k < BFD_IO_LISTENERS; k++)
		seen_fd(seen, e.listeners[k]);
	return taken;
}

static struct bfd_io_carried carried(uint32_t id, const char *remote, int fd)
{
	struct bfd_session_conf conf = {.min_tx = 50000, .min_rx = 60000, .mult = 3};
	struct bfd_io_carried c = {
		.want = {.id = id, .remote = test_addr(remote), .ifindex = 7, .multihop = id == 2},
		.state = {.id = id, .port = 50000, .counters = {.rx = 12, .tx = 34}},
		.fd = fd};

	bfd_session_init(&c.state.session, &conf, 40 + id, NOW);
	c.want.conf = conf;
	return c;
}

/* Two sessions, one of which has no socket, and two listeners: descriptors 0, 1, 2 of FDS. */
static struct bfd_io_export all(void)
{
	struct bfd_io_export e = {.n = 2, .listeners = {11, -1, -1, 12}};

	e.sessions[0] = carried(1, "10.90.224.98", 10);
	e.sessions[1] = carried(2, "2001:db8::1", -1);
	return e;
}

static struct text example(void)
{
	struct bfd_io_export e = all();
	struct text t = {0};
	int fds[FDS];
	size_t n = 0;

	bfd_handed_put(&e, &t, fds, &n, FDS);
	assert_int_equal(n, 3);
	assert_int_equal(fds[0], 10);
	assert_int_equal(fds[1], 11);
	assert_int_equal(fds[2], 12);
	return t;
}

static void the_same(void **state)
{
	struct text t = example(), again = {0};
	struct bfd_io_export e;
	int fds[FDS], back[FDS];
	size_t n = 0;

	(void)state;
	make_fds(fds, FDS);
	assert_true(bfd_handed_get(rd_init(t.s, t.len), fds, FDS, &e));
	assert_int_equal(e.n, 2);
	assert_int_equal(e.sessions[0].fd, FIRST_FD);
	assert_int_equal(e.sessions[1].fd, -1);
	assert_true(e.sessions[1].want.multihop);
	assert_int_equal(e.sessions[0].want.ifindex, 7);
	assert_int_equal(e.sessions[0].state.port, 50000);
	assert_int_equal(e.sessions[0].state.counters.tx, 34);
	assert_int_equal(e.sessions[1].want.conf.min_rx, 60000);
	assert_int_equal(e.listeners[0], FIRST_FD + 1);
	assert_int_equal(e.listeners[3], FIRST_FD + 2);
	assert_int_equal(e.listeners[1], -1);
	bfd_handed_put(&e, &again, back, &n, FDS);
	assert_int_equal(n, 3);
	assert_int_equal(t.len, again.len);
	assert_memory_equal(t.s, again.s, t.len);
	text_free(&t);
	text_free(&again);
}

/* Where there is room for no more descriptors, sessions go without. */
static void no_room(void **state)
{
	struct bfd_io_export e = all(), back;
	struct text t = {0};
	int fds[1];
	size_t n = 0;

	(void)state;
	bfd_handed_put(&e, &t, fds, &n, 1);
	assert_int_equal(n, 1);
	assert_true(bfd_handed_get(rd_init(t.s, t.len), fds, n, &back));
	assert_int_equal(back.n, 2);
	assert_int_equal(back.sessions[0].fd, 10);
	assert_int_equal(back.listeners[0], -1);
	text_free(&t);
}

static void every_length(void **state)
{
	struct text t = example();

	(void)state;
	/* nothing, and behind each of four records but the last */
	assert_int_equal(beginnings_taken(take, &t, FDS), 4);
	text_free(&t);
}

static void damaged(void **state)
{
	struct text t = example();

	(void)state;
	take_damaged(take, &t, FDS);
	text_free(&t);
}

static void assert_refused(const struct bfd_io_export *e, size_t n_fds)
{
	struct text t = {0};
	int fds[FDS];
	size_t n = 0;

	bfd_handed_put(e, &t, fds, &n, FDS);
	assert_false(try_to_take(take, t.s, t.len, n_fds));
	text_free(&t);
}

static void lies(void **state)
{
	struct bfd_io_export e = all();
	struct text t = example(), twice = {0};

	(void)state;
	/* fewer descriptors than are named; a session without a number, or a neighbour */
	assert_refused(&e, 2);
	e.sessions[0].want.id = 0;
	assert_refused(&e, FDS);
	e = all();
	e.sessions[1].want.remote.afi = AFI_NONE;
	assert_refused(&e, FDS);
	/* everything said twice: each descriptor would be in two places */
	text_append(&twice, t.s, t.len);
	text_append(&twice, t.s, t.len);
	assert_false(try_to_take(take, twice.s, twice.len, FDS));
	text_free(&t);
	text_free(&twice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same),     cmocka_unit_test(no_room),
		cmocka_unit_test(every_length), cmocka_unit_test(damaged),
		cmocka_unit_test(lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
