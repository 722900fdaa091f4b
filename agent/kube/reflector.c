/* reflector: see reflector.h. Kubernetes API concepts, "Efficient detection of changes". */
#include "agent/kube/reflector.h"

#include <stdio.h>
#include <string.h>

#define HTTP_OK                200
#define HTTP_UNAUTHORIZED      401
#define HTTP_FORBIDDEN         403
#define HTTP_NOT_FOUND         404
#define HTTP_GONE              410
#define HTTP_TOO_MANY_REQUESTS 429

void reflector_init(struct reflector *r, const struct reflector_conf *conf,
		    const struct reflector_ops *ops, void *ctx, int64_t now)
{
	*r = (struct reflector){
		.conf = *conf,
		.ops = ops,
		.ctx = ctx,
		.due = now,
		.any_version =
			true, /* the first list is cheap for the server, the watch catches up */
	};
}

void reflector_fini(struct reflector *r)
{
	stream_fini(&r->stream);
}

/* ---- what goes wrong --------------------------------------------------------------------------
 */

/* Text from outside: its beginning, without what could forge a line of a log. */
static void set_error(struct reflector *r, const char *what, const char *more)
{
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		for (const char *s = i ? more : what; *s && n < REFLECTOR_ERROR_MAX; s++)
			r->error[n++] = (unsigned char)*s < ' ' || *s == 0x7f ? ' ' : *s;
	}
	r->error[n] = '\0';
	r->error_watch = r->phase == REFLECTOR_WATCH;
}

static void clear_error(struct reflector *r)
{
	r->error[0] = '\0';
	r->error_status = 0;
}

static void set_status_error(struct reflector *r, const char *message)
{
	char text[32];

	snprintf(text, sizeof(text), "HTTP %u%s", r->status, *message ? ": " : "");
	set_error(r, text, message);
}

static bool give_up(struct reflector *r, const char *what, const char *more)
{
	set_error(r, what, more);
	r->broken = true;
	return false;
}

static void wait_until(struct reflector *r, int64_t at)
{
	stream_fini(&r->stream);
	r->phase = REFLECTOR_WAIT;
	r->due = at;
}

/* Between half and one and a half of it. */
static int64_t jitter(int64_t us, uint32_t random)
{
	return us / 2 + (int64_t)((uint64_t)us * random >> 32);
}

static void back_off(struct reflector *r, int64_t now, uint32_t random)
{
	int64_t us = REFLECTOR_BACKOFF_MIN_US, least;
	uint32_t s = r->retry_after_s;

	for (unsigned int i = 0; i < r->streak && us < REFLECTOR_BACKOFF_MAX_US; i++)
		us *= 2;
	if (us > REFLECTOR_BACKOFF_MAX_US)
		us = REFLECTOR_BACKOFF_MAX_US;
	us = jitter(us, random);
	if (s > REFLECTOR_RETRY_AFTER_MAX)
		s = REFLECTOR_RETRY_AFTER_MAX;
	/* all who were told the same must not be back at the same moment */
	least = (int64_t)s * 1000000;
	if (least)
		us = least > us ? least + us % REFLECTOR_BACKOFF_MIN_US : us;
	r->streak++;
	r->counters.failures++;
	wait_until(r, now + us);
}

/* What was seen is nothing for the server to go on from: everything anew, and not older than that.
 */
static void list_anew(struct reflector *r)
{
	r->listed = false;
	r->any_version = r->conf.old_ok;
}

/* ---- requests ---------------------------------------------------------------------------------
 */

/* Percent-encodes what is not unreserved (RFC 3986 section 2.3). */
static bool put_encoded(char *url, size_t cap, size_t *len, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || strchr("-._~", c);

		if (*len + 4 > cap)
			return false;
		if (plain) {
			url[(*len)++] = (char)c;
			continue;
		}
		url[(*len)++] = '%';
		url[(*len)++] = hex[c >> 4];
		url[(*len)++] = hex[c & 15];
	}
	url[*len] = '\0';
	return true;
}

static bool put(char *url, size_t cap, size_t *len, const char *s)
{
	size_t n = strlen(s);

	if (*len + n + 1 > cap)
		return false;
	memcpy(url + *len, s, n + 1);
	*len += n;
	return true;
}

static bool put_query(struct reflector *r, char *url, size_t cap, uint32_t seconds)
{
	const char *version = r->listed ? r->version : r->any_version ? "0" : "";
	char more[80] = "";
	size_t len = 0;

	if (r->listed)
		snprintf(more, sizeof(more),
			 "&watch=true&allowWatchBookmarks=true&timeoutSeconds=%u", seconds);
	return put(url, cap, &len, r->conf.path) && put(url, cap, &len, "?fieldSelector=") &&
	       put_encoded(url, cap, &len, r->conf.selector) && put(url, cap, &len, more) &&
	       (!*version ||
		(put(url, cap, &len, "&resourceVersion=") && put_encoded(url, cap, &len, version)));
}

bool reflector_want(struct reflector *r, int64_t now, uint32_t random, char *url, size_t cap)
{
	uint32_t seconds = REFLECTOR_WATCH_MIN_S +
			   (uint32_t)((uint64_t)random * REFLECTOR_WATCH_SPREAD_S >> 32);

	if (r->phase != REFLECTOR_WAIT || now < r->due || !put_query(r, url, cap, seconds))
		return false;
	r->phase = r->listed ? REFLECTOR_WATCH : REFLECTOR_LIST;
	r->status = 0;
	r->retry_after_s = 0;
	r->began = r->heard = now;
	r->end_by = now + (int64_t)seconds * 1000000 + REFLECTOR_WATCH_GRACE_US;
	r->told = r->framed = r->gone = r->broken = false;
	if (r->listed)
		r->counters.watches++;
	else
		r->counters.lists++;
	return true;
}

int64_t reflector_deadline(const struct reflector *r)
{
	if (r->phase == REFLECTOR_WAIT)
		return r->due;
	/* a watch answers at once, and so does a list */
	if (r->phase == REFLECTOR_LIST || !r->status)
		return r->heard + REFLECTOR_LIST_IDLE_US;
	if (r->marked && r->heard + REFLECTOR_WATCH_IDLE_US < r->end_by)
		return r->heard + REFLECTOR_WATCH_IDLE_US;
	return r->end_by;
}

bool reflector_expired(const struct reflector *r, int64_t now)
{
	return r->phase != REFLECTOR_WAIT && now >= reflector_deadline(r);
}

/* ---- answers ----------------------------------------------------------------------------------
 */

void reflector_status(struct reflector *r, unsigned int status, uint32_t retry_after_s, int64_t now)
{
	if (r->phase == REFLECTOR_WAIT)
		return;
	r->status = status;
	r->retry_after_s = retry_after_s;
	r->heard = now;
	/* whatever is no success is a Status object: one frame */
	stream_init(&r->stream,
		    r->phase == REFLECTOR_WATCH && status == HTTP_OK ? STREAM_WATCH : STREAM_LIST);
	if (status == HTTP_OK || status == HTTP_NOT_FOUND)
		r->answered = now;
	if (status != HTTP_OK)
		return;
	if (r->phase == REFLECTOR_LIST)
		r->ops->begin(r->ctx);
	else
		clear_error(r); /* in step again; the streak ends when it has told something */
}

/* The version of a list or an object; false: it has none that we can hold. */
static bool read_version(const cJSON *object, char *buf)
{
	const cJSON *meta = cJSON_GetObjectItemCaseSensitive(object, "metadata");
	char text[REFLECTOR_VERSION_MAX + 1];

	if (!json_text(meta, "resourceVersion", text, sizeof(text)) || !*text)
		return false;
	strcpy(buf, text);
	return true;
}

/* The text of a Status; it may be a long one. */
static const char *message_of(const cJSON *status)
{
	const cJSON *message = cJSON_GetObjectItemCaseSensitive(status, "message");

	return cJSON_IsString(message) ? message->valuestring : "";
}

static bool take_event(struct reflector *r, const cJSON *event)
{
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(event, "object");
	double code = 0;
	char type[16];

	if (!json_text(event, "type", type, sizeof(type)) || !cJSON_IsObject(object))
		return give_up(r, "the watch sent what is no event", "");
	if (strcmp(type, "ERROR") == 0) {
		json_number(object, "code", 0, 999, &code);
		r->error_status = (unsigned int)code;
		r->gone = true;
		return give_up(r, "the watch was ended: ", message_of(object));
	}
	if (!read_version(object, r->version)) {
		r->counters.skipped++;
		return true;
	}
	if (strcmp(type, "BOOKMARK") == 0) {
		r->counters.bookmarks++;
		r->streak = 0;
		r->marked = true;
		return true;
	}
	if (strcmp(type, "ADDED") != 0 && strcmp(type, "MODIFIED") != 0 &&
	    strcmp(type, "DELETED") != 0) {
		r->counters.skipped++;
		return true;
	}
	r->counters.events++;
	r->streak = 0;
	r->ops->object(r->ctx, object, *type == 'D');
	return true;
}

/* The frame of a list, or a Status. */
static bool take_frame(struct reflector *r, const cJSON *frame)
{
	const cJSON *meta = cJSON_GetObjectItemCaseSensitive(frame, "metadata");
	const cJSON *more = cJSON_GetObjectItemCaseSensitive(meta, "continue");

	if (r->status != HTTP_OK) {
		set_status_error(r, message_of(frame));
		return true;
	}
	/* we set no limit, so there must be no second page */
	if (cJSON_IsString(more) && *more->valuestring)
		return give_up(r, "the list was cut: a page of it only", "");
	if (!read_version(frame, r->version))
		return give_up(r, "the list has no resourceVersion", "");
	r->framed = true;
	return true;
}

static bool on_part(void *ctx, enum stream_part part, const char *data, size_t len)
{
	struct reflector *r = ctx;
	cJSON *root = json_parse(data, len);
	bool ok = true;

	r->told = true;
	if (part == STREAM_FRAME) {
		ok = root ? take_frame(r, root) : give_up(r, "the answer is not JSON", "");
	} else if (!root) {
		r->counters.skipped++;
	} else if (r->stream.shape == STREAM_WATCH) {
		ok = take_event(r, root);
	} else if (r->status == HTTP_OK) {
		r->ops->object(r->ctx, root, false);
	}
	cJSON_Delete(root);
	return ok;
}

bool reflector_data(struct reflector *r, const char *data, size_t len, int64_t now)
{
	const char *why = NULL;

	if (r->phase == REFLECTOR_WAIT || !r->status || r->broken)
		return false;
	r->heard = now;
	if (r->status == HTTP_OK)
		r->answered = now;
	if (stream_feed(&r->stream, data, len, on_part, r, &why))
		return true;
	/* an error page of a proxy is no JSON; its status says enough */
	if (!r->broken && r->status != HTTP_OK)
		set_status_error(r, "");
	else if (!r->broken)
		give_up(r, "the answer cannot be read: ", why ? why : "");
	r->broken = true;
	return false;
}

static void list_done(struct reflector *r, int64_t now)
{
	r->absent = false;
	r->listed = r->synced = true;
	r->ops->end(r->ctx);
	clear_error(r); /* not the streak: lists that succeed while watches fail must not be many */
	wait_until(r, now);
}

/* The collection is not there: it is empty. */
static void is_absent(struct reflector *r, int64_t now, uint32_t random)
{
	r->listed = false;
	r->any_version = true;
	if (!r->absent || !r->synced) {
		r->absent = r->synced = true;
		r->ops->begin(r->ctx);
		r->ops->end(r->ctx);
	}
	clear_error(r);
	r->streak = 0;
	wait_until(r, now + jitter(REFLECTOR_ABSENT_US, random));
}

/* A watch that ended by itself goes on from where it was. */
static void watch_done(struct reflector *r, int64_t now, uint32_t random)
{
	if (!r->told && now - r->began < REFLECTOR_WATCH_GOOD_US) {
		set_error(r, "the watch ended as soon as it had begun", "");
		back_off(r, now, random);
		return;
	}
	clear_error(r);
	r->streak = 0;
	wait_until(r, now + (int64_t)((uint64_t)REFLECTOR_AGAIN_US * random >> 32));
}

/* A status that is neither success nor absence. */
static void refused(struct reflector *r, int64_t now, uint32_t random)
{
	r->error_status = r->status;
	if (!r->told)
		set_status_error(r, "");
	switch (r->status) {
	case HTTP_TOO_MANY_REQUESTS:
		r->counters.throttled++;
		break;
	case HTTP_UNAUTHORIZED:
	case HTTP_FORBIDDEN:
		break;
	default: /* 410, or a version that the server does not know, as after a restore of etcd */
		list_anew(r);
		break;
	}
	if (r->status == HTTP_GONE)
		r->counters.expired++;
	back_off(r, now, random);
}

/* An event in the stream said that it is over. */
static void ended_by_event(struct reflector *r, int64_t now, uint32_t random)
{
	if (r->error_status == HTTP_GONE)
		r->counters.expired++;
	list_anew(r);
	back_off(r, now, random);
}

void reflector_done(struct reflector *r, const char *error, int64_t now, uint32_t random)
{
	bool half = !stream_may_end(&r->stream);

	if (r->phase == REFLECTOR_WAIT)
		return;
	if (r->gone) {
		ended_by_event(r, now, random);
		return;
	}
	if (r->status == HTTP_NOT_FOUND) {
		is_absent(r, now, random);
		return;
	}
	if (r->status && r->status != HTTP_OK) {
		refused(r, now, random);
		return;
	}
	r->error_status = 0;
	if (error && strcmp(error, REFLECTOR_SILENT) == 0)
		r->counters.silent++;
	if (r->broken || error || half || !r->status) {
		if (!r->broken)
			set_error(r, error ? error : "the answer broke off", "");
		/* what failed before it is no reason to wait longer now */
		if (r->phase == REFLECTOR_WATCH && r->status &&
		    now - r->began >= REFLECTOR_WATCH_GOOD_US)
			r->streak = 0;
		back_off(r, now, random);
		return;
	}
	if (r->phase == REFLECTOR_WATCH)
		watch_done(r, now, random);
	else if (r->framed)
		list_done(r, now);
	else
		back_off(r, now, random);
}
