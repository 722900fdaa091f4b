/* decide: see decide.h. */
#include "agent/rib/decide.h"

#define LOCAL_PREF_DEFAULT 100

static uint32_t local_pref(const struct candidate *c)
{
	const struct attr_set *s = &c->attrs->set;

	return s->has & ATTR_HAS_LOCAL_PREF ? s->local_pref : LOCAL_PREF_DEFAULT;
}

/* One that is missing is the best there is (RFC 4271 section 9.1.2.2 c). */
static uint32_t med(const struct candidate *c)
{
	const struct attr_set *s = &c->attrs->set;

	return s->has & ATTR_HAS_MED ? s->med : 0;
}

static int cmp_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* The steps before MED; zero: equal so far. */
static int compare_quality(const struct candidate *a, const struct candidate *b,
			   enum decide_step *step)
{
	const struct attrs *aa = a->attrs, *ba = b->attrs;
	int c;

	*step = STEP_USABLE;
	if (a->usable != b->usable)
		return a->usable ? -1 : 1;
	if (!a->usable)
		return 0;
	*step = STEP_LLGR;
	if (a->llgr != b->llgr)
		return a->llgr ? 1 : -1;
	*step = STEP_LOCAL_PREF;
	c = cmp_u32(local_pref(b), local_pref(a));
	if (c)
		return c;
	*step = STEP_AS_PATH;
	if (aa->hops != ba->hops)
		return aa->hops < ba->hops ? -1 : 1;
	*step = STEP_ORIGIN;
	return (int)aa->set.origin - (int)ba->set.origin;
}

void decide_med(const struct decide_ctx *ctx, struct candidate *c, size_t n)
{
	enum decide_step step;

	for (size_t i = 0; i < n; i++) {
		c[i].med_beaten = false;
		for (size_t j = 0; j < n && c[i].usable && !c[i].med_beaten; j++) {
			if (i == j || !c[j].usable || med(&c[j]) >= med(&c[i]))
				continue;
			if (!ctx->always_compare_med &&
			    c[i].attrs->neighbor_as != c[j].attrs->neighbor_as)
				continue;
			c[i].med_beaten = compare_quality(&c[i], &c[j], &step) == 0;
		}
	}
}

int decide_compare(const struct decide_ctx *ctx, const struct candidate *a,
		   const struct candidate *b, enum decide_step *step)
{
	const struct rib_peer *pa = ctx->peers[a->path->peer], *pb = ctx->peers[b->path->peer];
	const struct attr_set *sa = &a->attrs->set, *sb = &b->attrs->set;
	int c = compare_quality(a, b, step);

	if (c)
		return c;
	if (a->usable) {
		*step = STEP_MED;
		if (a->med_beaten != b->med_beaten)
			return a->med_beaten ? 1 : -1;
		*step = STEP_EBGP;
		if (pa->ibgp != pb->ibgp)
			return pa->ibgp ? 1 : -1;
		*step = STEP_METRIC;
		c = cmp_u32(a->metric, b->metric);
		if (c)
			return c;
		/* here both are eBGP or both iBGP; of others the order would not be transitive */
		*step = STEP_OLDER;
		if (!pa->ibgp && a->path->seq != b->path->seq)
			/* arrivals are numbered round the clock */
			return (int32_t)(a->path->seq - b->path->seq) < 0 ? -1 : 1;
	}
	*step = STEP_ROUTER_ID;
	c = cmp_u32(sa->has & ATTR_HAS_ORIGINATOR_ID ? sa->originator_id : pa->remote_id,
		    sb->has & ATTR_HAS_ORIGINATOR_ID ? sb->originator_id : pb->remote_id);
	if (c)
		return c;
	*step = STEP_CLUSTER_LIST;
	if (sa->cluster_list_len != sb->cluster_list_len)
		return sa->cluster_list_len < sb->cluster_list_len ? -1 : 1;
	*step = STEP_PEER_ADDRESS;
	c = addr_cmp(&pa->addr, &pb->addr);
	if (c)
		return c;
	*step = STEP_PATH_ID;
	c = cmp_u32(a->path->path_id, b->path->path_id);
	if (c)
		return c;
	*step = STEP_SAME;
	return cmp_u32(a->path->peer, b->path->peer);
}

const char *decide_step_name(enum decide_step step)
{
	static const char *const names[] = {
		[STEP_USABLE] = "usable",
		[STEP_LLGR] = "not long-lived stale",
		[STEP_LOCAL_PREF] = "higher local preference",
		[STEP_AS_PATH] = "shorter AS path",
		[STEP_ORIGIN] = "lower origin",
		[STEP_MED] = "lower MED",
		[STEP_EBGP] = "eBGP over iBGP",
		[STEP_METRIC] = "nearer next hop",
		[STEP_OLDER] = "older",
		[STEP_ROUTER_ID] = "lower router ID",
		[STEP_CLUSTER_LIST] = "shorter cluster list",
		[STEP_PEER_ADDRESS] = "lower peer address",
		[STEP_PATH_ID] = "lower path ID",
		[STEP_SAME] = "same",
	};

	return names[step];
}
