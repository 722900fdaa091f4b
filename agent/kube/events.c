/* events: see events.h. */
#include "agent/kube/events.h"

#include "agent/lib/json.h"
#include "agent/lib/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void events_init(struct kube_events *e, int64_t now)
{
	*e = (struct kube_events){.tokens = EVENTS_BURST, .filled = now};
}

static uint32_t hash_of(const struct kube_event *event)
{
	const char *texts[] = {event->reason, event->message};
	uint32_t h = 2166136261u;

	for (int i = 0; i < 2; i++) {
		for (const char *s = texts[i]; *s; s++)
			h = (h ^ (uint8_t)*s) * 16777619u;
		h *= 16777619u;
	}
	return h ? h : 1;
}

static bool said_lately(struct kube_events *e, uint32_t hash, int64_t now)
{
	for (size_t i = 0; i < EVENTS_RECENT; i++) {
		if (e->recent[i].hash == hash && now - e->recent[i].at < EVENTS_SAME_US)
			return true;
	}
	e->recent[e->at_recent].hash = hash;
	e->recent[e->at_recent].at = now;
	e->at_recent = (e->at_recent + 1) % EVENTS_RECENT;
	return false;
}

static void put(struct kube_events *e, const struct kube_event *event)
{
	if (e->n == EVENTS_QUEUE_MAX) { /* the oldest is of the least interest */
		e->first = (e->first + 1) % EVENTS_QUEUE_MAX;
		e->n--;
		e->suppressed++;
	}
	e->queue[(e->first + e->n++) % EVENTS_QUEUE_MAX] = *event;
}

void events_add(struct kube_events *e, int64_t now, bool warning, const char *reason,
		const char *format, ...)
{
	struct kube_event event = {.warning = warning, .reason = reason};
	va_list ap;

	va_start(ap, format);
	vsnprintf(event.message, sizeof(event.message), format, ap);
	va_end(ap);
	if (said_lately(e, hash_of(&event), now))
		e->suppressed++;
	else
		put(e, &event);
}

void events_say(struct kube_events *e, bool warning, const char *reason, const char *format, ...)
{
	struct kube_event event = {.warning = warning, .reason = reason};
	va_list ap;

	va_start(ap, format);
	vsnprintf(event.message, sizeof(event.message), format, ap);
	va_end(ap);
	put(e, &event);
}

bool events_state(struct kube_said *s, bool up, int64_t now)
{
	if (up == s->up || (s->ever[up] && now - s->at[up] < EVENTS_STATE_US))
		return false;
	s->up = up;
	s->ever[up] = true;
	s->at[up] = now;
	return true;
}

static void fill(struct kube_events *e, int64_t now)
{
	int64_t n = (now - e->filled) / EVENTS_EVERY_US;

	if (n <= 0)
		return;
	e->filled += n * EVENTS_EVERY_US;
	e->tokens =
		n > EVENTS_BURST - (int64_t)e->tokens ? EVENTS_BURST : e->tokens + (unsigned int)n;
}

bool events_next(struct kube_events *e, int64_t now, struct kube_event *out)
{
	fill(e, now);
	if (!e->n || !e->tokens)
		return false;
	if (e->tokens-- == EVENTS_BURST)
		e->filled = now;
	*out = e->queue[e->first];
	e->first = (e->first + 1) % EVENTS_QUEUE_MAX;
	e->n--;
	return true;
}

int64_t events_deadline(const struct kube_events *e)
{
	if (!e->n)
		return INT64_MAX;
	return e->tokens ? e->filled : e->filled + EVENTS_EVERY_US;
}

char *events_json(const struct kube_event *event, const struct kube_event_about *about)
{
	cJSON *root = cJSON_CreateObject(), *o;
	char *text, *copy;

	cJSON_AddStringToObject(root, "apiVersion", "v1");
	cJSON_AddStringToObject(root, "kind", "Event");
	o = cJSON_AddObjectToObject(root, "metadata");
	cJSON_AddStringToObject(o, "generateName", "leafpeer-");
	cJSON_AddStringToObject(o, "namespace", "default");
	o = cJSON_AddObjectToObject(root, "involvedObject");
	cJSON_AddStringToObject(o, "apiVersion", "v1");
	cJSON_AddStringToObject(o, "kind", "Node");
	cJSON_AddStringToObject(o, "name", about->node);
	cJSON_AddStringToObject(o, "uid", about->uid);
	cJSON_AddStringToObject(root, "type", event->warning ? "Warning" : "Normal");
	cJSON_AddStringToObject(root, "reason", event->reason);
	cJSON_AddStringToObject(root, "message", event->message);
	cJSON_AddNumberToObject(root, "count", 1);
	cJSON_AddStringToObject(root, "firstTimestamp", about->when);
	cJSON_AddStringToObject(root, "lastTimestamp", about->when);
	o = cJSON_AddObjectToObject(root, "source");
	cJSON_AddStringToObject(o, "component", "leafpeerd");
	cJSON_AddStringToObject(o, "host", about->node);
	cJSON_AddStringToObject(root, "reportingComponent", "leafpeerd");
	cJSON_AddStringToObject(root, "reportingInstance", about->node);
	text = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	copy = mem_strdup(text);
	cJSON_free(text);
	return copy;
}
