/*
 * filter: what stands behind "|": lines in, lines out, in one pass and in bounded memory.
 *
 * Regular expressions are POSIX extended ones (regcomp(3)), without regard to case, as EOS has it.
 * What a filter takes reaches to the next " | ", so it may have blanks in it.
 */
#ifndef LEAFPEER_SHOW_FILTER_H
#define LEAFPEER_SHOW_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#define FILTERS_MAX     8
#define FILTER_LINE_MAX (1u << 20) /* octets of a line; longer ones are cut in pieces */
#define FILTER_SECTION_MAX                                                    \
	(1u << 20) /* octets of a section kept until one of its lines matches \
		    */

struct filters;

typedef void filter_sink_fn(void *ctx, const char *data, size_t len);

/*
 * Takes a line as it was typed apart: what the agent is to be asked (with "| json" if that was
 * among the filters, which it must be first) goes to command, of cap octets. NULL with the
 * complaint in why (EOS's words) if the filters are none. No filters are fine: everything goes
 * through.
 */
struct filters *filters_parse(const char *line, char *command, size_t cap, char *why,
			      size_t why_cap);
void filters_free(struct filters *f); /* NULL is fine */
/* "| no-more" was among them. */
bool filters_no_more(const struct filters *f);
bool filters_some(const struct filters *f);
/* Octets in, cut anyhow; what comes through goes to sink. */
void filters_feed(struct filters *f, const char *data, size_t len, filter_sink_fn *sink, void *ctx);
/* The input is over: what was held back, and the count. */
void filters_end(struct filters *f, filter_sink_fn *sink, void *ctx);

#endif
