/*
 * ctl: the control socket from both ends. The first octet says from which, the second into how
 *large pieces the rest is cut:
 *
 *	'Q'  to the agent: the line, its meaning, what is shown then, and what may come next
 *	'A'  to leafpeerctl: the head, then the body as lines to filter, words, the doctor's rows
 *	'P'  what is typed at leafpeerctl: filters taken off, the rest sent on
 *
 * Whatever the pieces, the outcome is the same; what is understood is understood when it is written
 * with the table's own words; and what completion offers is understood.
 */
#include "agent/lib/ask.h"
#include "agent/lib/mem.h"
#include "agent/show/doctor.h"
#include "agent/show/filter.h"
#include "agent/show/show.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SLICES_MAX 1000

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* ---- a state to show --------------------------------------------------------------------------
 */

static struct show_state st;
static struct show_kube kube;
static struct prefix own = {AFI_IP4, 24, {10, 233}};
static struct pod_record pod;

static void on_route(void *ctx, const struct rib_entry *e, const struct hop *hops, size_t n)
{
	(void)ctx;
	(void)e;
	(void)hops;
	(void)n;
}

static const struct pod_record *pod_at(void *ctx, size_t i)
{
	(void)ctx;
	return i ? NULL : &pod;
}

static const char *ifname(void *ctx, uint32_t ifindex)
{
	(void)ctx;
	(void)ifindex;
	return "eth1";
}

static void running_config(void *ctx, struct text *out)
{
	(void)ctx;
	text_puts(out, "router bgp 65000\nend\n");
}

static void make_state(void)
{
	static const struct rib_ops rib_ops = {.route = on_route};
	static const struct fib_conf fc = {.id_base = 1, .id_count = 64, .objects = true};
	static const struct local_route local = {{AFI_IP4, 24, {10, 233}}, LOCAL_AGGREGATE};
	struct rib_conf rc = {.local_as = 65000, .router_id = 1, .maximum_paths = 32};
	struct aggregate_conf ac = {.owned = &own, .n_owned = 1};

	kube = (struct show_kube){.api = "",
				  .node = "",
				  .source = "",
				  .write_error = "",
				  .config_origin = "sources",
				  .config_refusal = ""};
	st = (struct show_state){
		.version = "1.0",
		.hostname = "kube1",
		.router_id = 1,
		.local_as = 65000,
		.rib = rib_new(&rc, nexthop_table_new(), &rib_ops, NULL),
		.fib = fib_new(&fc),
		.aggregate = aggregate_new(),
		.locals = &local,
		.n_locals = 1,
		.n_pods = 1,
		.pod_at = pod_at,
		.ifname = ifname,
		.config.refusal = "",
		.kube = &kube,
		.running_config = running_config,
		.running_config_diffs = running_config,
	};
	aggregate_set_conf((struct aggregate *)(uintptr_t)st.aggregate, &ac, 0);
}

static void show(const struct command_line *line)
{
	struct show_run *run = show_begin(line);
	struct text out = {0};
	unsigned int slices = 0;

	while (show_more(run, &st, &out))
		must(++slices < SLICES_MAX);
	show_end(run);
	text_free(&out);
}

/* ---- to the agent -----------------------------------------------------------------------------
 */

static enum ask_result hear(const uint8_t *data, size_t size, size_t piece, struct ask_line *line)
{
	enum ask_result result = ASK_MORE;

	line->len = 0;
	while (size && result == ASK_MORE) {
		size_t n = sizeof(line->text) - line->len;

		must(n);
		if (n > size)
			n = size;
		if (n > piece)
			n = piece;
		memcpy(line->text + line->len, data, n);
		result = ask_line_add(line, n);
		data += n;
		size -= n;
	}
	must(result != ASK_WHOLE || (strlen(line->text) == line->len && line->len < ASK_LINE_MAX));
	return result;
}

static void check_args(const struct command_line *line)
{
	must(line->n_args <= COMMAND_ARGS_MAX);
	for (size_t i = 0; i < line->n_args; i++) {
		const char *s = line->args[i], *choices = (const char *)line->choices;

		must((s >= line->text && s < line->text + sizeof(line->text)) ||
		     (s >= choices && s < choices + sizeof(line->choices)));
		must(*s);
	}
}

/* Read without the blanks that are too many it is the same command with the same arguments. */
static void check_again(const struct command_line *line)
{
	struct command_line *again = mem_zalloc(sizeof(*again));
	struct text text = {0};

	for (size_t i = 0; i < line->n; i++) {
		text_puts(&text, i ? " " : "");
		text_puts(&text, line->words[i]);
	}
	if (line->n < COMMAND_WORDS_MAX) {
		must(command_parse(text.s, again) == COMMAND_OK);
		must(again->command == line->command && again->afi == line->afi);
		must(again->json == line->json && again->n_args == line->n_args);
		for (size_t i = 0; i < line->n_args; i++)
			must(strcmp(again->args[i], line->args[i]) == 0);
	}
	text_free(&text);
	free(again);
}

struct offered {
	const char *text;
	size_t before; /* octets of it that stand before the word */
	struct text words;
};

static void on_word(void *ctx, const char *word, const char *help, const char *takes)
{
	struct offered *o = ctx;
	struct command_line *line;
	struct text text = {0};

	must(*word && help);
	command_write_word(&o->words, word, help, takes);
	if (takes || strcmp(word, "|") == 0 || o->before == SIZE_MAX)
		return;
	line = mem_zalloc(sizeof(*line));
	text_append(&text, o->text, o->before);
	text_puts(&text, word);
	if (text.len < COMMAND_LINE_MAX) {
		enum command_result result = command_parse(text.s, line);

		must(result == COMMAND_OK || result == COMMAND_INCOMPLETE);
	}
	text_free(&text);
	free(line);
}

static void count_word(void *ctx, const char *word, const char *help, const char *takes)
{
	size_t *n = ctx;

	(void)takes;
	must(*word && help);
	++*n;
}

static void check_next(const char *text)
{
	const char *blank = strrchr(text, ' '), *tab = strrchr(text, '\t');
	const char *last = !blank || (tab && tab > blank) ? tab : blank;
	struct offered o = {.text = text, .before = last ? (size_t)(last - text) + 1 : 0};
	size_t n = 0, lines = 0;

	/* behind a pipe, and behind watch, other things are offered than commands */
	if (strchr(text, '|') || strncasecmp(text + strspn(text, " \t"), "w", 1) == 0)
		o.before = SIZE_MAX;
	command_next(text, on_word, &o);
	for (size_t i = 0; i < o.words.len; i++)
		lines += o.words.s[i] == '\n';
	if (o.words.s)
		command_read_words(o.words.s, count_word, &n);
	must(n == lines);
	text_free(&o.words);
}

static void check_head(const char *text)
{
	char head[ASK_HEAD_MAX];
	struct ask_head back = {.len = 0};
	size_t n;

	ask_fail(text, head);
	n = ask_head_add(&back, head, strlen(head));
	must(n == strlen(head) && back.whole && ask_head_error(&back));
}

static void to_agent(const uint8_t *data, size_t size, size_t piece)
{
	struct ask_line *line = mem_zalloc(sizeof(*line)), *other = mem_zalloc(sizeof(*other));
	struct command_line *read = mem_zalloc(sizeof(*read));
	enum ask_result result = hear(data, size, piece, line);
	enum command_result meaning;
	char complaint[128];

	must(hear(data, size, SIZE_MAX, other) == result);
	if (result == ASK_WHOLE) {
		must(strcmp(line->text, other->text) == 0);
		meaning = command_parse(line->text, read);
		if (meaning != COMMAND_OK) {
			must(*command_complaint(meaning, read, complaint, sizeof(complaint)) ==
			     '%');
			check_head(complaint);
		} else {
			must(read->command != NULL);
			check_args(read);
			check_again(read);
			if (read->command->verb <= VERB_SHOW_LAST)
				show(read);
		}
		check_next(line->text);
	}
	free(read);
	free(other);
	free(line);
}

/* ---- to leafpeerctl ---------------------------------------------------------------------------
 */

static void keep(void *ctx, const char *data, size_t len)
{
	text_append(ctx, data, len);
}

static void filter(struct filters *f, const char *data, size_t len, size_t piece, struct text *out)
{
	for (size_t at = 0; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;

		filters_feed(f, data + at, n, keep, out);
	}
	filters_end(f, keep, out);
}

static void check_filters(const char *line, const char *data, size_t len, size_t piece)
{
	char command[256], why[256];
	struct text cut = {0}, whole = {0};
	struct filters *a = filters_parse(line, command, sizeof(command), why, sizeof(why));
	struct filters *b = filters_parse(line, command, sizeof(command), why, sizeof(why));

	must(a && b);
	filter(a, data, len, piece, &cut);
	filter(b, data, len, len ? len : 1, &whole);
	must(cut.len == whole.len && (!cut.len || memcmp(cut.s, whole.s, cut.len) == 0));
	text_free(&cut);
	text_free(&whole);
	filters_free(a);
	filters_free(b);
}

static void take_words(const char *data, size_t len)
{
	char *text = mem_zalloc(len + 1);
	size_t n = 0;

	if (len)
		memcpy(text, data, len);
	command_read_words(text, count_word, &n);
	free(text);
}

static void take_rows(const char *data, size_t len)
{
	struct doctor_node *node = mem_zalloc(sizeof(*node));
	struct doctor d = {0};
	struct text out = {0};
	struct json_write js = {.out = &out};

	doctor_node_init(node);
	doctor_read_agent(data, len, &d, node);
	doctor_text(&d, &out);
	doctor_json(&d, &js);
	text_free(&out);
	doctor_free(&d);
	free(node);
}

static void to_ctl(const uint8_t *data, size_t size, size_t piece)
{
	struct ask_head head = {.len = 0}, whole = {.len = 0};
	const char *s = (const char *)data;
	size_t at = 0, n = ask_head_add(&whole, s, size);

	while (at < size && !head.whole)
		at += ask_head_add(&head, s + at, size - at < piece ? size - at : piece);
	must(at == n && head.whole == whole.whole && head.len == whole.len);
	must(head.len < ASK_HEAD_MAX && memcmp(head.text, whole.text, head.len) == 0);
	if (!head.whole)
		return;
	must(ask_head_add(&head, s, size) == 0);
	if (ask_head_error(&head))
		return;
	s += n;
	size -= n;
	check_filters("x | include a | exclude b | count", s, size, piece);
	check_filters("x | section c | begin d", s, size, piece);
	check_filters("x", s, size, piece);
	take_words(s, size);
	take_rows(s, size);
}

/* ---- typed ------------------------------------------------------------------------------------
 */

/* The C library's compiler of expressions is not what is tried here, and some take it for ever. */
static bool is_tame(const char *line)
{
	size_t n = 0;

	for (const char *s = line; *s; s++)
		n += strchr("*+?{(\\[", *s) != NULL;
	return n < 4 && !strchr(line, '{');
}

static void typed(const uint8_t *data, size_t size)
{
	static const char lines[] = "one\ntwo a\n  three b\n\nfour\n";
	char *line = mem_zalloc(size + 1), *command = mem_zalloc(ASK_LINE_MAX), why[256] = "";
	struct command_line *read = mem_zalloc(sizeof(*read));
	struct text out = {0};
	struct filters *f;

	if (size)
		memcpy(line, data, size);
	if (!is_tame(line))
		goto out;
	f = filters_parse(line, command, ASK_LINE_MAX, why, sizeof(why));
	must(f || *why == '%');
	if (f) {
		must(strlen(command) < ASK_LINE_MAX);
		command_parse(command, read);
		filter(f, lines, strlen(lines), 3, &out);
		filters_free(f);
	}
	check_next(line);
	command_parse(line, read);
out:
	text_free(&out);
	free(read);
	free(command);
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece;

	if (!st.rib)
		make_state();
	if (size < 2)
		return 0;
	piece = data[1] ? data[1] : 1;
	switch (data[0]) {
	case 'Q':
		to_agent(data + 2, size - 2, piece);
		break;
	case 'A':
		to_ctl(data + 2, size - 2, piece);
		break;
	case 'P':
		typed(data + 2, size - 2);
		break;
	default:
		break;
	}
	return 0;
}
