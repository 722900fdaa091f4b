/* The words of commands: abbreviations, complaints as EOS has them, what may come next; and that
 * the table itself is sound. */
#include "test/unit/test.h"

#include "agent/show/command.h"

#include <ctype.h>

static struct command_line line;

static void understood(void **state)
{
	static const struct {
		const char *text;
		enum command_verb verb;
		enum afi afi;
		const char *args[2];
		bool json;
	} rows[] = {
		{"show ip bgp summary", VERB_BGP_SUMMARY, AFI_IP4, {0}, false},
		{"  sh  ip\tb su ", VERB_BGP_SUMMARY, AFI_IP4, {0}, false},
		{"SHOW IP BGP SUMMARY", VERB_BGP_SUMMARY, AFI_IP4, {0}, false},
		{"show ipv6 bgp summary | json", VERB_BGP_SUMMARY, AFI_IP6, {0}, true},
		{"show ip bgp | js", VERB_BGP, AFI_IP4, {0}, true},
		{"show bgp sum", VERB_BGP_SUMMARY_ALL, AFI_NONE, {0}, false},
		{"show bgp ipv6 unicast", VERB_BGP, AFI_IP6, {0}, false},
		{"show ip bgp 10.0.0.0/8", VERB_BGP, AFI_IP4, {"10.0.0.0/8"}, false},
		{"show ip bgp 10.0.0.1 long", VERB_BGP_LONGER, AFI_IP4, {"10.0.0.1"}, false},
		{"show ip ro bgp", VERB_ROUTE_BGP, AFI_IP4, {0}, false},
		{"show ip bgp nei 10.0.0.1 adv",
		 VERB_BGP_NEIGHBOR_ROUTES,
		 AFI_IP4,
		 {"10.0.0.1", "advertised-routes"},
		 false},
		{"show ip bgp nei fe80::1%eth0 ro",
		 VERB_BGP_NEIGHBOR_ROUTES,
		 AFI_IP4,
		 {"fe80::1%eth0", "routes"},
		 false},
		{"clear ip bgp *", VERB_CLEAR, AFI_IP4, {"*"}, false},
		{"clear ip bgp * soft o", VERB_CLEAR, AFI_IP4, {"*", "out"}, false},
		{"clear bgp 10.0.0.1 s i", VERB_CLEAR, AFI_NONE, {"10.0.0.1", "in"}, false},
		/* there is one VRF, wherever people are used to say which */
		{"show ip bgp summary vrf all", VERB_BGP_SUMMARY, AFI_IP4, {0}, false},
		{"sh ip b su vrf def | json", VERB_BGP_SUMMARY, AFI_IP4, {0}, true},
		{"sh ip ro s", VERB_ROUTE_SUMMARY, AFI_IP4, {0}, false},
		{"show ipv6 route vrf default summary", VERB_ROUTE_SUMMARY, AFI_IP6, {0}, false},
		{"show ip route vrf default bgp", VERB_ROUTE_BGP, AFI_IP4, {0}, false},
		{"show ip bgp vrf default 10.0.0.0/8 longer-prefixes",
		 VERB_BGP_LONGER,
		 AFI_IP4,
		 {"10.0.0.0/8"},
		 false},
		{"show ipv6 bgp neighbors 10.0.0.1 vrf default routes",
		 VERB_BGP_NEIGHBOR_ROUTES,
		 AFI_IP6,
		 {"10.0.0.1", "routes"},
		 false},
		{"show ip bgp 10.0.0.1 detail", VERB_BGP, AFI_IP4, {"10.0.0.1"}, false},
		{"copy run start", VERB_CONFIGURE, AFI_NONE, {0}, false},
		{"drain", VERB_DRAIN, AFI_NONE, {0}, false},
		{"drain 30", VERB_DRAIN, AFI_NONE, {"30"}, false},
		{"wait-route 10.0.0.1,10.0.0.2 500 ",
		 VERB_WAIT_ROUTE,
		 AFI_NONE,
		 {"10.0.0.1,10.0.0.2 500"},
		 false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (command_parse(rows[i].text, &line) != COMMAND_OK)
			fail_msg("not understood: %s", rows[i].text);
		assert_int_equal(line.command->verb, rows[i].verb);
		assert_int_equal(line.afi, rows[i].afi);
		assert_int_equal(line.json, rows[i].json);
		for (size_t k = 0; k < 2; k++) {
			if (rows[i].args[k])
				assert_string_equal(line.args[k], rows[i].args[k]);
			else
				assert_null(line.args[k]);
		}
	}
}

static void complaints(void **state)
{
	static const struct {
		const char *text, *complaint;
	} rows[] = {
		{"", "% Incomplete command"},
		{"show", "% Incomplete command"},
		{"show ip", "% Incomplete command"},
		{"show ip bgp |", "% Incomplete command"},
		{"clear ip bgp", "% Incomplete command"},
		{"show colour", "% Invalid input (at token 1: 'colour')"},
		{"show ip bgp colour", "% Invalid input (at token 3: 'colour')"},
		{"show ip bgp 2001:db8::/32", "% Invalid input (at token 3: '2001:db8::/32')"},
		{"show ip bgp summary colour", "% Invalid input (at token 4: 'colour')"},
		{"show ip bgp summary vrf", "% Incomplete command"},
		{"show ip bgp summary vrf | json", "% Incomplete command"},
		{"show ip bgp summary vrf RED", "% Invalid input (at token 5: 'RED')"},
		{"show ip bgp vrf all vrf all", "% Invalid input (at token 5: 'vrf')"},
		{"show vrf default", "% Invalid input (at token 1: 'vrf')"},
		{"show pods vrf default", "% Invalid input (at token 2: 'vrf')"},
		{"show pods | grep x", "% Invalid input (at token 3: 'grep')"},
		{"sh ip b su | json | json", "% Invalid input (at token 6: '|')"},
		{"| json", "% Invalid input (at token 0: '|')"},
		{"drain soon", "% Invalid input (at token 1: 'soon')"},
		{"show i bgp", "% Ambiguous command"},
		{"show ip bgp 1.1.1.1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
		 "% Invalid input (at token 4: '2')"},
	};
	char buf[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum command_result result = command_parse(rows[i].text, &line);

		if (result == COMMAND_OK)
			fail_msg("understood: %s", rows[i].text);
		assert_string_equal(command_complaint(result, &line, buf, sizeof(buf)),
				    rows[i].complaint);
	}
}

/* ---- what may come next -----------------------------------------------------------------------
 */

static char list[4096];

static void add(void *ctx, const char *word, const char *help, const char *takes)
{
	(void)ctx;
	assert_true(*help || strcmp(word, "<cr>") == 0);
	assert_int_equal(takes != NULL,
			 !islower((unsigned char)*word) && *word != '|' && *word != '*');
	strcat(list, *list ? " " : "");
	strcat(list, word);
}

static const char *next(const char *text)
{
	*list = '\0';
	command_next(text, add, NULL);
	return list;
}

static void next_words(void **state)
{
	(void)state;
	assert_string_equal(next("cl"), "clear");
	assert_string_equal(next("watch 2 show ip bgp s"), "summary");
	assert_string_equal(next("watch show ip bgp | i"), "include");
	assert_string_equal(next("show ip bgp n"), "neighbors");
	assert_string_equal(next("show ip bgp "), "A.B.C.D/E neighbors summary vrf | <cr>");
	assert_string_equal(next("show ipv6 bgp "),
			    "A:B:C:D:E:F:G:H/I neighbors summary vrf | <cr>");
	assert_string_equal(next("sh ip b nei 10.0.0.1 "),
			    "advertised-routes received-routes routes vrf | <cr>");
	assert_string_equal(next("sh ip b nei 10.0.0.1 r"), "received-routes routes");
	assert_string_equal(next("show ip bgp v"), "vrf");
	assert_string_equal(next("show ip bgp vrf "), "all default");
	assert_string_equal(next("show ip bgp vrf d"), "default");
	assert_string_equal(next("show ip bgp vrf default "), "A.B.C.D/E neighbors summary | <cr>");
	assert_string_equal(next("show pods v"), "");
	assert_string_equal(next("clear ip bgp "), "* A.B.C.D");
	assert_string_equal(next("drain "), "<0-86400> <cr>");
	assert_string_equal(next("show pods |"), "|");
	assert_string_equal(next("show pods | "),
			    "begin count exclude grep include json no-more section");
	assert_string_equal(next("show pods | in"), "include");
	assert_string_equal(next("show pods | include x | j"), "json");
	assert_string_equal(next("show pods | include 10.0"), "");
	assert_string_equal(next("show pods | inc "), "REGEX");
	assert_string_equal(next("show pods | include x | section "), "REGEX");
	assert_string_equal(next("show pods | count "), "");
	assert_string_equal(next("show colour "), "");
	assert_string_equal(next("show i "), "");
	/* for programs */
	assert_string_equal(next("wait"), "");
}

static void same_word(void *ctx, const char *word, const char *help, const char *takes)
{
	unsigned int *n = ctx;

	++*n;
	assert_string_equal(word, "10.0.0.1");
	assert_string_equal(help, "AS 1 the  ToR of rack 7 ");
	assert_null(takes);
}

/* A description is whatever somebody wrote; on its way to leafpeerctl it is one field of one row.
 */
static void words_on_their_way(void **state)
{
	struct text out = {0};
	unsigned int n = 0;

	(void)state;
	command_write_word(&out, "10.0.0.1", "AS 1 the\t\x1bToR\nof rack\r7\x7f", NULL);
	command_read_words(out.s, same_word, &n);
	assert_int_equal(n, 1);
	text_free(&out);
}

/* ---- the table --------------------------------------------------------------------------------
 */

/* Every word of every command has help, and asking for it goes all the way. */
static void walk(const char *text, int depth);

struct walker {
	const char *text;
	int depth;
	unsigned int words;
};

static unsigned int walked;

static void visit(void *ctx, const char *word, const char *help, const char *takes)
{
	struct walker *w = ctx;
	char text[512];
	const char *value = word;

	walked++;
	if (!*help && strcmp(word, "<cr>") != 0)
		fail_msg("no help for '%s' behind '%s'", word, w->text);
	if (strcmp(word, "|") == 0 || strcmp(word, "<cr>") == 0)
		return;
	if (takes)
		value = strcmp(word, "A.B.C.D/E") == 0           ? "10.0.0.0/8"
			: strcmp(word, "A:B:C:D:E:F:G:H/I") == 0 ? "2001:db8::/32"
			: *word == '<'                           ? "5"
								 : "x";
	if (takes && strcmp(takes, "COMMAND") == 0)
		return; /* all of this again */
	snprintf(text, sizeof(text), "%s%s ", w->text, value);
	walk(text, w->depth + 1);
}

static void walk(const char *text, int depth)
{
	struct walker w = {.text = text, .depth = depth};

	assert_true(depth < COMMAND_WORDS_MAX);
	if (command_next(text, visit, &w) == COMMAND_OK)
		return;
	/* nothing may follow: then it is a whole command */
	assert_int_equal(command_parse(text, &line), COMMAND_OK);
}

static void help_everywhere(void **state)
{
	(void)state;
	walk("", 0);
	assert_true(walked > command_table_n);
}

/* A row that another shadows could never be reached. */
static void every_row_reached(void **state)
{
	(void)state;
	for (size_t c = 0; c < command_table_n; c++) {
		char text[512] = "";

		assert_true(*command_table[c].help);
		for (const char *s = command_table[c].words; *s; s += *s == ' ') {
			size_t len = strcspn(s, " "), first = strcspn(s, " |");
			char word[64];

			snprintf(word, sizeof(word), "%.*s", (int)(first < len ? first : len), s);
			strcat(text, strcmp(word, "PREFIX") == 0     ? "10.0.0.0/8"
				     : strcmp(word, "SECONDS") == 0  ? "5"
				     : strcmp(word, "LINES") == 0    ? "5"
				     : strcmp(word, "COMMAND") == 0  ? "show pods"
				     : isupper((unsigned char)*word) ? "x"
								     : word);
			strcat(text, " ");
			s += len;
		}
		if (command_parse(text, &line) != COMMAND_OK)
			fail_msg("not reached: %s", text);
		assert_ptr_equal(line.command, &command_table[c]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understood),        cmocka_unit_test(complaints),
		cmocka_unit_test(next_words),        cmocka_unit_test(help_everywhere),
		cmocka_unit_test(every_row_reached), cmocka_unit_test(words_on_their_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
