/* Golden files of what people see; LEAFPEER_GOLDEN=write makes them anew. */
#ifndef LEAFPEER_TEST_SHOW_GOLDEN_H
#define LEAFPEER_TEST_SHOW_GOLDEN_H

#include "test/unit/test.h"

#include "agent/lib/text.h"

/* out is what the golden file has; frees it. */
static void compare_text(struct text *out, const char *file)
{
	static char have[1 << 16];
	char path[128];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "test/golden/show/%s", file);
	if (getenv("LEAFPEER_GOLDEN")) {
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(out->s, f);
		fclose(f);
	}
	f = fopen(path, "r");
	if (!f)
		fail_msg("%s is missing", path);
	n = fread(have, 1, sizeof(have) - 1, f);
	have[n] = '\0';
	fclose(f);
	assert_string_equal(out->s, have);
	text_free(out);
}

#endif
