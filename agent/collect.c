/*
 * collect: see collect.h. A round looks at the records in slices, and judges them all when it has
 * seen the last one, since one record's life is evidence for the others.
 */
#include "agent/collect.h"

#include "agent/agent.h"
#include "agent/io/log.h"
#include "agent/io/netns.h"
#include "agent/lib/mem.h"

#include <stdlib.h>
#include <string.h>

#define SLICE        128 /* records looked at before others have their turn */
#define DIRS_MAX     16  /* in which namespaces are seen; runtimes have one each */
#define ROUND_MAX_US (30LL * 1000 * 1000)
#define ROUND_MIN_US (250LL * 1000)

struct collect {
	struct agent *agent;
	struct loop_timer *timer;
	int64_t grace; /* 0: off */
	size_t next;   /* file to look at; 0: a new round */
	uint64_t removed;
};

/* Often enough for the grace time to be kept to a quarter. */
static int64_t round_us(const struct collect *c)
{
	int64_t us = c->grace / 4;

	if (us > ROUND_MAX_US)
		us = ROUND_MAX_US;
	return us < ROUND_MIN_US ? ROUND_MIN_US : us;
}

static bool is_in(const struct orphan_dir *dirs, size_t n, const struct orphan_dir *dir)
{
	for (size_t i = 0; i < n; i++) {
		if (orphan_same_dir(&dirs[i], dir))
			return true;
	}
	return false;
}

static size_t dirs_alive(struct pods *pods, struct orphan_dir *dirs)
{
	const struct pod_record *r;
	struct orphan *o;
	size_t n = 0;

	for (size_t i = 0; n < DIRS_MAX && pods_file(pods, i, &r, &o); i++) {
		if (r && orphan_alive(o) && !is_in(dirs, n, &o->look.dir))
			dirs[n++] = o->look.dir;
	}
	return n;
}

/* Whether the record is gone. */
static bool remove_record(struct collect *c, size_t i, const struct pod_record *r)
{
	const struct pod_record was = *r;
	int err = pods_remove(c->agent->pods, i);

	if (err) {
		log_warning("cannot remove the record of a pod that is gone",
			    "network=%s container=%s ifname=%s reason=%s", r->network,
			    r->container_id, r->ifname, strerror(-err));
		return false;
	}
	c->removed++;
	log_info("record removed, its pod's namespace and interface are gone",
		 "network=%s container=%s ifname=%s namespace=%s pod=%s netns=%s interface=%s",
		 was.network, was.container_id, was.ifname, was.pod_namespace, was.pod_name,
		 was.netns, was.host_interface);
	return true;
}

static void judge_all(struct collect *c)
{
	struct pods *pods = c->agent->pods;
	int64_t now = loop_now(c->agent->loop);
	struct orphan_dir dirs[DIRS_MAX];
	size_t n = dirs_alive(pods, dirs);
	const struct pod_record *r;
	struct orphan *o;
	size_t i = 0;

	while (pods_file(pods, i, &r, &o)) {
		bool stale = r && orphan_judge(o, is_in(dirs, n, &o->look.dir), now, c->grace);

		if (!stale || !remove_record(c, i, r))
			i++;
	}
}

static void on_timer(void *ctx)
{
	struct collect *c = ctx;
	int64_t now = loop_now(c->agent->loop);
	const struct pod_record *r;
	struct orphan *o;

	for (size_t end = c->next + SLICE; c->next < end; c->next++) {
		if (!pods_file(c->agent->pods, c->next, &r, &o)) {
			judge_all(c);
			c->next = 0;
			loop_timer_set(c->timer, now + round_us(c));
			return;
		}
		if (r)
			netns_look(r, &o->look);
	}
	loop_timer_set(c->timer, now);
}

struct collect *collect_new(struct agent *a)
{
	struct collect *c = mem_zalloc(sizeof(*c));

	c->agent = a;
	c->timer = loop_timer_new(a->loop, on_timer, c);
	return c;
}

void collect_free(struct collect *c)
{
	if (!c)
		return;
	loop_timer_free(c->timer);
	free(c);
}

void collect_set_grace(struct collect *c, uint32_t seconds)
{
	int64_t grace = (int64_t)seconds * 1000000;

	if (grace == c->grace)
		return;
	c->grace = grace;
	c->next = 0;
	loop_timer_set(c->timer, grace ? loop_now(c->agent->loop) : INT64_MAX);
}

uint64_t collect_removed(const struct collect *c)
{
	return c->removed;
}
