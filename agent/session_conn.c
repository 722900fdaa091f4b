/*
 * session_conn: a session's two connections: dialled, accepted, read, written, closed.
 */
#include "agent/session_impl.h"

#include "agent/io/log.h"
#include "agent/io/tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_CHUNK 16384

static void conn_ready(struct session *s, enum peer_conn conn, unsigned int events);

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

bool session_conn_open(struct session *s, enum peer_conn conn, int fd)
{
	return conn_open(s, conn, fd, LOOP_READ);
}

void session_conn_close(struct session *s, enum peer_conn conn)
{
	struct connection *c = &s->conns[conn];

	if (c->fd < 0)
		return;
	loop_fd_free(c->watch);
	close(c->fd);
	*c = (struct connection){.fd = -1};
}

bool session_conn_write(struct session *s, enum peer_conn conn)
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
		peer_sent(s->peer, conn, (size_t)n, session_now(s));
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

/* The key is read anew for each connection, so a rotated secret needs no reload. Trailing
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
	if (n <= 0 || n > TCP_KEY_MAX) {
		explicit_bzero(key, cap);
		*why = n <= 0 ? "the password file is empty"
			      : "the password is longer than 80 octets";
		return false;
	}
	key[n] = '\0';
	return true;
}

bool session_auth(const struct session *s, char *buf, struct tcp_auth *auth, const char **why)
{
	_Static_assert(SESSION_PASSWORD_LEN == TCP_KEY_MAX + 2,
		       "a key, one octet too many, and NUL");
	*auth = (struct tcp_auth){
		.ao = s->conf.ao, .id = s->conf.ao_id, .aes_cmac = s->conf.ao_aes_cmac};
	if (!*s->conf.password_file)
		return true;
	if (!read_password(s, buf, SESSION_PASSWORD_LEN - 1, why))
		return false;
	auth->key = buf;
	return true;
}

void session_fail_dial(void *ctx)
{
	struct session *s = ctx;

	peer_disconnected(s->peer, CONN_OUT, session_now(s));
	session_pump(s);
}

/* Why there is no point in dialling, or NULL; fills what is to be dialled from. */
static const char *cannot_dial(const struct session *s, struct addr *source)
{
	const struct session_conf *c = &s->conf;

	if (*c->ifname && !c->ifindex)
		return "there is no interface of that name";
	if (!c->addr.afi)
		return "no router has been heard on the interface (RFC 4861)";
	*source = c->source;
	/* a link-local neighbour is talked to from the link's own address, whatever else there is
	 */
	if (!*c->source_if || *c->ifname)
		return NULL;
	*source = s->env->ops->addr_on(s->env->ctx, c->source_if, (enum afi)c->addr.afi);
	return source->afi ? NULL : "the update-source interface has no address of this family";
}

void session_await_call(void *ctx)
{
	struct session *s = ctx;
	char key[SESSION_PASSWORD_LEN] = "";
	struct tcp_auth auth = {0};
	const char *why = NULL;

	loop_timer_set(s->auth_timer, INT64_MAX);
	if (!s->started || s->held || !s->conf.peer.passive || s->conf.peer.shutdown ||
	    peer_is_up(s->peer))
		return;
	if (session_auth(s, key, &auth, &why))
		s->env->ops->password(s->env->ctx, s, &auth);
	else
		log_connect_failure(s, why);
	explicit_bzero(key, sizeof(key));
	s->blocked = why;
	s->blocked_state = "Idle(NoPwd)";
	if (*s->conf.password_file)
		loop_timer_set(s->auth_timer, session_now(s) + PEER_RETRY_MAX_US);
}

void session_on_dial(void *ctx)
{
	struct session *s = ctx;
	struct tcp_opts opts = {
		.ifindex = s->conf.ifindex, .ttl = s->conf.ttl, .min_ttl = s->conf.min_ttl};
	char key[SESSION_PASSWORD_LEN] = "";
	struct tcp_auth auth = {0};
	int fd;

	s->blocked = cannot_dial(s, &opts.local);
	s->blocked_state = s->blocked ? "Idle(NoIf)" : "Idle(NoPwd)";
	/* fail closed: never without the password that is configured */
	if (s->blocked || !session_auth(s, key, &auth, &s->blocked)) {
		log_connect_failure(s, s->blocked);
		loop_timer_set(s->dial_timer, session_now(s));
		return;
	}
	opts.auth = auth.key ? &auth : NULL;
	s->env->ops->password(s->env->ctx, s, &auth);
	fd = tcp_dial(&s->conf.addr, s->conf.port, &opts);
	explicit_bzero(key, sizeof(key));
	if (fd == -ENOPROTOOPT && opts.auth)
		s->blocked = auth.ao ? "the kernel has no TCP-AO (RFC 5925): Linux 6.7 or later, "
				       "with CONFIG_TCP_AO"
				     : "the kernel has no TCP MD5 (RFC 2385): CONFIG_TCP_MD5SIG";
	if (fd < 0 || !conn_open(s, CONN_OUT, fd, LOOP_WRITE)) {
		s->failed = fd < 0 ? -fd : EMFILE;
		log_connect_failure(s, s->blocked ? s->blocked : strerror(fd < 0 ? -fd : EMFILE));
		/* not from here: the peer is in the middle of a call */
		loop_timer_set(s->dial_timer, session_now(s));
		return;
	}
	s->conns[CONN_OUT].dialling = true;
}

void session_on_close(void *ctx, enum peer_conn conn)
{
	struct session *s = ctx;

	/* nobody has answered, neither yes nor no */
	if (conn == CONN_OUT && s->conns[conn].dialling)
		s->failed = ETIMEDOUT;
	/* the last words; a peer that does not take them now does not get them */
	session_conn_write(s, conn);
	session_conn_close(s, conn);
	if (conn == CONN_OUT)
		loop_timer_set(s->dial_timer, INT64_MAX);
}

static void conn_lost(struct session *s, enum peer_conn conn)
{
	session_conn_close(s, conn);
	peer_disconnected(s->peer, conn, session_now(s));
}

/* Until the session is up, a neighbour that does not even acknowledge our OPEN is not waited for
 * any longer than one that does not answer a dial: it may have gone without a word, or with one
 * that GTSM did not let through. */
static int conn_begin(int fd)
{
	return tcp_user_timeout(fd, PEER_CONNECT_WAIT_US / 1000);
}

void session_conn_up(struct session *s)
{
	/* from here on the hold timers decide */
	tcp_user_timeout(s->conns[session_live_conn(s)].fd, 0);
}

static void conn_dialled(struct session *s)
{
	struct connection *c = &s->conns[CONN_OUT];
	int err = tcp_connect_result(c->fd);

	if (!err)
		err = conn_begin(c->fd);
	if (!err)
		err = tcp_local(c->fd, &c->local);
	/* a neighbour from whom nothing gets here is as silent as before, until something does */
	if (err || s->failed != ETIMEDOUT)
		s->failed = -err;
	if (err) {
		log_connect_failure(s, strerror(-err));
		conn_lost(s, CONN_OUT);
		return;
	}
	c->dialling = false;
	loop_fd_set(c->watch, LOOP_READ);
	if (!peer_connected(s->peer, CONN_OUT, session_now(s)))
		session_conn_close(s, CONN_OUT);
}

static void conn_read(struct session *s, enum peer_conn conn)
{
	static uint8_t buf[READ_CHUNK]; /* used up before the next read */

	for (unsigned int i = 0; s->conns[conn].fd >= 0; i++) {
		ssize_t n;

		if (i == SESSION_TURN_OCTETS / READ_CHUNK) {
			/* the descriptor is still readable: it comes round again */
			peer_limit_hit(s->peer, PEER_LIMIT_TURN);
			return;
		}
		n = recv(s->conns[conn].fd, buf, sizeof(buf), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0 && errno == ETIMEDOUT && !peer_is_up(s->peer)) {
			s->failed = ETIMEDOUT;
			log_connect_failure(s, strerror(ETIMEDOUT));
		}
		if (n <= 0) {
			conn_lost(s, conn);
			return;
		}
		s->failed = 0;
		peer_recv(s->peer, conn, buf, (size_t)n, session_now(s));
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

	if (tcp_apply(fd, (enum afi)s->conf.addr.afi, &opts) != 0 || conn_begin(fd) != 0 ||
	    !peer_connected(s->peer, CONN_IN, session_now(s))) {
		close(fd);
		session_pump(s);
		return;
	}
	if (!conn_open(s, CONN_IN, fd, LOOP_READ))
		peer_disconnected(s->peer, CONN_IN, session_now(s));
	else
		s->conns[CONN_IN].local = *local;
	session_pump(s);
}
