/*
 * doctor_session: the first thing that is wrong with each BGP session, and with BFD beside it.
 *
 * In the order in which a session comes up: it is to be up, something keeps it from trying, TCP,
 * the OPEN, and what ended the last one.
 */
#include "agent/show/doctor_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- TCP --------------------------------------------------------------------------------------
 */

static void refused(struct doctor *d, const struct judging *j, const char *check)
{
	doctor_cure(doctor_add(d, DOCTOR_FAILED, check, "%s refuses connections to TCP port %u",
			       j->p->name, j->agent->bgp_port),
		    "On the neighbour: is BGP running, is %s configured as its neighbor, does it "
		    "listen on this address? A neighbour that only accepts from known addresses "
		    "refuses all others.",
		    j->source);
}

static void unreachable(struct doctor *d, const struct judging *j, const char *check)
{
	const struct show_peer *p = j->p;
	struct doctor_row *row;

	if (!j->agent->reaches(j->agent->ctx, &p->addr)) {
		row = doctor_add(d, DOCTOR_FAILED, check, "this host has no route to %s", p->name);
		doctor_cure(row, "Is the uplink up, with an address in the neighbour's subnet (ip "
				 "addr; ip route get)?");
		return;
	}
	row = doctor_add(d, DOCTOR_FAILED, check, "%s cannot be reached: %s", p->name, p->failure);
	if (!j->ibgp && p->ttl == 1 && !j->agent->is_connected(j->agent->ctx, &p->addr))
		doctor_cure(
			row,
			"It is in no subnet of this host, and eBGP goes one hop far: neighbor "
			"%s ebgp-multihop, or the address of the switch on the node's own link.",
			p->name);
	else
		doctor_cure(row, "Cable, VLAN, and address of the uplink: does the neighbour's MAC "
				 "address appear (ip neigh show)?");
}

/* Nobody answers: the neighbour is away, or one side drops what the other sends. */
static void silent(struct doctor *d, const struct judging *j, const char *check)
{
	const struct doctor_tcp *tcp = &j->agent->tcp;
	const struct show_peer *p = j->p;
	struct doctor_row *row;

	if (p->password && tcp->md5_wrong) {
		row = doctor_add(d, DOCTOR_FAILED, check,
				 "no answer from %s, and segments signed with another password "
				 "came: MD5 mismatch suspected",
				 p->name);
		doctor_cure(row, "The password here and there differ: compare them octet by octet "
				 "(blanks at its end, a key that the switch shows encoded).");
	} else if (p->password) {
		row = doctor_add(d, DOCTOR_FAILED, check,
				 "no answer from %s, with a password configured: MD5 mismatch "
				 "suspected%s",
				 p->name, tcp->md5_missing ? ", unsigned segments came" : "");
		doctor_cure(row,
			    "%s Otherwise: ping %s, and an access list that drops TCP port %u.",
			    tcp->md5_missing
				    ? "The neighbour has no password configured for this node."
				    : "A neighbour with another password, or none, stays silent.",
			    p->name, j->agent->bgp_port);
	} else if (tcp->md5_unexpected) {
		row = doctor_add(d, DOCTOR_FAILED, check,
				 "no answer from %s, and signed segments came where no password is "
				 "configured",
				 p->name);
		doctor_cure(row,
			    "The neighbour has a password for this node: neighbor %s "
			    "password-file FILE.",
			    p->name);
	} else if (p->min_ttl && tcp->ttl_too_small) {
		row = doctor_add(d, DOCTOR_FAILED, check,
				 "no answer from %s that came near enough: packets with a TTL "
				 "below %u were dropped",
				 p->name, p->min_ttl);
		doctor_cure(row, "The neighbour must use ttl maximum-hops (RFC 5082), too, and be "
				 "no further away than configured here.");
	} else {
		row = doctor_add(d, DOCTOR_FAILED, check, "no answer from %s to TCP port %u",
				 p->name, j->agent->bgp_port);
		doctor_cure(row,
			    "Does ping %s work? If so: an access list, ttl maximum-hops or a "
			    "password on the neighbour's side drop what this node sends.",
			    p->name);
	}
}

static bool judge_tcp(struct doctor *d, const struct judging *j, const char *check)
{
	switch (j->p->failed) {
	case 0:
		return false;
	case ECONNREFUSED:
		refused(d, j, check);
		break;
	case ETIMEDOUT:
		silent(d, j, check);
		break;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
		unreachable(d, j, check);
		break;
	default:
		doctor_cure(doctor_add(d, DOCTOR_FAILED, check, "cannot connect to %s: %s",
				       j->p->name, j->p->failure),
			    "The log of leafpeerd says when it began.");
		break;
	}
	return true;
}

/* ---- BGP --------------------------------------------------------------------------------------
 */

/* What to do about a NOTIFICATION; sent: by us. In the order of the RFC's codes, subcode 0: any. */
static const struct {
	uint8_t code, subcode;
	bool sent;
	const char *cure;
} cures[] = {
	{BGP_ERR_OPEN, BGP_OPEN_BAD_PEER_AS, true,
	 "The remote AS configured here is not the neighbour's: BGP_REMOTE_AS, "
	 "arista/bgp-remote-as-N, or neighbor remote-as."},
	{BGP_ERR_OPEN, BGP_OPEN_BAD_PEER_AS, false,
	 "The neighbour expects another AS of this node: BGP_AS or arista/bgp-local-as here, "
	 "remote-as on the neighbour."},
	{BGP_ERR_OPEN, BGP_OPEN_BAD_IDENTIFIER, true,
	 "Two routers with one router ID: set router-id here or there."},
	{BGP_ERR_OPEN, BGP_OPEN_BAD_IDENTIFIER, false,
	 "Two routers with one router ID: set router-id here or there."},
	{BGP_ERR_OPEN, BGP_OPEN_UNACCEPTABLE_HOLD_TIME, false,
	 "The neighbour does not take this hold time: timers bgp KEEPALIVE HOLD."},
	{BGP_ERR_OPEN, BGP_OPEN_UNACCEPTABLE_HOLD_TIME, true,
	 "The neighbour's hold time is 1 or 2 seconds: 0, or 3 and more (RFC 4271)."},
	{BGP_ERR_OPEN, BGP_OPEN_UNSUPPORTED_CAPABILITY, true,
	 "No address family in common: activate one on both sides."},
	{BGP_ERR_OPEN, BGP_OPEN_UNSUPPORTED_CAPABILITY, false,
	 "No address family in common: activate one on both sides."},
	{BGP_ERR_OPEN, BGP_OPEN_ROLE_MISMATCH, true,
	 "RFC 9234's roles do not fit each other: take neighbor role away, or set the other one."},
	{BGP_ERR_OPEN, BGP_OPEN_ROLE_MISMATCH, false,
	 "RFC 9234's roles do not fit each other: take neighbor role away, or set the other one."},
	{BGP_ERR_HOLD_TIMER, 0, true,
	 "Nothing was heard from the neighbour for the hold time: is it overloaded, does the "
	 "path lose packets, or large ones only (MTU)?"},
	{BGP_ERR_HOLD_TIMER, 0, false,
	 "The neighbour heard nothing from this node for the hold time: the path loses packets, "
	 "or this node was starved of CPU (limits of the pod)."},
	{BGP_ERR_CEASE, BGP_CEASE_MAX_PREFIXES, true,
	 "It sent more routes than maximum-routes here: raise neighbor maximum-routes, or let the "
	 "neighbour send fewer; then clear ip bgp."},
	{BGP_ERR_CEASE, BGP_CEASE_MAX_PREFIXES, false,
	 "This node sent more routes than the neighbour takes: raise its maximum-routes, and clear "
	 "the session there."},
	{BGP_ERR_CEASE, BGP_CEASE_ADMIN_SHUTDOWN, false,
	 "The neighbour is shut down over there: no neighbor shutdown on its side."},
	{BGP_ERR_CEASE, BGP_CEASE_DECONFIGURED, false,
	 "The neighbour has this node taken out of its configuration."},
	{BGP_ERR_CEASE, BGP_CEASE_REJECTED, false,
	 "The neighbour refuses the connection: is this node's address, and no other, configured "
	 "there as neighbor, and not shut down?"},
	{BGP_ERR_CEASE, BGP_CEASE_OUT_OF_RESOURCES, true,
	 "It sent more than one neighbour may take of this node's memory, as communities and AS "
	 "paths that no two routes share: let it send fewer; then clear ip bgp."},
	{BGP_ERR_CEASE, BGP_CEASE_OUT_OF_RESOURCES, false,
	 "The neighbour has no room for this session."},
	{BGP_ERR_CEASE, BGP_CEASE_BFD_DOWN, true,
	 "BFD found the path dead: see the BFD session's own row."},
	{BGP_ERR_CEASE, BGP_CEASE_BFD_DOWN, false,
	 "BFD found the path dead over there: the BFD session's own row may say more."},
};

static const char *cure_of(const struct bgp_error *e, bool sent)
{
	struct bgp_error inner;

	if (bgp_error_unwrap(e, &inner))
		e = &inner;
	for (size_t i = 0; i < sizeof(cures) / sizeof(cures[0]); i++) {
		if (cures[i].code == e->code && cures[i].sent == sent &&
		    (!cures[i].subcode || cures[i].subcode == e->subcode))
			return cures[i].cure;
	}
	return NULL;
}

static bool judge_notification(struct doctor *d, const struct judging *j, const char *check)
{
	const struct bgp_error *e = peer_last_error(j->p->peer);
	bool sent = peer_last_error_sent(j->p->peer);
	uint32_t as = peer_refused_as(j->p->peer);
	struct doctor_row *row;
	const char *cure;
	char text[256];

	if (!e->code)
		return false;
	if (as && sent && e->code == BGP_ERR_OPEN && e->subcode == BGP_OPEN_BAD_PEER_AS) {
		uint32_t wanted = peer_conf(j->p->peer)->remote_as;

		row = doctor_add(d, DOCTOR_FAILED, check,
				 "wrong AS: the neighbour says AS %u, configured is %s", as,
				 wanted ? asn_str(wanted, false, text) : "any but that, our own");
		doctor_cure(row, "%s", cures[0].cure);
		return true;
	}
	row = doctor_add(d, DOCTOR_FAILED, check, "%s a NOTIFICATION: %s (%u/%u)%s%s",
			 sent ? "we sent" : "the neighbour sent",
			 bgp_error_str(e, text, sizeof(text)), e->code, e->subcode,
			 sent && e->what ? ": " : "", sent && e->what ? e->what : "");
	cure = cure_of(e, sent);
	if (cure)
		doctor_cure(row, "%s", cure);
	else
		doctor_cure(row,
			    "show ip bgp neighbors %s has the message; the neighbour's log its "
			    "side of it.",
			    j->p->name);
	return true;
}

static void judge_rest(struct doctor *d, const struct judging *j, const char *check)
{
	enum peer_down_reason reason = peer_last_reason(j->p->peer);
	struct doctor_row *row;
	char down[32];

	show_duration(j->st->now - peer_since(j->p->peer), down);
	if (peer_conf(j->p->peer)->passive) {
		row = doctor_add(d, DOCTOR_FAILED, check,
				 "waits for %s to connect (passive), for %s now", j->p->name, down);
		doctor_cure(row, "The neighbour must dial this node; or take neighbor passive "
				 "away.");
	} else if (reason == DOWN_TCP || reason == DOWN_NONE) {
		row = doctor_add(d, DOCTOR_FAILED, check, "%s, %s for %s",
				 reason == DOWN_TCP ? "the neighbour closed the connection"
						    : "not Established yet",
				 bgp_state_name(peer_state(j->p->peer)), down);
		doctor_cure(row,
			    "A neighbour that closes without a word often does not know this "
			    "node: is %s its neighbor?",
			    j->source);
	} else {
		row = doctor_add(d, DOCTOR_FAILED, check, "down for %s: %s", down,
				 peer_down_reason_name(reason));
		doctor_cure(row, "show ip bgp neighbors %s has the details.", j->p->name);
	}
}

static void judge_up(struct doctor *d, const struct judging *j, const char *check)
{
	const struct rib_peer *rp = j->p->rib_peer;
	uint32_t received = rp->received[0] + rp->received[1];
	uint32_t accepted = rp->accepted[0] + rp->accepted[1];
	char up[32];

	show_duration(j->st->now - peer_since(j->p->peer), up);
	if (received && !accepted)
		doctor_cure(doctor_add(d, DOCTOR_WARNING, check,
				       "Established, but all %u prefixes were refused", received),
			    "show ip bgp neighbors %s received-routes says why.", j->p->name);
	else
		doctor_add(d, DOCTOR_OK, check, "Established for %s, %u of %u prefixes accepted",
			   up, accepted, received);
}

static void judge_session(struct doctor *d, const struct judging *j)
{
	const struct show_peer *p = j->p;
	char check[80];

	snprintf(check, sizeof(check), "neighbor %s", p->name);
	if (peer_is_up(p->peer)) {
		judge_up(d, j, check);
	} else if (peer_conf(p->peer)->shutdown) {
		doctor_cure(doctor_add(d, DOCTOR_WARNING, check, "shut down here"),
			    "no neighbor %s shutdown, when its time has come.", p->name);
	} else if (p->blocked) {
		doctor_cure(doctor_add(d, DOCTOR_FAILED, check, "not connecting: %s", p->blocked),
			    "The session waits for just that, and starts when it is there.");
	} else if (!judge_tcp(d, j, check) && !judge_notification(d, j, check)) {
		judge_rest(d, j, check);
	}
}

/* ---- BFD --------------------------------------------------------------------------------------
 */

static void judge_bfd(struct doctor *d, const struct show_bfd *b)
{
	const struct bfd_session *s = b->session;
	struct doctor_row *row;
	char check[80];

	snprintf(check, sizeof(check), "BFD %s", b->name);
	if (s->state == BFD_UP) {
		doctor_add(d, DOCTOR_OK, check, "Up");
	} else if (s->remote_state == BFD_ADMIN_DOWN && s->last_rx) {
		row = doctor_add(d, DOCTOR_WARNING, check, "the neighbour has shut it down");
		doctor_cure(row, "bfd is configured here and not there, or is shut down there.");
	} else if (!b->rx) {
		row = doctor_add(d, DOCTOR_FAILED, check, "no packet has ever come");
		doctor_cure(row,
			    "bfd on the neighbour for this node's address; UDP port %s must "
			    "pass both ways.",
			    b->multihop ? "4784" : "3784");
	} else {
		row = doctor_add(d, DOCTOR_FAILED, check, "%s: %s", bfd_state_name(s->state),
				 bfd_diag_name(s->diag));
		doctor_cure(row, "%s",
			    s->state == BFD_INIT
				    ? "The neighbour does not hear us: UDP from this node is lost."
				    : "Packets came and stopped: the path is dead, or drops UDP.");
	}
	if (b->send_errors)
		doctor_cure(doctor_add(d, DOCTOR_WARNING, check, "%llu packets could not be sent",
				       (unsigned long long)b->send_errors),
			    "The log says why; a firewall on this host can do that.");
}

void doctor_judge_sessions(struct doctor *d, const struct show_state *st,
			   const struct doctor_agent *a)
{
	char text[ADDR_STRLEN];

	for (size_t i = 0; i < st->n_peers; i++) {
		const struct peer_conf *c = peer_conf(st->peers[i].peer);
		struct judging j = {.st = st, .agent = a, .p = &st->peers[i]};

		j.ibgp = c->remote_as == c->local_as;
		j.source = j.p->local.afi ? addr_str(&j.p->local, text) : "this node's address";
		judge_session(d, &j);
	}
	for (size_t i = 0; i < st->n_bfd; i++)
		judge_bfd(d, &st->bfd[i]);
}
