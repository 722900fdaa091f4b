/*
 * node: the environment of the DaemonSet and the annotations of the Node as a configuration; see
 * model.h for what goes before what.
 *
 *	annotation                      environment         what
 *	arista/bgp-local-as, BGP_ASN    BGP_AS, NODE_AS     router bgp; last the label asn, which
 *	                                                    comes as an annotation label/asn
 *	arista/bgp-peer-ip-N, BGP_PEER  BGP_PEER            neighbor (N from 1)
 *	arista/bgp-remote-as-N, ...asN  BGP_REMOTE_AS       neighbor remote-as
 *	leafpeer/peer-group             LEAFPEER_PEER_GROUP neighbor peer group, of all of these
 *	leafpeer/pod-cidr               POD_CIDR            pod-cidr
 *	leafpeer/interface-mtu          INTERFACE_MTU       interface-mtu
 *	leafpeer/cni-provider           CNI_PROVIDER        cni-provider
 *	leafpeer/advertise              LEAFPEER_ADVERTISE  advertise
 *	-                               LEAFPEER_KUBERNETES kubernetes
 *	leafpeer/drain-time             -                   drain time
 *	leafpeer/WORD                   -                   WORD, a line of the block leafpeer
 *	leafpeer/router-id              -                   router-id
 *	NODE_NAME                       NODE_NAME           hostname
 *	LOOPBACK_IP                     -                   network, of the address alone
 *	-                               CLOUDVISION_IP      monitoring station cloudvision
 *
 * Values are rendered into lines of the grammar and parsed, so that each is judged by the one rule
 * that there is; an error names the key instead of a line. What CloudEOS took without a look is
 * never an error.
 */
#include "agent/conf/parse.h"

#include "agent/lib/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ITEMS_MAX CONF_NEIGHBORS_MAX
#define ITEM_LEN  64
#define VALUE_MAX 4096 /* octets of one value */

struct trimmed { /* a value without the blanks around it */
	struct trimmed *next;
	char s[];
};

struct node {
	const char *(*get)(void *ctx, const char *name);
	void *ctx;
	const struct conf_annotation *annotations;
	size_t n_annotations;
	struct conf_errors *errors, *notes;
	struct text text;
	struct prefix loopback; /* AFI_NONE: none */
	struct addr router_id;  /* likewise */
	bool annotated;         /* the neighbours */
	struct trimmed *trimmed;
	/* neighbours by the number in their annotation, or their place in BGP_PEER */
	struct node_peer {
		struct conf_neighbor neighbor;
		bool named;
	} peers[CONF_NEIGHBORS_MAX];
};

/* A value, and under what name people gave it. */
struct value {
	const char *key, *s; /* s: NULL if nobody did */
};

struct items {
	char s[ITEMS_MAX][ITEM_LEN];
	size_t n;
};

/* ---- values -----------------------------------------------------------------------------------
 */

__attribute__((format(printf, 3, 4))) static void bad(struct node *node, const struct value *v,
						      const char *format, ...)
{
	char why[160];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	conf_error_add(node->errors, 0, 0, "%.40s=%.40s: %s", v->key, v->s, why);
}

/* Whether it can stand in a line; says so if not. */
static bool printable(struct node *node, const struct value *v)
{
	size_t len = strnlen(v->s, VALUE_MAX);

	if (len == VALUE_MAX) {
		bad(node, v, "longer than %d octets", VALUE_MAX - 1);
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)v->s[i] >= ' ' && v->s[i] != 0x7f)
			continue;
		conf_error_add(node->errors, 0, 0, "%.40s: a control character in the value",
			       v->key);
		return false;
	}
	return true;
}

/* Blanks and ends of lines around a value are slips of YAML and of shells. NULL: there is nothing
 * else. */
static const char *trim(struct node *node, const char *s)
{
	static const char blanks[] = " \t\r\n";
	size_t len = strnlen(s, VALUE_MAX), skip = strspn(s, blanks), end = len;
	struct trimmed *t;

	if (len == VALUE_MAX)
		return s; /* too long, which printable() says */
	while (end > skip && strchr(blanks, s[end - 1]))
		end--;
	if (end == skip)
		return NULL;
	if (!skip && end == len)
		return s;
	t = mem_zalloc(sizeof(*t) + end - skip + 1);
	memcpy(t->s, s + skip, end - skip);
	t->next = node->trimmed;
	node->trimmed = t;
	return t->s;
}

static void free_trimmed(struct node *node)
{
	while (node->trimmed) {
		struct trimmed *next = node->trimmed->next;

		free(node->trimmed);
		node->trimmed = next;
	}
}

static struct value from_annotation(struct node *node, const char *key)
{
	struct value v = {key, NULL};

	for (size_t i = 0; i < node->n_annotations; i++) {
		const struct conf_annotation *a = &node->annotations[i];

		if (strcmp(a->key, key) == 0 && a->value)
			v.s = trim(node, a->value);
	}
	if (v.s && !printable(node, &v))
		v.s = NULL;
	return v;
}

static struct value from_env(struct node *node, const char *key)
{
	struct value v = {key, node->get(node->ctx, key)};

	if (v.s)
		v.s = trim(node, v.s);
	if (v.s && !printable(node, &v))
		v.s = NULL;
	return v;
}

/* The first of the places that has it. */
static struct value first_of(struct node *node, const char *const *annotations,
			     const char *const *variables)
{
	struct value v = {"", NULL};

	for (; *annotations && !v.s; annotations++)
		v = from_annotation(node, *annotations);
	for (; *variables && !v.s; variables++)
		v = from_env(node, *variables);
	return v;
}

/* "a,b c": comma or white space between. */
static bool split(struct node *node, const struct value *v, struct items *out)
{
	out->n = 0;
	for (const char *s = v->s; s && *s;) {
		size_t len;

		s += strspn(s, ", ");
		len = strcspn(s, ", ");
		if (!len)
			break;
		if (out->n == ITEMS_MAX || len >= ITEM_LEN) {
			bad(node, v, "more than %d values, or one too long", ITEMS_MAX);
			return false;
		}
		memcpy(out->s[out->n], s, len);
		out->s[out->n++][len] = '\0';
		s += len;
	}
	return true;
}

/* The line, if it is good configuration inside the block; if not, says so of the key. */
static void take_line(struct node *node, const struct value *v, const char *block, const char *word,
		      const char *rest)
{
	struct conf_errors *errors = mem_zalloc(2 * sizeof(*errors));
	struct text text = {0};
	struct conf *c;

	text_printf(&text, "%s\n   %s %s\n", block, word, rest);
	c = conf_parse(text.s, text.len, &errors[0], &errors[1]);
	if (c)
		text_puts(&node->text, text.s);
	else
		bad(node, v, "%s", errors[0].errors[0].text);
	conf_free(c);
	text_free(&text);
	free(errors);
}

/* ---- neighbours -------------------------------------------------------------------------------
 */

static bool take_peer(struct node *node, size_t at, const struct value *v, const char *s)
{
	struct addr a;

	if (!addr_parse(s, &a) || !addr_is_host(&a) || addr_is_linklocal6(&a)) {
		bad(node, v, "%.46s is not an IP address of a neighbour; give the ToR's%s", s,
		    strcmp(v->key, "BGP_PEER") == 0 ? ", several with commas between" : "");
		return false;
	}
	for (size_t i = 0; i < CONF_NEIGHBORS_MAX; i++) {
		if (node->peers[i].named && addr_eq(&node->peers[i].neighbor.addr, &a)) {
			bad(node, v, "%.46s is there twice", s);
			return false;
		}
	}
	node->peers[at].neighbor.addr = a;
	node->peers[at].named = true;
	return true;
}

/* The number at the end of a key that begins so: 1 to CONF_NEIGHBORS_MAX, else 0. */
static size_t key_number(const char *key, const char *begin)
{
	size_t len = strlen(begin), n = 0;

	if (strncmp(key, begin, len) != 0 || key[len] < '1' || key[len] > '9')
		return 0;
	for (const char *s = key + len; *s; s++) {
		if (*s < '0' || *s > '9')
			return 0;
		n = n * 10 + (size_t)(*s - '0');
		if (n > CONF_NEIGHBORS_MAX)
			return 0;
	}
	return n;
}

static void read_peers(struct node *node)
{
	char key[32];
	struct items items;
	struct value v;

	for (size_t i = 0; i < CONF_NEIGHBORS_MAX; i++) {
		snprintf(key, sizeof(key), "arista/bgp-peer-ip-%zu", i + 1);
		v = from_annotation(node, key);
		if (!v.s)
			continue;
		node->annotated = true;
		take_peer(node, i, &v, v.s);
	}
	if (node->annotated)
		return;
	v = from_annotation(node, "BGP_PEER"); /* as old manifests have it */
	if (!v.s)
		v = from_env(node, "BGP_PEER");
	if (!split(node, &v, &items))
		return;
	for (size_t i = 0; i < items.n; i++)
		take_peer(node, i, &v, items.s[i]);
}

static void take_remote_as(struct node *node, size_t at, const struct value *v, const char *s)
{
	struct conf_options *o = &node->peers[at].neighbor.opt;

	if (!asn_from_text(s, &o->remote_as))
		bad(node, v, "%.20s: expected " PARSE_AS, s);
	else
		o->set |= OPT_REMOTE_AS;
}

/* The annotation of the number, in both spellings. */
static struct value remote_annotation(struct node *node, size_t number, char *key, size_t cap)
{
	struct value with, without;
	char other[32];

	snprintf(key, cap, "arista/bgp-remote-as-%zu", number);
	snprintf(other, sizeof(other), "arista/bgp-remote-as%zu", number);
	with = from_annotation(node, key);
	without = from_annotation(node, other);
	if (with.s && without.s && strcmp(with.s, without.s) != 0)
		conf_error_add(node->notes, 0, 0, "%s=%.20s and %s=%.20s: the first is used", key,
			       with.s, other, without.s);
	if (with.s || !without.s)
		return with;
	snprintf(key, cap, "%s", other);
	return (struct value){key, without.s};
}

static void read_remotes(struct node *node)
{
	struct value env = from_env(node, "BGP_REMOTE_AS"), v;
	size_t last = 0, peers = 0;
	struct items items;
	char key[32];

	for (size_t i = 0; i < CONF_NEIGHBORS_MAX; i++) {
		if (node->peers[i].named) {
			last = i + 1;
			peers++;
		}
	}
	if (!split(node, &env, &items))
		return;
	if (items.n && !peers)
		conf_error_add(node->notes, 0, 0,
			       "BGP_REMOTE_AS is set without BGP_PEER: not used");
	/* the environment is for all nodes, and one that is annotated may have more or fewer */
	if (items.n > 1 && peers && items.n != last && !node->annotated) {
		bad(node, &env, "%zu values for %zu peers; give one for all, or one each", items.n,
		    last);
		return;
	}
	for (size_t i = 0; i < CONF_NEIGHBORS_MAX; i++) {
		bool named = node->peers[i].named;

		v = remote_annotation(node, i + 1, key, sizeof(key));
		if (v.s && !named)
			conf_error_add(node->notes, 0, 0, "%s: there is no peer %zu: not used", key,
				       i + 1);
		else if (v.s)
			take_remote_as(node, i, &v, v.s);
		else if (named && items.n == 1)
			take_remote_as(node, i, &env, items.s[0]);
		else if (named && i < items.n)
			take_remote_as(node, i, &env, items.s[i]);
		else if (named && items.n)
			bad(node, &env,
			    "%zu values, and none for peer %zu; annotate arista/bgp-remote-as-%zu",
			    items.n, i + 1, i + 1);
	}
}

static void read_group(struct node *node)
{
	struct value v = first_of(node, (const char *const[]){"leafpeer/peer-group", NULL},
				  (const char *const[]){"LEAFPEER_PEER_GROUP", NULL});

	if (!v.s)
		return;
	if (strlen(v.s) > CONF_NAME_MAX || strchr(v.s, ' ')) {
		bad(node, &v, "expected the name of a peer group of the startup-config");
		return;
	}
	for (size_t i = 0; i < CONF_NEIGHBORS_MAX; i++) {
		strcpy(node->peers[i].neighbor.opt.peer_group, v.s);
		node->peers[i].neighbor.opt.set |= OPT_PEER_GROUP;
	}
}

/* ---- the rest ---------------------------------------------------------------------------------
 */

static void read_local_as(struct node *node)
{
	struct value v =
		first_of(node, (const char *const[]){"arista/bgp-local-as", "BGP_ASN", NULL},
			 (const char *const[]){"BGP_AS", "NODE_AS", NULL});
	uint32_t asn;

	if (!v.s) /* the label asn, where old manifests took NODE_AS from */
		v = from_annotation(node, "label/asn");

	if (!v.s)
		return;
	if (asn_from_text(v.s, &asn))
		text_printf(&node->text, "router bgp %u\n", asn);
	else
		bad(node, &v, "expected " PARSE_AS);
}

static void read_pod_cidr(struct node *node)
{
	struct value v = first_of(node, (const char *const[]){"leafpeer/pod-cidr", NULL},
				  (const char *const[]){"POD_CIDR", NULL});
	struct items items;

	if (!split(node, &v, &items))
		return;
	for (size_t i = 0; i < items.n; i++)
		take_line(node, &v, "leafpeer", "pod-cidr", items.s[i]);
}

/* CloudEOS took whatever it was given here. */
static void read_provider(struct node *node)
{
	struct value v = first_of(node, (const char *const[]){"leafpeer/cni-provider", NULL},
				  (const char *const[]){"CNI_PROVIDER", NULL});

	if (!v.s)
		return;
	if (strcmp(v.s, "cilium") == 0 || strcmp(v.s, "calico") == 0 || strcmp(v.s, "generic") == 0)
		take_line(node, &v, "leafpeer", "cni-provider", v.s);
	else
		conf_error_add(
			node->notes, 0, 0,
			"%s=%.60s is not known, cilium is assumed; known are cilium, calico, "
			"generic",
			v.key, v.s);
}

static void read_words(struct node *node)
{
	static const struct {
		const char *annotation, *variable, *block, *word;
	} rows[] = {
		{"leafpeer/advertise", "LEAFPEER_ADVERTISE", "leafpeer", "advertise"},
		{"leafpeer/interface-mtu", "INTERFACE_MTU", "leafpeer", "interface-mtu"},
		/* no annotation: one that turned the watch off could never turn it on again */
		{NULL, "LEAFPEER_KUBERNETES", "leafpeer", "kubernetes"},
		{"leafpeer/hold-down", NULL, "leafpeer", "hold-down"},
		{"leafpeer/record-grace", NULL, "leafpeer", "record-grace"},
		{"leafpeer/host-routes", NULL, "leafpeer", "host-routes"},
		{"leafpeer/on-stop", NULL, "leafpeer", "on-stop"},
		{"leafpeer/write-back", NULL, "leafpeer", "write-back"},
		{"leafpeer/drain", NULL, "leafpeer", "drain"},
		{"leafpeer/drain-time", NULL, "leafpeer", "drain time"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct value v = first_of(node, (const char *const[]){rows[i].annotation, NULL},
					  (const char *const[]){rows[i].variable, NULL});

		if (v.s)
			take_line(node, &v, rows[i].block, rows[i].word, v.s);
	}
}

static void read_name(struct node *node)
{
	struct value v = first_of(node, (const char *const[]){"NODE_NAME", NULL},
				  (const char *const[]){"NODE_NAME", NULL});

	if (!v.s)
		return;
	if (strlen(v.s) > CONF_NAME_MAX || strchr(v.s, ' '))
		conf_error_add(node->notes, 0, 0,
			       "NODE_NAME=%.60s is no host name of at most %d octets: peers are "
			       "not told it",
			       v.s, CONF_NAME_MAX);
	else
		text_printf(&node->text, "hostname %s\n", v.s);
}

static void read_loopback(struct node *node)
{
	struct value v = from_annotation(node, "LOOPBACK_IP");
	size_t len = v.s ? strcspn(v.s, "/") : 0;
	char text[ITEM_LEN];
	struct addr a;

	if (!v.s)
		return;
	if (len >= sizeof(text))
		len = 0;
	memcpy(text, v.s, len);
	text[len] = '\0';
	if (!addr_parse(text, &a) || !addr_is_host(&a)) {
		conf_error_add(node->notes, 0, 0, "LOOPBACK_IP=%.60s is not an address: not used",
			       v.s);
		return;
	}
	node->loopback = prefix_make(&a, afi_bits(a.afi));
}

static void read_router_id(struct node *node)
{
	struct value v = from_annotation(node, "leafpeer/router-id");

	if (v.s && (!addr_parse(v.s, &node->router_id) || node->router_id.afi != AFI_IP4 ||
		    addr_is_zero(&node->router_id)))
		bad(node, &v, "expected a router ID in the form of an IPv4 address");
}

static void read_cloudvision(struct node *node)
{
	struct value v = from_env(node, "CLOUDVISION_IP");
	char text[ADDR_STRLEN];
	struct addr a;

	if (!v.s)
		return;
	if (addr_parse(v.s, &a) && addr_is_host(&a))
		text_printf(&node->text, "monitor station cloudvision %s\n", addr_str(&a, text));
	else
		conf_error_add(node->notes, 0, 0,
			       "CLOUDVISION_IP=%.60s is not an IP address: nothing is streamed",
			       v.s);
}

/* What is understood and means nothing here; other values than the usual are named. */
static void read_unused(struct node *node)
{
	struct value v = from_env(node, "DATASTORE_TYPE");

	if (v.s && strcmp(v.s, "kubernetes") != 0)
		conf_error_add(node->notes, 0, 0, "DATASTORE_TYPE=%.60s is not known and not used",
			       v.s);
	v = from_env(node, "DISABLE_EGRESS_NAT");
	if (v.s && strcasecmp(v.s, "true") != 0 && strcasecmp(v.s, "false") != 0)
		conf_error_add(node->notes, 0, 0,
			       "DISABLE_EGRESS_NAT=%.60s is neither true nor false", v.s);
}

/* Names the annotations that look like ours and are not. */
static void note_unknown(struct node *node)
{
	static const char *const known[] = {
		"arista/bgp-local-as", "leafpeer/advertise",     "leafpeer/cni-provider",
		"leafpeer/drain",      "leafpeer/hold-down",     "leafpeer/host-routes",
		"leafpeer/drain-time", "leafpeer/interface-mtu", "leafpeer/on-stop",
		"leafpeer/peer-group", "leafpeer/pod-cidr",      "leafpeer/status",
		"leafpeer/router-id",  "leafpeer/write-back",    "leafpeer/record-grace",
	};

	for (size_t i = 0; i < node->n_annotations; i++) {
		const char *key = node->annotations[i].key;
		bool found = key_number(key, "arista/bgp-peer-ip-") ||
			     key_number(key, "arista/bgp-remote-as-") ||
			     key_number(key, "arista/bgp-remote-as");

		for (size_t k = 0; !found && k < sizeof(known) / sizeof(known[0]); k++)
			found = strcmp(key, known[k]) == 0;
		if (!found &&
		    (strncmp(key, "arista/", 7) == 0 || strncmp(key, "leafpeer/", 9) == 0))
			conf_error_add(node->notes, 0, 0, "annotation %.80s is not known: not used",
				       key);
	}
}

/* ---- all of it --------------------------------------------------------------------------------
 */

/* What has no line of its own to be rendered into: router bgp needs an AS, which another source may
 * have. */
static void add_values(const struct node *node, struct conf *c)
{
	c->neighbors = mem_zalloc(CONF_NEIGHBORS_MAX * sizeof(*c->neighbors));
	for (size_t i = 0; i < CONF_NEIGHBORS_MAX; i++) {
		if (node->peers[i].named)
			c->neighbors[c->n_neighbors++] = node->peers[i].neighbor;
	}
	if (node->loopback.afi != AFI_NONE) {
		c->networks = mem_dup(&node->loopback, sizeof(node->loopback));
		c->n_networks = 1;
	}
	if (node->router_id.afi != AFI_NONE) {
		c->router_id = addr_to_ip4(&node->router_id);
		c->set |= CONF_ROUTER_ID;
	}
}

struct conf *conf_from_node(const char *(*get)(void *ctx, const char *name), void *ctx,
			    const struct conf_annotation *annotations, size_t n,
			    struct conf_errors *errors, struct conf_errors *notes)
{
	struct node *node = mem_zalloc(sizeof(*node));
	size_t before = errors->n + errors->more;
	struct conf *c = NULL;

	node->get = get;
	node->ctx = ctx;
	node->annotations = annotations;
	node->n_annotations = n;
	node->errors = errors;
	node->notes = notes;
	read_name(node);
	read_local_as(node);
	read_peers(node);
	read_remotes(node);
	read_group(node);
	read_pod_cidr(node);
	read_words(node);
	read_provider(node);
	read_cloudvision(node);
	read_loopback(node);
	read_router_id(node);
	read_unused(node);
	note_unknown(node);
	if (errors->n + errors->more == before)
		c = conf_parse(node->text.s ? node->text.s : "", node->text.len, errors, notes);
	if (c)
		add_values(node, c);
	text_free(&node->text);
	free_trimmed(node);
	free(node);
	return c;
}

struct conf *conf_from_env(const char *(*get)(void *ctx, const char *name), void *ctx,
			   struct conf_errors *errors, struct conf_errors *notes)
{
	return conf_from_node(get, ctx, NULL, 0, errors, notes);
}
