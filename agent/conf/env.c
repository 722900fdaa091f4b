/*
 * env: the environment of the DaemonSet as a configuration; see model.h.
 *
 * Values are rendered into lines of the grammar and parsed, so that each is judged by the one rule
 * that there is; an error names the variable instead of a line.
 */
#include "agent/conf/model.h"

#include "agent/lib/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ITEMS_MAX CONF_NEIGHBORS_MAX
#define ITEM_LEN  64

struct env {
	const char *(*get)(void *ctx, const char *name);
	void *ctx;
	struct conf_errors *errors, *notes;
	struct text text;
};

struct items {
	char s[ITEMS_MAX][ITEM_LEN];
	size_t n;
};

static const char *value_of(struct env *e, const char *name)
{
	const char *v = e->get(e->ctx, name);

	return v && *v ? v : NULL;
}

/* "a,b c": comma or white space between. */
static bool split(struct env *e, const char *name, const char *v, struct items *out)
{
	out->n = 0;
	while (*v) {
		size_t len;

		v += strspn(v, ", \t\n");
		len = strcspn(v, ", \t\n");
		if (!len)
			break;
		if (out->n == ITEMS_MAX || len >= ITEM_LEN) {
			conf_error_add(e->errors, 0, 0,
				       "%s=%.100s: more than %d values, or one too long", name, v,
				       ITEMS_MAX);
			return false;
		}
		memcpy(out->s[out->n], v, len);
		out->s[out->n++][len] = '\0';
		v += len;
	}
	return true;
}

/* Whether the line is good configuration; if not, says so of the variable. */
static bool line_ok(struct env *e, const char *name, const char *value, const char *block,
		    const char *line)
{
	struct conf_errors errors = {.n = 0}, notes = {.n = 0};
	char text[512];
	struct conf *c;

	snprintf(text, sizeof(text), "%s\n   %s\n", block, line);
	c = strlen(value) < 200 ? conf_parse(text, strlen(text), &errors, &notes) : NULL;
	if (!c)
		conf_error_add(e->errors, 0, 0, "%s=%.60s: %s", name, value,
			       errors.n ? errors.errors[0].text : "the value is too long");
	conf_free(c);
	return c != NULL;
}

static void read_bgp(struct env *e)
{
	const char *as = value_of(e, "BGP_AS");
	const char *peer = value_of(e, "BGP_PEER");
	const char *remote = value_of(e, "BGP_REMOTE_AS");
	struct items peers = {.n = 0}, remotes = {.n = 0};
	char line[256];

	if (!as)
		as = value_of(e, "NODE_AS"); /* as old manifests have it */
	if (as) {
		snprintf(line, sizeof(line), "router bgp %.100s", as);
		if (!line_ok(e, "BGP_AS", as, "!", line))
			return;
		text_printf(&e->text, "%s\n", line);
	}
	if ((peer && !split(e, "BGP_PEER", peer, &peers)) ||
	    (remote && !split(e, "BGP_REMOTE_AS", remote, &remotes)))
		return;
	if (peers.n && !as)
		text_puts(&e->text, "router bgp 4294967295\n"); /* taken off again below */
	if (remotes.n > 1 && remotes.n != peers.n) {
		conf_error_add(e->errors, 0, 0,
			       "BGP_REMOTE_AS=%.60s: %zu values for %zu peers; give one for all, "
			       "or one each",
			       remote, remotes.n, peers.n);
		return;
	}
	if (remotes.n && !peers.n)
		conf_error_add(e->notes, 0, 0, "BGP_REMOTE_AS is set without BGP_PEER: not used");
	for (size_t i = 0; i < peers.n; i++) {
		const char *ra = remotes.n ? remotes.s[remotes.n > 1 ? i : 0] : as;
		struct addr a;

		if (!addr_parse(peers.s[i], &a)) {
			conf_error_add(e->errors, 0, 0,
				       "BGP_PEER=%.60s: %s is not an IP address; give the ToR's, "
				       "several with commas between",
				       peer, peers.s[i]);
			continue;
		}
		if (!ra) { /* iBGP with what the startup-config says */
			text_printf(&e->text, "   neighbor %s passive\n", peers.s[i]);
			continue;
		}
		snprintf(line, sizeof(line), "neighbor %s remote-as %s", peers.s[i], ra);
		if (line_ok(e, remotes.n ? "BGP_REMOTE_AS" : "BGP_PEER", remotes.n ? remote : peer,
			    "router bgp 1", line))
			text_printf(&e->text, "   %s\n", line);
	}
}

static void read_leafpeer(struct env *e)
{
	const char *cidr = value_of(e, "POD_CIDR");
	const char *advertise = value_of(e, "LEAFPEER_ADVERTISE");
	const char *mtu = value_of(e, "INTERFACE_MTU");
	const char *provider = value_of(e, "CNI_PROVIDER");
	struct items items = {.n = 0};
	char line[256];

	text_puts(&e->text, "leafpeer\n");
	if (cidr && split(e, "POD_CIDR", cidr, &items)) {
		for (size_t i = 0; i < items.n; i++) {
			snprintf(line, sizeof(line), "pod-cidr %s", items.s[i]);
			if (line_ok(e, "POD_CIDR", cidr, "leafpeer", line))
				text_printf(&e->text, "   %s\n", line);
		}
	}
	if (advertise) {
		snprintf(line, sizeof(line), "advertise %.100s", advertise);
		if (line_ok(e, "LEAFPEER_ADVERTISE", advertise, "leafpeer", line))
			text_printf(&e->text, "   %s\n", line);
	}
	if (mtu) {
		snprintf(line, sizeof(line), "interface-mtu %.100s", mtu);
		if (line_ok(e, "INTERFACE_MTU", mtu, "leafpeer", line))
			text_printf(&e->text, "   %s\n", line);
	}
	if (!provider)
		return;
	/* CloudEOS took whatever it was given here */
	if (strcmp(provider, "cilium") == 0 || strcmp(provider, "calico") == 0 ||
	    strcmp(provider, "generic") == 0)
		text_printf(&e->text, "   cni-provider %s\n", provider);
	else
		conf_error_add(
			e->notes, 0, 0,
			"CNI_PROVIDER=%.60s is not known, cilium is assumed; known are cilium, "
			"calico, generic",
			provider);
}

static void read_others(struct env *e)
{
	const char *node = value_of(e, "NODE_NAME");
	const char *store = value_of(e, "DATASTORE_TYPE");
	const char *nat = value_of(e, "DISABLE_EGRESS_NAT");

	if (node && strlen(node) <= CONF_NAME_MAX && strcspn(node, " \t\n") == strlen(node))
		text_printf(&e->text, "hostname %s\n", node);
	if (store && strcmp(store, "kubernetes") != 0)
		conf_error_add(e->notes, 0, 0, "DATASTORE_TYPE=%.60s is not known and not used",
			       store);
	if (nat && strcasecmp(nat, "true") != 0 && strcasecmp(nat, "false") != 0)
		conf_error_add(e->notes, 0, 0, "DISABLE_EGRESS_NAT=%.60s is neither true nor false",
			       nat);
}

struct conf *conf_from_env(const char *(*get)(void *ctx, const char *name), void *ctx,
			   struct conf_errors *errors, struct conf_errors *notes)
{
	struct env e = {.get = get, .ctx = ctx, .errors = errors, .notes = notes};
	size_t before = errors->n + errors->more;
	struct conf *c = NULL;

	read_others(&e);
	read_bgp(&e);
	read_leafpeer(&e);
	if (errors->n + errors->more == before)
		c = conf_parse(e.text.s, e.text.len, errors, notes);
	text_free(&e.text);
	if (!c)
		return NULL;
	if (!value_of(&e, "BGP_AS") && !value_of(&e, "NODE_AS")) {
		c->set &= ~(uint32_t)CONF_LOCAL_AS;
		c->local_as = 0;
		for (size_t i = 0; i < c->n_neighbors; i++) {
			/* "passive" above was only to name the neighbour */
			c->neighbors[i].opt.set &= ~(uint32_t)OPT_PASSIVE;
			c->neighbors[i].opt.passive = false;
		}
	}
	return c;
}
