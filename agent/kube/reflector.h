/*
 * reflector: a collection of the Kubernetes API kept in step: list, watch, and what goes wrong.
 *
 * Sans I/O: it says what to ask for, is given the answer as it comes, and tells objects. Time is a
 * number and chance is passed in. A shell (agent/kubernetes.c on agent/io/kubeapi.c) does this:
 *
 *	if (reflector_want(r, now, random, url, sizeof(url)))   send GET url
 *	reflector_status(), reflector_data() ...                as the answer comes
 *	reflector_done()                                        when it has ended, however
 *	reflector_deadline(), reflector_expired()               what is silent too long is given up
 *
 *	WAIT --due--> LIST --all told--> WATCH --ended well--> WAIT --> WATCH, from where it stopped
 *	  ^             |                  |
 *	  +---- back-off, Retry-After -----+--410 Gone--> WAIT --> LIST
 *
 * A watch goes on from the last resourceVersion that was seen, which stays the text that it is. 410
 * comes as a status and as an event in the stream; both mean to list anew. A watch is asked to end
 * after 5 to 10 minutes; one that says nothing for long (no event, no bookmark) is on a connection
 * that is half open, and is given up. A collection that does not exist (404: its CRD is not there)
 * is an empty one, looked for again every half minute or so.
 */
#ifndef LEAFPEER_KUBE_REFLECTOR_H
#define LEAFPEER_KUBE_REFLECTOR_H

#include "agent/kube/stream.h"
#include "agent/lib/json.h"

#include <stdint.h>

#define REFLECTOR_URL_MAX         1024
#define REFLECTOR_VERSION_MAX     63 /* octets of a resourceVersion */
#define REFLECTOR_ERROR_MAX       255
#define REFLECTOR_BACKOFF_MIN_US  (500LL * 1000)
#define REFLECTOR_BACKOFF_MAX_US  (30LL * 1000 * 1000)
#define REFLECTOR_RETRY_AFTER_MAX 300 /* seconds; a server that asks for more gets this */
#define REFLECTOR_ABSENT_US       (30LL * 1000 * 1000)
#define REFLECTOR_LIST_IDLE_US    (30LL * 1000 * 1000) /* silence in the midst of an answer */
/* Bookmarks come every minute; a server that has not sent any is waited for until the watch's own
 * end. */
#define REFLECTOR_WATCH_IDLE_US   (150LL * 1000 * 1000)
#define REFLECTOR_WATCH_MIN_S     300
#define REFLECTOR_WATCH_SPREAD_S  300
#define REFLECTOR_WATCH_GRACE_US  (15LL * 1000 * 1000) /* behind the end it was asked for */
#define REFLECTOR_WATCH_GOOD_US   (5LL * 1000 * 1000)  /* a watch that lasted that long did work */
#define REFLECTOR_AGAIN_US        (500LL * 1000) /* chance before a watch goes on: not all at once */

struct reflector_conf {
	const char *path;     /* "/api/v1/nodes"; lent for good */
	const char *selector; /* "metadata.name=kube1"; lent for good */
	/* Old objects do no harm: they may always come from a server's cache. Asked for where the
	 * selector would make the server read the whole collection from etcd. */
	bool old_ok;
};

struct reflector_ops {
	/* All objects there are will be told now; end: those that were not are gone. There is no
	 * end if the list broke off. */
	void (*begin)(void *ctx);
	void (*end)(void *ctx);
	/* An object, or with deleted its last state. */
	void (*object)(void *ctx, const cJSON *object, bool deleted);
};

enum reflector_phase {
	REFLECTOR_WAIT,
	REFLECTOR_LIST,
	REFLECTOR_WATCH,
};

struct reflector_counters {
	uint64_t lists, watches; /* requests */
	uint64_t events;         /* objects told by watches */
	uint64_t bookmarks;
	uint64_t failures;  /* requests that ended badly */
	uint64_t expired;   /* 410 */
	uint64_t throttled; /* 429 */
	uint64_t silent;    /* given up */
	uint64_t skipped;   /* objects that are no JSON, or not what they should be */
};

struct reflector {
	struct reflector_conf conf;
	const struct reflector_ops *ops;
	void *ctx;
	enum reflector_phase phase;
	int64_t due;      /* of the next request, in WAIT */
	bool synced;      /* everything was told once at least, or it is absent */
	bool absent;      /* 404 */
	bool listed;      /* the version is good to watch from */
	bool any_version; /* the next list may be an old one */
	char version[REFLECTOR_VERSION_MAX + 1];
	unsigned int streak;                 /* failures in a row */
	char error[REFLECTOR_ERROR_MAX + 1]; /* of the last of them; "" all is well */
	unsigned int error_status;           /* its HTTP status, 0 none */
	bool error_watch;                    /* it was a watch, not a list */
	int64_t answered; /* when the server last said something that was good; 0: never */
	/* the request under way */
	struct stream stream;
	unsigned int status; /* 0: no answer yet */
	uint32_t retry_after_s;
	int64_t began, heard, end_by;
	bool marked; /* this server sends bookmarks */
	bool told;   /* the stream told something */
	bool framed; /* the list's frame was good */
	bool gone;   /* an event said that it is over: 410, mostly */
	bool broken; /* given up in the midst; the error is set */
	struct reflector_counters counters;
};

/* Due at once. conf's texts and ops are lent for good. */
void reflector_init(struct reflector *r, const struct reflector_conf *conf,
		    const struct reflector_ops *ops, void *ctx, int64_t now);
void reflector_fini(struct reflector *r);
/* Whether a request is to be sent now: path and query into url (cap: REFLECTOR_URL_MAX). Its answer
 * is then waited for. */
bool reflector_want(struct reflector *r, int64_t now, uint32_t random, char *url, size_t cap);
/* The answer's status, and its Retry-After (0: none). */
void reflector_status(struct reflector *r, unsigned int status, uint32_t retry_after_s,
		      int64_t now);
/* The next octets of its body. false: enough, the answer is to be broken off (then reflector_done).
 */
bool reflector_data(struct reflector *r, const char *data, size_t len, int64_t now);
/* The answer has ended: error is why it could not be had or broke off (text, is copied), or NULL.
 */
void reflector_done(struct reflector *r, const char *error, int64_t now, uint32_t random);
/* When to call reflector_want() or look at reflector_expired(); INT64_MAX: never. */
int64_t reflector_deadline(const struct reflector *r);
/* The request under way is silent for too long: to be broken off, and its connection with it. Then
 * reflector_done() with REFLECTOR_SILENT. */
bool reflector_expired(const struct reflector *r, int64_t now);
#define REFLECTOR_SILENT "the API server is silent: the connection is given up"

#endif
