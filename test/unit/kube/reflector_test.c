/* The list-and-watch machine against a server that is a script; time is a number. */
#include "test/unit/test.h"

#include "agent/kube/reflector.h"

#define S     (1000LL * 1000)
#define HALF  0x80000000u /* of chance: jitter leaves the time as it is */
#define START (1000 * S)

struct world {
	struct reflector r;
	char told[1024];
	char url[REFLECTOR_URL_MAX];
	int64_t now;
};

static void on_begin(void *ctx)
{
	strcat(((struct world *)ctx)->told, "[");
}

static void on_end(void *ctx)
{
	strcat(((struct world *)ctx)->told, "]");
}

static void on_object(void *ctx, const cJSON *object, bool deleted)
{
	char *told = ((struct world *)ctx)->told;

	strcat(told, deleted ? "-" : "+");
	strcat(told,
	       cJSON_GetObjectItem(cJSON_GetObjectItem(object, "metadata"), "name")->valuestring);
}

static const struct reflector_ops ops = {on_begin, on_end, on_object};

static void begin(struct world *w, bool old_ok)
{
	struct reflector_conf conf = {"/api/v1/nodes", "metadata.name=kube1", old_ok};

	*w = (struct world){.now = START};
	reflector_init(&w->r, &conf, &ops, w, w->now);
}

/* A request is due now, and it is this one. */
static void wants(struct world *w, const char *url)
{
	assert_true(reflector_want(&w->r, w->now, 0, w->url, sizeof(w->url)));
	assert_string_equal(w->url, url);
	assert_false(reflector_want(&w->r, w->now, 0, w->url, sizeof(w->url)));
}

static bool body(struct world *w, const char *text)
{
	return reflector_data(&w->r, text, strlen(text), w->now);
}

static void answer(struct world *w, unsigned int status, const char *text)
{
	reflector_status(&w->r, status, 0, w->now);
	body(w, text);
	reflector_done(&w->r, NULL, w->now, HALF);
}

static void told(struct world *w, const char *text)
{
	assert_string_equal(w->told, text);
	w->told[0] = '\0';
}

/* The next request is due in so many microseconds, and not one earlier. */
static void due_in(struct world *w, int64_t us)
{
	assert_int_equal(reflector_deadline(&w->r) - w->now, us);
	w->now += us - 1;
	assert_false(us && reflector_want(&w->r, w->now, 0, w->url, sizeof(w->url)));
	w->now++;
}

#define LIST0     "/api/v1/nodes?fieldSelector=metadata.name%3Dkube1&resourceVersion=0"
#define LIST      "/api/v1/nodes?fieldSelector=metadata.name%3Dkube1"
#define WATCH(rv) LIST "&watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=" rv
#define KUBE1     "{\"metadata\":{\"name\":\"kube1\",\"resourceVersion\":\"5\"}}"
#define LISTED    "{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[" KUBE1 "]}"
#define EVENT(type, rv)     \
	"{\"type\":\"" type \
	"\",\"object\":{\"metadata\":{\"name\":\"kube1\",\"resourceVersion\":\"" rv "\"}}}\n"

/* Up to a watch that is under way. */
static void watching(struct world *w, bool old_ok)
{
	begin(w, old_ok);
	wants(w, LIST0);
	answer(w, 200, LISTED);
	told(w, "[+kube1]");
	wants(w, WATCH("7"));
	reflector_status(&w->r, 200, 0, w->now);
}

static void list_then_watch(void **state)
{
	struct world w;

	(void)state;
	watching(&w, false);
	assert_true(w.r.synced);
	assert_true(body(&w, EVENT("MODIFIED", "9")));
	told(&w, "+kube1");
	assert_true(body(&w, EVENT("BOOKMARK", "123456789012345678901234567890")));
	told(&w, "");
	assert_true(body(&w, EVENT("DELETED", "1234567890123456789012345678901")));
	told(&w, "-kube1");
	/* the server ends it: on from there, in half of half a second */
	reflector_done(&w.r, NULL, w.now, HALF);
	due_in(&w, S / 4);
	wants(&w, WATCH("1234567890123456789012345678901"));
	assert_int_equal(w.r.counters.lists, 1);
	assert_int_equal(w.r.counters.watches, 2);
	assert_int_equal(w.r.counters.events, 2);
	assert_int_equal(w.r.counters.bookmarks, 1);
	assert_int_equal(w.r.counters.failures, 0);
	reflector_fini(&w.r);
}

/* In pieces of one octet, and with an end in the midst of each: never more told than was whole. */
static void cut_anywhere(void **state)
{
	static const char text[] = EVENT("MODIFIED", "8") EVENT("MODIFIED", "9");
	size_t first = strlen(EVENT("MODIFIED", "8")) - 1; /* but for the line's end */
	struct world w;

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		watching(&w, false);
		for (size_t i = 0; i < len; i++)
			assert_true(reflector_data(&w.r, &text[i], 1, w.now));
		told(&w, len < first ? "" : len < 2 * first + 1 ? "+kube1" : "+kube1+kube1");
		w.now += 10 * S;
		reflector_done(&w.r, "connection reset", w.now, HALF);
		due_in(&w, S / 2);
		wants(&w, len < first ? WATCH("7") : len < 2 * first + 1 ? WATCH("8") : WATCH("9"));
		reflector_fini(&w.r);
	}
}

static void list_cut(void **state)
{
	struct world w;

	(void)state;
	for (size_t len = 0; len < strlen(LISTED); len++) {
		begin(&w, false);
		wants(&w, LIST0);
		reflector_status(&w.r, 200, 0, w.now);
		for (size_t i = 0; i < len; i++)
			assert_true(reflector_data(&w.r, &LISTED[i], 1, w.now));
		reflector_done(&w.r, NULL, w.now, HALF);
		assert_null(strchr(w.told, ']')); /* what was not told must not count as gone */
		assert_false(w.r.synced);
		assert_string_equal(w.r.error, "the answer broke off");
		due_in(&w, S / 2);
		wants(&w, LIST0);
		reflector_fini(&w.r);
	}
}

static void gone_as_status(void **state)
{
	struct world w;

	(void)state;
	watching(&w, false);
	body(&w, EVENT("MODIFIED", "9"));
	reflector_done(&w.r, NULL, w.now, HALF);
	due_in(&w, S / 4);
	wants(&w, WATCH("9"));
	told(&w, "+kube1");
	answer(&w, 410, "{\"kind\":\"Status\",\"message\":\"too old\",\"code\":410}");
	assert_string_equal(w.r.error, "HTTP 410: too old");
	due_in(&w, S / 2);
	/* not an older state than the one seen */
	wants(&w, LIST);
	answer(&w, 200, LISTED);
	told(&w, "[+kube1]");
	assert_string_equal(w.r.error, "");
	assert_int_equal(w.r.counters.expired, 1);
	reflector_fini(&w.r);
}

static void gone_as_event(void **state)
{
	static const char gone[] =
		"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,"
		"\"reason\":\"Expired\",\"message\":\"too old version\"}}\n";
	struct world w;

	(void)state;
	for (int old_ok = 0; old_ok <= 1; old_ok++) {
		watching(&w, old_ok);
		assert_false(body(&w, gone));
		assert_false(body(&w, EVENT("MODIFIED", "9"))); /* nothing counts behind it */
		told(&w, "");
		reflector_done(&w.r, "write error", w.now, HALF);
		due_in(&w, S / 2);
		wants(&w, old_ok ? LIST0 : LIST);
		assert_int_equal(w.r.counters.expired, 1);
		reflector_fini(&w.r);
	}
}

/* A server whose lists and watches do not fit each other is not asked without end. */
static void gone_again_and_again(void **state)
{
	int64_t waits[] = {S / 2, S, 2 * S, 4 * S, 8 * S, 16 * S, 30 * S, 30 * S};
	struct world w;

	(void)state;
	begin(&w, false);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		wants(&w, i ? LIST : LIST0);
		answer(&w, 200, LISTED);
		wants(&w, WATCH("7"));
		answer(&w, 410, "{}");
		due_in(&w, waits[i]);
	}
	reflector_fini(&w.r);
}

static void throttled(void **state)
{
	struct world w;

	(void)state;
	watching(&w, false);
	reflector_done(&w.r, NULL, w.now + 6 * S, 0);
	w.now += 6 * S;
	wants(&w, WATCH("7"));
	reflector_status(&w.r, 429, 7, w.now);
	body(&w, "{\"message\":\"too many\\u000arequests\"}");
	reflector_done(&w.r, NULL, w.now, HALF);
	assert_string_equal(w.r.error, "HTTP 429: too many requests");
	assert_int_equal(w.r.counters.throttled, 1);
	/* never before what was asked for, and not all at the same moment */
	assert_in_range(reflector_deadline(&w.r) - w.now, 7 * S, 7 * S + S / 2);
	w.now = reflector_deadline(&w.r);
	wants(&w, WATCH("7")); /* no new list because of it */
	reflector_status(&w.r, 429, 4000000000u, w.now);
	reflector_done(&w.r, NULL, w.now, HALF);
	assert_in_range(reflector_deadline(&w.r) - w.now, 300 * S, 300 * S + S / 2);
	reflector_fini(&w.r);
}

static void refused(void **state)
{
	static const struct {
		unsigned int status;
		const char *body, *error;
		bool list;
	} rows[] = {
		{401, "{\"message\":\"Unauthorized\"}", "HTTP 401: Unauthorized", false},
		{403, "{\"message\":\"nodes is forbidden\"}", "HTTP 403: nodes is forbidden",
		 false},
		{500, "oops", "HTTP 500", true},
		{503, "", "HTTP 503", true},
		/* the future, after a restore of etcd */
		{504, "{\"message\":\"Too large resource version\"}",
		 "HTTP 504: Too large resource version", true},
	};
	struct world w;
	int64_t answered;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(&w, false);
		wants(&w, LIST0);
		answer(&w, rows[i].status, rows[i].body);
		assert_string_equal(w.r.error, rows[i].error);
		assert_int_equal(w.r.error_status, rows[i].status);
		assert_false(w.r.error_watch);
		assert_int_equal(w.r.answered, 0);
		assert_false(w.r.synced);
		told(&w, "");
		due_in(&w, S / 2);
		wants(&w, rows[i].list ? LIST : LIST0);
		answer(&w, rows[i].status, rows[i].body);
		due_in(&w, S);
		wants(&w, rows[i].list ? LIST : LIST0);
		answer(&w, 200, LISTED);
		assert_string_equal(w.r.error, "");
		assert_int_equal(w.r.error_status, 0);
		assert_int_equal(w.r.answered, w.now);
		answered = w.r.answered;
		wants(&w, WATCH("7"));
		w.now += S;
		answer(&w, rows[i].status, rows[i].body);
		assert_true(w.r.error_watch);
		assert_int_equal(w.r.answered, answered);
		due_in(&w, 2 * S);
		wants(&w, rows[i].list ? LIST : WATCH("7"));
		reflector_fini(&w.r);
	}
}

static void absent(void **state)
{
	struct world w;

	(void)state;
	begin(&w, false);
	wants(&w, LIST0);
	answer(&w, 404, "404 page not found\n");
	told(&w, "[]");
	assert_true(w.r.synced && w.r.absent);
	assert_string_equal(w.r.error, "");
	due_in(&w, 30 * S);
	wants(&w, LIST0);
	answer(&w, 404, "404 page not found\n");
	told(&w, ""); /* nothing new */
	due_in(&w, 30 * S);
	/* here it is */
	wants(&w, LIST0);
	answer(&w, 200, LISTED);
	told(&w, "[+kube1]");
	assert_true(w.r.synced && !w.r.absent);
	wants(&w, WATCH("7"));
	/* and gone again: what there was is gone with it */
	answer(&w, 404, "");
	told(&w, "[]");
	assert_true(w.r.absent);
	reflector_fini(&w.r);
}

static void silent(void **state)
{
	struct world w;

	(void)state;
	/* no answer to a list */
	begin(&w, false);
	wants(&w, LIST0);
	w.now += 30 * S - 1;
	assert_false(reflector_expired(&w.r, w.now));
	w.now++;
	assert_true(reflector_expired(&w.r, w.now));
	reflector_done(&w.r, REFLECTOR_SILENT, w.now, HALF);
	assert_int_equal(w.r.counters.silent, 1);
	due_in(&w, S / 2);
	reflector_fini(&w.r);

	/* a server without bookmarks is waited for until the end it was asked for, and some */
	watching(&w, false);
	w.now += 315 * S - 1;
	assert_false(reflector_expired(&w.r, w.now));
	assert_true(reflector_expired(&w.r, w.now + 1));
	reflector_fini(&w.r);

	/* one with bookmarks is expected to go on with them */
	watching(&w, false);
	w.now += 60 * S;
	body(&w, EVENT("BOOKMARK", "20"));
	w.now += 150 * S - 1;
	assert_false(reflector_expired(&w.r, w.now));
	assert_int_equal(reflector_deadline(&w.r), w.now + 1);
	assert_true(reflector_expired(&w.r, w.now + 1));
	reflector_done(&w.r, REFLECTOR_SILENT, w.now, HALF);
	due_in(&w, S / 2);
	wants(&w, WATCH("20"));
	/* no answer to a watch */
	w.now += 30 * S;
	assert_true(reflector_expired(&w.r, w.now));
	reflector_fini(&w.r);
}

static void ends_at_once(void **state)
{
	struct world w;

	(void)state;
	watching(&w, false);
	w.now += 5 * S - 1;
	reflector_done(&w.r, NULL, w.now, HALF);
	assert_string_equal(w.r.error, "the watch ended as soon as it had begun");
	due_in(&w, S / 2);
	wants(&w, WATCH("7"));
	reflector_status(&w.r, 200, 0, w.now);
	reflector_done(&w.r, NULL, w.now, HALF);
	due_in(&w, S);
	wants(&w, WATCH("7"));
	reflector_status(&w.r, 200, 0, w.now);
	w.now += 5 * S;
	reflector_done(&w.r, NULL, w.now, HALF);
	assert_string_equal(w.r.error, "");
	due_in(&w, S / 4);
	reflector_fini(&w.r);
}

static void no_connection(void **state)
{
	int64_t waits[] = {S / 2, S, 2 * S, 4 * S, 8 * S, 16 * S, 30 * S, 30 * S};
	struct world w;

	(void)state;
	begin(&w, false);
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		wants(&w, LIST0);
		reflector_done(&w.r, "connection\nrefused", w.now, HALF);
		assert_string_equal(w.r.error, "connection refused");
		due_in(&w, waits[i]);
	}
	/* chance makes it half to one and a half */
	wants(&w, LIST0);
	reflector_done(&w.r, "x", w.now, 0);
	due_in(&w, 15 * S);
	wants(&w, LIST0);
	reflector_done(&w.r, "x", w.now, UINT32_MAX);
	assert_in_range(reflector_deadline(&w.r) - w.now, 44 * S, 45 * S);
	reflector_fini(&w.r);
}

/* After a watch that stood, however quiet it was, the first wait is a short one again. */
static void stood_and_broke(void **state)
{
	struct world w;

	(void)state;
	watching(&w, false);
	for (int i = 0; i < 5; i++) {
		reflector_done(&w.r, "cannot connect", w.now, HALF);
		due_in(&w, REFLECTOR_BACKOFF_MIN_US << i);
		wants(&w, WATCH("7"));
	}
	reflector_status(&w.r, 200, 0, w.now);
	w.now += REFLECTOR_WATCH_GOOD_US - 1;
	reflector_done(&w.r, "reset", w.now, HALF);
	due_in(&w, REFLECTOR_BACKOFF_MIN_US << 5);
	wants(&w, WATCH("7"));
	reflector_status(&w.r, 200, 0, w.now);
	w.now += REFLECTOR_WATCH_GOOD_US;
	reflector_done(&w.r, "reset", w.now, HALF);
	due_in(&w, REFLECTOR_BACKOFF_MIN_US);
	wants(&w, WATCH("7"));
	/* one without an answer did not stand, however long it took */
	w.now += REFLECTOR_WATCH_GOOD_US;
	reflector_done(&w.r, "timed out", w.now, HALF);
	due_in(&w, REFLECTOR_BACKOFF_MIN_US * 2);
}

static void odd_answers(void **state)
{
	struct world w;

	(void)state;
	begin(&w, false);
	wants(&w, LIST0);
	answer(&w, 200,
	       "{\"metadata\":{\"resourceVersion\":\"7\",\"continue\":\"x\"},\"items\":[]}");
	assert_string_equal(w.r.error, "the list was cut: a page of it only");
	due_in(&w, S / 2);
	wants(&w, LIST0);
	answer(&w, 200, "{\"metadata\":{},\"items\":[]}");
	assert_string_equal(w.r.error, "the list has no resourceVersion");
	due_in(&w, S);
	wants(&w, LIST0);
	answer(&w, 200, "<html>");
	assert_string_equal(w.r.error, "the answer cannot be read: not a JSON object");
	assert_false(w.r.synced);
	told(&w, "[[[");
	reflector_fini(&w.r);

	watching(&w, false);
	assert_true(body(&w, "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{}}}"));
	assert_true(body(&w, EVENT("SOMETHING", "8")));
	assert_true(body(&w, "{\"a\" 1}")); /* no JSON: left out */
	assert_int_equal(w.r.counters.skipped, 3);
	assert_false(body(&w, "{\"type\":\"MODIFIED\"}"));
	told(&w, "");
	reflector_done(&w.r, NULL, w.now, HALF);
	assert_string_equal(w.r.error, "the watch sent what is no event");
	reflector_fini(&w.r);
}

/* A selector is encoded, and one that does not fit asks for nothing. */
static void urls(void **state)
{
	char selector[REFLECTOR_URL_MAX];
	struct reflector_conf conf = {"/api/v1/pods", "spec.nodeName=a&b/%", true};
	struct world w;

	(void)state;
	begin(&w, false);
	reflector_init(&w.r, &conf, &ops, &w, w.now);
	wants(&w, "/api/v1/pods?fieldSelector=spec.nodeName%3Da%26b%2F%25&resourceVersion=0");
	memset(selector, '=', sizeof(selector));
	selector[sizeof(selector) - 1] = '\0';
	conf.selector = selector;
	reflector_init(&w.r, &conf, &ops, &w, w.now);
	assert_false(reflector_want(&w.r, w.now, 0, w.url, sizeof(w.url)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_then_watch),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(list_cut),
		cmocka_unit_test(gone_as_status),
		cmocka_unit_test(gone_as_event),
		cmocka_unit_test(gone_again_and_again),
		cmocka_unit_test(throttled),
		cmocka_unit_test(refused),
		cmocka_unit_test(absent),
		cmocka_unit_test(silent),
		cmocka_unit_test(ends_at_once),
		cmocka_unit_test(no_connection),
		cmocka_unit_test(odd_answers),
		cmocka_unit_test(stood_and_broke),
		cmocka_unit_test(urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
