/* Events: said, but not too often. */
#include "test/unit/test.h"

#include "agent/kube/events.h"
#include "agent/lib/json.h"

#define SECOND 1000000LL

static size_t say_all(struct kube_events *e, int64_t now)
{
	struct kube_event event;
	size_t n = 0;

	while (events_next(e, now, &event))
		n++;
	return n;
}

static void burst(void **state)
{
	struct kube_events e;
	int64_t now = 100 * SECOND;

	(void)state;
	events_init(&e, now);
	assert_int_equal(events_deadline(&e), INT64_MAX);
	for (int i = 0; i < 12; i++)
		events_add(&e, now, true, "BGPSessionDown", "peer %d", i);
	assert_true(events_deadline(&e) <= now);
	assert_int_equal(say_all(&e, now), EVENTS_BURST);
	assert_int_equal(events_deadline(&e), now + EVENTS_EVERY_US);
	assert_int_equal(say_all(&e, now + EVENTS_EVERY_US - 1), 0);
	assert_int_equal(say_all(&e, now + EVENTS_EVERY_US), 1);
	assert_int_equal(say_all(&e, now + 100 * EVENTS_EVERY_US), 1);
	assert_int_equal(events_deadline(&e), INT64_MAX);
	/* never more than a burst, however long it was quiet */
	for (int i = 0; i < 16; i++)
		events_add(&e, now, true, "BGPSessionDown", "again %d", i);
	assert_int_equal(say_all(&e, now + 1000 * EVENTS_EVERY_US), EVENTS_BURST);
	assert_int_equal(e.suppressed, 0);
}

static void same(void **state)
{
	struct kube_events e;

	(void)state;
	events_init(&e, 0);
	events_add(&e, 0, true, "BGPSessionDown", "peer 1");
	events_add(&e, 1, true, "BGPSessionDown", "peer 1");
	events_add(&e, 2, false, "BGPSessionUp", "peer 1");
	events_add(&e, EVENTS_SAME_US - 1, true, "BGPSessionDown", "peer 1");
	assert_int_equal(say_all(&e, EVENTS_SAME_US), 2);
	assert_int_equal(e.suppressed, 2);
	events_add(&e, EVENTS_SAME_US, true, "BGPSessionDown", "peer 1");
	assert_int_equal(say_all(&e, EVENTS_SAME_US), 1);
}

static void newest_kept(void **state)
{
	struct kube_event event;
	struct kube_events e;

	(void)state;
	events_init(&e, 0);
	for (int i = 0; i < EVENTS_QUEUE_MAX + 3; i++)
		events_add(&e, 0, true, "R", "peer %d", i);
	assert_int_equal(e.suppressed, 3);
	assert_true(events_next(&e, 0, &event));
	assert_string_equal(event.message, "peer 3");
}

/* Each time is said at once, or held until the same was not said for a while; never is what was
 * said last wrong for longer than that. */
static void comes_and_goes(void **state)
{
	static const struct {
		int s;
		bool up, said;
	} rows[] = {
		{0, false, false},  {1, true, true},   {2, true, false},   {5, false, true},
		{6, true, false},   {7, false, false}, {8, true, false},   {60, true, false},
		{61, true, true},   {62, true, false}, {64, false, false}, {65, false, true},
		{66, false, false}, {300, true, true}, {301, false, true},
	};
	struct kube_said said = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (events_state(&said, rows[i].up, rows[i].s * 1000000LL) != rows[i].said)
			fail_msg("row %zu", i);
	}
}

/* Nobody looks whether it was said before, and there is no more room for it. */
static void said_again(void **state)
{
	struct kube_events e;

	(void)state;
	events_init(&e, 0);
	for (int i = 0; i < EVENTS_QUEUE_MAX + 1; i++)
		events_say(&e, true, "R", "the same");
	assert_int_equal(e.suppressed, 1);
	assert_int_equal(say_all(&e, 0), EVENTS_BURST);
}

static void as_json(void **state)
{
	struct kube_event_about about = {"kube1", "uid-1", "2026-11-25T04:00:00Z"};
	struct kube_event event = {.warning = true, .reason = "ConfigurationRefused"};
	const cJSON *object;
	char buf[64], *text;
	cJSON *root;

	(void)state;
	strcpy(event.message, "a \"quoted\"\nline");
	text = events_json(&event, &about);
	root = json_parse(text, strlen(text));
	assert_non_null(root);
	assert_true(json_text(root, "reason", buf, sizeof(buf)));
	assert_string_equal(buf, "ConfigurationRefused");
	assert_true(json_text(root, "type", buf, sizeof(buf)));
	assert_string_equal(buf, "Warning");
	object = cJSON_GetObjectItem(root, "involvedObject");
	assert_true(json_text(object, "uid", buf, sizeof(buf)));
	assert_string_equal(buf, "uid-1");
	assert_string_equal(cJSON_GetObjectItem(root, "message")->valuestring, event.message);
	cJSON_Delete(root);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst),       cmocka_unit_test(same),
		cmocka_unit_test(newest_kept), cmocka_unit_test(comes_and_goes),
		cmocka_unit_test(said_again),  cmocka_unit_test(as_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
