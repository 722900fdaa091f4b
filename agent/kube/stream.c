/* stream: see stream.h. */
#include "agent/kube/stream.h"

#include <string.h>

#define ITEMS_DEPTH 2 /* inside the brackets of "items" */

void stream_init(struct stream *s, enum stream_shape shape)
{
	*s = (struct stream){.shape = shape};
}

void stream_fini(struct stream *s)
{
	text_free(&s->object);
	text_free(&s->frame);
	*s = (struct stream){0};
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Depth at which an object of its own begins. */
static unsigned int floor_of(const struct stream *s)
{
	return s->in_items ? ITEMS_DEPTH : 0;
}

static bool in_frame(const struct stream *s)
{
	return s->shape == STREAM_LIST && !s->in_items;
}

/* Outside strings, in the frame: what the names of the list's members are. */
static void look_at_name(struct stream *s, char c)
{
	if (s->depth != 1)
		return;
	if (c == '{' || c == ',')
		s->key = true;
	else if (c == ':')
		s->key = false;
}

static void string_begins(struct stream *s)
{
	s->in_string = true;
	if (in_frame(s) && s->depth == 1 && s->key)
		s->named = s->frame.len + 1;
}

/* The frame has everything up to before the closing quote. */
static void string_ends(struct stream *s)
{
	static const char name[] = "items";

	s->in_string = false;
	if (in_frame(s) && s->depth == 1 && s->key)
		s->items = s->frame.len - s->named == sizeof(name) - 1 &&
			   memcmp(s->frame.s + s->named, name, sizeof(name) - 1) == 0;
}

/* The end of a run of octets that belong together, at p: they go to where they belong. */
static bool keep(struct stream *s, const char **run, const char *p, const char **why)
{
	struct text *to = in_frame(s) ? &s->frame : &s->object;
	size_t len = (size_t)(p - *run);

	if (len > STREAM_OBJECT_MAX - to->len) {
		*why = "an object is larger than 4 MiB";
		return false;
	}
	text_append(to, *run, len);
	*run = p;
	return true;
}

static bool tell(struct stream *s, enum stream_part part, stream_fn *fn, void *ctx,
		 const char **why)
{
	struct text *t = part == STREAM_FRAME ? &s->frame : &s->object;
	bool ok = fn(ctx, part, t->s, t->len);

	*why = NULL;
	t->len = 0;
	return ok;
}

/* An opening bracket at *p. */
static bool opens(struct stream *s, const char **run, const char *p, const char **why)
{
	bool list_begins = in_frame(s) && s->depth == 1 && s->items && !s->key && *p == '[';

	if (s->depth == floor_of(s)) {
		if (*p != '{' || s->over) {
			*why = s->over ? "more behind the list's end" : "not a JSON object";
			return false;
		}
		*run = p;
	}
	s->depth++;
	if (in_frame(s))
		look_at_name(s, *p);
	if (!list_begins)
		return true;
	if (!keep(s, run, p + 1, why))
		return false;
	s->in_items = true;
	return true;
}

static bool closes(struct stream *s, const char **run, const char *p, stream_fn *fn, void *ctx,
		   const char **why)
{
	if (s->depth == floor_of(s)) {
		if (!s->in_items || *p != ']') {
			*why = "a bracket closes that was not opened";
			return false;
		}
		s->in_items = s->items = false;
		*run = p;
		s->depth--;
		return true;
	}
	s->depth--;
	if (s->depth != floor_of(s))
		return true;
	if (!keep(s, run, p + 1, why))
		return false;
	if (in_frame(s)) {
		s->over = true;
		return tell(s, STREAM_FRAME, fn, ctx, why);
	}
	return tell(s, STREAM_OBJECT, fn, ctx, why);
}

/* Between objects there may be white space, and commas in a list. */
static bool between_ok(const struct stream *s, char c, const char **why)
{
	if (is_space(c) || (s->in_items && c == ','))
		return true;
	*why = "not a JSON object";
	return false;
}

static bool take(struct stream *s, const char **run, const char *p, stream_fn *fn, void *ctx,
		 const char **why)
{
	switch (*p) {
	case '{':
	case '[':
		return opens(s, run, p, why);
	case '}':
	case ']':
		return closes(s, run, p, fn, ctx, why);
	default:
		break;
	}
	if (s->depth == floor_of(s))
		return between_ok(s, *p, why);
	if (*p == '"') {
		if (!keep(s, run, p, why))
			return false;
		string_begins(s);
	} else if (in_frame(s)) {
		look_at_name(s, *p);
	}
	return true;
}

bool stream_feed(struct stream *s, const char *data, size_t len, stream_fn *fn, void *ctx,
		 const char **why)
{
	const char *run = data, *end = data + len;

	for (const char *p = data; p < end; p++) {
		if (!s->in_string) {
			if (!take(s, &run, p, fn, ctx, why))
				return false;
		} else if (s->escaped) {
			s->escaped = false;
		} else if (*p == '\\') {
			s->escaped = true;
		} else if (*p == '"') {
			if (!keep(s, &run, p, why))
				return false;
			string_ends(s);
		}
		if (s->depth == floor_of(s) && !s->in_string)
			run = p + 1;
	}
	return s->depth == floor_of(s) && !s->in_string ? true : keep(s, &run, end, why);
}

bool stream_may_end(const struct stream *s)
{
	return s->depth == 0 && (s->shape == STREAM_WATCH || s->over);
}
