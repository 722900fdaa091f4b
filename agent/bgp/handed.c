/* handed: see handed.h. A tag is never used again for another value. */
#include "agent/bgp/handed.h"

#include "agent/lib/carry.h"

#include <string.h>

enum {
	TAG_VERSION = 1,
	TAG_SESSION,
	TAG_LISTENER,
	TAG_DRAIN, /* when the prefixes are withdrawn */
	TAG_DRAIN_REASONS,
};

enum { /* of a session, or a listener */
       TAG_FD = 1,
       TAG_BODY,
       TAG_AFI,
};

/* ---- writing ----------------------------------------------------------------------------------
 */

void handed_put_version(struct text *out, const char *version)
{
	carry_put(out, TAG_VERSION, version, strlen(version));
}

void handed_put_session(struct text *out, size_t fd, const struct text *body)
{
	size_t begun = carry_begin(out, TAG_SESSION);

	carry_put_number(out, TAG_FD, fd);
	carry_put(out, TAG_BODY, body->s, body->len);
	carry_end(out, begun);
}

void handed_put_listener(struct text *out, size_t fd, enum afi afi)
{
	size_t begun = carry_begin(out, TAG_LISTENER);

	carry_put_number(out, TAG_AFI, afi);
	carry_put_number(out, TAG_FD, fd);
	carry_end(out, begun);
}

void handed_put_drain(struct text *out, uint64_t reasons, int64_t withdraw_at)
{
	carry_put_number(out, TAG_DRAIN, (uint64_t)withdraw_at);
	carry_put_number(out, TAG_DRAIN_REASONS, reasons);
}

/* ---- reading ----------------------------------------------------------------------------------
 */

struct item {
	uint64_t fd, afi;
	struct rd body;
};

static bool read_item(struct rd in, struct item *out)
{
	struct rd body;
	uint16_t tag;
	bool ok = true;

	*out = (struct item){.fd = UINT64_MAX, .body = rd_init(NULL, 0)};
	while (ok && carry_next(&in, &tag, &body)) {
		if (tag == TAG_FD)
			ok = carry_number(body, &out->fd);
		else if (tag == TAG_AFI)
			ok = carry_number(body, &out->afi);
		else if (tag == TAG_BODY)
			out->body = body;
	}
	return ok && !rd_left(&in);
}

/* The place of a descriptor, until the end: -1 for none. */
static bool take_item(struct rd in, uint16_t tag, size_t n_fds, struct handed *out)
{
	struct item item;
	int *listener;

	if (!read_item(in, &item) || item.fd >= n_fds)
		return false;
	if (tag == TAG_SESSION) {
		if (out->n_sessions == HANDED_SESSIONS_MAX)
			return false;
		out->sessions[out->n_sessions++] = (struct handed_session){item.body, (int)item.fd};
		return true;
	}
	if (item.afi != AFI_IP4 && item.afi != AFI_IP6)
		return false;
	listener = &out->listeners[item.afi == AFI_IP6];
	if (*listener >= 0)
		return false;
	*listener = (int)item.fd;
	return true;
}

static bool read_all(struct rd in, size_t n_fds, struct handed *out)
{
	struct rd body;
	uint16_t tag;
	uint64_t at;
	bool ok = true;

	while (ok && carry_next(&in, &tag, &body)) {
		if (tag == TAG_SESSION || tag == TAG_LISTENER) {
			ok = take_item(body, tag, n_fds, out);
		} else if (tag == TAG_DRAIN) {
			ok = carry_number(body, &at) && at <= INT64_MAX;
			out->draining = ok;
			out->withdraw_at = ok ? (int64_t)at : 0;
		} else if (tag == TAG_DRAIN_REASONS) {
			ok = carry_number(body, &out->drain_reasons);
		}
	}
	return ok && !rd_left(&in);
}

/* A descriptor that is named twice would be closed twice. */
static bool all_differ(const struct handed *h, const int *fds)
{
	int all[HANDED_SESSIONS_MAX + 2];
	size_t n = 0;

	for (size_t i = 0; i < h->n_sessions; i++)
		all[n++] = h->sessions[i].fd;
	for (int i = 0; i < 2; i++) {
		if (h->listeners[i] >= 0)
			all[n++] = h->listeners[i];
	}
	for (size_t i = 0; i < n; i++) {
		if (fds[all[i]] < 0)
			return false;
		for (size_t k = 0; k < i; k++) {
			if (all[i] == all[k])
				return false;
		}
	}
	return true;
}

static void take(int *place, int *fds)
{
	int fd = fds[*place];

	fds[*place] = -1;
	*place = fd;
}

bool handed_get(struct rd in, int *fds, size_t n, struct handed *out)
{
	memset(out, 0, sizeof(*out));
	out->listeners[0] = out->listeners[1] = -1;
	if (!read_all(in, n, out) || !all_differ(out, fds)) {
		memset(out, 0, sizeof(*out));
		out->listeners[0] = out->listeners[1] = -1;
		return false;
	}
	for (size_t i = 0; i < out->n_sessions; i++)
		take(&out->sessions[i].fd, fds);
	for (int i = 0; i < 2; i++) {
		if (out->listeners[i] >= 0)
			take(&out->listeners[i], fds);
	}
	return true;
}
