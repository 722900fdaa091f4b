/* command: see command.h. */
#include "agent/show/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How well a word fits what the table has: the best wins, equals that differ are ambiguous. */
enum fit {
	FIT_NONE,
	FIT_REST, /* takes whatever comes */
	FIT_WORD,
	FIT_VALUE,
	FIT_BEGINNING,
	FIT_WHOLE,
};

/* ---- what commands take -----------------------------------------------------------------------
 */

static bool is_prefix(const char *word, enum afi afi)
{
	struct prefix p;
	bool host_bits;

	return prefix_parse(word, &p, &host_bits) && (afi == AFI_NONE || p.afi == afi);
}

static bool is_number(const char *word, enum afi afi)
{
	(void)afi;
	return *word && strlen(word) <= 9 && word[strspn(word, "0123456789")] == '\0';
}

static bool is_word(const char *word, enum afi afi)
{
	(void)afi;
	return *word && *word != '|';
}

static const struct kind {
	const char *name;
	const char *shown[2]; /* as EOS writes it; of IPv6 */
	const char *help;
	enum fit fit;
	bool rest; /* takes the rest of the line, as it stands */
	bool (*is)(const char *word, enum afi afi);
} kinds[] = {
	{"PREFIX",
	 {"A.B.C.D/E", "A:B:C:D:E:F:G:H/I"},
	 "A prefix, or an address",
	 FIT_VALUE,
	 false,
	 is_prefix},
	{"NEIGHBOR", {"A.B.C.D", "A:B:C:D:E:F:G:H"}, "A neighbor", FIT_WORD, false, is_word},
	{"SECONDS", {"<0-86400>", NULL}, "Seconds", FIT_VALUE, false, is_number},
	{"LINES", {"<0-32767>", NULL}, "Lines; 0: do not stop", FIT_VALUE, false, is_number},
	{"FILE", {"FILE", NULL}, "Name of a file, - for standard input", FIT_WORD, false, is_word},
	{"LINE", {"LINE", NULL}, "Anything", FIT_REST, true, is_word},
	{"COMMAND", {"COMMAND", NULL}, "A command", FIT_REST, true, is_word},
};

static const struct kind *kind_of(const char *alt, size_t len)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strlen(kinds[i].name) == len && memcmp(kinds[i].name, alt, len) == 0)
			return &kinds[i];
	}
	return NULL;
}

/* ---- words of the table -----------------------------------------------------------------------
 */

struct alt { /* one of "a|b" */
	const char *s;
	size_t len;
};

/* The i-th word of a row, "" past its end. */
static struct alt row_word(const struct command *c, size_t i)
{
	const char *s = c->words;

	while (i-- && *s) {
		s += strcspn(s, " ");
		s += strspn(s, " ");
	}
	return (struct alt){s, strcspn(s, " ")};
}

/* The next alternative of a word; *word shrinks. */
static bool next_alt(struct alt *word, struct alt *out)
{
	if (!word->len)
		return false;
	*out = *word;
	for (out->len = 0; out->len < word->len && word->s[out->len] != '|'; out->len++)
		;
	word->s += out->len;
	word->len -= out->len;
	if (word->len) {
		word->s++;
		word->len--;
	}
	return true;
}

static bool alt_eq(struct alt a, struct alt b)
{
	return a.len == b.len && memcmp(a.s, b.s, a.len) == 0;
}

static bool has_alt(struct alt word, struct alt wanted)
{
	struct alt a;

	while (next_alt(&word, &a)) {
		if (alt_eq(a, wanted))
			return true;
	}
	return false;
}

static enum fit fits(const char *word, struct alt alt, enum afi afi)
{
	const struct kind *k = kind_of(alt.s, alt.len);
	size_t len = strlen(word);

	if (k)
		return k->is(word, afi) ? k->fit : FIT_NONE;
	if (len > alt.len || strncasecmp(word, alt.s, len) != 0)
		return FIT_NONE;
	return len == alt.len ? FIT_WHOLE : FIT_BEGINNING;
}

static enum afi afi_of(struct alt alt)
{
	static const struct alt six = {"ipv6", 4}, four = {"ipv4", 4}, ip = {"ip", 2};

	if (alt_eq(alt, six))
		return AFI_IP6;
	return alt_eq(alt, four) || alt_eq(alt, ip) ? AFI_IP4 : AFI_NONE;
}

/* ---- reading a line ---------------------------------------------------------------------------
 */

#define ROWS_MAX 256

struct reader {
	struct command_line *line;
	const char *rest; /* of what was given, behind the words read */
	bool alive[ROWS_MAX];
	char path[512];    /* the words as the table writes them */
	bool vrf;          /* one was named */
	bool whole;        /* the line has been taken by a kind that takes the rest */
	const char *inner; /* that rest, if it is a command */
};

static void reader_init(struct reader *r, struct command_line *line, const char *text)
{
	memset(r, 0, sizeof(*r));
	line->command = NULL;
	line->afi = AFI_NONE;
	line->n_args = line->at = line->n = 0;
	line->json = false;
	memset(line->args, 0, sizeof(line->args));
	memset(line->text, 0, sizeof(line->text));
	r->line = line;
	r->rest = text;
	for (size_t c = 0; c < command_table_n && c < ROWS_MAX; c++)
		r->alive[c] = true;
}

/* The next word, copied into the line; NULL at the end. */
static char *next_word(struct reader *r, const char *text)
{
	struct command_line *l = r->line;
	size_t len;
	char *at;

	r->rest += strspn(r->rest, " \t");
	len = strcspn(r->rest, " \t");
	if (!len || l->n == COMMAND_WORDS_MAX)
		return NULL;
	at = l->text + (r->rest - text);
	memcpy(at, r->rest, len);
	l->words[l->n++] = at;
	r->rest += len;
	return at;
}

/* Takes everything from the word on. */
static void take_rest(struct reader *r, const char *text, char *word)
{
	struct command_line *l = r->line;
	size_t at = (size_t)(word - l->text);

	strcpy(word, text + at);
	for (size_t len = strlen(word); len && strchr(" \t", word[len - 1]); len--)
		word[len - 1] = '\0';
	r->rest = text + strlen(text);
	r->whole = true;
}

static void add_path(struct reader *r, struct alt alt)
{
	size_t len = strlen(r->path);

	if (len + alt.len + 2 > sizeof(r->path))
		return;
	if (len)
		r->path[len++] = ' ';
	memcpy(r->path + len, alt.s, alt.len);
	r->path[len + alt.len] = '\0';
}

/* What the word means among the rows that are alive at place i. */
static enum command_result meaning(const struct reader *r, size_t i, const char *word,
				   struct alt *meant)
{
	bool ambiguous = false;
	enum fit best = FIT_NONE;

	for (size_t c = 0; c < command_table_n; c++) {
		struct alt words = row_word(&command_table[c], i), a;

		while (r->alive[c] && next_alt(&words, &a)) {
			enum fit fit = fits(word, a, r->line->afi);

			if (fit > best) {
				best = fit;
				*meant = a;
				ambiguous = false;
			} else if (fit && fit == best && !alt_eq(a, *meant)) {
				ambiguous = true;
			}
		}
	}
	return !best ? COMMAND_INVALID : ambiguous ? COMMAND_AMBIGUOUS : COMMAND_OK;
}

static bool is_choice(const struct reader *r, size_t i, struct alt meant)
{
	for (size_t c = 0; c < command_table_n; c++) {
		struct alt word = row_word(&command_table[c], i);

		if (r->alive[c] && !alt_eq(word, meant) && has_alt(word, meant))
			return true;
	}
	return false;
}

/* What is taken is kept as it was written, which of several words as the table writes it. */
static void take(struct reader *r, size_t i, char *word, struct alt meant)
{
	struct command_line *l = r->line;
	enum afi afi = afi_of(meant);
	char *choice;

	if (afi != AFI_NONE) {
		l->afi = afi;
		return;
	}
	if (l->n_args == COMMAND_ARGS_MAX)
		return;
	if (kind_of(meant.s, meant.len)) {
		l->args[l->n_args++] = word;
	} else if (is_choice(r, i, meant) && meant.len < sizeof(l->choices[0])) {
		choice = l->choices[l->n_args];
		memcpy(choice, meant.s, meant.len);
		choice[meant.len] = '\0';
		l->args[l->n_args++] = choice;
	}
}

static enum command_result read_word(struct reader *r, const char *text, size_t i, char *word)
{
	struct alt meant = {0};
	const struct kind *k;
	enum command_result result = meaning(r, i, word, &meant);

	r->line->at = r->line->n - 1;
	if (result != COMMAND_OK)
		return result;
	k = kind_of(meant.s, meant.len);
	if (k && k->rest) {
		take_rest(r, text, word);
		if (strcmp(k->name, "COMMAND") == 0)
			r->inner = word;
	}
	take(r, i, word, meant);
	for (size_t c = 0; c < command_table_n; c++)
		r->alive[c] = r->alive[c] && has_alt(row_word(&command_table[c], i), meant);
	add_path(r, meant);
	return COMMAND_OK;
}

static const struct command *ending_at(const struct reader *r, size_t i)
{
	for (size_t c = 0; c < command_table_n; c++) {
		if (r->alive[c] && !row_word(&command_table[c], i).len)
			return &command_table[c];
	}
	return NULL;
}

/* ---- vrf default ------------------------------------------------------------------------------
 */

static const struct alt vrf_word = {"vrf", 3};
static const struct alt vrf_names = {"default|all", 11};

/* Where a command of those that have VRFs on a switch may end. */
static bool may_be_vrf(const struct reader *r, size_t i)
{
	const struct command *c = i && !r->vrf ? ending_at(r, i) : NULL;

	return c && (c->flags & COMMAND_VRF);
}

static bool is_vrf(const struct reader *r, size_t i, const char *word)
{
	return fits(word, vrf_word, AFI_NONE) == FIT_WHOLE && may_be_vrf(r, i);
}

static bool is_vrf_name(const char *word)
{
	struct alt names = vrf_names, a;

	while (next_alt(&names, &a)) {
		if (fits(word, a, AFI_NONE))
			return true;
	}
	return false;
}

/* Its name, which means nothing else than the line without it. */
static enum command_result read_vrf(struct reader *r, const char *text)
{
	const char *name = next_word(r, text);

	r->vrf = true;
	if (!name || strcmp(name, "|") == 0)
		return COMMAND_INCOMPLETE;
	r->line->at = r->line->n - 1;
	return is_vrf_name(name) ? COMMAND_OK : COMMAND_INVALID;
}

/* Behind "|": json and nothing else is the agent's; leafpeerctl has taken its own away. */
static enum command_result read_pipe(struct reader *r, const char *text)
{
	struct command_line *l = r->line;
	const char *word = next_word(r, text);

	if (!word)
		return COMMAND_INCOMPLETE;
	l->at = l->n - 1;
	if (strncasecmp(word, "json", strlen(word)) != 0)
		return COMMAND_INVALID;
	l->json = true;
	if (next_word(r, text)) {
		l->at = l->n - 1;
		return COMMAND_INVALID;
	}
	return COMMAND_OK;
}

enum command_result command_parse(const char *text, struct command_line *out)
{
	struct reader r;
	enum command_result result;
	size_t i = 0;
	char *word;

	reader_init(&r, out, "");
	if (strlen(text) >= COMMAND_LINE_MAX)
		return COMMAND_INVALID;
	r.rest = text;
	while ((word = next_word(&r, text))) {
		if (strcmp(word, "|") == 0 && i) {
			result = read_pipe(&r, text);
			if (result != COMMAND_OK)
				return result;
			break;
		}
		result = is_vrf(&r, i, word) ? read_vrf(&r, text) : read_word(&r, text, i++, word);
		if (result != COMMAND_OK)
			return result;
	}
	if (*r.rest && !out->json)
		return COMMAND_INVALID; /* more words than any command has */
	out->command = i ? ending_at(&r, r.whole ? COMMAND_WORDS_MAX : i) : NULL;
	return out->command ? COMMAND_OK : COMMAND_INCOMPLETE;
}

const char *command_complaint(enum command_result result, const struct command_line *line,
			      char *buf, size_t cap)
{
	if (result == COMMAND_AMBIGUOUS)
		snprintf(buf, cap, "%% Ambiguous command");
	else if (result == COMMAND_INCOMPLETE)
		snprintf(buf, cap, "%% Incomplete command");
	else if (line->at < line->n)
		snprintf(buf, cap, "%% Invalid input (at token %zu: '%.40s')", line->at,
			 line->words[line->at]);
	else
		snprintf(buf, cap, "%% Invalid input");
	return buf;
}

/* ---- what may come next -----------------------------------------------------------------------
 */

#define NEXT_MAX 128

struct next {
	struct next_row {
		char word[48];
		const char *help;
		const char *takes;
	} rows[NEXT_MAX];
	size_t n;
};

static void next_add(struct next *n, struct alt word, const char *help, const char *takes)
{
	for (size_t i = 0; i < n->n; i++) {
		if (strlen(n->rows[i].word) == word.len &&
		    memcmp(n->rows[i].word, word.s, word.len) == 0)
			return;
	}
	if (n->n == NEXT_MAX || word.len >= sizeof(n->rows[0].word))
		return;
	memcpy(n->rows[n->n].word, word.s, word.len);
	n->rows[n->n].word[word.len] = '\0';
	n->rows[n->n].help = help;
	n->rows[n->n++].takes = takes;
}

/* What the words so far and this one are about. */
static const char *help_of(const struct reader *r, size_t i, struct alt alt)
{
	char path[600];
	const char *help;

	snprintf(path, sizeof(path), "%s%s%.*s", r->path, *r->path ? " " : "", (int)alt.len, alt.s);
	help = command_topic(path);
	for (size_t c = 0; !help && c < command_table_n; c++) {
		if (r->alive[c] && alt_eq(row_word(&command_table[c], i), alt) &&
		    !row_word(&command_table[c], i + 1).len)
			help = command_table[c].help;
	}
	if (!help) {
		snprintf(path, sizeof(path), "%.*s", (int)alt.len, alt.s);
		help = command_topic(path);
	}
	return help ? help : "";
}

static void next_words(const struct reader *r, size_t i, const char *partial, struct next *out)
{
	for (size_t c = 0; c < command_table_n; c++) {
		struct alt words = row_word(&command_table[c], i), a;

		if (!r->alive[c] || (command_table[c].flags & COMMAND_HIDDEN))
			continue;
		while (next_alt(&words, &a)) {
			const struct kind *k = kind_of(a.s, a.len);
			const char *shown;

			if (*partial && !fits(partial, a, r->line->afi))
				continue;
			if (!k) {
				next_add(out, a, help_of(r, i, a), NULL);
				continue;
			}
			shown = k->shown[r->line->afi == AFI_IP6 && k->shown[1]];
			next_add(out, (struct alt){shown, strlen(shown)}, k->help, k->name);
		}
	}
}

/* Behind the last "|": a filter's word; NULL: there is none. */
static const char *behind_pipe(const char *text)
{
	const char *at = NULL;

	for (const char *p = text; (p = strstr(p, " |")); p++) {
		if (p[2] == ' ' || p[2] == '\t')
			at = p + 3 + strspn(p + 3, " \t");
	}
	return at;
}

static bool filter_takes(const char *text)
{
	static const char *const words[] = {"begin", "exclude", "grep", "include", "section"};
	size_t len = strcspn(text, " \t");

	for (size_t i = 0; len && i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncasecmp(words[i], text, len) == 0)
			return true;
	}
	return false;
}

static enum command_result next_filters(const char *partial, struct next *out)
{
	static const struct alt regex = {"REGEX", 5};
	const char *behind = strpbrk(partial, " \t");

	if (behind) { /* what a filter takes can be anything */
		if (!behind[strspn(behind, " \t")] && filter_takes(partial))
			next_add(out, regex, "A regular expression", "LINE");
		return COMMAND_OK;
	}
	for (size_t i = 0; i < command_filters_n; i++) {
		const struct command_filter *f = &command_filters[i];

		if (strncasecmp(partial, f->word, strlen(partial)) == 0)
			next_add(out, (struct alt){f->word, strlen(f->word)}, f->help, NULL);
	}
	return out->n ? COMMAND_OK : COMMAND_INVALID;
}

static void next_vrf(const char *partial, struct next *out)
{
	struct alt names = vrf_names, a;

	while (next_alt(&names, &a)) {
		char name[16];

		snprintf(name, sizeof(name), "%.*s", (int)a.len, a.s);
		if (fits(partial, a, AFI_NONE))
			next_add(out, a, command_topic(name), NULL);
	}
}

static bool has_output(const struct command *c)
{
	return c->verb <= VERB_SHOW_LAST || (c->flags & COMMAND_OUTPUT);
}

/* Reads the words before the last, which may be a beginning. */
static enum command_result next_collect(const char *text, struct next *out)
{
	static const struct alt pipe = {"|", 1}, cr = {"<cr>", 4};
	const char *partial = "", *filter = behind_pipe(text);
	const struct command *ending;
	struct command_line line;
	struct reader r;
	enum command_result result;
	size_t i = 0;
	char *word;

	if (strlen(text) >= COMMAND_LINE_MAX)
		return COMMAND_INVALID;
	if (filter)
		return next_filters(filter, out);
	reader_init(&r, &line, text);
	while ((word = next_word(&r, text))) {
		if (!*r.rest) {
			partial = word;
			break;
		}
		if (is_vrf(&r, i, word)) {
			word = next_word(&r, text);
			if (!word || !*r.rest) {
				next_vrf(word ? word : "", out);
				return out->n ? COMMAND_OK : COMMAND_INVALID;
			}
			if (!is_vrf_name(word))
				return COMMAND_INVALID;
			r.vrf = true;
			continue;
		}
		result = read_word(&r, text, i++, word);
		if (result != COMMAND_OK)
			return result;
		if (r.inner)
			return next_collect(text + (word - line.text), out);
	}
	next_words(&r, i, partial, out);
	if (may_be_vrf(&r, i) && fits(partial, vrf_word, AFI_NONE))
		next_add(out, vrf_word, command_topic("vrf"), NULL);
	ending = i ? ending_at(&r, i) : NULL;
	if (ending && (!*partial || strcmp(partial, "|") == 0) && has_output(ending))
		next_add(out, pipe, "Filters of the output", NULL);
	if (ending && !*partial)
		next_add(out, cr, "", "");
	return out->n ? COMMAND_OK : COMMAND_INVALID;
}

int command_word_order(const char *a, const char *b)
{
	int cr = (strcmp(a, "<cr>") == 0) - (strcmp(b, "<cr>") == 0);
	int pipe = (*a == '|') - (*b == '|');

	return cr ? cr : pipe ? pipe : strcmp(a, b);
}

static int compare_next(const void *a, const void *b)
{
	const struct next_row *x = a, *y = b;

	return command_word_order(x->word, y->word);
}

enum command_result command_next(const char *text, command_word_fn *fn, void *ctx)
{
	struct next next = {.n = 0};
	enum command_result result = next_collect(text, &next);

	qsort(next.rows, next.n, sizeof(next.rows[0]), compare_next);
	for (size_t i = 0; i < next.n; i++)
		fn(ctx, next.rows[i].word, next.rows[i].help, next.rows[i].takes);
	return result;
}

/* ---- from the agent to leafpeerctl ------------------------------------------------------------
 */

/* A neighbor's description is anything. */
static void put_field(struct text *out, const char *s, char end)
{
	for (; *s; s++) {
		bool control = (unsigned char)*s < ' ' || (unsigned char)*s == 0x7f;

		text_append(out, control ? " " : s, 1);
	}
	text_append(out, &end, 1);
}

void command_write_word(struct text *out, const char *word, const char *help, const char *takes)
{
	put_field(out, word, '\t');
	put_field(out, help, '\t');
	put_field(out, takes ? takes : "-", '\n');
}

void command_read_words(char *text, command_word_fn *fn, void *ctx)
{
	char *save = NULL;

	for (char *row = strtok_r(text, "\n", &save); row; row = strtok_r(NULL, "\n", &save)) {
		char *help = strchr(row, '\t');
		char *takes = help ? strchr(help + 1, '\t') : NULL;

		if (!takes || help == row)
			continue;
		*help++ = '\0';
		*takes++ = '\0';
		fn(ctx, row, help, strcmp(takes, "-") == 0 ? NULL : takes);
	}
}
