/* render: the configuration as lines; see model.h. The order is that of EOS's show running-config.
 */
#include "agent/conf/model.h"

#include <string.h>

static void render_options(const char *who, const struct conf_options *o, struct text *out)
{
	char text[ADDR_STRLEN];

#define LINE(...)                                         \
	do {                                              \
		text_printf(out, "   neighbor %s ", who); \
		text_printf(out, __VA_ARGS__);            \
		text_puts(out, "\n");                     \
	} while (0)
	if (o->set & OPT_PEER_GROUP)
		LINE("peer group %s", o->peer_group);
	if (o->set & OPT_REMOTE_AS)
		LINE("remote-as %u", o->remote_as);
	if (o->set & OPT_LOCAL_AS)
		LINE("local-as %u no-prepend replace-as", o->local_as);
	if (o->set & OPT_DESCRIPTION)
		LINE("description %s", o->description);
	if (o->set & OPT_UPDATE_SOURCE)
		LINE("update-source %s", addr_str(&o->update_source, text));
	if (o->set & OPT_EBGP_MULTIHOP)
		LINE("ebgp-multihop %u", o->ebgp_multihop);
	if (o->set & OPT_TTL_MAXIMUM_HOPS)
		LINE("ttl maximum-hops %u", o->ttl_maximum_hops);
	if (o->set & OPT_TIMERS)
		LINE("timers %u %u", o->keepalive, o->hold);
	if (o->set & OPT_BFD)
		LINE("bfd");
	if (o->set & OPT_PASSWORD_FILE)
		LINE("password-file %s", o->password_file);
	if (o->set & OPT_PASSIVE)
		LINE("passive");
	if (o->set & OPT_ENFORCE_FIRST_AS)
		LINE("enforce-first-as");
	if (o->set & OPT_ALLOWAS_IN)
		LINE("allowas-in %u", o->allowas_in);
	if (o->set & OPT_MAXIMUM_ROUTES)
		LINE("maximum-routes %u%s", o->maximum_routes,
		     o->maximum_routes_warn ? " warning-only" : "");
	if (o->set & OPT_PREFIX_LIST_IN)
		LINE("prefix-list %s in", o->prefix_list_in);
	if (o->set & OPT_PREFIX_LIST_OUT)
		LINE("prefix-list %s out", o->prefix_list_out);
	if (o->set & OPT_ROUTE_MAP_IN)
		LINE("route-map %s in", o->route_map_in);
	if (o->set & OPT_ROUTE_MAP_OUT)
		LINE("route-map %s out", o->route_map_out);
	if (o->set & OPT_SHUTDOWN)
		LINE("shutdown%s%s", *o->shutdown_text ? " reason " : "", o->shutdown_text);
#undef LINE
}

static void render_prefix_lists(const struct conf *c, struct text *out)
{
	char text[PREFIX_STRLEN];

	for (size_t i = 0; i < c->n_prefix_lists; i++) {
		const struct conf_prefix_list_entry *e = &c->prefix_lists[i];

		text_printf(out, "%s prefix-list %s seq %u %s %s",
			    e->prefix.afi == AFI_IP4 ? "ip" : "ipv6", e->name, e->seq,
			    e->permit ? "permit" : "deny", prefix_str(&e->prefix, text));
		if (e->ge)
			text_printf(out, " ge %u", e->ge);
		if (e->le)
			text_printf(out, " le %u", e->le);
		text_puts(out, "\n");
	}
	if (c->n_prefix_lists)
		text_puts(out, "!\n");
}

static void render_communities(const char *what, const uint32_t *list, uint8_t n, struct text *out)
{
	if (!n)
		return;
	text_puts(out, what);
	for (int i = 0; i < n; i++)
		text_printf(out, " %u:%u", list[i] >> 16, list[i] & 0xffff);
}

static void render_route_maps(const struct conf *c, struct text *out)
{
	for (size_t i = 0; i < c->n_route_maps; i++) {
		const struct conf_route_map_entry *e = &c->route_maps[i];

		text_printf(out, "route-map %s %s %u\n", e->name, e->permit ? "permit" : "deny",
			    e->seq);
		if (*e->match_prefix_list)
			text_printf(out, "   match ip address prefix-list %s\n",
				    e->match_prefix_list);
		if (e->n_match_community) {
			render_communities("   match community", e->match_community,
					   e->n_match_community, out);
			text_puts(out, "\n");
		}
		if (e->match_as_path_length && e->as_path_min == e->as_path_max)
			text_printf(out, "   match as-path length = %u\n", e->as_path_min);
		else if (e->match_as_path_length && e->as_path_min)
			text_printf(out, "   match as-path length >= %u\n", e->as_path_min);
		else if (e->match_as_path_length)
			text_printf(out, "   match as-path length <= %u\n", e->as_path_max);
		if (e->set_local_pref)
			text_printf(out, "   set local-preference %u\n", e->local_pref);
		if (e->set_med)
			text_printf(out, "   set metric %u\n", e->med);
		if (e->n_set_community) {
			render_communities("   set community", e->set_community, e->n_set_community,
					   out);
			text_puts(out, e->set_additive ? " additive\n" : "\n");
		}
		if (e->n_prepend) {
			text_puts(out, "   set as-path prepend");
			for (int k = 0; k < e->n_prepend; k++)
				text_printf(out, " %u", e->prepend[k]);
			text_puts(out, "\n");
		}
		text_puts(out, "!\n");
	}
}

static void render_bgp(const struct conf *c, struct text *out)
{
	char text[PREFIX_STRLEN];
	struct addr id = addr_ip4(c->router_id);

	if (!(c->set & CONF_LOCAL_AS))
		return;
	text_printf(out, "router bgp %u\n", c->local_as);
	if (c->set & CONF_ROUTER_ID)
		text_printf(out, "   router-id %s\n", addr_str(&id, text));
	if (c->set & CONF_TIMERS)
		text_printf(out, "   timers bgp %u %u\n", c->keepalive, c->hold);
	if (c->set & CONF_MAXIMUM_PATHS)
		text_printf(out, "   maximum-paths %u\n", c->maximum_paths);
	if (c->set & CONF_ALWAYS_COMPARE_MED)
		text_puts(out, "   bgp always-compare-med\n");
	if (c->set & CONF_RESTART_TIME)
		text_printf(out, "   graceful-restart restart-time %u\n", c->restart_time);
	if (c->set & CONF_STALE_TIME)
		text_printf(out, "   graceful-restart stalepath-time %u\n", c->stale_time);
	for (size_t i = 0; i < c->n_groups; i++) {
		text_printf(out, "   neighbor %s peer group\n", c->groups[i].name);
		render_options(c->groups[i].name, &c->groups[i].opt, out);
	}
	for (size_t i = 0; i < c->n_neighbors; i++) {
		const struct conf_neighbor *n = &c->neighbors[i];

		render_options(addr_str(&n->addr, text), &n->opt, out);
		/* one without an option of its own must be named all the same: iBGP by default */
		if (!n->opt.set)
			text_printf(out, "   neighbor %s remote-as %u\n", text, c->local_as);
	}
	for (size_t i = 0; i < c->n_networks; i++)
		text_printf(out, "   network %s\n", prefix_str(&c->networks[i], text));
	text_puts(out, "!\n");
}

static void render_leafpeer(const struct conf *c, struct text *out)
{
	const uint32_t ours = CONF_ADVERTISE | CONF_HOLD_DOWN | CONF_HOST_ROUTES |
			      CONF_CNI_PROVIDER | CONF_INTERFACE_MTU | CONF_ON_STOP;
	char text[PREFIX_STRLEN];

	if (!(c->set & ours) && !c->n_pod_cidrs)
		return;
	text_puts(out, "leafpeer\n");
	for (size_t i = 0; i < c->n_pod_cidrs; i++)
		text_printf(out, "   pod-cidr %s\n", prefix_str(&c->pod_cidrs[i], text));
	if (c->set & CONF_ADVERTISE)
		text_printf(out, "   advertise %s\n", c->advertise_always ? "always" : "allocated");
	if (c->set & CONF_HOLD_DOWN)
		text_printf(out, "   hold-down %u\n", c->hold_down);
	if (c->set & CONF_HOST_ROUTES)
		text_printf(out, "   host-routes %s\n", c->host_routes ? "on" : "off");
	if (c->set & CONF_CNI_PROVIDER)
		text_printf(out, "   cni-provider %s\n", c->cni_provider);
	if (c->set & CONF_INTERFACE_MTU)
		text_printf(out, "   interface-mtu %u\n", c->interface_mtu);
	if (c->set & CONF_ON_STOP)
		text_printf(out, "   on-stop %s\n", c->withdraw_on_stop ? "withdraw" : "keep");
	text_puts(out, "!\n");
}

void conf_render(const struct conf *c, struct text *out)
{
	if (c->set & CONF_HOSTNAME)
		text_printf(out, "hostname %s\n!\n", c->hostname);
	if (c->set & CONF_BFD)
		text_printf(out, "router bfd\n   interval %u min-rx %u multiplier %u default\n!\n",
			    c->bfd_interval, c->bfd_min_rx, c->bfd_multiplier);
	render_prefix_lists(c, out);
	render_route_maps(c, out);
	render_bgp(c, out);
	render_leafpeer(c, out);
	text_puts(out, "end\n");
}
