/*
 * events: what is to be said on the Node, as Events of Kubernetes, without flooding anybody.
 *
 * A queue behind a token bucket: a burst, then one every so often. The same text is not said again
 * within some minutes; what found no room is counted, and the newest is kept.
 */
#ifndef LEAFPEER_KUBE_EVENTS_H
#define LEAFPEER_KUBE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVENTS_QUEUE_MAX   16
#define EVENTS_BURST       10
#define EVENTS_EVERY_US    (15LL * 1000 * 1000)
#define EVENTS_SAME_US     (5LL * 60 * 1000 * 1000)
#define EVENTS_STATE_US    (60LL * 1000 * 1000) /* between two that say the same of a state */
#define EVENTS_RECENT      32
#define EVENTS_MESSAGE_MAX 511 /* octets; Kubernetes takes 1024 */

struct kube_event {
	bool warning;
	const char *reason; /* "BGPSessionDown"; static */
	char message[EVENTS_MESSAGE_MAX + 1];
};

struct kube_events {
	struct kube_event queue[EVENTS_QUEUE_MAX];
	size_t first, n;
	unsigned int tokens;
	int64_t filled; /* when the bucket last got one */
	struct {
		uint32_t hash;
		int64_t at;
	} recent[EVENTS_RECENT];
	size_t at_recent;
	uint64_t suppressed; /* said already, or no room */
};

void events_init(struct kube_events *e, int64_t now);
void events_add(struct kube_events *e, int64_t now, bool warning, const char *reason,
		const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Without a look at whether it was said: for whoever looks himself. */
void events_say(struct kube_events *e, bool warning, const char *reason, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* What was said of something that is up or down; zero: nothing, and it was down. */
struct kube_said {
	bool up, ever[2];
	int64_t at[2]; /* when each was said last */
};

/* Whether the state is to be said now, and if so takes it for said. What comes and goes is said
 * seldom, and what was said last is what it is, if a little later. */
bool events_state(struct kube_said *s, bool up, int64_t now);

/* The next that may be said now; false: none, or not yet. */
bool events_next(struct kube_events *e, int64_t now, struct kube_event *out);
int64_t events_deadline(const struct kube_events *e); /* INT64_MAX: there is none */

struct kube_event_about {
	const char *node, *uid;
	const char *when; /* RFC 3339 */
};
/* The body of a POST to namespaces/default/events, where Events of Nodes are; the caller frees. */
char *events_json(const struct kube_event *event, const struct kube_event_about *about);

#endif
