/* render: the configuration as lines; see model.h. The order is that of EOS's show running-config.
 */
#include "agent/conf/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The line of an option that is a yes or no. */
static void render_flag(const char *who, const char *words, bool yes, struct text *out)
{
	text_printf(out, "   %sneighbor %s %s\n", yes ? "" : "no ", who, words);
}

__attribute__((format(printf, 3, 4))) static void line(const char *who, struct text *out,
						       const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	text_printf(out, "   neighbor %s %s\n", who, text);
}

static void render_password(const char *who, const struct conf_options *o, struct text *out)
{
	if (o->ao.on)
		line(who, out, "password-file %s tcp-ao %u %s", o->password_file, o->ao.id,
		     conf_ao_algorithms[o->ao.algorithm]);
	else
		line(who, out, "password-file %s", o->password_file);
}

static void render_transport(const char *who, const struct conf_options *o, struct text *out)
{
	char text[ADDR_STRLEN];

	if (o->set & OPT_UPDATE_SOURCE)
		line(who, out, "update-source %s",
		     *o->update_source_if ? o->update_source_if
					  : addr_str(&o->update_source, text));
	if (o->set & OPT_EBGP_MULTIHOP)
		line(who, out, "ebgp-multihop %u", o->ebgp_multihop);
	if (o->set & OPT_TTL_MAXIMUM_HOPS)
		line(who, out, "ttl maximum-hops %u", o->ttl_maximum_hops);
	if (o->set & OPT_TIMERS)
		line(who, out, "timers %u %u", o->keepalive, o->hold);
	if (o->set & OPT_BFD)
		render_flag(who, o->bfd_strict ? "bfd strict" : "bfd", o->bfd, out);
	if (o->set & OPT_BFD_TIMERS)
		line(who, out, "bfd interval %u min-rx %u multiplier %u", o->bfd_interval,
		     o->bfd_min_rx, o->bfd_multiplier);
	if (o->set & OPT_PASSWORD_FILE)
		render_password(who, o, out);
	if (o->set & OPT_PASSIVE)
		render_flag(who, "passive", o->passive, out);
	if (o->set & OPT_GRACEFUL_RESTART)
		render_flag(who, "graceful-restart", o->graceful_restart, out);
	if (o->set & OPT_ROLE)
		line(who, out, "role %s%s", conf_role_names[o->role],
		     o->role_strict ? " strict" : "");
}

static void render_options(const char *who, const struct conf_options *o, struct text *out)
{
	if (o->set & OPT_PEER_GROUP)
		line(who, out, "peer group %s", o->peer_group);
	if ((o->set & OPT_REMOTE_AS) && o->remote_as == CONF_AS_EXTERNAL)
		line(who, out, "remote-as external");
	else if ((o->set & OPT_REMOTE_AS) && o->remote_as == CONF_AS_INTERNAL)
		line(who, out, "remote-as internal");
	else if (o->set & OPT_REMOTE_AS)
		line(who, out, "remote-as %u", o->remote_as);
	if (o->set & OPT_LOCAL_AS)
		line(who, out, "local-as %u no-prepend replace-as", o->local_as);
	if (o->set & OPT_DESCRIPTION)
		line(who, out, "description %s", o->description);
	render_transport(who, o, out);
	if (o->set & OPT_ENFORCE_FIRST_AS)
		render_flag(who, "enforce-first-as", o->enforce_first_as, out);
	if (o->set & OPT_ALLOWAS_IN)
		line(who, out, "allowas-in %u", o->allowas_in);
	if (o->set & OPT_SEND_COMMUNITY)
		render_flag(who, "send-community", o->send_community, out);
	if (o->set & OPT_MAXIMUM_ROUTES)
		line(who, out, "maximum-routes %u%s", o->maximum_routes,
		     o->maximum_routes_warn ? " warning-only" : "");
	if (o->set & OPT_PREFIX_LIST_IN)
		line(who, out, "prefix-list %s in", o->prefix_list_in);
	if (o->set & OPT_PREFIX_LIST_OUT)
		line(who, out, "prefix-list %s out", o->prefix_list_out);
	if (o->set & OPT_ROUTE_MAP_IN)
		line(who, out, "route-map %s in", o->route_map_in);
	if (o->set & OPT_ROUTE_MAP_OUT)
		line(who, out, "route-map %s out", o->route_map_out);
	if ((o->set & OPT_SHUTDOWN) && o->shutdown && *o->shutdown_text)
		line(who, out, "shutdown reason %s", o->shutdown_text);
	else if (o->set & OPT_SHUTDOWN)
		render_flag(who, "shutdown", o->shutdown, out);
}

/* No makes no neighbour, so the first line is none. */
static void render_neighbor(const char *who, const struct conf_options *o, struct text *out)
{
	struct text lines = {0};
	const char *first, *end;

	render_options(who, o, &lines);
	first = lines.s && strncmp(lines.s, "   no ", 6) == 0 ? strstr(lines.s, "\n   neighbor ")
							      : NULL;
	if (first) {
		end = strchr(++first, '\n') + 1;
		text_append(out, first, (size_t)(end - first));
		text_append(out, lines.s, (size_t)(first - lines.s));
		text_puts(out, end);
	} else if (lines.s) {
		text_puts(out, lines.s);
	}
	text_free(&lines);
}

static void render_family_options(const char *who, const struct conf_options *o, enum conf_family f,
				  struct text *out)
{
	const struct conf_family_options *fo = &o->family[f];

	if (o->set & OPT_FAMILY_ACTIVATE(f))
		text_printf(out, "      %sneighbor %s activate\n", fo->activate ? "" : "no ", who);
	if (o->set & OPT_FAMILY_EXTENDED_NEXTHOP(f))
		text_printf(out, "      %sneighbor %s next-hop address-family ipv6 originate\n",
			    fo->extended_nexthop ? "" : "no ", who);
	if (o->set & OPT_FAMILY_PREFIX_LIST_IN(f))
		text_printf(out, "      neighbor %s prefix-list %s in\n", who, fo->prefix_list_in);
	if (o->set & OPT_FAMILY_PREFIX_LIST_OUT(f))
		text_printf(out, "      neighbor %s prefix-list %s out\n", who,
			    fo->prefix_list_out);
	if (o->set & OPT_FAMILY_ROUTE_MAP_IN(f))
		text_printf(out, "      neighbor %s route-map %s in\n", who, fo->route_map_in);
	if (o->set & OPT_FAMILY_ROUTE_MAP_OUT(f))
		text_printf(out, "      neighbor %s route-map %s out\n", who, fo->route_map_out);
}

static void render_family(const struct conf *c, enum conf_family f, struct text *out)
{
	const uint64_t mask = OPT_BIT(48 + 8 * (unsigned int)f) - OPT_BIT(40 + 8 * (unsigned int)f);
	char who[CONF_NEIGHBOR_STRLEN];
	uint64_t set = 0;

	for (size_t i = 0; i < c->n_groups; i++)
		set |= c->groups[i].opt.set;
	for (size_t i = 0; i < c->n_neighbors; i++)
		set |= c->neighbors[i].opt.set;
	if (!(set & mask))
		return;
	text_printf(out, "   !\n   address-family %s\n", f == CONF_IP4 ? "ipv4" : "ipv6");
	for (size_t i = 0; i < c->n_groups; i++)
		render_family_options(c->groups[i].name, &c->groups[i].opt, f, out);
	for (size_t i = 0; i < c->n_neighbors; i++)
		render_family_options(conf_neighbor_str(&c->neighbors[i], who),
				      &c->neighbors[i].opt, f, out);
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

static void render_bgp_values(const struct conf *c, struct text *out)
{
	char text[ADDR_STRLEN];
	struct addr id = addr_ip4(c->router_id);

	if (c->set & CONF_ROUTER_ID)
		text_printf(out, "   router-id %s\n", addr_str(&id, text));
	if (c->set & CONF_TIMERS)
		text_printf(out, "   timers bgp %u %u\n", c->keepalive, c->hold);
	if (c->set & CONF_MAXIMUM_PATHS)
		text_printf(out, "   maximum-paths %u\n", c->maximum_paths);
	if (c->set & CONF_DEFAULT_IP4)
		text_printf(out, "   %sbgp default ipv4-unicast\n",
			    c->default_active[CONF_IP4] ? "" : "no ");
	if (c->set & CONF_DEFAULT_IP6)
		text_printf(out, "   %sbgp default ipv6-unicast\n",
			    c->default_active[CONF_IP6] ? "" : "no ");
	if (c->set & CONF_ALWAYS_COMPARE_MED)
		text_printf(out, "   %sbgp always-compare-med\n",
			    c->always_compare_med ? "" : "no ");
	if (c->set & CONF_GRACEFUL_RESTART)
		text_printf(out, "   %sgraceful-restart\n", c->graceful_restart ? "" : "no ");
	if (c->set & CONF_RESTART_TIME)
		text_printf(out, "   graceful-restart restart-time %u\n", c->restart_time);
	if (c->set & CONF_STALE_TIME)
		text_printf(out, "   graceful-restart stalepath-time %u\n", c->stale_time);
	if (c->set & CONF_LLGR_TIME)
		text_printf(out, "   graceful-restart long-lived %u\n", c->llgr_time);
}

static void render_monitoring(const struct conf *c, struct text *out)
{
	char text[ADDR_STRLEN];

	for (size_t i = 0; i < c->n_stations; i++) {
		const struct conf_station *s = &c->stations[i];

		text_printf(out, "   !\n   monitoring station %s\n      connection address %s\n",
			    s->name, addr_str(&s->addr, text));
		text_printf(out, "      connection mode active port %u\n", s->port);
		if (s->shutdown)
			text_puts(out, "      shutdown\n");
	}
}

static void render_bgp(const struct conf *c, struct text *out)
{
	char text[PREFIX_STRLEN], who[CONF_NEIGHBOR_STRLEN];

	if (!(c->set & CONF_LOCAL_AS))
		return;
	text_printf(out, "router bgp %u\n", c->local_as);
	render_bgp_values(c, out);
	for (size_t i = 0; i < c->n_groups; i++) {
		text_printf(out, "   neighbor %s peer group\n", c->groups[i].name);
		render_options(c->groups[i].name, &c->groups[i].opt, out);
	}
	for (size_t i = 0; i < c->n_neighbors; i++) {
		const struct conf_neighbor *n = &c->neighbors[i];

		render_neighbor(conf_neighbor_str(n, who), &n->opt, out);
		/* one without an option of its own must be named all the same: iBGP by default */
		if (!(n->opt.set & ~OPT_FAMILIES))
			text_printf(out, "   neighbor %s remote-as %u\n", who, c->local_as);
	}
	for (size_t i = 0; i < c->n_aggregates; i++)
		text_printf(out, "   aggregate-address %s%s\n",
			    prefix_str(&c->aggregates[i].prefix, text),
			    c->aggregates[i].summary_only ? " summary-only" : "");
	for (size_t i = 0; i < c->n_networks; i++)
		text_printf(out, "   network %s\n", prefix_str(&c->networks[i], text));
	render_monitoring(c, out);
	render_family(c, CONF_IP4, out);
	render_family(c, CONF_IP6, out);
	text_puts(out, "!\n");
}

/* Without an AS there is no block for them. */
static void render_stations(const struct conf *c, struct text *out)
{
	char text[ADDR_STRLEN];

	for (size_t i = 0; i < c->n_stations; i++)
		text_printf(out, "monitor station %s %s port %u%s\n", c->stations[i].name,
			    addr_str(&c->stations[i].addr, text), c->stations[i].port,
			    c->stations[i].shutdown ? " shutdown" : "");
	if (c->n_stations)
		text_puts(out, "!\n");
}

static void render_drain(const struct conf *c, struct text *out)
{
	if (c->set & CONF_DRAIN)
		text_printf(out, "   drain %s\n", c->drain ? "true" : "false");
	if (c->set & CONF_DRAIN_TIME)
		text_printf(out, "   drain time %u\n", c->drain_time);
	if (!(c->set & CONF_DRAIN_ON))
		return;
	if (c->drain_on.cordon)
		text_puts(out, "   drain on cordon\n");
	for (size_t i = 0; i < c->drain_on.n_taints; i++)
		text_printf(out, "   drain on taint %s\n", c->drain_on.taints[i]);
}

static void render_leafpeer(const struct conf *c, struct text *out)
{
	const uint32_t ours = CONF_ADVERTISE | CONF_HOLD_DOWN | CONF_HOST_ROUTES |
			      CONF_CNI_PROVIDER | CONF_INTERFACE_MTU | CONF_ON_STOP |
			      CONF_KUBERNETES | CONF_WRITE_BACK | CONF_RECORD_GRACE | CONF_DRAIN |
			      CONF_DRAIN_TIME | CONF_DRAIN_ON | CONF_MULTIPATH_HASH;
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
	if (c->set & CONF_RECORD_GRACE && c->record_grace)
		text_printf(out, "   record-grace %u\n", c->record_grace);
	else if (c->set & CONF_RECORD_GRACE)
		text_puts(out, "   record-grace off\n");
	if (c->set & CONF_HOST_ROUTES)
		text_printf(out, "   host-routes %s\n", c->host_routes ? "on" : "off");
	if (c->set & CONF_CNI_PROVIDER)
		text_printf(out, "   cni-provider %s\n", c->cni_provider);
	if (c->set & CONF_INTERFACE_MTU)
		text_printf(out, "   interface-mtu %u\n", c->interface_mtu);
	if (c->set & CONF_ON_STOP)
		text_printf(out, "   on-stop %s\n", c->withdraw_on_stop ? "withdraw" : "keep");
	if (c->set & CONF_KUBERNETES)
		text_printf(out, "   kubernetes %s\n", c->kubernetes_off ? "off" : "auto");
	if (c->set & CONF_MULTIPATH_HASH)
		text_printf(out, "   multipath-hash %s\n", c->multipath_hash_l4 ? "l4" : "keep");
	if (c->set & CONF_WRITE_BACK)
		text_printf(out, "   write-back%s%s%s\n",
			    c->write_back & CONF_WRITE_CONDITION ? " condition" : "",
			    c->write_back & CONF_WRITE_ANNOTATION ? " annotation" : "",
			    c->write_back & CONF_WRITE_TAINT ? " taint" : "");
	render_drain(c, out);
	text_puts(out, "!\n");
}

void conf_render(const struct conf *c, struct text *out)
{
	if (c->set & CONF_HOSTNAME)
		text_printf(out, "hostname %s\n!\n", c->hostname);
	if (c->set & CONF_BFD)
		text_printf(out, "router bfd\n   interval %u min-rx %u multiplier %u default\n!\n",
			    c->bfd_interval, c->bfd_min_rx, c->bfd_multiplier);
	if (!(c->set & CONF_LOCAL_AS))
		render_stations(c, out);
	render_prefix_lists(c, out);
	render_route_maps(c, out);
	render_bgp(c, out);
	render_leafpeer(c, out);
	text_puts(out, "end\n");
}
