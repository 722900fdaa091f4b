/* leafpeer: the lines of our own block. With "no" each is at its default again. */
#include "agent/conf/parse.h"

#include <string.h>

static void done(struct parser *p, uint32_t bit)
{
	if (parse_end(p) && !p->to_default)
		p->conf->set |= bit;
	else
		p->conf->set &= ~bit;
}

static bool taken_back(struct parser *p, uint32_t bit)
{
	if (!p->no)
		return false;
	p->conf->set &= ~bit;
	p->at = p->n;
	return true;
}

static void take_pod_cidr(struct parser *p)
{
	struct conf *c = p->conf;
	struct prefix prefix, *at;
	size_t i = 0;

	if (!parse_prefix(p, &prefix) || !parse_end(p))
		return;
	if (p->no) {
		while (i < c->n_pod_cidrs && !prefix_eq(&c->pod_cidrs[i], &prefix))
			i++;
		if (i == c->n_pod_cidrs)
			return;
		memmove(&c->pod_cidrs[i], &c->pod_cidrs[i + 1],
			(c->n_pod_cidrs - i - 1) * sizeof(prefix));
		c->n_pod_cidrs--;
		return;
	}
	if (prefix.len == 0 || prefix_is_martian(&prefix)) {
		p->at--;
		parse_expected(p, "a prefix that pods can have");
		return;
	}
	at = parse_append(p, &c->pod_cidrs, &c->n_pod_cidrs, sizeof(*at), CONF_PREFIXES_MAX,
			  "pod prefixes");
	if (at)
		*at = prefix;
}

/* One of two words, the first of which is the default: *out is whether it is the other. */
static void take_either(struct parser *p, const char *words, const char *expected, bool *out,
			uint32_t bit)
{
	int which;

	if (taken_back(p, bit)) {
		*out = false;
		return;
	}
	which = parse_choice(p, words);
	if (which < 0) {
		parse_expected(p, expected);
		return;
	}
	*out = which == 1;
	done(p, bit);
}

static void take_advertise(struct parser *p)
{
	take_either(p, "allocated|always", "allocated or always", &p->conf->advertise_always,
		    CONF_ADVERTISE);
}

static void take_on_stop(struct parser *p)
{
	take_either(p, "keep|withdraw", "keep or withdraw", &p->conf->withdraw_on_stop,
		    CONF_ON_STOP);
}

static void take_kubernetes(struct parser *p)
{
	take_either(p, "auto|off", "auto or off", &p->conf->kubernetes_off, CONF_KUBERNETES);
}

static void take_multipath_hash(struct parser *p)
{
	take_either(p, "keep|l4", "keep or l4", &p->conf->multipath_hash_l4, CONF_MULTIPATH_HASH);
}

static void take_host_routes(struct parser *p)
{
	int which = 1;

	if (!p->no) /* which is off, as with every yes or no */
		which = parse_choice(p, "on|off");
	if (which < 0) {
		parse_expected(p, "on or off");
		return;
	}
	p->conf->host_routes = which == 0 || p->to_default;
	done(p, CONF_HOST_ROUTES);
}

static void take_hold_down(struct parser *p)
{
	if (taken_back(p, CONF_HOLD_DOWN))
		p->conf->hold_down = CONF_DEFAULT_HOLD_DOWN;
	else if (parse_number(p, 0, 86400, "seconds", &p->conf->hold_down))
		done(p, CONF_HOLD_DOWN);
}

/* record-grace SECONDS | off */
static void take_record_grace(struct parser *p)
{
	if (taken_back(p, CONF_RECORD_GRACE)) {
		p->conf->record_grace = CONF_DEFAULT_RECORD_GRACE;
		return;
	}
	if (parse_word(p, "off"))
		p->conf->record_grace = 0;
	else if (!parse_number(p, 1, 86400, "seconds, or off", &p->conf->record_grace))
		return;
	done(p, CONF_RECORD_GRACE);
}

static void take_cni_provider(struct parser *p)
{
	static const char *const known[] = {"cilium", "calico", "generic"};
	int which = 0;

	if (!taken_back(p, CONF_CNI_PROVIDER)) {
		which = parse_choice(p, "cilium|calico|generic");
		if (which < 0) {
			parse_expected(p, "cilium, calico or generic");
			return;
		}
		done(p, CONF_CNI_PROVIDER);
	}
	memset(p->conf->cni_provider, 0, sizeof(p->conf->cni_provider));
	strcpy(p->conf->cni_provider, known[which]);
}

static void take_interface_mtu(struct parser *p)
{
	if (taken_back(p, CONF_INTERFACE_MTU))
		p->conf->interface_mtu = 0;
	else if (parse_number(p, 68, 65535, "an MTU", &p->conf->interface_mtu))
		done(p, CONF_INTERFACE_MTU);
}

/* write-back [condition] [annotation] [taint] */
static void take_write_back(struct parser *p)
{
	int which;

	p->conf->write_back = 0;
	if (taken_back(p, CONF_WRITE_BACK))
		return;
	do {
		which = parse_choice(p, "condition|annotation|taint");
		if (which < 0) {
			parse_expected(p, "condition, annotation or taint");
			return;
		}
		p->conf->write_back |= (uint8_t)(1u << which);
	} while (parse_more(p));
	done(p, CONF_WRITE_BACK);
}

static void drain_on_changed(struct conf *c)
{
	if (c->drain_on.cordon || c->drain_on.n_taints)
		c->set |= CONF_DRAIN_ON;
	else
		c->set &= ~(uint32_t)CONF_DRAIN_ON;
}

/* drain on cordon, drain on taint KEY: each line one more */
static void take_drain_on(struct parser *p)
{
	struct conf_drain_on *on = &p->conf->drain_on;
	char key[CONF_TAINT_MAX + 1];
	int which = parse_choice(p, "cordon|taint");
	size_t i = 0;

	if (which < 0) {
		parse_expected(p, "cordon or taint");
		return;
	}
	if (which == 0) {
		on->cordon = !p->no;
		if (parse_end(p))
			drain_on_changed(p->conf);
		return;
	}
	if (!parse_text(p, "the key of a taint", key, sizeof(key)) || !parse_end(p))
		return;
	while (i < on->n_taints && strcmp(on->taints[i], key) != 0)
		i++;
	if (p->no && i < on->n_taints) {
		on->n_taints--;
		memmove(on->taints[i], on->taints[i + 1], (on->n_taints - i) * sizeof(key));
		memset(on->taints[on->n_taints], 0, sizeof(key));
	} else if (!p->no && i == CONF_DRAIN_TAINTS_MAX) {
		p->at--;
		parse_wrong(p, "more than %d taints that drain", CONF_DRAIN_TAINTS_MAX);
	} else if (!p->no && i == on->n_taints) {
		memcpy(on->taints[on->n_taints++], key, sizeof(key));
	}
	drain_on_changed(p->conf);
}

/* drain true|false, drain time SECONDS, drain on ... */
static void take_drain(struct parser *p)
{
	int which = parse_choice(p, "true|false|time|on");

	if (which < 0 && !(p->no && !parse_more(p))) {
		parse_expected(p, "true, false, time or on");
	} else if (which == 3) {
		take_drain_on(p);
	} else if (which == 2) {
		if (taken_back(p, CONF_DRAIN_TIME))
			p->conf->drain_time = CONF_DEFAULT_DRAIN_TIME;
		else if (parse_number(p, 0, 86400, "seconds", &p->conf->drain_time))
			done(p, CONF_DRAIN_TIME);
	} else if (taken_back(p, CONF_DRAIN)) {
		p->conf->drain = false;
	} else {
		p->conf->drain = which == 0;
		done(p, CONF_DRAIN);
	}
}

static const struct parse_row rows[] = {
	{"pod-cidr", take_pod_cidr, true},
	{"advertise", take_advertise, true},
	{"hold-down", take_hold_down, true},
	{"host-routes", take_host_routes, true},
	{"multipath-hash", take_multipath_hash, true},
	{"cni-provider", take_cni_provider, true},
	{"interface-mtu", take_interface_mtu, true},
	{"on-stop", take_on_stop, true},
	{"kubernetes", take_kubernetes, true},
	{"write-back", take_write_back, true},
	{"record-grace", take_record_grace, true},
	{"drain", take_drain, true},
};

bool parse_leafpeer_line(struct parser *p, enum parse_match match)
{
	return parse_dispatch(p, rows, sizeof(rows) / sizeof(rows[0]), match);
}
