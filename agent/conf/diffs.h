/*
 * diffs: two configurations as texts, and what of the first is another in the second, in the
 * unified layout that diff(1) and EOS's show running-config diffs have.
 */
#ifndef LEAFPEER_CONF_DIFFS_H
#define LEAFPEER_CONF_DIFFS_H

#include "agent/lib/text.h"

#define DIFFS_CONTEXT 3
/* Beyond so many different lines on either side they are shown as all taken away and all added. The
 * work grows with the square of it, and the agent does it in one turn. */
#define DIFFS_MAX     700

/* Adds nothing if both are the same. Names stand in the first two lines. */
void conf_diffs(const char *from_name, const char *from, const char *to_name, const char *to,
		struct text *out);

#endif
