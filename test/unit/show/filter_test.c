/* What stands behind "|", on lines that come in pieces of any length. */
#include "test/unit/test.h"

#include "agent/lib/text.h"
#include "agent/show/command.h"
#include "agent/show/filter.h"

static const char config[] = "hostname kube1\n"
			     "!\n"
			     "router bgp 65000\n"
			     "   router-id 10.0.0.1\n"
			     "   neighbor 10.0.0.2 remote-as 65001\n"
			     "!\n"
			     "leafpeer\n"
			     "   pod-cidr 10.233.0.0/24\n";

static void sink(void *ctx, const char *data, size_t len)
{
	text_append(ctx, data, len);
}

/* The text that a line's filters leave of the input, the same however it is cut. */
static void filtered(const char *line, const char *in, const char *expected)
{
	size_t len = strlen(in);

	for (size_t piece = 1; piece <= len; piece = piece * 3) {
		char command[256], why[128];
		struct filters *f = filters_parse(line, command, sizeof(command), why, sizeof(why));
		struct text out = {0};

		if (!f)
			fail_msg("%s: %s", line, why);
		for (size_t at = 0; at < len; at += piece)
			filters_feed(f, in + at, len - at < piece ? len - at : piece, sink, &out);
		filters_end(f, sink, &out);
		assert_string_equal(out.s ? out.s : "", expected);
		text_free(&out);
		filters_free(f);
	}
}

static void kinds(void **state)
{
	(void)state;
	filtered("show run", config, config);
	filtered("show run | no-more", config, config);
	filtered("show run | include BGP", config, "router bgp 65000\n");
	filtered("show run | inc router.*65000|pod-", config,
		 "router bgp 65000\n   pod-cidr 10.233.0.0/24\n");
	filtered("show run | exclude ^ |^!", config,
		 "hostname kube1\nrouter bgp 65000\nleafpeer\n");
	filtered("show run | grep -i bgp", config, "router bgp 65000\n");
	filtered("show run | grep -v -iE ^ |^!", config,
		 "hostname kube1\nrouter bgp 65000\nleafpeer\n");
	filtered("show run | begin leafpeer", config, "leafpeer\n   pod-cidr 10.233.0.0/24\n");
	filtered("show run | section bgp", config,
		 "router bgp 65000\n   router-id 10.0.0.1\n   neighbor 10.0.0.2 remote-as 65001\n");
	filtered("show run | section remote-as", config,
		 "router bgp 65000\n   router-id 10.0.0.1\n   neighbor 10.0.0.2 remote-as 65001\n");
	filtered("show run | count", config, "8 lines\n");
	filtered("show run | include 10.0 | count", config, "2 lines\n");
	filtered("show run | section leafpeer | exclude pod", config, "leafpeer\n");
	filtered("show run | include nothing", config, "");
	filtered("show run | include last", "the last line", "the last line\n");
}

static void command_of(const char *line, const char *expected)
{
	char command[64], why[128];
	struct filters *f = filters_parse(line, command, sizeof(command), why, sizeof(why));

	if (!f)
		fail_msg("%s: %s", line, why);
	assert_string_equal(command, expected);
	filters_free(f);
}

static void commands(void **state)
{
	(void)state;
	command_of("show ip bgp", "show ip bgp");
	command_of("show ip bgp  |  json", "show ip bgp | json");
	command_of("show ip bgp | js | include a | no-more", "show ip bgp | json");
	command_of("show ip bgp|json", "show ip bgp|json"); /* no blanks: one word, as in EOS */
	command_of("", "");
}

static void complaints(void **state)
{
	static const struct {
		const char *line, *why;
	} rows[] = {
		{"show pods |", "% Incomplete command"},
		{"show pods | ", "% Incomplete command"},
		{"show pods | include", "% Incomplete command"},
		{"show pods | | json", "% Incomplete command"},
		{"show pods | nl x", "% Invalid input (at filter 'nl')"},
		{"show pods | grep", "% Incomplete command"},
		{"show pods | grep -v", "% Incomplete command"},
		{"show pods | grep -c x", "% Invalid input (of grep there are -i, -v and -E)"},
		{"show pods | count x", "% Invalid input (at filter 'count')"},
		{"show pods | include x | json", "% Invalid input (json comes first)"},
		{"show pods | include (", "% Invalid regular expression: Unmatched ( or \\("},
		{"a | count | count | count | count | count | count | count | count | count",
		 "% Invalid input (at filter 'count')"},
		{"show ip bgp 10.0.0.0/8 longer-prefixes and far too many words for this buffer",
		 "% Invalid input (the line is too long)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char command[64], why[128];

		assert_null(
			filters_parse(rows[i].line, command, sizeof(command), why, sizeof(why)));
		assert_string_equal(why, rows[i].why);
	}
}

/* Each has its help, and the other way round. */
static void all_have_help(void **state)
{
	(void)state;
	for (size_t i = 0; i < command_filters_n; i++) {
		char line[64], command[64], why[128];
		struct filters *f;

		snprintf(line, sizeof(line), "x | %s", command_filters[i].word);
		f = filters_parse(line, command, sizeof(command), why, sizeof(why));
		assert_true(f || strcmp(why, "% Incomplete command") == 0);
		filters_free(f);
	}
	assert_int_equal(command_filters_n, 8);
}

/* A line, or a section, that never ends costs no more memory than the limits. */
static void endless(void **state)
{
	static char block[65536];
	char command[64], why[128];
	struct filters *f = filters_parse("x | section nothing | include a | count", command,
					  sizeof(command), why, sizeof(why));
	struct text out = {0};

	(void)state;
	assert_non_null(f);
	memset(block, 'a', sizeof(block));
	for (int i = 0; i < 64; i++)
		filters_feed(f, block, sizeof(block), sink, &out);
	filters_end(f, sink, &out);
	assert_string_equal(out.s, "0 lines\n");
	text_free(&out);
	filters_free(f);
}

/* A section of many lines before one that matches: what is kept of it is bounded, too. */
static void endless_section(void **state)
{
	char command[64], why[128];
	struct filters *f =
		filters_parse("x | section found", command, sizeof(command), why, sizeof(why));
	struct text out = {0};
	char line[128];

	(void)state;
	assert_non_null(f);
	for (unsigned int i = 0; i < 2 * FILTER_SECTION_MAX / 64; i++) {
		int len = snprintf(line, sizeof(line), "%sline %-57u\n", i ? " " : "", i);

		filters_feed(f, line, (size_t)len, sink, &out);
	}
	assert_int_equal(out.len, 0);
	filters_feed(f, " found\n", 7, sink, &out);
	filters_end(f, sink, &out);
	assert_in_range(out.len, FILTER_SECTION_MAX - 128, FILTER_SECTION_MAX + 128);
	assert_memory_equal(out.s, "line 0 ", 7);
	assert_string_equal(out.s + out.len - 7, " found\n");
	text_free(&out);
	filters_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),      cmocka_unit_test(commands),
		cmocka_unit_test(complaints), cmocka_unit_test(all_have_help),
		cmocka_unit_test(endless),    cmocka_unit_test(endless_section),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
