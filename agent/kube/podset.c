/* podset: see podset.h. */
#include "agent/kube/podset.h"

#include "agent/lib/mem.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	char uid[KUBE_UID_MAX + 1];
	bool seen, gone;
	struct {
		struct addr addr;
		bool wanted, counted;
	} addrs[2 * KUBE_POD_ADDRESSES_MAX]; /* old ones stay until they are told gone */
	size_t n;
};

struct podset {
	struct entry *pods;
	size_t n;
};

struct podset *podset_new(void)
{
	return mem_zalloc(sizeof(struct podset));
}

void podset_free(struct podset *s)
{
	if (!s)
		return;
	free(s->pods);
	free(s);
}

void podset_begin(struct podset *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->pods[i].seen = false;
}

void podset_end(struct podset *s)
{
	for (size_t i = 0; i < s->n; i++)
		s->pods[i].gone |= !s->pods[i].seen;
}

static struct entry *find(struct podset *s, const char *uid)
{
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->pods[i].uid, uid) == 0)
			return &s->pods[i];
	}
	return NULL;
}

static void set_addr(struct entry *e, const struct addr *a)
{
	for (size_t i = 0; i < e->n; i++) {
		if (addr_eq(&e->addrs[i].addr, a)) {
			e->addrs[i].wanted = true;
			return;
		}
	}
	if (e->n == sizeof(e->addrs) / sizeof(e->addrs[0]))
		return;
	e->addrs[e->n].addr = *a;
	e->addrs[e->n].wanted = true;
	e->addrs[e->n++].counted = false;
}

void podset_take(struct podset *s, const struct kube_pod *pod, bool deleted)
{
	struct entry *e = find(s, pod->meta.uid);

	if (deleted) {
		if (e)
			e->gone = true;
		return;
	}
	if (!e) {
		if (s->n == PODSET_MAX)
			return;
		s->pods = mem_grow(s->pods, s->n + 1, sizeof(*s->pods));
		e = &s->pods[s->n++];
		memset(e, 0, sizeof(*e));
		strcpy(e->uid, pod->meta.uid);
	}
	e->seen = true;
	e->gone = false;
	for (size_t i = 0; i < e->n; i++)
		e->addrs[i].wanted = false;
	for (size_t i = 0; i < pod->n_addresses && !pod->host_network && !pod->over; i++)
		set_addr(e, &pod->addresses[i]);
}

static bool inside(const struct prefix *owned, size_t n, const struct addr *a)
{
	for (size_t i = 0; i < n; i++) {
		if (prefix_contains(&owned[i], a))
			return true;
	}
	return false;
}

/* One address: told if it came (add) or went (del); whether it stays in the table. */
static bool settle(struct entry *e, size_t i, const struct prefix *owned, size_t n, podset_fn *add,
		   podset_fn *del, void *ctx)
{
	bool want = e->addrs[i].wanted && !e->gone && inside(owned, n, &e->addrs[i].addr);

	if (want && !e->addrs[i].counted && add) {
		e->addrs[i].counted = true;
		add(ctx, &e->addrs[i].addr);
	}
	if (!want && e->addrs[i].counted && del) {
		e->addrs[i].counted = false;
		del(ctx, &e->addrs[i].addr);
	}
	return e->addrs[i].counted || (e->addrs[i].wanted && !e->gone);
}

void podset_refresh(struct podset *s, const struct prefix *owned, size_t n, podset_fn *add,
		    podset_fn *del, void *ctx)
{
	size_t kept = 0;

	/* first what came: an address that goes from one pod to another must not seem free */
	for (size_t i = 0; i < s->n; i++) {
		for (size_t k = 0; k < s->pods[i].n; k++)
			settle(&s->pods[i], k, owned, n, add, NULL, ctx);
	}
	for (size_t i = 0; i < s->n; i++) {
		struct entry *e = &s->pods[i];
		size_t left = 0;

		for (size_t k = 0; k < e->n; k++) {
			if (settle(e, k, owned, n, NULL, del, ctx))
				e->addrs[left++] = e->addrs[k];
		}
		e->n = left;
		if (!e->gone) {
			if (kept != i)
				s->pods[kept] = *e;
			kept++;
		}
	}
	s->n = kept;
}

size_t podset_count(const struct podset *s)
{
	return s->n;
}
