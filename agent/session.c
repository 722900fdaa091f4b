/* session: see session.h. */
#include "agent/session.h"

#include "agent/io/log.h"
#include "agent/io/tcp.h"
#include "agent/lib/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_CHUNK         65536
#define READ_CHUNKS_MAX    16                /* a wake-up: the loop must get round */
#define QUIET_US           (5 * 1000 * 1000) /* without GR: silence that passes for an End-of-RIB */
#define LOCAL_PREF_DEFAULT 100

struct connection {
	int fd; /* -1: none */
	struct loop_fd *watch;
	bool dialling;
	struct addr local;
};

struct session {
	const struct session_env *env;
	struct session_conf conf;
	char name[SESSION_NAME_MAX];
	struct peer *peer;
	struct rib_peer *rib_peer;
	struct adj_out *adj_out;
	struct connection conns[CONN_COUNT];
	struct loop_timer *timer;
	struct loop_timer *stale_timer;
	struct loop_timer *dial_timer; /* fails a dial outside of the peer's own call */
	const char *blocked;
	char logged_failure[96]; /* the reason for not connecting that was last logged */
	bool pumping;
	bool warned_maximum;
	uint32_t malformed_logged[8]; /* by attribute, since the session is up */
	uint8_t gr_families;          /* of the session that is, or was last, up */
	uint16_t gr_time;             /* seconds the peer asked for */
	uint8_t eor;                  /* families whose End-of-RIB has come */
	int64_t last_update;
	struct session *next;
};

static void session_pump(struct session *s);
static void conn_ready(struct session *s, enum peer_conn conn, unsigned int events);

static int64_t now_of(const struct session *s)
{
	return loop_now(s->env->loop);
}

static void on_out_ready(void *ctx, unsigned int events)
{
	conn_ready(ctx, CONN_OUT, events);
}

static void on_in_ready(void *ctx, unsigned int events)
{
	conn_ready(ctx, CONN_IN, events);
}

static bool conn_open(struct session *s, enum peer_conn conn, int fd, unsigned int events)
{
	struct connection *c = &s->conns[conn];

	c->fd = fd;
	c->watch = loop_fd_new(s->env->loop, fd, events,
			       conn == CONN_OUT ? on_out_ready : on_in_ready, s);
	if (!c->watch) {
		close(fd);
		c->fd = -1;
		return false;
	}
	return true;
}

static void conn_close(struct session *s, enum peer_conn conn)
{
	struct connection *c = &s->conns[conn];

	if (c->fd < 0)
		return;
	loop_fd_free(c->watch);
	close(c->fd);
	*c = (struct connection){.fd = -1};
}

/* Writes what the peer has for the connection; false: the connection is broken. */
static bool conn_write(struct session *s, enum peer_conn conn)
{
	struct connection *c = &s->conns[conn];
	const uint8_t *data;
	size_t len;

	if (c->fd < 0 || c->dialling)
		return true;
	while ((len = peer_output(s->peer, conn, &data)) > 0) {
		ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			loop_fd_set(c->watch, LOOP_READ | LOOP_WRITE);
			return true;
		}
		if (n <= 0)
			return false;
		peer_sent(s->peer, conn, (size_t)n, now_of(s));
	}
	loop_fd_set(c->watch, LOOP_READ);
	return true;
}

/* Logged when it is news: a ToR that is away for an hour is one line, not thousands. */
static void log_connect_failure(struct session *s, const char *reason)
{
	if (strcmp(s->logged_failure, reason) == 0)
		return;
	snprintf(s->logged_failure, sizeof(s->logged_failure), "%s", reason);
	log_info("cannot connect, trying again", "peer=%s reason=%s", s->name, reason);
}

/* RFC 2385: the key is read anew for each connection, so a rotated secret needs no reload. Trailing
 * newlines are not part of it. */
static bool read_password(const struct session *s, char *key, size_t cap, const char **why)
{
	int fd = open(s->conf.password_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0) {
		*why = errno == ENOENT ? "the password file is missing"
				       : "the password file cannot be read";
		return false;
	}
	n = read(fd, key, cap);
	close(fd);
	while (n > 0 && (key[n - 1] == '\n' || key[n - 1] == '\r'))
		n--;
	if (n <= 0 || n > TCP_MD5_KEY_MAX) {
		explicit_bzero(key, cap);
		*why = n <= 0 ? "the password file is empty"
			      : "the password is longer than 80 octets (RFC 2385)";
		return false;
	}
	key[n] = '\0';
	return true;
}

bool session_password(const struct session *s, char *buf, const char **key, const char **why)
{
	_Static_assert(SESSION_PASSWORD_LEN == TCP_MD5_KEY_MAX + 2,
		       "a key, one octet too many, and NUL");
	*key = NULL;
	if (!*s->conf.password_file)
		return true;
	if (!read_password(s, buf, SESSION_PASSWORD_LEN - 1, why))
		return false;
	*key = buf;
	return true;
}

static void fail_dial(void *ctx)
{
	struct session *s = ctx;

	peer_disconnected(s->peer, CONN_OUT, now_of(s));
	session_pump(s);
}

static void on_dial(void *ctx)
{
	struct session *s = ctx;
	struct tcp_opts opts = {.local = s->conf.source,
				.ifindex = s->conf.ifindex,
				.ttl = s->conf.ttl,
				.min_ttl = s->conf.min_ttl};
	char key[SESSION_PASSWORD_LEN] = "";
	int fd;

	s->blocked = NULL;
	if (!session_password(s, key, &opts.md5_key, &s->blocked)) {
		/* fail closed: never without the password that is configured */
		log_connect_failure(s, s->blocked);
		loop_timer_set(s->dial_timer, now_of(s));
		return;
	}
	s->env->ops->password(s->env->ctx, s, opts.md5_key);
	fd = tcp_dial(&s->conf.addr, s->conf.port, &opts);
	explicit_bzero(key, sizeof(key));
	if (fd < 0 || !conn_open(s, CONN_OUT, fd, LOOP_WRITE)) {
		log_connect_failure(s, strerror(fd < 0 ? -fd : EMFILE));
		/* not from here: the peer is in the middle of a call */
		loop_timer_set(s->dial_timer, now_of(s));
		return;
	}
	s->conns[CONN_OUT].dialling = true;
}

static void on_close(void *ctx, enum peer_conn conn)
{
	struct session *s = ctx;

	/* the last words; a peer that does not take them now does not get them */
	conn_write(s, conn);
	conn_close(s, conn);
	if (conn == CONN_OUT)
		loop_timer_set(s->dial_timer, INT64_MAX);
}

static enum peer_conn live_conn(const struct session *s)
{
	return s->conns[CONN_OUT].fd >= 0 && !s->conns[CONN_OUT].dialling ? CONN_OUT : CONN_IN;
}

static void fill_rib_peer(struct session *s)
{
	struct rib_peer *rp = s->rib_peer;
	const struct session_conf *c = &s->conf;

	rp->addr = c->addr;
	rp->ifindex = c->ifindex;
	rp->remote_as = c->peer.remote_as;
	rp->ibgp = c->peer.remote_as == c->peer.local_as;
	rp->connected = !rp->ibgp && !c->multihop;
	rp->enforce_first_as = c->enforce_first_as && !rp->ibgp;
	rp->allowas_in = c->allowas_in;
	rp->role = c->peer.capa.role;
	rp->ctx = s;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		rp->import_prefix_list[f] =
			*c->import_prefix_list[f] ? c->import_prefix_list[f] : NULL;
		rp->import_route_map[f] = *c->import_route_map[f] ? c->import_route_map[f] : NULL;
	}
}

static void on_up(void *ctx)
{
	struct session *s = ctx;
	const struct bgp_open *open = peer_open_received(s->peer);
	const struct update_ctx *uc = peer_ctx(s->peer);
	char id[ADDR_STRLEN];
	struct addr a = addr_ip4(open->id);

	s->logged_failure[0] = '\0';
	s->warned_maximum = false;
	memset(s->malformed_logged, 0, sizeof(s->malformed_logged));
	s->eor = 0;
	s->last_update = now_of(s);
	s->rib_peer->remote_id = open->id;
	s->gr_families = uc->agreed.gr_families;
	s->gr_time = open->capa.gr_time;
	/* families that the peer did not preserve over its restart (RFC 4724 section 4.2) */
	for (int f = 0; f < FAMILY_COUNT; f++) {
		bool kept = open->capa.gr && (open->capa.gr_forwarding & FAMILY_BIT(f)) &&
			    (uc->agreed.families & FAMILY_BIT(f));

		if (s->rib_peer->stale[f] && !kept)
			rib_peer_sweep(s->env->rib, s->rib_peer, (enum family)f);
	}
	loop_timer_set(s->stale_timer, now_of(s) + (int64_t)s->conf.stale_time_s * 1000000);
	adj_out_up(s->adj_out, uc);
	log_info("session established", "peer=%s as=%u router_id=%s hold=%u local=%s", s->name,
		 open->asn, addr_str(&a, id), peer_hold_time(s->peer),
		 live_conn(s) == CONN_OUT ? "dialled" : "accepted");
	s->env->ops->changed(s->env->ctx, s);
}

static void on_down(void *ctx, enum peer_down_reason reason, bool graceful)
{
	struct session *s = ctx;
	const struct bgp_error *err = peer_last_error(s->peer);
	char text[320] = "";

	if (err->code)
		bgp_error_str(err, text, sizeof(text));
	log_warning("session down", "peer=%s reason=%s notification=%s routes=%s", s->name,
		    peer_down_reason_name(reason), *text ? text : "none",
		    graceful ? "kept" : "removed");
	adj_out_down(s->adj_out);
	if (graceful) {
		uint32_t wait =
			s->gr_time < s->conf.stale_time_s ? s->gr_time : s->conf.stale_time_s;

		rib_peer_down(s->env->rib, s->rib_peer, s->gr_families);
		loop_timer_set(s->stale_timer, now_of(s) + (int64_t)wait * 1000000);
	} else {
		rib_peer_down(s->env->rib, s->rib_peer, 0);
		loop_timer_set(s->stale_timer, INT64_MAX);
	}
	s->env->ops->rib_changed(s->env->ctx);
	s->env->ops->changed(s->env->ctx, s);
}

/* The time for End-of-RIB, or for the peer to come back, is over. */
static void on_stale_timer(void *ctx)
{
	struct session *s = ctx;

	for (int f = 0; f < FAMILY_COUNT; f++) {
		if (!s->rib_peer->stale[f])
			continue;
		log_info("stale routes removed", "peer=%s family=%s routes=%u", s->name,
			 f == FAMILY_IP4 ? "ipv4" : "ipv6", s->rib_peer->stale[f]);
		rib_peer_sweep(s->env->rib, s->rib_peer, (enum family)f);
	}
	s->env->ops->rib_changed(s->env->ctx);
}

/* The first of each kind in a session: a peer that sends thousands fills counters, not the log. */
static void log_malformed(struct session *s, const struct bgp_update *u)
{
	uint32_t bit = 1u << u->bad_attr % 32;

	if (s->malformed_logged[u->bad_attr / 32] & bit)
		return;
	s->malformed_logged[u->bad_attr / 32] |= bit;
	log_warning("malformed UPDATE, further ones like it are only counted",
		    "peer=%s treated_as=%s attribute=%u reason=%s", s->name,
		    u->verdict == UPDATE_DISCARD_ATTR ? "attribute-discard" : "withdraw",
		    u->bad_attr, u->err.what);
}

static void end_of_rib(struct session *s, enum family f)
{
	s->eor |= (uint8_t)FAMILY_BIT(f);
	rib_peer_sweep(s->env->rib, s->rib_peer, f);
	log_debug("End-of-RIB", "peer=%s family=%s routes=%u", s->name,
		  f == FAMILY_IP4 ? "ipv4" : "ipv6", s->rib_peer->received[f]);
	s->env->ops->rib_changed(s->env->ctx);
	s->env->ops->changed(s->env->ctx, s);
}

/* RFC 4486 section 4: Cease/1 with family and limit. */
static void over_limit(struct session *s, uint32_t limit, struct bgp_error *err)
{
	uint8_t data[7] = {0,
			   AFI_IP4,
			   1,
			   (uint8_t)(limit >> 24),
			   (uint8_t)(limit >> 16),
			   (uint8_t)(limit >> 8),
			   (uint8_t)limit};

	if (s->rib_peer->received[FAMILY_IP6] > limit)
		data[1] = AFI_IP6;
	log_error("maximum-routes exceeded", "peer=%s limit=%u", s->name, limit);
	bgp_error_set(err, BGP_ERR_CEASE, BGP_CEASE_MAX_PREFIXES, data, sizeof(data),
		      "more routes than maximum-routes allows");
}

static void warn_maximum(struct session *s)
{
	const struct session_conf *c = &s->conf;

	if (!c->maximum_routes_warn || !c->maximum_routes || s->warned_maximum)
		return;
	if (s->rib_peer->received[FAMILY_IP4] <= c->maximum_routes &&
	    s->rib_peer->received[FAMILY_IP6] <= c->maximum_routes)
		return;
	s->warned_maximum = true;
	log_warning("maximum-routes exceeded", "peer=%s limit=%u action=warning-only", s->name,
		    c->maximum_routes);
}

static bool on_update(void *ctx, const struct bgp_update *u, struct bgp_error *err)
{
	struct session *s = ctx;
	uint32_t limit = s->conf.maximum_routes_warn ? 0 : s->conf.maximum_routes;

	if (u->verdict != UPDATE_OK)
		log_malformed(s, u);
	s->last_update = now_of(s);
	if (u->eor) {
		end_of_rib(s, u->eor == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6);
		return true;
	}
	switch (rib_update(s->env->rib, s->rib_peer, u, limit)) {
	case RIB_OVER_LIMIT:
		over_limit(s, limit, err);
		return false;
	case RIB_OVER_BYTES:
		log_error("path attributes take more memory than they may", "peer=%s limit=%u",
			  s->name, RIB_ATTR_BYTES_MAX);
		bgp_error_set(err, BGP_ERR_CEASE, BGP_CEASE_OUT_OF_RESOURCES, NULL, 0,
			      "path attributes take more memory than they may");
		return false;
	default:
		break;
	}
	warn_maximum(s);
	s->env->ops->rib_changed(s->env->ctx);
	return true;
}

static void on_refresh(void *ctx, const struct bgp_refresh *r)
{
	struct session *s = ctx;
	enum family f = r->afi == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6;

	if ((r->afi != AFI_IP4 && r->afi != AFI_IP6) || r->safi != 1)
		return;
	switch (r->subtype) {
	case REFRESH_REQUEST:
		adj_out_refresh(s->adj_out, f);
		break;
	case REFRESH_BORR:
		rib_peer_mark_stale(s->env->rib, s->rib_peer, f);
		break;
	case REFRESH_EORR:
		rib_peer_sweep(s->env->rib, s->rib_peer, f);
		s->env->ops->rib_changed(s->env->ctx);
		break;
	default: /* RFC 7313 section 5: ignored */
		break;
	}
}

static void on_writable(void *ctx)
{
	/* whoever called into the peer pumps afterwards */
	(void)ctx;
}

static uint32_t on_random(void *ctx)
{
	(void)ctx;
	return loop_random();
}

static const struct peer_ops peer_callbacks = {
	.dial = on_dial,
	.close = on_close,
	.up = on_up,
	.down = on_down,
	.update = on_update,
	.refresh = on_refresh,
	.writable = on_writable,
	.random = on_random,
};

/* After every call into the peer: announce what there is room for, write, set the timer. */
static void session_pump(struct session *s)
{
	uint8_t msg[BGP_MSG_EXT_MAX];
	bool advertised = false;

	if (s->pumping)
		return;
	s->pumping = true;
	while (peer_is_up(s->peer) && peer_can_send(s->peer)) {
		struct wr wr = wr_init(msg, sizeof(msg));

		if (!adj_out_next(s->adj_out, &wr))
			break;
		peer_queue(s->peer, msg, wr_len(&wr), now_of(s));
		advertised = true;
	}
	for (int c = 0; c < CONN_COUNT; c++) {
		if (!conn_write(s, (enum peer_conn)c)) {
			conn_close(s, (enum peer_conn)c);
			peer_disconnected(s->peer, (enum peer_conn)c, now_of(s));
		}
	}
	s->pumping = false;
	loop_timer_set(s->timer, peer_deadline(s->peer));
	if (advertised)
		s->env->ops->advertised(s->env->ctx, s);
}

static void on_timer(void *ctx)
{
	struct session *s = ctx;

	peer_tick(s->peer, now_of(s));
	session_pump(s);
}

static void conn_lost(struct session *s, enum peer_conn conn)
{
	conn_close(s, conn);
	peer_disconnected(s->peer, conn, now_of(s));
}

static void conn_dialled(struct session *s)
{
	struct connection *c = &s->conns[CONN_OUT];
	int err = tcp_connect_result(c->fd);

	if (!err)
		err = tcp_local(c->fd, &c->local);
	if (err) {
		log_connect_failure(s, strerror(-err));
		conn_lost(s, CONN_OUT);
		return;
	}
	c->dialling = false;
	loop_fd_set(c->watch, LOOP_READ);
	if (!peer_connected(s->peer, CONN_OUT, now_of(s)))
		conn_close(s, CONN_OUT);
}

static void conn_read(struct session *s, enum peer_conn conn)
{
	static uint8_t buf[READ_CHUNK]; /* used up before the next read */

	for (int i = 0; i < READ_CHUNKS_MAX && s->conns[conn].fd >= 0; i++) {
		ssize_t n = recv(s->conns[conn].fd, buf, sizeof(buf), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			conn_lost(s, conn);
			return;
		}
		peer_recv(s->peer, conn, buf, (size_t)n, now_of(s));
		if ((size_t)n < sizeof(buf))
			return;
	}
}

static void conn_ready(struct session *s, enum peer_conn conn, unsigned int events)
{
	if (s->conns[conn].dialling)
		conn_dialled(s);
	else if (events & LOOP_READ)
		conn_read(s, conn);
	session_pump(s);
}

void session_accept(struct session *s, int fd, const struct addr *local)
{
	struct tcp_opts opts = {.ttl = s->conf.ttl, .min_ttl = s->conf.min_ttl};

	if (tcp_apply(fd, (enum afi)s->conf.addr.afi, &opts) != 0 ||
	    !peer_connected(s->peer, CONN_IN, now_of(s))) {
		close(fd);
		session_pump(s);
		return;
	}
	if (!conn_open(s, CONN_IN, fd, LOOP_READ))
		peer_disconnected(s->peer, CONN_IN, now_of(s));
	else
		s->conns[CONN_IN].local = *local;
	session_pump(s);
}

static bool export_permits(const struct session *s, const struct policy *policy, enum family f,
			   const struct prefix *p, struct attr_set *set, uint8_t *scratch)
{
	const char *list = s->conf.export_prefix_list[f];
	const char *map = s->conf.export_route_map[f];

	if (*list && !policy_prefix_list_permits(policy, list, p))
		return false;
	return !*map || policy_route_map_apply(policy, map, p, set, scratch);
}

/* The attributes of a route of our own towards this peer (RFC 4271 section 5.1). */
static bool local_attrs(const struct session *s, enum afi afi, struct attr_set *set,
			uint8_t path[static 6])
{
	const struct peer_conf *pc = &s->conf.peer;
	const struct update_ctx *uc = peer_ctx(s->peer);
	struct addr local = s->conns[live_conn(s)].local;

	*set = (struct attr_set){
		.has = ATTR_HAS_ORIGIN | ATTR_HAS_AS_PATH | ATTR_HAS_NEXT_HOP,
		.origin = ORIGIN_IGP,
	};
	if (pc->remote_as == pc->local_as) {
		set->has |= ATTR_HAS_LOCAL_PREF;
		set->local_pref = LOCAL_PREF_DEFAULT;
	} else {
		struct wr wr = wr_init(path, 6);

		wr_u8(&wr, AS_SEQUENCE);
		wr_u8(&wr, 1);
		wr_u32(&wr, pc->local_as);
		set->as_path = path;
		set->as_path_len = 6;
	}
	/* RFC 9234 section 5: marked on its way down, or across */
	if (pc->remote_as != pc->local_as &&
	    (pc->capa.role == ROLE_PROVIDER || pc->capa.role == ROLE_RS ||
	     pc->capa.role == ROLE_PEER)) {
		set->otc = pc->local_as;
		set->has |= ATTR_HAS_OTC;
	}
	if (local.afi == afi) {
		set->nexthop = local;
	} else if (afi == AFI_IP4 && (uc->agreed.ext_nexthop & FAMILY_BIT(FAMILY_IP4))) {
		set->nexthop = local; /* RFC 8950 */
	} else {
		set->nexthop = s->env->ops->local_twin(s->env->ctx, &local, afi);
		if (!set->nexthop.afi)
			return false;
	}
	return true;
}

void session_advertise(struct session *s, const struct local_route *routes, size_t n,
		       const struct policy *policy, bool shutting_down)
{
	static const uint8_t gshut[4] = {0xff, 0xff, 0, 0}; /* RFC 8326 */
	static uint8_t scratch[POLICY_SCRATCH];
	bool ibgp = s->conf.peer.remote_as == s->conf.peer.local_as;

	if (!peer_is_up(s->peer))
		return;
	adj_out_want_begin(s->adj_out);
	for (size_t i = 0; i < n; i++) {
		const struct prefix *p = &routes[i].prefix;
		enum family f = p->afi == AFI_IP4 ? FAMILY_IP4 : FAMILY_IP6;
		uint8_t path[6];
		struct attr_set set;

		if (!(peer_ctx(s->peer)->agreed.families & FAMILY_BIT(f)) ||
		    !local_attrs(s, (enum afi)p->afi, &set, path))
			continue;
		if (shutting_down) {
			set.communities = gshut;
			set.communities_len = sizeof(gshut);
			if (ibgp)
				set.local_pref = 0;
		}
		if (export_permits(s, policy, f, p, &set, scratch))
			adj_out_want(s->adj_out, p, &set);
	}
	adj_out_want_end(s->adj_out);
	session_pump(s);
}

static void make_name(struct session *s)
{
	char text[ADDR_STRLEN];

	snprintf(s->name, sizeof(s->name), "%s%s%s", addr_str(&s->conf.addr, text),
		 *s->conf.ifname ? "%" : "", s->conf.ifname);
}

struct session *session_new(const struct session_env *env, const struct session_conf *conf)
{
	struct session *s = mem_zalloc(sizeof(*s));

	s->env = env;
	s->conf = *conf;
	make_name(s);
	for (int c = 0; c < CONN_COUNT; c++)
		s->conns[c].fd = -1;
	s->peer = peer_new(&conf->peer, &peer_callbacks, s);
	s->rib_peer = rib_peer_new(env->rib);
	fill_rib_peer(s);
	s->adj_out = adj_out_new(rib_attr_table(env->rib));
	s->timer = loop_timer_new(env->loop, on_timer, s);
	s->stale_timer = loop_timer_new(env->loop, on_stale_timer, s);
	s->dial_timer = loop_timer_new(env->loop, fail_dial, s);
	return s;
}

static void session_destroy(struct session *s)
{
	for (int c = 0; c < CONN_COUNT; c++)
		conn_close(s, (enum peer_conn)c);
	loop_timer_free(s->timer);
	loop_timer_free(s->stale_timer);
	loop_timer_free(s->dial_timer);
	adj_out_free(s->adj_out);
	rib_peer_free(s->env->rib, s->rib_peer);
	peer_free(s->peer);
	free(s);
}

void session_free(struct session *s, uint8_t cease_subcode, const char *text)
{
	if (!s)
		return;
	peer_stop(s->peer, cease_subcode, text, now_of(s));
	session_destroy(s);
}

void session_abandon(struct session *s)
{
	for (int c = 0; c < CONN_COUNT; c++)
		conn_close(s, (enum peer_conn)c);
	/* the NOTIFICATION that this makes finds no socket to go out on */
	peer_stop(s->peer, BGP_CEASE_ADMIN_RESET, NULL, now_of(s));
	session_destroy(s);
}

void session_start(struct session *s)
{
	peer_start(s->peer, now_of(s));
	session_pump(s);
}

void session_set_conf(struct session *s, const struct session_conf *conf)
{
	/* what the TCP connection was opened with cannot be changed under way */
	bool reopen = conf->port != s->conf.port || !addr_eq(&conf->source, &s->conf.source) ||
		      conf->ttl != s->conf.ttl || conf->min_ttl != s->conf.min_ttl ||
		      strcmp(conf->password_file, s->conf.password_file) != 0;

	s->conf = *conf;
	make_name(s);
	fill_rib_peer(s);
	if (!peer_set_conf(s->peer, &conf->peer, now_of(s)) && reopen)
		peer_reset(s->peer, BGP_CEASE_CONFIG_CHANGE, NULL, now_of(s));
	rib_peer_reimport(s->env->rib, s->rib_peer);
	s->env->ops->rib_changed(s->env->ctx);
	session_pump(s);
}

void session_reset(struct session *s, uint8_t cease_subcode, const char *text)
{
	peer_reset(s->peer, cease_subcode, text, now_of(s));
	session_pump(s);
}

void session_set_restarting(struct session *s, bool restarting)
{
	/* our prefixes are reached through the pods' own routes, which are not ours to lose */
	peer_set_restarting(s->peer, restarting, s->conf.peer.capa.gr_families);
}

void session_soft_reset(struct session *s)
{
	const struct update_ctx *uc = peer_ctx(s->peer);

	if (!uc)
		return;
	for (int f = 0; f < FAMILY_COUNT; f++) {
		struct bgp_refresh r = {.afi = f == FAMILY_IP4 ? AFI_IP4 : AFI_IP6, .safi = 1};
		uint8_t msg[BGP_HEADER_LEN + 4];
		struct wr wr = wr_init(msg, sizeof(msg));

		if (!(uc->agreed.families & FAMILY_BIT(f)))
			continue;
		adj_out_refresh(s->adj_out, (enum family)f);
		if (!uc->agreed.route_refresh)
			continue;
		refresh_encode(&r, &wr);
		peer_queue(s->peer, msg, wr_len(&wr), now_of(s));
	}
	rib_peer_reimport(s->env->rib, s->rib_peer);
	s->env->ops->rib_changed(s->env->ctx);
	session_pump(s);
}

void session_path_down(struct session *s)
{
	peer_path_down(s->peer, now_of(s));
	session_pump(s);
}

void session_hurry(struct session *s)
{
	peer_hurry(s->peer, now_of(s));
	session_pump(s);
}

const struct session_conf *session_conf(const struct session *s)
{
	return &s->conf;
}

const char *session_name(const struct session *s)
{
	return s->name;
}

const struct peer *session_peer(const struct session *s)
{
	return s->peer;
}

const struct rib_peer *session_rib_peer(const struct session *s)
{
	return s->rib_peer;
}

const struct adj_out *session_adj_out(const struct session *s)
{
	return s->adj_out;
}

struct addr session_local(const struct session *s)
{
	return s->conns[live_conn(s)].local;
}

const char *session_blocked(const struct session *s)
{
	return s->blocked;
}

bool session_synced(const struct session *s)
{
	const struct update_ctx *uc = peer_ctx(s->peer);

	if (!uc)
		return false;
	if ((s->eor & uc->agreed.families) == uc->agreed.families)
		return true;
	return !peer_open_received(s->peer)->capa.gr && now_of(s) - s->last_update > QUIET_US;
}

struct session *session_next(const struct session *s)
{
	return s->next;
}

void session_set_next(struct session *s, struct session *next)
{
	s->next = next;
}
