/* The state machine against test/golden/fsm.txt, which is the table for people.
 * LEAFPEER_GOLDEN=write writes it anew. */
#include "test/unit/test.h"

#include "agent/bgp/fsm.h"
#include "agent/lib/text.h"

#define GOLDEN "test/golden/fsm.txt"

static void put_table(struct text *t)
{
	text_puts(
		t,
		"# The state machine of a connection: RFC 4271 section 8.2.2, without DelayOpen.\n"
		"# state, event -> next state: actions, in the order in which they are done\n");
	for (int s = 0; s < BGP_STATES; s++) {
		text_puts(t, "\n");
		for (int e = 0; e < BGP_EVENTS; e++) {
			struct bgp_transition tr = bgp_fsm((enum bgp_state)s, (enum bgp_event)e);
			const char *sep = ": ";

			text_printf(t, "%-11s %-40s -> %s", bgp_state_name((enum bgp_state)s),
				    bgp_event_name((enum bgp_event)e),
				    bgp_state_name((enum bgp_state)tr.next));
			for (unsigned int bit = 0; bit < 32; bit++) {
				if (!(tr.actions & 1u << bit))
					continue;
				text_printf(t, "%s%s", sep, bgp_action_name(bit));
				sep = ", ";
			}
			text_puts(t, "\n");
		}
	}
}

static void golden(void **state)
{
	struct text t = {0};
	char *have = calloc(1, 1 << 17);
	FILE *f;

	(void)state;
	put_table(&t);
	if (getenv("LEAFPEER_GOLDEN")) {
		f = fopen(GOLDEN, "w");
		assert_non_null(f);
		fputs(t.s, f);
		fclose(f);
	}
	f = fopen(GOLDEN, "r");
	assert_non_null(f);
	assert_true(fread(have, 1, (1 << 17) - 1, f) > 0);
	fclose(f);
	assert_string_equal(t.s, have);
	free(have);
	text_free(&t);
}

/* What must hold of any such table, whatever it says in a cell. */
static void invariants(void **state)
{
	(void)state;
	for (int s = 0; s < BGP_STATES; s++) {
		for (int e = 0; e < BGP_EVENTS; e++) {
			struct bgp_transition t = bgp_fsm((enum bgp_state)s, (enum bgp_event)e);

			/* into and out of Established nobody comes unseen */
			assert_int_equal(t.next == BGP_ESTABLISHED && s != BGP_ESTABLISHED,
					 (t.actions & ACT_SESSION_UP) != 0);
			assert_int_equal(t.next != BGP_ESTABLISHED && s == BGP_ESTABLISHED,
					 (t.actions & ACT_SESSION_DOWN) != 0);
			/* a NOTIFICATION is the last word of a connection */
			if (t.actions & ACT_SEND_NOTIFICATION)
				assert_true(t.actions & ACT_CONNECTION_DOWN);
			if ((t.actions & ACT_SEND_NOTIFICATION))
				assert_int_equal(t.next, BGP_IDLE);
			/* and never the answer to one */
			if (e == EV_NOTIF_MSG || e == EV_NOTIF_MSG_VER_ERR)
				assert_false(t.actions & ACT_SEND_NOTIFICATION);
			/* a stop stops */
			if (e == EV_MANUAL_STOP || e == EV_AUTOMATIC_STOP)
				assert_int_equal(t.next, BGP_IDLE);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden),
		cmocka_unit_test(invariants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
