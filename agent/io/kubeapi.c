/* kubeapi: see kubeapi.h. libcurl says which sockets to watch and when to call it
 * (curl_multi_socket_action (3)); requests may not be added or removed inside its callbacks, so
 * what was asked for there waits until it has returned. */
#include "agent/io/kubeapi.h"

#include "agent/io/late_gnutls.h"
#include "agent/io/log.h"
#include "agent/lib/mem.h"
#include "agent/lib/version.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WRITE_TIMEOUT_S 30
#define UNACKED_MS      (30L * 1000) /* TCP_USER_TIMEOUT */

struct kubeapi_request {
	struct kubeapi *api;
	struct kubeapi_request *next, **link;
	CURL *easy;
	struct curl_slist *headers;
	const struct kubeapi_ops *ops;
	void *ctx;
	bool begun; /* its status was told */
	char error[CURL_ERROR_SIZE];
};

struct kubeapi {
	struct loop *loop;
	struct kubeapi_conf conf; /* texts are ours */
	CURLM *multi;
	struct loop_timer *timer;
	kubeapi_fn *after;
	void *ctx;
	struct kubeapi_request *requests;
	size_t n_requests;
	bool inside; /* one of libcurl's callbacks */
};

static unsigned int users; /* of libcurl in this process */

/* ---- requests ---------------------------------------------------------------------------------
 */

static void headers_free(struct curl_slist *list)
{
	/* one of them is the token */
	for (struct curl_slist *h = list; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(list);
}

static void request_free(struct kubeapi_request *r)
{
	*r->link = r->next;
	if (r->next)
		r->next->link = r->link;
	r->api->n_requests--;
	curl_multi_remove_handle(r->api->multi, r->easy);
	curl_easy_cleanup(r->easy);
	headers_free(r->headers);
	free(r);
}

static void request_done(struct kubeapi_request *r, const char *error)
{
	const struct kubeapi_ops *ops = r->ops;
	char text[CURL_ERROR_SIZE];
	void *ctx = r->ctx;

	snprintf(text, sizeof(text), "%s", error ? error : "");
	request_free(r);
	ops->done(ctx, error ? text : NULL);
}

static size_t on_header(char *data, size_t size, size_t n, void *ctx)
{
	struct kubeapi_request *r = ctx;
	curl_off_t after = 0;
	long status = 0;

	/* the empty line behind the last header, but not that of an interim answer */
	if (r->begun || size * n > 2 || memcmp(data, "\r\n", size * n) != 0)
		return size * n;
	curl_easy_getinfo(r->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200)
		return size * n;
	curl_easy_getinfo(r->easy, CURLINFO_RETRY_AFTER, &after);
	r->begun = true;
	r->ops->status(r->ctx, (unsigned int)status,
		       after < 0            ? 0
		       : after > UINT32_MAX ? UINT32_MAX
					    : (uint32_t)after);
	return size * n;
}

static size_t on_data(char *data, size_t size, size_t n, void *ctx)
{
	struct kubeapi_request *r = ctx;

	return r->ops->data(r->ctx, data, size * n) ? size * n : 0;
}

/* Data that is not acknowledged must not hold for the quarter of an hour that the kernel would. */
static int on_socket_made(void *ctx, curl_socket_t fd, curlsocktype type)
{
	unsigned int ms = UNACKED_MS;

	(void)ctx;
	(void)type;
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
	return CURL_SOCKOPT_OK;
}

/* The token as a header; false with *why. */
static bool add_token(struct kubeapi_request *r, const char *file, const char **why)
{
	static const char begin[] = "Authorization: Bearer ";
	char buf[sizeof(begin) + KUBEAPI_TOKEN_MAX + 1];
	char *token = buf + sizeof(begin) - 1;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct curl_slist *list = NULL;
	ssize_t n = -1;

	*why = "cannot read the token file";
	if (fd >= 0) {
		n = read(fd, token, KUBEAPI_TOKEN_MAX + 1);
		close(fd);
	}
	memcpy(buf, begin, sizeof(begin) - 1);
	while (n > 0 && (token[n - 1] == '\n' || token[n - 1] == '\r' || token[n - 1] == ' '))
		n--;
	if (n > KUBEAPI_TOKEN_MAX)
		*why = "the token is longer than 16384 octets";
	else if (n == 0)
		*why = "the token file is empty";
	for (ssize_t i = 0; n <= KUBEAPI_TOKEN_MAX && i < n; i++) {
		if (token[i] <= ' ' || token[i] == 0x7f) {
			*why = "the token file holds what is no token";
			n = 0;
		}
	}
	if (n > 0 && n <= KUBEAPI_TOKEN_MAX) {
		token[n] = '\0';
		list = curl_slist_append(r->headers, buf);
	}
	explicit_bzero(buf, sizeof(buf));
	if (list)
		r->headers = list;
	return list;
}

static bool add_headers(struct kubeapi_request *r, const char *type, const char **why)
{
	static const char accept[] = "Accept: application/json";
	char text[128];

	r->headers = curl_slist_append(NULL, accept);
	if (type) {
		snprintf(text, sizeof(text), "Content-Type: %s", type);
		r->headers = curl_slist_append(r->headers, text);
	}
	return !r->api->conf.token_file || add_token(r, r->api->conf.token_file, why);
}

static void set_options(struct kubeapi_request *r, const char *method, const char *url,
			const char *body)
{
	CURL *e = r->easy;

	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(e, CURLOPT_PRIVATE, r);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, r->error);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "leafpeerd");
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(e, CURLOPT_PIPEWAIT, 1L); /* the first requests share a connection, too */
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(e, CURLOPT_CAINFO,
			 r->api->conf.ca_file ? r->api->conf.ca_file
					      : "/etc/ssl/certs/ca-certificates.crt");
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, r->headers);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, (long)KUBEAPI_CONNECT_S);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE, (long)KUBEAPI_KEEPALIVE_S);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPINTVL, (long)KUBEAPI_KEEPALIVE_S / 2);
	curl_easy_setopt(e, CURLOPT_SOCKOPTFUNCTION, on_socket_made);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, r);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, r);
	if (body) {
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
		curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS, body);
		curl_easy_setopt(e, CURLOPT_TIMEOUT, (long)WRITE_TIMEOUT_S);
	}
	curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, method);
}

struct kubeapi_request *kubeapi_send(struct kubeapi *k, const char *method, const char *path,
				     const char *type, const char *body,
				     const struct kubeapi_ops *ops, void *ctx, const char **why)
{
	char url[KUBEAPI_URL_MAX];
	struct kubeapi_request *r;

	assert(!k->inside);
	*why = "too many requests at the same time";
	if (k->n_requests == KUBEAPI_REQUESTS)
		return NULL;
	*why = "the address is too long";
	if ((size_t)snprintf(url, sizeof(url), "%s%s", k->conf.base, path) >= sizeof(url))
		return NULL;
	r = mem_zalloc(sizeof(*r));
	r->api = k;
	r->ops = ops;
	r->ctx = ctx;
	if (!add_headers(r, type, why)) {
		headers_free(r->headers);
		free(r);
		return NULL;
	}
	r->easy = curl_easy_init();
	if (!r->easy)
		abort();
	set_options(r, method, url, body);
	r->link = &k->requests;
	r->next = k->requests;
	if (r->next)
		r->next->link = &r->next;
	k->requests = r;
	k->n_requests++;
	curl_multi_add_handle(k->multi, r->easy);
	return r;
}

void kubeapi_cancel(struct kubeapi_request *r)
{
	assert(!r->api->inside);
	request_free(r);
}

/* ---- the loop ---------------------------------------------------------------------------------
 */

static void take_results(struct kubeapi *k)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(k->multi, &left))) {
		struct kubeapi_request *r = NULL;
		CURLcode code = msg->data.result;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &r);
		request_done(r, code == CURLE_OK ? NULL
				: *r->error      ? r->error
						 : curl_easy_strerror(code));
	}
}

static void act(struct kubeapi *k, curl_socket_t fd, int events)
{
	int running;

	k->inside = true;
	curl_multi_socket_action(k->multi, fd, events, &running);
	k->inside = false;
	take_results(k);
	k->after(k->ctx);
}

struct watched {
	struct kubeapi *api;
	struct loop_fd *watch;
	curl_socket_t fd;
};

static void on_ready(void *ctx, unsigned int events)
{
	struct watched *w = ctx;
	int e = (events & LOOP_READ ? CURL_CSELECT_IN : 0) |
		(events & LOOP_WRITE ? CURL_CSELECT_OUT : 0);

	act(w->api, w->fd, e);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
	unsigned int events =
		(what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);
	struct watched *w = socket_ctx;
	struct kubeapi *k = ctx;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (w)
			loop_fd_free(w->watch);
		free(w);
		return 0;
	}
	if (w) {
		loop_fd_set(w->watch, events);
		return 0;
	}
	w = mem_zalloc(sizeof(*w));
	*w = (struct watched){.api = k, .fd = fd};
	w->watch = loop_fd_new(k->loop, fd, events, on_ready, w);
	if (!w->watch) {
		free(w);
		return -1;
	}
	curl_multi_assign(k->multi, fd, w);
	return 0;
}

static int on_timer_wanted(CURLM *multi, long ms, void *ctx)
{
	struct kubeapi *k = ctx;

	(void)multi;
	loop_timer_set(k->timer, ms < 0 ? INT64_MAX : loop_now(k->loop) + ms * 1000);
	return 0;
}

static void on_timer(void *ctx)
{
	act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

/* ---- open and close ---------------------------------------------------------------------------
 */

static void multi_open(struct kubeapi *k)
{
	k->multi = curl_multi_init();
	if (!k->multi)
		abort();
	curl_multi_setopt(k->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(k->multi, CURLMOPT_SOCKETDATA, k);
	curl_multi_setopt(k->multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
	curl_multi_setopt(k->multi, CURLMOPT_TIMERDATA, k);
}

int kubeapi_open(struct loop *l, const struct kubeapi_conf *conf, kubeapi_fn *after, void *ctx,
		 struct kubeapi **out)
{
	size_t len = strlen(conf->base);
	const char *why = NULL;
	struct kubeapi *k;

	if (strncmp(conf->base, "https://", 8) != 0 || len < 9 || len > KUBEAPI_URL_MAX / 2)
		return -EINVAL;
	if (!late_gnutls_load(&why)) {
		log_error("cannot load the library that encrypts, install GnuTLS (Debian: "
			  "libgnutls30)",
			  "reason=%s", why);
		return -ELIBACC;
	}
	if (!users++ && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		users--;
		return -ENOSYS;
	}
	k = mem_zalloc(sizeof(*k));
	k->loop = l;
	k->after = after;
	k->ctx = ctx;
	k->conf.base = mem_strdup(conf->base);
	k->conf.token_file = conf->token_file ? mem_strdup(conf->token_file) : NULL;
	k->conf.ca_file = conf->ca_file ? mem_strdup(conf->ca_file) : NULL;
	k->timer = loop_timer_new(l, on_timer, k);
	multi_open(k);
	*out = k;
	return 0;
}

void kubeapi_close(struct kubeapi *k)
{
	if (!k)
		return;
	while (k->requests)
		request_free(k->requests);
	curl_multi_cleanup(k->multi);
	loop_timer_free(k->timer);
	mem_free_const(k->conf.base);
	mem_free_const(k->conf.token_file);
	mem_free_const(k->conf.ca_file);
	free(k);
	if (!--users)
		curl_global_cleanup();
}

void kubeapi_reset(struct kubeapi *k, const char *error)
{
	struct kubeapi_request *r, *ended = NULL, *next;

	assert(!k->inside);
	/* taken out of libcurl first: what done sends goes over the new connections */
	for (r = k->requests; r; r = next) {
		next = r->next;
		curl_multi_remove_handle(k->multi, r->easy);
		curl_easy_cleanup(r->easy);
		r->easy = NULL;
		r->next = ended;
		ended = r;
	}
	k->requests = NULL;
	k->n_requests = 0;
	curl_multi_cleanup(k->multi);
	loop_timer_set(k->timer, INT64_MAX);
	multi_open(k);
	for (r = ended; r; r = next) {
		const struct kubeapi_ops *ops = r->ops;
		void *ctx = r->ctx;

		next = r->next;
		headers_free(r->headers);
		free(r);
		ops->done(ctx, error);
	}
}
