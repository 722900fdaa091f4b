/* lastgood: see lastgood.h. */
#include "agent/lastgood.h"

#include "agent/io/cache.h"
#include "agent/io/log.h"
#include "agent/lib/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "last-good"

struct lastgood {
	const char *dir;
	struct saved saved;
	bool have;
	struct text written; /* what the file has, as far as we know */
	bool complained;
};

const char *node_name(void)
{
	static char host[SAVED_NODE_MAX + 1];
	const char *name = getenv("NODE_NAME");

	if (name && *name && strlen(name) <= SAVED_NODE_MAX)
		return name;
	if (gethostname(host, sizeof(host) - 1))
		return "localhost";
	return host;
}

struct lastgood *lastgood_open(const struct settings *s)
{
	struct lastgood *l = mem_zalloc(sizeof(*l));
	const char *why = NULL;
	char *data = NULL;
	size_t len = 0;
	int err;

	l->dir = s->cache_dir;
	err = cache_read(l->dir, NAME, SAVED_MAX, &data, &len);
	if (err == -ENOENT)
		return l;
	if (err)
		why = err == -EPERM   ? "others may write it"
		      : err == -EFBIG ? "too large"
				      : strerror(-err);
	else if (saved_decode(data, len, &l->saved, &why))
		l->have = true;
	if (l->have && strcmp(l->saved.node, node_name()) != 0) {
		why = "of another node";
		saved_fini(&l->saved);
		l->have = false;
	}
	if (l->have) {
		text_append(&l->written, data, len);
	} else {
		log_warning("the last good configuration cannot be used, it is set aside",
			    "file=%s/" NAME " reason=%s", l->dir, why);
		cache_set_aside(l->dir, NAME);
	}
	free(data);
	return l;
}

void lastgood_free(struct lastgood *l)
{
	if (!l)
		return;
	saved_fini(&l->saved);
	text_free(&l->written);
	free(l);
}

const struct saved *lastgood_saved(const struct lastgood *l)
{
	return l->have ? &l->saved : NULL;
}

void lastgood_write(struct lastgood *l, const struct saved *now)
{
	struct saved s = *now;
	struct text text = {0};
	int err;

	strcpy(s.node, node_name());
	saved_encode(&s, &text);
	if (text.len == l->written.len && memcmp(text.s, l->written.s, text.len) == 0) {
		text_free(&text);
		return;
	}
	err = cache_write(l->dir, NAME, text.s, text.len);
	if (err) {
		/* once: nothing depends on it until the next start */
		if (!l->complained)
			log_warning("the last good configuration cannot be kept",
				    "dir=%s reason=%s", l->dir, strerror(-err));
		l->complained = true;
		text_free(&text);
		return;
	}
	text_free(&l->written);
	l->written = text;
}

int lastgood_time(const struct lastgood *l, int64_t *wall_s)
{
	return cache_time(l->dir, NAME, wall_s);
}
