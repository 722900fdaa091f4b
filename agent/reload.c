/*
 * reload: see reload.h. An event says only that the file may be another; whether it is, its text
 * says: Kubernetes renames a ConfigMap's links also when what they lead to is the same.
 */
#include "agent/reload.h"

#include "agent/agent.h"
#include "agent/conf/diffs.h"
#include "agent/io/log.h"
#include "agent/io/watch.h"
#include "agent/lib/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reload {
	struct agent *agent;
	struct watch *watch;
	char *text; /* as it was read last; NULL: it was not there */
	size_t len;
};

static void on_file(void *ctx)
{
	struct reload *r = ctx;
	size_t len;
	char *text = config_startup_text(r->agent->settings, &len);
	bool same = text ? r->text && len == r->len && memcmp(text, r->text, len) == 0 : !r->text;

	free(text);
	if (same)
		return;
	log_info("the startup-config has changed", "file=%s", r->agent->settings->config);
	agent_reload(r->agent);
}

void reload_seen(struct reload *r)
{
	free(r->text);
	r->text = config_startup_text(r->agent->settings, &r->len);
}

struct reload *reload_new(struct agent *a)
{
	struct reload *r = mem_zalloc(sizeof(*r));

	r->agent = a;
	reload_seen(r);
	r->watch = watch_new(a->loop, a->settings->config, on_file, r);
	if (!r->watch)
		log_warning("the startup-config is not watched, SIGHUP reads it again",
			    "file=%s reason=%s", a->settings->config, strerror(errno));
	return r;
}

void reload_free(struct reload *r)
{
	if (!r)
		return;
	watch_free(r->watch);
	free(r->text);
	free(r);
}

/* The file as it would be printed; NULL where it cannot be read. */
static char *rendered(const struct agent *a)
{
	struct conf_errors *errors = mem_zalloc(sizeof(*errors)),
			   *notes = mem_zalloc(sizeof(*notes));
	size_t len;
	char *text = config_startup_text(a->settings, &len);
	struct conf *conf = text ? conf_parse(text, len, errors, notes) : conf_new();
	struct text t = {0};

	if (conf)
		conf_render(conf, &t);
	conf_free(conf);
	free(text);
	free(errors);
	free(notes);
	return t.s;
}

void reload_diffs(const struct agent *a, struct text *out)
{
	struct text running = {0};
	char *startup = rendered(a);

	/* what cannot be read has no differences; what makes no sense as a whole has */
	config_refusal_reasons(a->config, out);
	if (!startup) {
		if (!*config_refusal(a->config))
			text_puts(out, "% the startup-config has errors, and was not read since: "
				       "reload says which\n");
		return;
	}
	conf_render(config_conf(a->config), &running);
	conf_diffs(a->settings->config, startup, "system:/running-config", running.s, out);
	text_free(&running);
	free(startup);
}
