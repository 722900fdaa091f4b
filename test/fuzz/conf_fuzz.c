/* conf: any text as a configuration; one that parses renders to text that parses to the same text.
 */
#include "agent/conf/model.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct conf_errors errors, notes;
	struct text a = {0}, b = {0};
	struct conf *c, *back;

	errors.n = errors.more = notes.n = notes.more = 0;
	c = conf_parse((const char *)data, size, &errors, &notes);
	if (!c) {
		if (!errors.n)
			abort();
		return 0;
	}
	conf_validate(c, &errors, &notes);
	conf_render(c, &a);
	errors.n = notes.n = 0;
	back = conf_parse(a.s, a.len, &errors, &notes);
	if (!back)
		abort();
	conf_render(back, &b);
	if (strcmp(a.s, b.s) != 0)
		abort();
	conf_free(c);
	conf_free(back);
	text_free(&a);
	text_free(&b);
	return 0;
}
