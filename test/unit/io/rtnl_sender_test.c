/*
 * rtnl_sender against a mock kernel: whatever is refused, and whatever is lost, is told of the
 * operation that it was, and nothing of any other.
 */
#include "test/unit/test.h"

#include "agent/io/rtnl_sender.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#define SEQS 4096

/* ---- the mock kernel, in the place of libmnl's socket -----------------------------------------
 *
 * It answers into the far end of a pair of sockets before the send returns, as the kernel does. */

static struct mock_kernel {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	bool stuck; /* does not come back from a send */
	int send_error;
	int refuse[SEQS]; /* by sequence number */
	const char *words[SEQS];
	bool capped;          /* the request is not repeated */
	unsigned int signals; /* interrupt so many of the reads */
	size_t room;          /* answers of one send that fit */
	bool overrun;
	uint32_t seen[SEQS]; /* in the order in which they were carried out */
	size_t n_seen;
	int answers[2];
} mock = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};

static void mock_reset(void)
{
	int size = 1 << 20;

	memset(mock.refuse, 0, sizeof(mock.refuse));
	memset(mock.words, 0, sizeof(mock.words));
	mock.stuck = mock.overrun = mock.capped = false;
	mock.send_error = 0;
	mock.signals = 0;
	mock.room = SEQS;
	mock.n_seen = 0;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, mock.answers), 0);
	setsockopt(mock.answers[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
}

static void mock_answer(const struct nlmsghdr *of, size_t *n)
{
	char buf[512] __attribute__((aligned(8))) = {0};
	int error = mock.refuse[of->nlmsg_seq];
	const char *words = error ? mock.words[of->nlmsg_seq] : NULL;
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlmsgerr *e = mnl_nlmsg_put_extra_header(nlh, sizeof(*e));

	if (!error && !(of->nlmsg_flags & NLM_F_ACK))
		return;
	if (++*n > mock.room) {
		mock.overrun = true;
		return;
	}
	nlh->nlmsg_type = NLMSG_ERROR;
	nlh->nlmsg_seq = of->nlmsg_seq;
	e->error = -error;
	e->msg = *of;
	if (error && !mock.capped)
		memcpy(mnl_nlmsg_put_extra_header(nlh, of->nlmsg_len - NLMSG_HDRLEN), of + 1,
		       of->nlmsg_len - NLMSG_HDRLEN);
	else
		nlh->nlmsg_flags |= NLM_F_CAPPED;
	if (words) {
		nlh->nlmsg_flags |= NLM_F_ACK_TLVS;
		mnl_attr_put_u32(nlh, NLMSGERR_ATTR_OFFS, 20);
		mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, words);
	}
	assert_int_equal(send(mock.answers[1], buf, nlh->nlmsg_len, MSG_DONTWAIT), nlh->nlmsg_len);
}

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *req, size_t size)
{
	const struct nlmsghdr *nlh = req;
	int left = (int)size;
	size_t n = 0;

	(void)nl;
	pthread_mutex_lock(&mock.lock);
	while (mock.stuck)
		pthread_cond_wait(&mock.moved, &mock.lock);
	errno = mock.send_error;
	for (; !mock.send_error && mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		assert_true(nlh->nlmsg_seq < SEQS && mock.n_seen < SEQS);
		mock.seen[mock.n_seen++] = nlh->nlmsg_seq;
		mock_answer(nlh, &n);
	}
	pthread_mutex_unlock(&mock.lock);
	return mock.send_error ? -1 : (ssize_t)size;
}

int mnl_socket_get_fd(const struct mnl_socket *nl)
{
	(void)nl;
	return mock.answers[0];
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size)
{
	(void)nl;
	if (mock.signals) {
		mock.signals--;
		errno = EINTR;
		return -1;
	}
	if (mock.overrun) {
		mock.overrun = false;
		errno = ENOBUFS;
		return -1;
	}
	return recv(mock.answers[0], buf, size, 0);
}

/* ---- what the sender tells --------------------------------------------------------------------
 */

static struct loop *loop;
static struct rtnl_sender *sender;
static struct {
	uint64_t seqs[SEQS];
	int errors[SEQS];
	size_t n, until; /* the loop is left when so many were told */
	unsigned int lost, heard;
} told;

static void on_ack(void *ctx, uint64_t seq, int error)
{
	(void)ctx;
	told.seqs[told.n] = seq;
	told.errors[told.n++] = error;
}

static void on_lost(void *ctx)
{
	(void)ctx;
	told.lost++;
}

static void on_heard(void *ctx)
{
	(void)ctx;
	told.heard++;
	if (told.n >= told.until)
		loop_stop(loop);
}

static int setup_sender(void **state)
{
	static const struct rtnl_ops ops = {.ack = on_ack, .lost = on_lost, .heard = on_heard};

	(void)state;
	mock_reset();
	memset(&told, 0, sizeof(told));
	loop = loop_new();
	return rtnl_sender_open(loop, NULL, &ops, NULL, &sender);
}

static int teardown_sender(void **state)
{
	(void)state;
	rtnl_sender_close(sender);
	loop_free(loop);
	close(mock.answers[0]);
	close(mock.answers[1]);
	return 0;
}

static void put(uint32_t seq)
{
	struct rtnl_batch *b = rtnl_sender_batch(sender);
	struct nlmsghdr *nlh;

	assert_non_null(b);
	nlh = mnl_nlmsg_put_header(b->buf + b->len);
	nlh->nlmsg_type = RTM_NEWROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = seq;
	mnl_attr_put_u32(nlh, RTA_PRIORITY, seq);
	b->last = nlh;
	b->len += NLMSG_ALIGN(nlh->nlmsg_len);
	b->seqs[b->n] = seq;
	b->errors[b->n++] = 0;
}

static void put_many(uint32_t from, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		put(from + i);
}

/* From the first that was ever put on: each once, in order, with its own answer. */
static void check_told(size_t n)
{
	assert_int_equal(told.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(told.seqs[i], i + 1);
		assert_int_equal(mock.seen[i], i + 1);
		assert_int_equal(told.errors[i], mock.refuse[i + 1]);
	}
}

/* ---- tests ------------------------------------------------------------------------------------
 */

static void refused_of_few(void **state)
{
	(void)state;
	mock.refuse[2] = EINVAL;
	mock.refuse[4] = ESRCH;
	mock.refuse[5] = EEXIST; /* the last, which is acknowledged anyway */
	put_many(1, 5);
	assert_int_equal(told.n, 0);
	rtnl_sender_send(sender);
	check_told(5);
	/* and what comes next has nothing of it */
	put_many(6, 3);
	rtnl_sender_send(sender);
	check_told(8);
	assert_int_equal(told.lost, 0);
	rtnl_sender_send(sender); /* of nothing */
	check_told(8);
}

static void refused_of_many(void **state)
{
	uint64_t timed = 0;

	(void)state;
	for (uint32_t seq = 1; seq <= 4 * RTNL_BATCH_OPS; seq += seq % 7 + 1)
		mock.refuse[seq] = EINVAL;
	for (uint32_t i = 0; i < 4; i++) {
		put_many(1 + i * RTNL_BATCH_OPS, RTNL_BATCH_OPS);
		rtnl_sender_send(sender);
	}
	rtnl_sender_drain(sender);
	check_told(4 * RTNL_BATCH_OPS);
	assert_int_equal(told.lost, 0);
	for (int i = 0; i <= HISTOGRAM_BOUNDS; i++)
		timed += rtnl_sender_latency(sender)->counts[i];
	assert_int_equal(timed, 4 * RTNL_BATCH_OPS);
}

static void in_words(void **state)
{
	(void)state;
	assert_string_equal(rtnl_sender_words(sender), "");
	mock.refuse[1] = EINVAL; /* without any */
	mock.refuse[2] = EINVAL;
	mock.words[2] = "Nexthop has invalid gateway";
	mock.refuse[3] = EINVAL;
	mock.words[3] = "Nexthop id does not exist";
	put_many(1, 4);
	rtnl_sender_send(sender);
	/* the first is why the others were */
	assert_string_equal(rtnl_sender_words(sender), "Nexthop has invalid gateway");
	put_many(5, 1);
	rtnl_sender_send(sender);
	assert_string_equal(rtnl_sender_words(sender), "Nexthop has invalid gateway");
	mock.capped = true;
	mock.refuse[6] = EINVAL;
	mock.words[6] = "Device does not exist";
	put_many(6, 1);
	rtnl_sender_send(sender);
	assert_string_equal(rtnl_sender_words(sender), "Device does not exist");
	check_told(6);
}

static void a_send_that_fails(void **state)
{
	(void)state;
	mock.send_error = ENOBUFS;
	put_many(1, 3);
	rtnl_sender_send(sender);
	assert_int_equal(told.n, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(told.errors[i], ENOBUFS);
	assert_int_equal(mock.n_seen, 0);
	mock.send_error = 0;
	told.n = 0;
	put_many(1, 3);
	rtnl_sender_send(sender);
	check_told(3);
}

/* More answers than the socket takes: what fits is told, that some are missing is, too, and nothing
 * is left for those who read next. */
static void answers_are_lost(void **state)
{
	char c;

	(void)state;
	for (uint32_t many = 0; many < 2; many++) {
		uint32_t n = many ? RTNL_BATCH_OPS : 20;

		told.n = told.lost = 0;
		mock.n_seen = 0;
		memset(mock.refuse, 0, sizeof(mock.refuse));
		mock.room = 5;
		for (uint32_t seq = 3; seq <= n; seq++)
			mock.refuse[seq] = EINVAL;
		put_many(1, n);
		rtnl_sender_drain(sender);
		for (uint32_t seq = 8; seq <= n; seq++)
			mock.refuse[seq] = 0; /* it cannot know */
		check_told(n);
		assert_int_equal(told.lost, 1);
		assert_int_equal(recv(mock.answers[0], &c, 1, MSG_DONTWAIT), -1);
		/* nor for the batches that come after it, once round */
		for (uint32_t i = 0; i <= RTNL_BATCHES; i++) {
			put_many(n + 1 + i, 1);
			rtnl_sender_drain(sender);
		}
		check_told(n + 1 + RTNL_BATCHES);
		assert_int_equal(told.lost, 1);
	}
}

static void signals(void **state)
{
	(void)state;
	mock.signals = 3;
	mock.refuse[1] = EINVAL;
	put_many(1, 2);
	rtnl_sender_send(sender);
	check_told(2);
	assert_int_equal(told.lost, 0);
}

static void stick(bool stuck)
{
	pthread_mutex_lock(&mock.lock);
	mock.stuck = stuck;
	pthread_cond_signal(&mock.moved);
	pthread_mutex_unlock(&mock.lock);
}

/* A few that come while many are under way do not overtake them. */
static void in_order(void **state)
{
	(void)state;
	stick(true);
	put_many(1, RTNL_BATCH_OPS);
	rtnl_sender_send(sender);
	put_many(RTNL_BATCH_OPS + 1, 2);
	rtnl_sender_send(sender);
	assert_int_equal(told.n, 0);
	stick(false);
	rtnl_sender_drain(sender);
	check_told(RTNL_BATCH_OPS + 2);
}

/* What may be under way is bounded, nobody waits for it, and the loop hears when there is room. */
static void as_many_as_may_be(void **state)
{
	(void)state;
	stick(true);
	for (uint32_t i = 0; i < RTNL_BATCHES; i++) {
		assert_non_null(rtnl_sender_batch(sender));
		put_many(1 + i * RTNL_BATCH_OPS, RTNL_BATCH_OPS);
		rtnl_sender_send(sender);
	}
	assert_null(rtnl_sender_batch(sender));
	rtnl_sender_send(sender);
	assert_int_equal(told.n, 0);
	stick(false);
	told.until = 1;
	loop_run(loop);
	assert_true(told.heard > 0);
	assert_non_null(rtnl_sender_batch(sender));
	told.until = (size_t)RTNL_BATCHES * RTNL_BATCH_OPS;
	if (told.n < told.until)
		loop_run(loop);
	check_told(told.until);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_sender, teardown_sender)
	const struct CMUnitTest tests[] = {
		TEST(refused_of_few),    TEST(refused_of_many),   TEST(in_words),
		TEST(a_send_that_fails), TEST(answers_are_lost),  TEST(signals),
		TEST(in_order),          TEST(as_many_as_may_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
