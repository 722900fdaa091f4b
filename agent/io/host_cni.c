/* host_cni: the lists of CNI plugins, our plugin, and what Cilium was told. See host.h. */
#include "agent/io/host.h"

#include "agent/lib/json.h"
#include "agent/lib/version.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- lists of plugins -------------------------------------------------------------------------
 */

static bool ends_with(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return len >= n && strcmp(s + len - n, end) == 0;
}

/* As libcni and containerd look for them, in the order of names. */
static int is_list(const struct dirent *de)
{
	return *de->d_name != '.' &&
	       (ends_with(de->d_name, ".conflist") || ends_with(de->d_name, ".conf") ||
		ends_with(de->d_name, ".json"));
}

static int is_set_aside(const struct dirent *de)
{
	return ends_with(de->d_name, ".cilium_bak");
}

static void add_type(struct doctor_list *l, const cJSON *plugin)
{
	if (l->n_types < DOCTOR_PLUGINS_MAX)
		json_text(plugin, "type", l->types[l->n_types++], sizeof(l->types[0]));
}

static void read_list(const char *text, size_t len, struct doctor_list *l)
{
	cJSON *root = json_parse(text, len);
	const cJSON *plugins = cJSON_GetObjectItemCaseSensitive(root, "plugins"), *item;

	json_text(root, "name", l->network, sizeof(l->network));
	if (!cJSON_IsObject(root))
		snprintf(l->error, sizeof(l->error), "it is no JSON object");
	else if (!cJSON_IsArray(plugins))
		add_type(l, root); /* a single plugin is a list of one */
	cJSON_ArrayForEach (item, plugins) {
		add_type(l, item);
	}
	cJSON_Delete(root);
}

static void look_list(const char *dir, const char *name, struct doctor_host *out)
{
	struct doctor_list *l = &out->lists[out->n_lists];
	char path[PATH_MAX];
	struct text t = {0};

	if (out->n_lists == DOCTOR_LISTS_MAX)
		return;
	out->n_lists++;
	snprintf(l->file, sizeof(l->file), "%s", name);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (host_read(path, HOST_FILE_MAX, &t))
		read_list(t.s ? t.s : "", t.len, l);
	else
		snprintf(l->error, sizeof(l->error), "it cannot be read: %s", strerror(errno));
	text_free(&t);
	if (!*l->network || strchr(l->network, '/'))
		return;
	snprintf(path, sizeof(path), "%s/%s/50-leafpeer.conf", dir, l->network);
	l->drop_in = access(path, F_OK) == 0;
}

static size_t count_names(const char *dir, int (*which)(const struct dirent *))
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, which, NULL);

	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return n > 0 ? (size_t)n : 0;
}

static void look_lists(const char *dir, struct doctor_host *out)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_list, alphasort);

	if (n < 0) {
		out->conf_dir_error = errno;
		return;
	}
	for (int i = 0; i < n; i++) {
		look_list(dir, names[i]->d_name, out);
		free(names[i]);
	}
	free(names);
	out->set_aside = count_names(dir, is_set_aside);
}

/* ---- the plugin -------------------------------------------------------------------------------
 */

/* As what(1) finds it: the program is not run. */
static void find_version(const struct text *program, struct doctor_host *out)
{
	static const char mark[] = LEAFPEER_VERSION_MARK;
	const char *at = program->s ? memmem(program->s, program->len, mark, strlen(mark)) : NULL;
	size_t left;

	if (!at)
		return;
	at += strlen(mark);
	left = program->len - (size_t)(at - program->s);
	for (size_t i = 0; i < left && i + 1 < sizeof(out->plugin_version) && at[i] > ' '; i++)
		out->plugin_version[i] = at[i];
}

static void look_plugin(const char *dir, struct doctor_host *out)
{
	struct text program = {0};
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/leafpeer", dir);
	if (stat(path, &st) != 0 || !host_read(path, HOST_PLUGIN_MAX, &program)) {
		out->plugin_error = errno;
	} else {
		out->plugin_executable = st.st_mode & S_IXUSR;
		find_version(&program, out);
	}
	text_free(&program);
}

void host_look_cni(const struct host_where *where, struct doctor_host *out)
{
	out->conf_dir = where->conf_dir;
	out->bin_dir = where->bin_dir;
	look_lists(where->conf_dir, out);
	look_plugin(where->bin_dir, out);
}

/* ---- Cilium -----------------------------------------------------------------------------------
 */

struct cilium_key {
	const char *key;  /* of the ConfigMap cilium-config */
	const char *json; /* of the agent's own file, where it is a text there; or NULL */
	char *to;
	size_t cap;
};

#define CILIUM_KEYS 6

static void cilium_keys(struct doctor_host *out, struct cilium_key keys[static CILIUM_KEYS])
{
	const struct cilium_key all[CILIUM_KEYS] = {
		{"routing-mode", "RoutingMode", out->routing_mode, sizeof(out->routing_mode)},
		{"ipam", "IPAM", out->ipam, sizeof(out->ipam)},
		{"cni-exclusive", NULL, out->exclusive, sizeof(out->exclusive)},
		{"ipv4-native-routing-cidr", NULL, out->native4, sizeof(out->native4)},
		{"ipv6-native-routing-cidr", NULL, out->native6, sizeof(out->native6)},
		{"enable-ipv4-masquerade", NULL, out->masquerade4, sizeof(out->masquerade4)},
	};

	memcpy(keys, all, sizeof(all));
}

/* Without quotes and white space around it. */
static void set_value(const struct cilium_key *key, const char *value, size_t len)
{
	while (len && strchr(" \t\r\n\"'", *value)) {
		value++;
		len--;
	}
	while (len && strchr(" \t\r\n\"'", value[len - 1]))
		len--;
	snprintf(key->to, key->cap, "%.*s", (int)len, value);
}

/* A ConfigMap that is mounted: a file a key. */
static bool look_dir(const char *dir, const struct cilium_key *keys)
{
	bool any = false;

	for (size_t i = 0; i < CILIUM_KEYS; i++) {
		char path[PATH_MAX];
		struct text t = {0};

		snprintf(path, sizeof(path), "%s/%s", dir, keys[i].key);
		if (host_read(path, 4096, &t) && t.s) {
			set_value(&keys[i], t.s, t.len);
			any = true;
		}
		text_free(&t);
	}
	return any;
}

/* "key: value" lines, as kubectl prints the ConfigMap. */
static bool look_lines(char *text, const struct cilium_key *keys)
{
	char *save = NULL;
	bool any = false;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " \t");
		for (size_t i = 0; i < CILIUM_KEYS; i++) {
			size_t len = strlen(keys[i].key);

			if (strncmp(line, keys[i].key, len) != 0 || line[len] != ':')
				continue;
			set_value(&keys[i], line + len + 1, strlen(line + len + 1));
			any = true;
		}
	}
	return any;
}

static bool look_json(const cJSON *root, const struct cilium_key *keys)
{
	bool any = false;

	for (size_t i = 0; i < CILIUM_KEYS; i++) {
		if (keys[i].json)
			any |= json_text(root, keys[i].json, keys[i].to, keys[i].cap);
	}
	return any;
}

static bool look_source(const char *path, struct doctor_host *out)
{
	struct cilium_key keys[CILIUM_KEYS];
	struct text t = {0};
	struct stat st;
	cJSON *root;
	bool any = false;

	cilium_keys(out, keys);
	if (stat(path, &st) != 0)
		return false;
	if (S_ISDIR(st.st_mode)) {
		any = look_dir(path, keys);
	} else if (host_read(path, HOST_FILE_MAX, &t) && t.s) {
		root = json_parse(t.s, t.len);
		any = root ? look_json(root, keys) : look_lines(t.s, keys);
		cJSON_Delete(root);
	}
	text_free(&t);
	if (any)
		snprintf(out->cilium_source, sizeof(out->cilium_source), "%s", path);
	return any;
}

void host_look_cilium(const struct host_where *where, struct doctor_host *out)
{
	static const char *const places[] = {
		"/run/cilium-config",                          /* where the manifest mounts it */
		"/tmp/cilium/config-map",                      /* in Cilium's own pod */
		"/run/cilium/state/agent-runtime-config.json", /* written by its agent */
	};
	char path[PATH_MAX];

	if (where->cilium) {
		look_source(where->cilium, out);
		return;
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", where->root, places[i]);
		if (look_source(path, out))
			return;
	}
}
