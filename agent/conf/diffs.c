/*
 * diffs: see diffs.h. What both have at their beginning and their end is left out, and of the rest
 * the longest common subsequence is kept; both texts are rendered in one order, so the rest is
 * short.
 */
#include "agent/conf/diffs.h"

#include "agent/lib/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct line {
	const char *s;
	size_t len;
};

struct lines {
	struct line *l;
	size_t n;
};

/* One line of the outcome: ' ' of both, '-' of the first, '+' of the second. */
struct edit {
	char what;
	struct line line;
};

struct edits {
	struct edit *e;
	size_t n;
};

static struct lines split(const char *s)
{
	struct lines out = {NULL, 0};

	while (*s) {
		size_t len = strcspn(s, "\n");

		out.l = mem_grow(out.l, out.n + 1, sizeof(*out.l));
		out.l[out.n++] = (struct line){s, len};
		s += len + (s[len] == '\n');
	}
	return out;
}

static bool same(const struct line *a, const struct line *b)
{
	return a->len == b->len && memcmp(a->s, b->s, a->len) == 0;
}

static void edit_add(struct edits *e, char what, const struct line *line)
{
	e->e[e->n++] = (struct edit){what, *line};
}

/* a[0..n) and b[0..m), which are the middles. */
static void middle(const struct line *a, size_t n, const struct line *b, size_t m,
		   struct edits *out)
{
	uint16_t *common; /* [i][j]: lines in common of a[i..] and b[j..] */
	size_t i = 0, j = 0, width = m + 1;

	if (n > DIFFS_MAX || m > DIFFS_MAX) {
		for (; i < n; i++)
			edit_add(out, '-', &a[i]);
		for (; j < m; j++)
			edit_add(out, '+', &b[j]);
		return;
	}
	common = mem_zalloc((n + 1) * width * sizeof(*common));
	for (i = n; i-- > 0;) {
		for (j = m; j-- > 0;) {
			uint16_t down = common[(i + 1) * width + j],
				 right = common[i * width + j + 1];

			if (same(&a[i], &b[j]))
				common[i * width + j] =
					(uint16_t)(common[(i + 1) * width + j + 1] + 1);
			else
				common[i * width + j] = down > right ? down : right;
		}
	}
	for (i = j = 0; i < n || j < m;) {
		if (i < n && j < m && same(&a[i], &b[j])) {
			edit_add(out, ' ', &a[i++]);
			j++;
		} else if (j == m ||
			   (i < n && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
			edit_add(out, '-', &a[i++]);
		} else {
			edit_add(out, '+', &b[j++]);
		}
	}
	free(common);
}

/* From edit i on: where the piece ends, with its context, that begins there. */
static size_t piece_end(const struct edits *e, size_t i)
{
	size_t quiet = 0;

	for (; i < e->n && quiet <= 2 * DIFFS_CONTEXT; i++)
		quiet = e->e[i].what == ' ' ? quiet + 1 : 0;
	return quiet > DIFFS_CONTEXT ? i - (quiet - DIFFS_CONTEXT) : i;
}

/* "1,4", "3" where it is one line, "0,0" where there is none. */
static void put_range(struct text *out, char sign, size_t begin, size_t n)
{
	if (n == 1)
		text_printf(out, "%c%zu", sign, begin + 1);
	else
		text_printf(out, "%c%zu,%zu", sign, n ? begin + 1 : begin, n);
}

static void put(const struct edits *e, struct text *out)
{
	size_t a = 0, b = 0, at = 0; /* lines of both before edit at */

	for (size_t i = 0; i < e->n;) {
		size_t begin, end, n_a = 0, n_b = 0;

		if (e->e[i].what == ' ') {
			i++;
			continue;
		}
		begin = i - at > DIFFS_CONTEXT ? i - DIFFS_CONTEXT : at;
		end = piece_end(e, i);
		/* what lies between pieces is of both */
		a += begin - at;
		b += begin - at;
		for (size_t k = begin; k < end; k++) {
			n_a += e->e[k].what != '+';
			n_b += e->e[k].what != '-';
		}
		text_puts(out, "@@ ");
		put_range(out, '-', a, n_a);
		text_puts(out, " ");
		put_range(out, '+', b, n_b);
		text_puts(out, " @@\n");
		for (size_t k = begin; k < end; k++)
			text_printf(out, "%c%.*s\n", e->e[k].what, (int)e->e[k].line.len,
				    e->e[k].line.s);
		a += n_a;
		b += n_b;
		i = at = end;
	}
}

void conf_diffs(const char *from_name, const char *from, const char *to_name, const char *to,
		struct text *out)
{
	struct lines a = split(from), b = split(to);
	struct edits e = {mem_zalloc((a.n + b.n) * sizeof(struct edit)), 0};
	size_t head = 0, tail = 0;

	while (head < a.n && head < b.n && same(&a.l[head], &b.l[head]))
		edit_add(&e, ' ', &a.l[head++]);
	while (tail < a.n - head && tail < b.n - head &&
	       same(&a.l[a.n - tail - 1], &b.l[b.n - tail - 1]))
		tail++;
	if (head + tail < a.n || head + tail < b.n) {
		middle(a.l + head, a.n - head - tail, b.l + head, b.n - head - tail, &e);
		for (size_t i = a.n - tail; i < a.n; i++)
			edit_add(&e, ' ', &a.l[i]);
		text_printf(out, "--- %s\n+++ %s\n", from_name, to_name);
		put(&e, out);
	}
	free(e.e);
	free(a.l);
	free(b.l);
}
