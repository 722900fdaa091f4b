/* ctl_help: help, which is every command there is, as the table has them. */
#include "agent/ctl.h"

#include "agent/lib/json_write.h"

#include <string.h>

static void help_text(struct text *out)
{
	text_puts(out, "Words may be abbreviated. At the prompt ? and TAB say what may come next.\n"
		       "Behind a show: | json");
	for (size_t i = 0; i < command_filters_n; i++) {
		if (strcmp(command_filters[i].word, "json") != 0)
			text_printf(out, ", %s", command_filters[i].word);
	}
	text_puts(out, "\n\n");
	for (size_t i = 0; i < command_table_n; i++) {
		const struct command *c = &command_table[i];

		if (!(c->flags & COMMAND_HIDDEN))
			text_printf(out, "%s\n      %s\n", c->words, c->help);
	}
}

static void help_json(struct text *out)
{
	struct json_write w = {.out = out};

	json_write_object(&w, NULL);
	json_write_array(&w, "commands");
	for (size_t i = 0; i < command_table_n; i++) {
		const struct command *c = &command_table[i];

		if (c->flags & COMMAND_HIDDEN)
			continue;
		json_write_object(&w, NULL);
		json_write_string(&w, "words", c->words);
		json_write_string(&w, "help", c->help);
		json_write_bool(&w, "privileged", c->flags & COMMAND_PRIVILEGED);
		json_write_end(&w);
	}
	json_write_end(&w);
	json_write_end(&w);
}

int ctl_help(bool json, ctl_sink_fn *sink, void *ctx)
{
	struct text out = {0};

	if (json)
		help_json(&out);
	else
		help_text(&out);
	sink(ctx, out.s, out.len);
	text_free(&out);
	return CTL_OK;
}
