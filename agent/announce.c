/*
 * announce: from pods and configuration to what the peers are told.
 *
 * Level-triggered: whatever changed, the local routes are computed anew, and only a difference goes
 * further: to the sessions' adj_out, and as discard routes to the kernel.
 */
#include "agent/agent.h"
#include "agent/io/log.h"
#include "agent/lib/mem.h"

#include <stdlib.h>
#include <string.h>

void announce_pod_added(struct agent *a, const struct pod_record *r)
{
	for (size_t i = 0; i < r->n_addresses; i++)
		aggregate_addr_add(a->aggregate, &r->addresses[i], loop_now(a->loop));
	log_debug("pod recorded", "namespace=%s pod=%s container=%s interface=%s", r->pod_namespace,
		  r->pod_name, r->container_id, r->ifname);
}

void announce_pod_removed(struct agent *a, const struct pod_record *r)
{
	for (size_t i = 0; i < r->n_addresses; i++)
		aggregate_addr_del(a->aggregate, &r->addresses[i], loop_now(a->loop));
	log_debug("pod record gone", "namespace=%s pod=%s container=%s interface=%s",
		  r->pod_namespace, r->pod_name, r->container_id, r->ifname);
}

/* Cilium gives the host itself an address of the pod prefix: with it the prefix is in use from the
 * first moment. */
void announce_host_addrs(struct agent *a)
{
	struct addr now[AGENT_HOST_ADDRS_MAX];
	size_t n = fibsync_addrs_of(a->kernel, AGENT_HOST_IFACE, now, AGENT_HOST_ADDRS_MAX);

	/* first what came, so that an address that stays never goes */
	for (size_t i = 0; i < n; i++)
		aggregate_addr_add(a->aggregate, &now[i], loop_now(a->loop));
	for (size_t i = 0; i < a->n_host_addrs; i++)
		aggregate_addr_del(a->aggregate, &a->host_addrs[i], loop_now(a->loop));
	memcpy(a->host_addrs, now, n * sizeof(now[0]));
	a->n_host_addrs = n;
}

void announce_to(struct agent *a, struct session *s)
{
	int64_t now = loop_now(a->loop);
	bool gone = a->draining && now >= a->drain_withdraw_at;
	/* after a restart, without a single prefix: whoever knows ours has not told us yet, and an
	 * End-of-RIB would have the peer forget what it kept of us */
	bool incomplete = now < a->restart.defer_until && !a->n_locals && !gone;

	a->eor_held |= incomplete;
	session_advertise(s, a->locals, gone ? 0 : a->n_locals, config_policy(a->config),
			  a->draining, incomplete);
}

void announce_all(struct agent *a)
{
	for (struct session *s = a->sessions; s; s = session_next(s))
		announce_to(a, s);
}

static bool announced(const struct local_route *routes, size_t n, const struct prefix *p)
{
	for (size_t i = 0; i < n; i++) {
		if (prefix_eq(&routes[i].prefix, p))
			return true;
	}
	return false;
}

/* Whether a host route is among them that the others lack. */
static bool has_other_host(const struct local_route *routes, size_t n,
			   const struct local_route *others, size_t n_others)
{
	for (size_t i = 0; i < n; i++) {
		if (routes[i].kind == LOCAL_HOST && !announced(others, n_others, &routes[i].prefix))
			return true;
	}
	return false;
}

static bool wants_discard(const struct agent *a, const struct local_route *r)
{
	return r->kind == LOCAL_AGGREGATE && !fibsync_has_kroute(a->kernel, &r->prefix);
}

/* An aggregate that nothing else routes gets a discard route, so that a packet to an unassigned
 * address is dropped here and does not go back to the ToR by the default route. */
void announce_discards(struct agent *a)
{
	for (size_t i = 0; i < a->n_locals; i++) {
		const struct local_route *r = &a->locals[i];

		if (r->kind != LOCAL_AGGREGATE)
			continue;
		if (wants_discard(a, r))
			fibsync_want(a->kernel, &r->prefix, NULL, 0, true);
		else
			fibsync_unwant(a->kernel, &r->prefix);
	}
	agent_rib_changed(a);
}

void announce_update(struct agent *a)
{
	struct local_route *old = a->locals;
	size_t n_old = a->n_locals;
	const struct local_route *now;
	char text[PREFIX_STRLEN];
	bool changed;
	size_t n;

	now = aggregate_routes(a->aggregate, loop_now(a->loop), &n, &changed);
	if (!changed)
		return;
	a->locals = mem_dup(now, n * sizeof(*now));
	a->n_locals = n;
	for (size_t i = 0; i < n; i++) {
		if (!announced(old, n_old, &now[i].prefix))
			log_info("announcing", "prefix=%s", prefix_str(&now[i].prefix, text));
	}
	for (size_t i = 0; i < n_old; i++) {
		if (announced(a->locals, n, &old[i].prefix))
			continue;
		log_info("withdrawing", "prefix=%s", prefix_str(&old[i].prefix, text));
		if (old[i].kind == LOCAL_AGGREGATE)
			fibsync_unwant(a->kernel, &old[i].prefix);
	}
	/* before they are announced, since they may come back from the ToRs */
	if (has_other_host(old, n_old, a->locals, n) || has_other_host(a->locals, n, old, n_old))
		agent_set_rib_conf(a);
	free(old);
	monitoring_locals_changed(a->monitoring);
	announce_discards(a);
	announce_all(a);
}
