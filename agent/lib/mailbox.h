/*
 * mailbox: the newest value from one thread to one other, without a lock.
 *
 * Three buffers: the writer fills one of them, the reader looks at another, and the third lies
 * between; both swap theirs with that one in a single step, so that neither ever waits. A value
 * that was not looked at is replaced by the next: what goes through a mailbox is state, not events.
 * The buffers are the owner's, in an array of three; this is the juggling of their indices.
 */
#ifndef LEAFPEER_LIB_MAILBOX_H
#define LEAFPEER_LIB_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>

#define MAILBOX_BUFFERS 3
#define MAILBOX_NEW     4u /* in between: not looked at yet */

struct mailbox {
	_Atomic unsigned int between;
	unsigned int writers; /* index of the writer's buffer, and of the reader's */
	unsigned int readers;
};

static inline void mailbox_init(struct mailbox *m)
{
	atomic_init(&m->between, 0);
	m->writers = 1;
	m->readers = 2;
}

/* Which buffer to fill; mailbox_post hands it over. The new one to fill holds an old value. */
static inline unsigned int mailbox_writers(const struct mailbox *m)
{
	return m->writers;
}

static inline void mailbox_post(struct mailbox *m)
{
	m->writers = atomic_exchange(&m->between, m->writers | MAILBOX_NEW) & ~MAILBOX_NEW;
}

/* True: mailbox_readers is another buffer now, with a newer value. */
static inline bool mailbox_fetch(struct mailbox *m)
{
	if (!(atomic_load(&m->between) & MAILBOX_NEW))
		return false;
	m->readers = atomic_exchange(&m->between, m->readers) & ~MAILBOX_NEW;
	return true;
}

static inline unsigned int mailbox_readers(const struct mailbox *m)
{
	return m->readers;
}

#endif
