/*
 * peer_msg: what each message of the other side means for its connection: the OPEN and what is
 * agreed on with it, who wins a collision, and what is handed on to the host.
 */
#include "agent/bgp/peer_impl.h"

#include "agent/lib/mem.h"

#include <string.h>

#define LIMIT_WAIT_US (60 * SECOND) /* after more than it may send */

/* The part of RFC 4271 section 6.2 that needs the configuration. */
bool peer_accepts(struct peer *p, struct conn *c, const struct bgp_open *open)
{
	struct capa_agreed agreed;

	if (p->conf.remote_as ? open->asn != p->conf.remote_as : open->asn == p->conf.local_as) {
		p->refused_as = open->asn;
		bgp_error_set(&p->error, BGP_ERR_OPEN, BGP_OPEN_BAD_PEER_AS, NULL, 0,
			      p->conf.remote_as ? "the AS is not the configured remote AS"
						: "the AS is ours, and the neighbour's is to be "
						  "another");
		return false;
	}
	if (open->id == p->conf.router_id && open->asn == p->conf.local_as) {
		bgp_error_set(&p->error, BGP_ERR_OPEN, BGP_OPEN_BAD_IDENTIFIER, NULL, 0,
			      "the BGP Identifier is our own");
		return false;
	}
	if (!capa_role_ok(p->conf.capa.role, open->capa.role, p->conf.role_strict)) {
		bgp_error_set(&p->error, BGP_ERR_OPEN, BGP_OPEN_ROLE_MISMATCH, NULL, 0,
			      "the roles do not fit (RFC 9234)");
		return false;
	}
	capa_agree(&c->offered, &open->capa, &agreed);
	if (!agreed.families) {
		/* RFC 5492 section 5: the capability that is missed, as its TLV */
		uint8_t tlv[6] = {CAPA_MP, 4, 0, c->offered.families & 1 ? 1 : 2, 0, 1};

		bgp_error_set(&p->error, BGP_ERR_OPEN, BGP_OPEN_UNSUPPORTED_CAPABILITY, tlv,
			      sizeof(tlv), "no address family in common");
		return false;
	}
	return true;
}

void peer_negotiate(struct peer *p, struct conn *c, const struct bgp_open *open)
{
	uint16_t hold = open->hold_time < p->conf.hold_time ? open->hold_time : p->conf.hold_time;

	c->received = *open;
	c->hold_time = hold;
	c->keepalive = hold / 3 < p->conf.keepalive ? hold / 3 : p->conf.keepalive;
	if (hold && !c->keepalive)
		c->keepalive = 1;
	c->ctx = (struct update_ctx){
		.attr = {.ibgp = p->conf.remote_as == p->conf.local_as,
			 .local_as = p->conf.local_as,
			 .remote_as = open->asn},
	};
	capa_agree(&c->offered, &open->capa, &c->ctx.agreed);
	c->ctx.attr.as4 = c->ctx.agreed.as4;
	c->msg_max = c->ctx.agreed.ext_message ? BGP_MSG_EXT_MAX : BGP_MSG_MAX;
}

/* RFC 8538 section 3.1: a Hard Reset's data is the NOTIFICATION that it is instead of. */
void peer_harden(const struct conn *c, struct bgp_error *err)
{
	uint8_t data[2 + BGP_ERROR_DATA_MAX];
	struct wr wr = wr_init(data, sizeof(data));

	if (c->state != BGP_ESTABLISHED || !c->ctx.agreed.gr_notification)
		return;
	wr_u8(&wr, err->code);
	wr_u8(&wr, err->subcode);
	wr_bytes(&wr, err->data, err->data_len);
	bgp_error_set(err, BGP_ERR_CEASE, BGP_CEASE_HARD_RESET, data, wr_len(&wr), err->what);
}

/* RFC 4271 section 6.8 with RFC 6286 section 2.3: whose connection stays, ours or theirs? */
static enum peer_conn collision_winner(const struct peer *p, const struct bgp_open *open)
{
	if (p->conf.router_id != open->id)
		return p->conf.router_id > open->id ? CONN_OUT : CONN_IN;
	return p->conf.local_as > open->asn ? CONN_OUT : CONN_IN;
}

/* False: this connection lost and is gone. */
static bool resolve_collision(struct peer *p, enum peer_conn which, const struct bgp_open *open,
			      int64_t now)
{
	struct conn *other = &p->conns[!which];
	enum peer_conn loser;

	if (other->state < BGP_OPENCONFIRM)
		return true;
	p->counters.collisions++;
	bgp_error_set(&p->error, BGP_ERR_CEASE, BGP_CEASE_COLLISION, NULL, 0,
		      "a better connection is there");
	if (other->state == BGP_ESTABLISHED && other->ctx.agreed.gr_families && open->capa.gr &&
	    now - p->since >= REPLACE_MIN_US) {
		/* the peer has restarted, and its old connection is one that only we remember */
		p->reason = DOWN_REPLACED;
		peer_step(p, !which, EV_TCP_CONNECTION_FAILS, now);
		return true;
	}
	loser = other->state == BGP_ESTABLISHED ? which
						: (enum peer_conn) !collision_winner(p, open);
	p->reason = DOWN_COLLISION;
	peer_step(p, loser, EV_OPEN_COLLISION_DUMP, now);
	return loser != which;
}

static void on_open(struct peer *p, enum peer_conn which, struct rd body, int64_t now)
{
	struct conn *c = &p->conns[which];
	struct bgp_open open;

	if (c->state != BGP_OPENSENT) {
		peer_step(p, which, EV_BGP_OPEN, now);
		return;
	}
	p->refused_as = 0;
	if (!open_decode(body, &open, &p->error) || !peer_accepts(p, c, &open)) {
		p->reason = DOWN_NOTIFICATION_SENT;
		p->damp_us = DAMP_US;
		peer_step(p, which, EV_BGP_OPEN_MSG_ERR, now);
		return;
	}
	if (!resolve_collision(p, which, &open, now))
		return;
	peer_negotiate(p, c, &open);
	peer_io_keep_open_received(c, body);
	peer_step(p, which, EV_BGP_OPEN, now);
}

static void on_notification(struct peer *p, enum peer_conn which, struct rd body, int64_t now)
{
	struct bgp_error err;
	bool version;

	if (!notification_decode(body, &err))
		return;
	p->last_error = err;
	p->last_error_sent = false;
	p->reason = DOWN_NOTIFICATION_RECEIVED;
	version = err.code == BGP_ERR_OPEN && err.subcode == BGP_OPEN_UNSUPPORTED_VERSION;
	if (err.code == BGP_ERR_OPEN && err.subcode == BGP_OPEN_UNSUPPORTED_PARAMETER)
		p->refused = REFUSED_PARAMETERS;
	else if (err.code == BGP_ERR_OPEN && err.subcode == BGP_OPEN_UNSUPPORTED_CAPABILITY &&
		 p->refused == REFUSED_NOTHING)
		p->refused = REFUSED_CAPABILITIES;
	if (err.code != BGP_ERR_CEASE)
		p->damp_us = DAMP_US;
	peer_step(p, which, version ? EV_NOTIF_MSG_VER_ERR : EV_NOTIF_MSG, now);
}

static void on_update(struct peer *p, enum peer_conn which, struct rd body, int64_t now)
{
	struct conn *c = &p->conns[which];
	struct bgp_update u;
	unsigned int epoch = c->epoch;

	if (c->state != BGP_ESTABLISHED) {
		peer_step(p, which, EV_UPDATE_MSG, now);
		return;
	}
	if (!p->scratch)
		p->scratch = mem_zalloc(ATTR_SCRATCH);
	update_decode(&c->ctx, body, p->scratch, &u);
	p->counters.discarded_attrs += u.discarded;
	p->counters.ignored_families += u.ignored;
	if (u.verdict != UPDATE_OK)
		peer_io_keep_malformed(p, body);
	if (u.verdict == UPDATE_RESET) {
		p->error = u.err;
		p->reason = DOWN_NOTIFICATION_SENT;
		p->damp_us = DAMP_US;
		peer_step(p, which, EV_UPDATE_MSG_ERR, now);
		return;
	}
	if (u.verdict == UPDATE_TREAT_WITHDRAW)
		p->counters.treat_withdraw++;
	peer_step(p, which, EV_UPDATE_MSG, now);
	if (p->ops.update(p->ctx, &u, &p->error) || c->epoch != epoch)
		return;
	p->reason = DOWN_NOTIFICATION_SENT;
	/* else it would be here again at once, and so would what is too much */
	p->damp_us = LIMIT_WAIT_US;
	p->shut_until = now + LIMIT_WAIT_US;
	/* RFC 8538 section 5.1: what was too much is not to stay */
	peer_harden(c, &p->error);
	peer_step(p, which, EV_UPDATE_MSG_ERR, now);
}

static void on_refresh(struct peer *p, enum peer_conn which, struct rd body, int64_t now)
{
	struct conn *c = &p->conns[which];
	struct bgp_refresh r;

	if (c->state == BGP_ESTABLISHED &&
	    !refresh_decode(body, c->ctx.agreed.enhanced_refresh, &r, &p->error)) {
		if (!p->error.code)
			return;
		peer_io_keep_malformed(p, body);
		p->reason = DOWN_NOTIFICATION_SENT;
		p->damp_us = DAMP_US;
		peer_step(p, which, EV_UPDATE_MSG_ERR, now);
		return;
	}
	peer_step(p, which, EV_ROUTE_REFRESH_MSG, now);
	/* one that was not agreed on is ignored (RFC 2918 section 4) */
	if (c->state == BGP_ESTABLISHED && c->ctx.agreed.route_refresh)
		p->ops.refresh(p->ctx, &r);
}

void peer_message(struct peer *p, enum peer_conn which, const struct bgp_msg *msg, int64_t now)
{
	p->counters.rx[0]++;
	p->counters.rx[msg->type]++;
	switch (msg->type) {
	case BGP_OPEN:
		on_open(p, which, msg->body, now);
		break;
	case BGP_UPDATE:
		on_update(p, which, msg->body, now);
		break;
	case BGP_NOTIFICATION:
		on_notification(p, which, msg->body, now);
		break;
	case BGP_KEEPALIVE:
		peer_step(p, which, EV_KEEPALIVE_MSG, now);
		break;
	default:
		on_refresh(p, which, msg->body, now);
		break;
	}
}

void peer_bad_stream(struct peer *p, enum peer_conn which, const struct bgp_error *err, int64_t now)
{
	p->error = *err;
	p->reason = DOWN_NOTIFICATION_SENT;
	p->damp_us = DAMP_US;
	peer_step(p, which, EV_BGP_HEADER_ERR, now);
}
