/* leafpeer: the lines of our own block. */
#include "agent/conf/parse.h"

#include <string.h>

static void take_pod_cidr(struct parser *p)
{
	struct prefix prefix, *at;

	if (!parse_prefix(p, &prefix) || !parse_end(p))
		return;
	if (prefix.len == 0 || prefix_is_martian(&prefix)) {
		p->at--;
		parse_expected(p, "a prefix that pods can have");
		return;
	}
	at = parse_append(p, &p->conf->pod_cidrs, &p->conf->n_pod_cidrs, sizeof(*at),
			  CONF_PREFIXES_MAX, "pod prefixes");
	if (at)
		*at = prefix;
}

static void take_advertise(struct parser *p)
{
	if (parse_word(p, "always"))
		p->conf->advertise_always = true;
	else if (parse_word(p, "allocated"))
		p->conf->advertise_always = false;
	else
		parse_expected(p, "allocated or always");
	if (parse_end(p))
		p->conf->set |= CONF_ADVERTISE;
}

static void take_hold_down(struct parser *p)
{
	if (parse_number(p, 0, 86400, "seconds", &p->conf->hold_down) && parse_end(p))
		p->conf->set |= CONF_HOLD_DOWN;
}

static void take_host_routes(struct parser *p)
{
	if (parse_word(p, "on"))
		p->conf->host_routes = true;
	else if (parse_word(p, "off"))
		p->conf->host_routes = false;
	else
		parse_expected(p, "on or off");
	if (parse_end(p))
		p->conf->set |= CONF_HOST_ROUTES;
}

static void take_cni_provider(struct parser *p)
{
	static const char *const known[] = {"cilium", "calico", "generic"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!parse_word(p, known[i]))
			continue;
		strcpy(p->conf->cni_provider, known[i]);
		if (parse_end(p))
			p->conf->set |= CONF_CNI_PROVIDER;
		return;
	}
	parse_expected(p, "cilium, calico or generic");
}

static void take_interface_mtu(struct parser *p)
{
	if (parse_number(p, 68, 65535, "an MTU", &p->conf->interface_mtu) && parse_end(p))
		p->conf->set |= CONF_INTERFACE_MTU;
}

static void take_on_stop(struct parser *p)
{
	if (parse_word(p, "keep"))
		p->conf->withdraw_on_stop = false;
	else if (parse_word(p, "withdraw"))
		p->conf->withdraw_on_stop = true;
	else
		parse_expected(p, "keep or withdraw");
	if (parse_end(p))
		p->conf->set |= CONF_ON_STOP;
}

static const struct parse_row rows[] = {
	{"pod-cidr", take_pod_cidr},         {"advertise", take_advertise},
	{"hold-down", take_hold_down},       {"host-routes", take_host_routes},
	{"cni-provider", take_cni_provider}, {"interface-mtu", take_interface_mtu},
	{"on-stop", take_on_stop},
};

bool parse_leafpeer_line(struct parser *p)
{
	return parse_dispatch(p, rows, sizeof(rows) / sizeof(rows[0]));
}
