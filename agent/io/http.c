/* http: see http.h. libmicrohttpd keeps its sockets in an epoll descriptor, which our loop watches.
 * Of its own limits of connections none says which of them has to go: that is done here.
 */
#include "agent/io/http.h"

#include "agent/io/log.h"
#include "agent/io/sockaddr.h"
#include "agent/lib/mem.h"
#include "agent/lib/prefix.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define AGAIN_US     (5LL * 1000 * 1000) /* until an address that is not to be had is tried again */
#define LEAST_US     1000 /* between two turns of the library that it asked for itself */
/* As many as the library may have; what is above HTTP_CONNECTIONS_MAX goes within a turn or two,
 * and it takes eleven a turn at the most. */
#define LIBRARY_MAX  (2 * HTTP_CONNECTIONS_MAX)
#define SAY_EVERY_US (60LL * 1000 * 1000)

struct client { /* a connection; the library's context of it */
	struct client *next;
	struct addr addr;
	int fd; /* the library's */
};

struct http {
	struct loop *loop;
	struct sockaddr_storage where;
	struct MHD_Daemon *daemon; /* NULL: where is not to be had */
	struct loop_fd *watch;
	struct loop_timer *timer;
	http_fn *fn;
	void *ctx;
	struct client *clients; /* the one that has asked nothing for longest first */
	unsigned int n_clients;
	unsigned long long closed; /* to make room, since the start */
	int64_t say_at;            /* not before */
};

static bool parse_where(const char *where, struct sockaddr_storage *ss)
{
	const char *colon = strrchr(where, ':');
	char host[ADDR_STRLEN + 2];
	struct addr a;
	unsigned long port;
	char *end;
	size_t n;

	if (!colon || (size_t)(colon - where) >= sizeof(host))
		return false;
	n = (size_t)(colon - where);
	memcpy(host, where, n);
	host[n] = '\0';
	if (host[0] == '[' && n > 1 && host[n - 1] == ']') {
		host[n - 1] = '\0';
		memmove(host, host + 1, n - 1);
	}
	port = strtoul(colon + 1, &end, 10);
	if (!addr_parse(host, &a) || !colon[1] || *end || !port || port > UINT16_MAX)
		return false;
	memset(ss, 0, sizeof(*ss));
	if (a.afi == AFI_IP4) {
		struct sockaddr_in *in = (void *)ss;

		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
		memcpy(&in->sin_addr, a.b, 4);
	} else {
		struct sockaddr_in6 *in6 = (void *)ss;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)port);
		memcpy(&in6->sin6_addr, a.b, 16);
	}
	return true;
}

/* ---- connections ------------------------------------------------------------------------------
 */

static bool client_unlink(struct http *h, const struct client *client)
{
	for (struct client **at = &h->clients; *at; at = &(*at)->next) {
		if (*at == client) {
			*at = client->next;
			h->n_clients--;
			return true;
		}
	}
	return false;
}

static void client_link(struct http *h, struct client *client)
{
	struct client **at = &h->clients;

	while (*at)
		at = &(*at)->next;
	client->next = NULL;
	*at = client;
	h->n_clients++;
}

static void on_connection(void *ctx, struct MHD_Connection *c, void **context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct http *h = ctx;
	struct client *client = *context;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		client_unlink(h, client);
		free(client);
		return;
	}
	client = mem_zalloc(sizeof(*client));
	client->addr = sockaddr_addr(
		(const void *)MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
			->client_addr,
		NULL);
	client->fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	client_link(h, client);
	*context = client;
}

/* It has asked something: of all it is the last to go. */
static void client_asked(struct http *h, struct MHD_Connection *c)
{
	struct client *client =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;

	if (client_unlink(h, client))
		client_link(h, client);
}

/* Of the address that has most connections, the one that has asked nothing for longest. So no
 * address takes another one's place, and at one address whoever asks at once has an answer before
 * those who only hold a connection. */
static struct client *client_to_go(const struct http *h)
{
	struct client *to_go = NULL;
	unsigned int most = 0;

	for (struct client *client = h->clients; client; client = client->next) {
		unsigned int n = 0;

		for (const struct client *c = client; c; c = c->next)
			n += addr_eq(&c->addr, &client->addr);
		if (n > most) {
			most = n;
			to_go = client;
		}
	}
	return to_go;
}

/* The library closes what is shut down here, at its next turn. */
static void make_room(struct http *h)
{
	int64_t now = loop_now(h->loop);
	char text[ADDR_STRLEN] = "";
	struct client *client;

	while (h->n_clients > HTTP_CONNECTIONS_MAX && (client = client_to_go(h))) {
		client_unlink(h, client);
		shutdown(client->fd, SHUT_RDWR);
		addr_str(&client->addr, text);
		h->closed++;
	}
	if (!*text || now < h->say_at)
		return;
	h->say_at = now + SAY_EVERY_US;
	log_warning("too many HTTP connections, those that ask nothing are closed",
		    "address=%s limit=%d closed=%llu", text, HTTP_CONNECTIONS_MAX, h->closed);
}

/* ---- requests ---------------------------------------------------------------------------------
 */

static enum MHD_Result answer(struct MHD_Connection *c, unsigned int status, struct text *body,
			      const char *type)
{
	struct MHD_Response *r =
		MHD_create_response_from_buffer(body->len, body->s, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result ok = MHD_NO;

	if (r) {
		MHD_add_response_header(r, "Content-Type", type);
		ok = MHD_queue_response(c, status, r);
		MHD_destroy_response(r);
	}
	text_free(body);
	return ok;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_len, void **state)
{
	struct http *h = ctx;
	struct text body = {0};
	const char *type = "text/plain; charset=utf-8";
	unsigned int status;

	(void)version;
	(void)upload;
	(void)state;
	client_asked(h, c);
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0) {
		*upload_len = 0;
		text_puts(&body, "only GET\n");
		return answer(c, MHD_HTTP_METHOD_NOT_ALLOWED, &body, type);
	}
	status = h->fn(h->ctx, url, &body, &type);
	return answer(c, status, &body, type);
}

static unsigned int connections(const struct http *h)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

	return info ? info->num_connections : 0;
}

/* The library looks at its sockets by edges, so what it left of one is not told of again: it says
 * itself when it wants its next turn, for that or for a connection whose time is over. What it does
 * not say is that it listens again, after it had as many connections as it may, only at the turn
 * after the one in which some of them went. */
static void run(struct http *h)
{
	unsigned int before = connections(h);
	MHD_UNSIGNED_LONG_LONG ms = 0;
	int64_t now, next = INT64_MAX;

	MHD_run(h->daemon);
	make_room(h);
	now = loop_now(h->loop);
	if (MHD_get_timeout(h->daemon, &ms) == MHD_YES)
		next = now + (int64_t)ms * 1000;
	if (next < now + LEAST_US || connections(h) != before)
		next = now + LEAST_US;
	loop_timer_set(h->timer, next);
}

static void on_ready(void *ctx, unsigned int events)
{
	(void)events;
	run(ctx);
}

/* 0 or -errno. */
static int start(struct http *h)
{
	const union MHD_DaemonInfo *info;
	unsigned int flags = MHD_USE_EPOLL | (h->where.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);

	errno = 0;
	h->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, on_request, h, MHD_OPTION_SOCK_ADDR, &h->where,
		MHD_OPTION_CONNECTION_LIMIT, LIBRARY_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
		HTTP_TIMEOUT_S, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h, MHD_OPTION_END);
	info = h->daemon ? MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	if (!info)
		return errno ? -errno : -EADDRINUSE;
	h->watch = loop_fd_new(h->loop, info->epoll_fd, LOOP_READ, on_ready, h);
	return 0;
}

static void on_timer(void *ctx)
{
	struct http *h = ctx;

	if (h->daemon)
		run(h);
	else if (start(h) == 0)
		log_info("listening for HTTP", "");
	else
		loop_timer_set(h->timer, loop_now(h->loop) + AGAIN_US);
}

int http_open(struct loop *l, const char *where, http_fn *fn, void *ctx, struct http **out)
{
	struct sockaddr_storage ss;
	struct http *h;
	int err;

	if (!parse_where(where, &ss))
		return -EINVAL;
	h = mem_zalloc(sizeof(*h));
	h->loop = l;
	h->where = ss;
	h->fn = fn;
	h->ctx = ctx;
	h->timer = loop_timer_new(l, on_timer, h);
	err = start(h);
	if (err)
		loop_timer_set(h->timer, loop_now(l) + AGAIN_US);
	*out = h;
	return err;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	loop_fd_free(h->watch);
	loop_timer_free(h->timer);
	if (h->daemon)
		MHD_stop_daemon(h->daemon);
	free(h);
}
