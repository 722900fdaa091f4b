/* handed: see handed.h. A tag is never used again for another value. */
#include "agent/bfd/handed.h"

#include "agent/bfd/carry.h"
#include "agent/lib/carry.h"

#include <string.h>

enum { /* of the whole */
       TAG_SESSION = 1,
       TAG_LISTENER, /* which of enum bfd_io_listener, then TAG_FD */
};

enum { /* of a session, or a listener */
       TAG_FD = 1,
       TAG_ID,
       TAG_REMOTE,
       TAG_LOCAL,
       TAG_IFINDEX,
       TAG_MULTIHOP,
       TAG_STATE,
       TAG_PORT,
       TAG_RX,
       TAG_TX,
       TAG_WHICH,
};

struct fds {
	int *list;
	size_t n, cap;
};

static void put_fd(struct text *out, int fd, struct fds *fds)
{
	if (fd < 0 || fds->n == fds->cap)
		return;
	carry_put_number(out, TAG_FD, fds->n);
	fds->list[fds->n++] = fd;
}

static void put_session(const struct bfd_io_carried *c, struct text *out, struct fds *fds)
{
	size_t all = carry_begin(out, TAG_SESSION), begun;

	put_fd(out, c->fd, fds);
	carry_put_number(out, TAG_ID, c->want.id);
	carry_put_addr(out, TAG_REMOTE, &c->want.remote);
	carry_put_addr(out, TAG_LOCAL, &c->want.local);
	carry_put_number(out, TAG_IFINDEX, c->want.ifindex);
	carry_put_number(out, TAG_MULTIHOP, c->want.multihop);
	carry_put_number(out, TAG_PORT, c->state.port);
	carry_put_number(out, TAG_RX, c->state.counters.rx);
	carry_put_number(out, TAG_TX, c->state.counters.tx);
	begun = carry_begin(out, TAG_STATE);
	bfd_session_carry(&c->state.session, out);
	carry_end(out, begun);
	carry_end(out, all);
}

void bfd_handed_put(const struct bfd_io_export *e, struct text *out, int *fds, size_t *n,
		    size_t cap)
{
	struct fds all = {fds, *n, cap};

	for (size_t i = 0; i < e->n; i++)
		put_session(&e->sessions[i], out, &all);
	for (int i = 0; i < BFD_IO_LISTENERS; i++) {
		size_t begun;

		if (e->listeners[i] < 0)
			continue;
		begun = carry_begin(out, TAG_LISTENER);
		carry_put_number(out, TAG_WHICH, (uint64_t)i);
		put_fd(out, e->listeners[i], &all);
		carry_end(out, begun);
	}
	*n = all.n;
}

/* Numbers of a record, by tag; those that are not there are 0. */
struct fields {
	uint64_t numbers[TAG_WHICH + 1];
	bool has[TAG_WHICH + 1];
	struct addr remote, local;
	struct rd state;
};

static bool read_fields(struct rd in, struct fields *f)
{
	struct rd body;
	uint16_t tag;
	bool ok = true;

	memset(f, 0, sizeof(*f));
	while (ok && carry_next(&in, &tag, &body)) {
		if (tag > TAG_WHICH)
			continue; /* of a later version */
		f->has[tag] = true;
		if (tag == TAG_REMOTE)
			ok = carry_addr(body, &f->remote);
		else if (tag == TAG_LOCAL)
			ok = carry_addr(body, &f->local);
		else if (tag == TAG_STATE)
			f->state = body;
		else
			ok = carry_number(body, &f->numbers[tag]);
	}
	return ok && !rd_left(&in);
}

/* The descriptor that is meant, -1 if none; false: there is no such. */
static bool get_fd(const struct fields *f, const int *fds, size_t n, int *out)
{
	*out = -1;
	if (!f->has[TAG_FD])
		return true;
	if (f->numbers[TAG_FD] >= n)
		return false;
	*out = fds[f->numbers[TAG_FD]];
	return *out >= 0;
}

static bool get_session(struct rd body, const int *fds, size_t n, struct bfd_io_export *out)
{
	struct bfd_io_carried c = {.fd = -1};
	struct fields f;

	if (out->n == BFD_IO_SESSIONS_MAX || !read_fields(body, &f) || !get_fd(&f, fds, n, &c.fd) ||
	    !bfd_session_adopt(f.state, &c.state.session))
		return false;
	if (!f.remote.afi || !f.numbers[TAG_ID] || f.numbers[TAG_ID] > UINT32_MAX ||
	    f.numbers[TAG_IFINDEX] > UINT32_MAX || f.numbers[TAG_PORT] > UINT16_MAX)
		return false;
	c.want.id = c.state.id = (uint32_t)f.numbers[TAG_ID];
	c.want.remote = f.remote;
	c.want.local = f.local;
	c.want.ifindex = (uint32_t)f.numbers[TAG_IFINDEX];
	c.want.multihop = f.numbers[TAG_MULTIHOP] != 0;
	c.want.conf = c.state.session.conf;
	c.state.port = (uint16_t)f.numbers[TAG_PORT];
	c.state.counters.rx = f.numbers[TAG_RX];
	c.state.counters.tx = f.numbers[TAG_TX];
	out->sessions[out->n++] = c;
	return true;
}

static bool get_listener(struct rd body, const int *fds, size_t n, struct bfd_io_export *out)
{
	struct fields f;

	return read_fields(body, &f) && f.numbers[TAG_WHICH] < BFD_IO_LISTENERS &&
	       out->listeners[f.numbers[TAG_WHICH]] < 0 &&
	       get_fd(&f, fds, n, &out->listeners[f.numbers[TAG_WHICH]]);
}

static void taken(int *fds, size_t n, int fd)
{
	for (size_t i = 0; i < n && fd >= 0; i++) {
		if (fds[i] == fd)
			fds[i] = -1;
	}
}

/* No descriptor may be named twice: it would be closed twice. */
static bool all_differ(const struct bfd_io_export *e)
{
	int all[BFD_IO_SESSIONS_MAX + BFD_IO_LISTENERS];
	size_t n = 0;

	for (size_t i = 0; i < e->n; i++)
		all[n++] = e->sessions[i].fd;
	for (int i = 0; i < BFD_IO_LISTENERS; i++)
		all[n++] = e->listeners[i];
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++) {
			if (all[i] >= 0 && all[i] == all[k])
				return false;
		}
	}
	return true;
}

static void clear(struct bfd_io_export *out)
{
	memset(out, 0, sizeof(*out));
	for (int i = 0; i < BFD_IO_LISTENERS; i++)
		out->listeners[i] = -1;
}

static bool read_all(struct rd in, const int *fds, size_t n, struct bfd_io_export *out)
{
	struct rd body;
	uint16_t tag;
	bool ok = true;

	while (ok && carry_next(&in, &tag, &body)) {
		if (tag == TAG_SESSION)
			ok = get_session(body, fds, n, out);
		else if (tag == TAG_LISTENER)
			ok = get_listener(body, fds, n, out);
	}
	return ok && !rd_left(&in) && all_differ(out);
}

bool bfd_handed_get(struct rd in, int *fds, size_t n, struct bfd_io_export *out)
{
	clear(out);
	if (!read_all(in, fds, n, out)) {
		clear(out);
		return false;
	}
	for (size_t i = 0; i < out->n; i++)
		taken(fds, n, out->sessions[i].fd);
	for (int i = 0; i < BFD_IO_LISTENERS; i++)
		taken(fds, n, out->listeners[i]);
	return true;
}
