/* config: see config.h. */
#include "agent/config.h"

#include "agent/io/log.h"
#include "agent/lastgood.h"
#include "agent/lib/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GTSM_TTL 255 /* RFC 5082 */

struct config {
	const struct settings *settings;
	struct conf *conf;
	struct policy *policy;
	struct prefix *own, *networks; /* refused from anybody; see config_rib */
	/* why the newest is not in force; NULL: it is */
	struct conf_errors *refused;
	char refusal[sizeof(((struct conf_error *)NULL)->text) + 64];
	uint64_t refusals;
	struct lastgood *lastgood; /* NULL: not kept */
	/* what Kubernetes says of the node: copies */
	struct conf_annotation *annotations;
	size_t n_annotations;
	struct prefix *owned;
	size_t n_owned;
	bool owned_known; /* or there is nobody to ask */
	bool knows_node;  /* from the cache */
	enum config_origin origin;
};

/* ---- sources ----------------------------------------------------------------------------------
 */

static const char *get_env(void *ctx, const char *name)
{
	(void)ctx;
	return getenv(name);
}

/* The whole file; NULL with errno ENOENT if there is none, which is no error. */
static char *read_file(const char *path, size_t *len, struct conf_errors *errors)
{
	char *buf = mem_zalloc(CONF_TEXT_MAX + 2);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	*len = 0;
	if (fd < 0) {
		if (errno != ENOENT)
			conf_error_add(errors, 0, 0, "%.120s: %s", path, strerror(errno));
		free(buf);
		return NULL;
	}
	while (*len <= CONF_TEXT_MAX && (n = read(fd, buf + *len, CONF_TEXT_MAX + 1 - *len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			conf_error_add(errors, 0, 0, "%.120s: %s", path, strerror(errno));
			break;
		}
		*len += (size_t)n;
	}
	close(fd);
	return buf;
}

/* NULL if anything is wrong. */
static struct conf *read_sources(const struct config *c, struct conf_errors *errors,
				 struct conf_errors *notes)
{
	struct conf *startup = NULL, *node, *merged = NULL;
	size_t len;
	char *text = read_file(c->settings->config, &len, errors);

	if (text)
		startup = conf_parse(text, len, errors, notes);
	else if (!errors->n)
		startup = conf_new();
	free(text);
	node = conf_from_node(get_env, NULL, c->annotations, c->n_annotations, errors, notes);
	if (startup && node && !errors->n)
		merged = conf_merge(startup, node);
	if (merged && !conf_validate(merged, errors, notes)) {
		conf_free(merged);
		merged = NULL;
	}
	conf_free(startup);
	conf_free(node);
	return merged;
}

static void log_errors(const struct settings *s, const struct conf_errors *errors,
		       const struct conf_errors *notes)
{
	for (size_t i = 0; i < errors->n; i++) {
		const struct conf_error *e = &errors->errors[i];

		if (e->line)
			log_error("configuration refused", "file=%s line=%u column=%u reason=%s",
				  s->config, e->line, e->column, e->text);
		else
			log_error("configuration refused", "reason=%s", e->text);
	}
	if (errors->more)
		log_error("configuration refused", "further_errors=%zu", errors->more);
	for (size_t i = 0; i < notes->n; i++) {
		const struct conf_error *e = &notes->errors[i];

		if (e->line)
			log_warning("configuration", "file=%s line=%u note=%s", s->config, e->line,
				    e->text);
		else
			log_warning("configuration", "note=%s", e->text);
	}
}

/* ---- policy -----------------------------------------------------------------------------------
 */

static void add_route_map(struct policy *p, const struct conf_route_map_entry *e)
{
	struct route_map_entry out = {
		.seq = e->seq,
		.permit = e->permit,
		.match_prefix_list = *e->match_prefix_list,
		.match_community = e->n_match_community,
		.n_communities = e->n_match_community,
		.match_as_path_length = e->match_as_path_length,
		.as_path_min = e->as_path_min,
		.as_path_max = e->as_path_max,
		.set_local_pref = e->set_local_pref,
		.set_med = e->set_med,
		.local_pref = e->local_pref,
		.med = e->med,
		.set_communities = e->n_set_community,
		.set_communities_additive = e->set_additive,
		.n_set_community = e->n_set_community,
		.prepend_n = e->n_prepend,
	};

	_Static_assert(CONF_COMMUNITIES_MAX <= POLICY_COMM_MAX, "communities of a clause");
	_Static_assert(CONF_PREPEND_MAX <= POLICY_PREPEND_MAX, "prepended ASes of a clause");
	strcpy(out.prefix_list, e->match_prefix_list);
	memcpy(out.communities, e->match_community, sizeof(e->match_community));
	memcpy(out.set_community, e->set_community, sizeof(e->set_community));
	memcpy(out.prepend, e->prepend, sizeof(e->prepend));
	policy_route_map_add(p, e->name, &out);
}

static struct policy *make_policy(const struct conf *c)
{
	struct policy *p = policy_new();

	for (size_t i = 0; i < c->n_prefix_lists; i++) {
		const struct conf_prefix_list_entry *e = &c->prefix_lists[i];
		/* ge alone means up to host routes, le alone from the prefix's own length on */
		struct prefix_list_entry out = {
			.seq = e->seq,
			.permit = e->permit,
			.prefix = e->prefix,
			.ge = e->ge ? e->ge : e->prefix.len,
			.le = e->le   ? e->le
			      : e->ge ? (uint8_t)afi_bits(e->prefix.afi)
				      : e->prefix.len,
		};

		policy_prefix_list_add(p, e->name, &out);
	}
	for (size_t i = 0; i < c->n_route_maps; i++)
		add_route_map(p, &c->route_maps[i]);
	return p;
}

/* ---- loading ----------------------------------------------------------------------------------
 */

static void log_changes(const struct conf *from, const struct conf *to)
{
	struct conf_changes changes;

	conf_diff(from, to, &changes);
	for (size_t i = 0; i < changes.n; i++)
		log_info("configuration changed", "what=%s resets=%s", changes.rows[i].text,
			 changes.rows[i].resets ? "yes" : "no");
	conf_changes_free(&changes);
}

static void put_error(const struct conf_error *e, char *buf, size_t cap)
{
	if (e->line)
		snprintf(buf, cap, "startup-config line %u, column %u: %s", e->line, e->column,
			 e->text);
	else
		snprintf(buf, cap, "%s", e->text);
}

/* Takes over errors. */
static void set_refusal(struct config *c, struct conf_errors *errors)
{
	free(c->refused);
	c->refused = errors;
	c->refusals++;
	put_error(&errors->errors[0], c->refusal, sizeof(c->refusal));
}

static void clear_refusal(struct config *c)
{
	free(c->refused);
	c->refused = NULL;
	c->refusal[0] = '\0';
}

static void set_conf(struct config *c, struct conf *conf, enum config_origin origin)
{
	conf_free(c->conf);
	policy_free(c->policy);
	c->conf = conf;
	c->policy = make_policy(conf);
	c->origin = origin;
}

static bool load(struct config *c)
{
	struct conf_errors *errors = mem_zalloc(sizeof(*errors)),
			   *notes = mem_zalloc(sizeof(*notes));
	struct conf *conf = read_sources(c, errors, notes);

	log_errors(c->settings, errors, notes);
	free(notes);
	if (!conf) {
		set_refusal(c, errors);
		return false;
	}
	free(errors);
	clear_refusal(c);
	if (c->conf)
		log_changes(c->conf, conf);
	set_conf(c, conf, CONFIG_SOURCES);
	return true;
}

/* The whole of what was in force, when the sources are no good. */
static bool load_saved(struct config *c, const struct saved *saved)
{
	struct conf_errors *errors = mem_zalloc(sizeof(*errors));
	struct conf *conf = conf_parse(saved->config, strlen(saved->config), errors, errors);

	free(errors);
	if (!conf)
		return false;
	log_warning("the last good configuration is in force", "neighbors=%zu", conf->n_neighbors);
	set_conf(c, conf, CONFIG_LAST_GOOD);
	return true;
}

static struct config *config_new(const struct settings *s)
{
	struct config *c = mem_zalloc(sizeof(*c));

	c->settings = s;
	c->owned_known = true;
	return c;
}

struct config *config_load(const struct settings *s, bool kubernetes)
{
	struct config *c = config_new(s);
	const struct saved *saved;

	c->lastgood = lastgood_open(s);
	saved = lastgood_saved(c->lastgood);
	if (kubernetes) {
		c->owned_known = false;
		if (saved) {
			c->knows_node = true;
			config_set_annotations(c, saved->annotations, saved->n_annotations);
			config_set_owned(c, saved->owned, saved->n_owned, saved->owned_known);
		}
	}
	if (load(c))
		return c;
	if (saved && load_saved(c, saved))
		return c;
	if (kubernetes) { /* the annotations may have what is missing */
		set_conf(c, conf_new(), CONFIG_NONE);
		return c;
	}
	config_free(c);
	return NULL;
}

static void free_annotations(struct config *c)
{
	struct saved s = {.annotations = c->annotations, .n_annotations = c->n_annotations};

	saved_fini(&s);
}

void config_free(struct config *c)
{
	if (!c)
		return;
	conf_free(c->conf);
	policy_free(c->policy);
	free(c->refused);
	free(c->own);
	free(c->networks);
	lastgood_free(c->lastgood);
	free_annotations(c);
	free(c->owned);
	free(c);
}

bool config_reload(struct config *c)
{
	if (!load(c)) {
		log_error("the configuration in force stays", "");
		return false;
	}
	log_info("configuration read", "neighbors=%zu", c->conf->n_neighbors);
	return true;
}

void config_keep(struct config *c)
{
	struct text text = {0};
	struct saved now = {
		.annotations = c->annotations,
		.n_annotations = c->n_annotations,
		.owned = c->owned,
		.n_owned = c->n_owned,
		.owned_known = c->owned_known,
	};

	/* while something is refused, the annotations are not those of what is in force */
	if (c->origin != CONFIG_SOURCES || *c->refusal || !c->lastgood)
		return;
	conf_render(c->conf, &text);
	now.config = text.s;
	lastgood_write(c->lastgood, &now);
	text_free(&text);
}

int config_kept(const struct config *c, int64_t *wall_s)
{
	return c->lastgood ? lastgood_time(c->lastgood, wall_s) : -ENOENT;
}

int config_check(const struct settings *s)
{
	struct config *c = config_new(s);
	struct text text = {0};
	bool ok = load(c);

	if (ok) {
		conf_render(c->conf, &text);
		fputs(text.s, stdout);
		text_free(&text);
	}
	config_free(c);
	return ok ? 0 : 1;
}

/* ---- what Kubernetes says ---------------------------------------------------------------------
 */

void config_set_annotations(struct config *c, const struct conf_annotation *annotations, size_t n)
{
	struct conf_annotation *copy = mem_zalloc(n * sizeof(*copy));

	for (size_t i = 0; i < n; i++) {
		copy[i].key = mem_strdup(annotations[i].key);
		copy[i].value = mem_strdup(annotations[i].value);
	}
	free_annotations(c);
	c->annotations = copy;
	c->n_annotations = n;
}

bool config_set_owned(struct config *c, const struct prefix *owned, size_t n, bool known)
{
	struct prefix *copy;

	if (known == c->owned_known && n == c->n_owned &&
	    (!n || memcmp(owned, c->owned, n * sizeof(*owned)) == 0))
		return false;
	copy = mem_dup(owned, n * sizeof(*owned));
	free(c->owned);
	c->owned = copy;
	c->n_owned = n;
	c->owned_known = known;
	return true;
}

const struct prefix *config_owned(const struct config *c, size_t *n)
{
	/* what the administrator says goes before what Kubernetes does */
	*n = c->conf->n_pod_cidrs ? c->conf->n_pod_cidrs : c->n_owned;
	return c->conf->n_pod_cidrs ? c->conf->pod_cidrs : c->owned;
}

bool config_knows_node(const struct config *c)
{
	return c->knows_node;
}

enum config_origin config_origin(const struct config *c)
{
	return c->origin;
}

/* ---- what the others take ---------------------------------------------------------------------
 */

const struct conf *config_conf(const struct config *c)
{
	return c->conf;
}

const struct policy *config_policy(const struct config *c)
{
	return c->policy;
}

const char *config_refusal(const struct config *c)
{
	return c->refusal;
}

const char *config_refused_key(const struct config *c)
{
	size_t len = strcspn(c->refusal, "=:");

	if (!c->refused || c->refused->errors[0].line)
		return "";
	for (size_t i = 0; len && i < c->n_annotations; i++) {
		const char *key = c->annotations[i].key;

		if (strncmp(key, c->refusal, len) == 0 && !key[len])
			return key;
	}
	return "";
}

uint64_t config_refusals(const struct config *c)
{
	return c->refusals;
}

size_t config_refusal_reasons(const struct config *c, struct text *out)
{
	char reason[sizeof(c->refusal)];

	if (!c->refused)
		return 0;
	for (size_t i = 0; out && i < c->refused->n; i++) {
		put_error(&c->refused->errors[i], reason, sizeof(reason));
		text_printf(out, "%% refused: %s\n", reason);
	}
	if (out && c->refused->more)
		text_printf(out, "%% refused: %zu more errors\n", c->refused->more);
	return c->refused->n + c->refused->more;
}

uint32_t config_router_id(const struct config *c, const struct fibsync *k)
{
	const struct prefix *owned;
	struct addr a;
	size_t n;

	if (c->conf->set & CONF_ROUTER_ID)
		return c->conf->router_id;
	/* the node's address towards its first ToR, which pods and their gateways do not change */
	for (size_t i = 0; i < c->conf->n_neighbors; i++) {
		a = fibsync_ip4_towards(k, &c->conf->neighbors[i].addr);
		if (a.afi)
			return addr_to_ip4(&a);
	}
	owned = config_owned(c, &n);
	a = fibsync_highest_ip4(k, owned, n);
	return a.afi ? addr_to_ip4(&a) : 0;
}

/* Whether all of the prefix is this node's: pod prefixes, and what network statements say. */
static bool is_ours(const struct config *c, const struct prefix *p)
{
	const struct conf *conf = c->conf;
	struct prefix *ours;
	const struct prefix *owned;
	size_t n;
	bool covered;

	owned = config_owned(c, &n);
	ours = mem_zalloc((n + conf->n_networks) * sizeof(*ours));
	for (size_t i = 0; i < n; i++)
		ours[i] = owned[i];
	for (size_t i = 0; i < conf->n_networks; i++)
		ours[n++] = conf->networks[i];
	covered = prefix_covered(p, ours, n);
	free(ours);
	return covered;
}

void config_aggregate(const struct config *c, struct aggregate *a, int64_t now)
{
	const struct conf *conf = c->conf;
	struct aggregate_address *addresses;
	char text[PREFIX_STRLEN];
	struct aggregate_conf ac = {
		.advertise = conf->advertise_always ? ADVERTISE_ALWAYS : ADVERTISE_ALLOCATED,
		/* while nobody has said which prefixes are ours, every pod is outside them */
		.host_routes = conf->host_routes && (conf->n_pod_cidrs || c->owned_known),
		.hold_down_us = (int64_t)conf->hold_down * 1000000,
		.networks = conf->networks,
		.n_networks = conf->n_networks,
	};

	ac.owned = config_owned(c, &ac.n_owned);
	addresses = mem_zalloc(conf->n_aggregates * sizeof(*addresses));
	for (size_t i = 0; i < conf->n_aggregates; i++) {
		const struct prefix *p = &conf->aggregates[i].prefix;

		addresses[i] = (struct aggregate_address){*p, conf->aggregates[i].summary_only};
		if (ac.n_owned && !is_ours(c, p))
			log_warning("aggregate-address is not announced, not all of it is this "
				    "node's",
				    "prefix=%s", prefix_str(p, text));
	}
	ac.addresses = addresses;
	ac.n_addresses = conf->n_aggregates;
	aggregate_set_conf(a, &ac, now);
	free(addresses);
}

void config_rib(struct config *c, uint32_t router_id, const struct local_route *locals,
		size_t n_locals, struct rib_conf *out)
{
	const struct conf *conf = c->conf;
	const struct prefix *owned;
	size_t n, n_networks = conf->n_networks;

	owned = config_owned(c, &n);
	free(c->own);
	c->own = mem_zalloc((n + conf->n_aggregates) * sizeof(*c->own));
	for (size_t i = 0; i < n; i++)
		c->own[i] = owned[i];
	for (size_t i = 0; i < conf->n_aggregates; i++) {
		if (is_ours(c, &conf->aggregates[i].prefix))
			c->own[n++] = conf->aggregates[i].prefix;
	}
	free(c->networks);
	c->networks = mem_zalloc((n_networks + n_locals) * sizeof(*c->networks));
	for (size_t i = 0; i < n_networks; i++)
		c->networks[i] = conf->networks[i];
	for (size_t i = 0; i < n_locals; i++) {
		if (locals[i].kind == LOCAL_HOST)
			c->networks[n_networks++] = locals[i].prefix;
	}
	*out = (struct rib_conf){
		.local_as = c->conf->local_as,
		.router_id = router_id,
		.maximum_paths = c->conf->maximum_paths,
		.always_compare_med = c->conf->always_compare_med,
		.own = c->own,
		.n_own = n,
		.networks = c->networks,
		.n_networks = n_networks,
		.policy = c->policy,
	};
}

static void fill_capa(const struct conf *c, const struct conf_options *o, struct capa *capa)
{
	_Static_assert((int)CONF_IP4 == FAMILY_IP4 && (int)CONF_IP6 == FAMILY_IP6, "families");
	_Static_assert((int)CONF_ROLE_CUSTOMER == ROLE_CUSTOMER && (int)CONF_ROLE_NONE == ROLE_NONE,
		       "roles");
	capa_init(capa);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (!o->family[f].activate)
			continue;
		capa->families |= (uint8_t)FAMILY_BIT(f);
		capa->add_path[f] = ADD_PATH_RECEIVE;
	}
	capa->route_refresh = capa->enhanced_refresh = true;
	capa->ext_message = true;
	capa->as4 = true;
	if (o->family[CONF_IP4].activate && o->family[CONF_IP4].extended_nexthop)
		capa->ext_nexthop = FAMILY_BIT(FAMILY_IP4);
	if (o->graceful_restart) {
		capa->gr = capa->gr_notification = true;
		capa->gr_time = c->restart_time;
		capa->gr_families = capa->families;
	}
	if (o->graceful_restart && c->llgr_time) {
		capa->llgr = true;
		capa->llgr_families = capa->families;
		for (int f = 0; f < FAMILY_COUNT; f++)
			capa->llgr_time[f] = o->family[f].activate ? c->llgr_time : 0;
	}
	capa->role = o->role;
	if (c->set & CONF_HOSTNAME)
		strcpy(capa->hostname, c->hostname);
}

static void fill_ttl(const struct conf_options *o, struct session_conf *s)
{
	bool ebgp = o->remote_as != o->local_as;

	if (o->set & OPT_TTL_MAXIMUM_HOPS) {
		s->ttl = GTSM_TTL;
		s->min_ttl = (uint8_t)(GTSM_TTL - o->ttl_maximum_hops + (o->ttl_maximum_hops != 0));
	} else if (o->set & OPT_EBGP_MULTIHOP) {
		s->ttl = o->ebgp_multihop;
	} else if (ebgp) {
		s->ttl = 1; /* directly attached, or not at all */
	}
	s->multihop = (o->set & OPT_EBGP_MULTIHOP) || o->ttl_maximum_hops > 1;
}

static void fill_session(const struct conf *c, const struct conf_neighbor *n, uint32_t router_id,
			 struct session_conf *s)
{
	struct conf_options o;

	conf_effective(c, n, &o);
	s->addr = n->addr;
	s->unnumbered = n->addr.afi == AFI_NONE;
	strcpy(s->ifname, n->ifname);
	strcpy(s->description, o.description);
	strcpy(s->password_file, o.password_file);
	s->ao = o.ao.on;
	s->ao_id = o.ao.id;
	s->ao_aes_cmac = o.ao.algorithm == CONF_AO_AES_128_CMAC_96;
	s->source = o.update_source;
	strcpy(s->source_if, o.update_source_if);
	s->maximum_routes = o.maximum_routes;
	s->maximum_routes_warn = o.maximum_routes_warn;
	s->allowas_in = o.allowas_in;
	s->enforce_first_as = o.enforce_first_as;
	s->send_community = o.send_community;
	s->bfd = o.bfd;
	s->bfd_strict = o.bfd_strict;
	s->bfd_interval = o.set & OPT_BFD_TIMERS ? o.bfd_interval : c->bfd_interval;
	s->bfd_min_rx = o.set & OPT_BFD_TIMERS ? o.bfd_min_rx : c->bfd_min_rx;
	s->bfd_multiplier = o.set & OPT_BFD_TIMERS ? o.bfd_multiplier : c->bfd_multiplier;
	s->retain = (struct retain_conf){c->stale_time, c->llgr_time};
	fill_ttl(&o, s);
	for (int f = 0; f < FAMILY_COUNT; f++) {
		strcpy(s->import_prefix_list[f], o.family[f].prefix_list_in);
		strcpy(s->export_prefix_list[f], o.family[f].prefix_list_out);
		strcpy(s->import_route_map[f], o.family[f].route_map_in);
		strcpy(s->export_route_map[f], o.family[f].route_map_out);
	}
	s->peer.local_as = o.local_as;
	s->peer.remote_as = o.remote_as;
	s->peer.router_id = router_id;
	s->peer.hold_time = o.hold;
	s->peer.keepalive = o.keepalive;
	s->peer.shutdown = o.shutdown;
	s->peer.passive = o.passive;
	strcpy(s->peer.shutdown_text, o.shutdown_text);
	s->peer.role_strict = o.role_strict;
	fill_capa(c, &o, &s->peer.capa);
}

struct session_conf *config_sessions(const struct config *c, uint32_t router_id, size_t *n)
{
	struct session_conf *s = mem_zalloc(c->conf->n_neighbors * sizeof(*s));

	*n = 0;
	for (size_t i = 0; i < c->conf->n_neighbors; i++) {
		fill_session(c->conf, &c->conf->neighbors[i], router_id, &s[*n]);
		s[(*n)++].port = c->settings->bgp_port;
	}
	return s;
}

bool config_on_stop_withdraw(const struct config *c)
{
	return c->conf->withdraw_on_stop;
}

char *config_startup_text(const struct settings *s, size_t *len)
{
	struct conf_errors *errors = mem_zalloc(sizeof(*errors));
	char *text = read_file(s->config, len, errors);

	free(errors);
	return text;
}
