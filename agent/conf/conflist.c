/* conflist: see conflist.h. The tree tells what is where, the text is cut and pasted. */
#include "agent/conf/conflist.h"

#include "agent/lib/json_walk.h"

#include <string.h>
#include <strings.h>

#define PLUGINS_MAX 64

/* One plugin's octets in the text. */
struct span {
	const char *at;
	size_t len;
	bool ours;
};

struct list {
	cJSON *root;
	char network[CONFLIST_NAME_MAX + 1];
	const char *open; /* the bracket before the first */
	struct span plugins[PLUGINS_MAX];
	size_t n, n_ours;
};

void conflist_entry(const struct conflist_options *o, struct text *out)
{
	cJSON *root = cJSON_CreateObject();
	char *s;

	cJSON_AddStringToObject(root, "type", CONFLIST_TYPE);
	if (o->state_dir)
		cJSON_AddStringToObject(root, "stateDir", o->state_dir);
	if (o->mtu)
		cJSON_AddNumberToObject(root, "mtu", o->mtu);
	if (o->wait_route)
		cJSON_AddStringToObject(root, "waitForRoute", o->wait_route);
	s = cJSON_PrintUnformatted(root);
	text_puts(out, s ? s : "");
	cJSON_free(s);
	cJSON_Delete(root);
}

static bool is_ours(const cJSON *plugin)
{
	const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(plugin, "type"));

	return type && strcmp(type, CONFLIST_TYPE) == 0;
}

bool conflist_is_entry(const char *text, size_t len)
{
	cJSON *root = len <= CONFLIST_MAX ? json_parse(text, len) : NULL;
	bool ours = is_ours(root);

	cJSON_Delete(root);
	return ours;
}

/* Go's reader takes the last member of a name and cJSON the first, so there may be but one. Nor may
 * it differ in case, which Go does not mind. */
static bool once(const cJSON *root, const char *name)
{
	const cJSON *item;
	int n = 0;

	cJSON_ArrayForEach (item, root) {
		if (strcasecmp(item->string, name) == 0)
			n++;
	}
	return n <= 1;
}

/* A version that the plugin does not speak would keep every pod from starting. */
static bool version_ok(const cJSON *root)
{
	static const char *const spoken[] = {"0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"};
	const char *v = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "cniVersion"));

	for (size_t i = 0; v && i < sizeof(spoken) / sizeof(spoken[0]); i++) {
		if (strcmp(v, spoken[i]) == 0)
			return true;
	}
	return false;
}

static const char *read_plugins(struct list *l, const char *text, size_t len)
{
	const cJSON *plugins = cJSON_GetObjectItemCaseSensitive(l->root, "plugins");
	const cJSON *item;
	struct json_walk w;
	const char *at;

	if (!cJSON_IsArray(plugins) || !plugins->child)
		return "it has no list of plugins";
	if (!json_walk_raw(text, len, l->root, plugins, &at, &len) || !json_walk_open(&w, at, len))
		return "it is not plain JSON";
	l->open = at;
	cJSON_ArrayForEach (item, plugins) {
		struct span *s = &l->plugins[l->n];

		if (l->n == PLUGINS_MAX)
			return "it has more than 64 plugins";
		if (!cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "type")))
			return "one of its plugins has no type";
		if (!json_walk_next(&w, &s->at, &s->len))
			return "it is not plain JSON";
		s->ours = is_ours(item);
		l->n_ours += s->ours;
		l->n++;
	}
	return NULL;
}

static const char *read_list(struct list *l, const char *text, size_t len)
{
	memset(l, 0, sizeof(*l));
	if (len > CONFLIST_MAX)
		return "it is larger than 1 MiB";
	l->root = json_parse(text, len);
	if (!cJSON_IsObject(l->root))
		return "it is not a JSON object";
	if (!once(l->root, "plugins") || !once(l->root, "name") || !once(l->root, "cniVersion"))
		return "it has a member twice";
	if (!json_text(l->root, "name", l->network, sizeof(l->network)) || !*l->network)
		return "it has no name of a network";
	if (!version_ok(l->root))
		return "its cniVersion is none that leafpeer speaks (0.3.0 to 1.1.0)";
	return read_plugins(l, text, len);
}

bool conflist_read(const char *text, size_t len, const char *entry, struct conflist *out,
		   const char **why)
{
	struct conflist c = {.place = CONFLIST_ABSENT};
	struct list l;

	*why = read_list(&l, text, len);
	if (!*why) {
		memcpy(c.network, l.network, sizeof(c.network));
		for (size_t i = 0; i < l.n; i++) {
			const struct span *s = &l.plugins[i];

			if (!s->ours)
				continue;
			c.first |= i == 0;
			c.place = l.n_ours == 1 && s->len == strlen(entry) &&
						  memcmp(s->at, entry, s->len) == 0
					  ? CONFLIST_PRESENT
					  : CONFLIST_OTHER;
		}
		*out = c;
	}
	cJSON_Delete(l.root);
	return !*why;
}

/* The white space in front of the last plugin, so that ours stands as the others do. */
static void put_space(const struct list *l, const struct span *last, struct text *out)
{
	const char *from = last->at;

	while (from > l->open &&
	       (from[-1] == ' ' || from[-1] == '\t' || from[-1] == '\n' || from[-1] == '\r'))
		from--;
	text_append(out, from, (size_t)(last->at - from));
}

bool conflist_add(const char *text, size_t len, const char *entry, struct text *out,
		  const char **why)
{
	const struct span *s;
	struct list l;

	*why = read_list(&l, text, len);
	if (!*why && l.n_ours > 1)
		*why = "leafpeer is in it more than once";
	if (!*why) {
		s = &l.plugins[l.n - 1];
		for (size_t i = 0; i < l.n; i++) {
			if (l.plugins[i].ours)
				s = &l.plugins[i];
		}
		text_append(out, text, (size_t)(s->at - text) + (s->ours ? 0 : s->len));
		if (!s->ours) {
			text_puts(out, ",");
			put_space(&l, s, out);
		}
		text_puts(out, entry);
		text_append(out, s->at + s->len, (size_t)(text + len - (s->at + s->len)));
	}
	cJSON_Delete(l.root);
	return !*why;
}

bool conflist_remove(const char *text, size_t len, struct text *out, const char **why)
{
	const char *from = text;
	bool kept = false;
	struct list l;

	*why = read_list(&l, text, len);
	if (!*why && l.n_ours == l.n)
		*why = "leafpeer is its only plugin: take the file away instead";
	if (!*why) {
		for (size_t i = 0; i < l.n; i++) {
			const struct span *s = &l.plugins[i];
			const char *cut = s->at, *to = s->at + s->len;

			kept |= !s->ours;
			if (!s->ours)
				continue;
			/* with the comma in front of it, or the one behind if it is in front of all
			 * that stay */
			if (kept)
				cut = l.plugins[i - 1].at + l.plugins[i - 1].len;
			else
				to = l.plugins[i + 1].at;
			if (cut > from)
				text_append(out, from, (size_t)(cut - from));
			from = to;
		}
		text_append(out, from, (size_t)(text + len - from));
	}
	cJSON_Delete(l.root);
	return !*why;
}
