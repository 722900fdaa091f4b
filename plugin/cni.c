/* cni: see cni.h. */
#include "plugin/cni.h"

#include "agent/lib/json_walk.h"
#include "agent/lib/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const verbs[CNI_VERBS] = {"ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION"};

/* What is told of somebody's text may be cut anywhere, and JSON is UTF-8. */
static void only_ascii(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < ' ' || (unsigned char)*s > '~')
			*s = '?';
	}
}

void cni_error_set(struct cni_error *err, enum cni_code code, const char *details,
		   const char *format, ...)
{
	va_list ap;

	err->code = code;
	snprintf(err->details, sizeof(err->details), "%s", details ? details : "");
	va_start(ap, format);
	vsnprintf(err->msg, sizeof(err->msg), format, ap);
	va_end(ap);
	only_ascii(err->details);
	only_ascii(err->msg);
}

/* ---- environment ------------------------------------------------------------------------------
 */

/* What is wrong with the environment; the specification wants the names of all of it in the error.
 */
struct wrong_env {
	struct text why;
	bool invalid;
};

static void take_env(const char *name, const char *value, bool needed, bool (*ok)(const char *),
		     const char **out, struct wrong_env *wrong)
{
	const char *what = NULL;

	if (value && *value && ok(value))
		*out = value;
	else if (value && *value)
		what = "is not a valid name";
	else if (needed)
		what = "is not set";
	wrong->invalid |= value && *value && what;
	if (what)
		text_printf(&wrong->why, "%s%s %s", wrong->why.len ? ", " : "", name, what);
}

static bool container_id_ok(const char *s)
{
	return record_name_ok(s, RECORD_NAME_MAX);
}

static bool netns_ok(const char *s)
{
	size_t len = strlen(s);

	return len < sizeof(((struct pod_record *)0)->netns) && strpbrk(s, "\n\r") == NULL;
}

static bool read_env(const char *container_id, const char *netns, const char *ifname,
		     struct cni_request *r, struct cni_error *err)
{
	bool attachment = r->verb == CNI_ADD || r->verb == CNI_DEL || r->verb == CNI_CHECK;
	struct wrong_env wrong = {.invalid = false};
	bool ok;

	if (!attachment)
		return true;
	take_env("CNI_CONTAINERID", container_id, true, container_id_ok, &r->container_id, &wrong);
	take_env("CNI_IFNAME", ifname, true, record_ifname_ok, &r->ifname, &wrong);
	take_env("CNI_NETNS", netns, r->verb != CNI_DEL, netns_ok, &r->netns, &wrong);
	ok = !wrong.why.len;
	if (!ok)
		cni_error_set(err, CNI_ERR_ENVIRONMENT,
			      wrong.invalid ? "the specification allows letters, digits and . _ - "
					      "here"
					    : NULL,
			      "%s", wrong.why.s);
	text_free(&wrong.why);
	return ok;
}

/* CNI_ARGS: KEY=VALUE;KEY=VALUE, in any order. What does not fit is for people only, and left out.
 */
static void read_args(const char *args, struct cni_request *r)
{
	const struct {
		const char *key;
		char *buf;
		size_t cap;
	} wanted[] = {
		{"K8S_POD_NAMESPACE=", r->pod_namespace, sizeof(r->pod_namespace)},
		{"K8S_POD_NAME=", r->pod_name, sizeof(r->pod_name)},
		{"K8S_POD_UID=", r->pod_uid, sizeof(r->pod_uid)},
	};

	for (const char *s = args; s && *s;) {
		size_t len = strcspn(s, ";");

		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
			size_t kl = strlen(wanted[i].key);

			if (len > kl && strncmp(s, wanted[i].key, kl) == 0 &&
			    len - kl < wanted[i].cap) {
				memcpy(wanted[i].buf, s + kl, len - kl);
				wanted[i].buf[len - kl] = '\0';
			}
		}
		s += len;
		if (*s == ';')
			s++;
	}
}

/* ---- configuration ----------------------------------------------------------------------------
 */

/* A version's number and its text. 0.1.0 and 0.2.0 know no chaining. */
static const struct {
	const char *text;
	unsigned int number;
} versions[] = {
	{"0.3.0", 300}, {"0.3.1", 301}, {"0.4.0", 400}, {"1.0.0", 10000}, {"1.1.0", 10100},
};
#define N_VERSIONS (sizeof(versions) / sizeof(versions[0]))

const char *cni_version(size_t i)
{
	return i < N_VERSIONS ? versions[i].text : NULL;
}

/* The verbs came one after the other; the rest have been there since the first version. */
static const unsigned int verb_since[CNI_VERBS] = {
	[CNI_CHECK] = 400,
	[CNI_GC] = 10100,
	[CNI_STATUS] = 10100,
};

static bool read_version(struct cni_request *r, struct cni_error *err)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(r->conf, "cniVersion");
	const char *v = "0.1.0"; /* what a missing one means */

	if (item && !cJSON_IsString(item)) {
		cni_error_set(err, CNI_ERR_DECODE, NULL, "cniVersion is not a text");
		return false;
	}
	if (item)
		v = item->valuestring;
	for (size_t i = 0; i < N_VERSIONS; i++) {
		if (strcmp(v, versions[i].text) != 0)
			continue;
		strcpy(r->version, v);
		r->version_number = versions[i].number;
	}
	if (!*r->version) {
		cni_error_set(err, CNI_ERR_VERSION, "supported: 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0",
			      "cniVersion %.32s is not supported", v);
		return false;
	}
	if (r->version_number < verb_since[r->verb]) {
		cni_error_set(err, CNI_ERR_VERSION, NULL, "cniVersion %s has no %s", v,
			      verbs[r->verb]);
		return false;
	}
	return true;
}

/* "500ms", "2s", "1m30s" as Go writes durations, whole units only. */
static bool parse_duration(const char *s, uint32_t *ms)
{
	uint64_t total = 0;

	while (*s) {
		char *end;
		unsigned long long v;
		unsigned int unit;

		if (*s < '0' || *s > '9')
			return false;
		errno = 0;
		v = strtoull(s, &end, 10);
		if (errno || v > 86400000)
			return false;
		if (strncmp(end, "ms", 2) == 0) {
			unit = 1;
			end += 2;
		} else if (*end == 's' || *end == 'm' || *end == 'h') {
			unit = *end == 's' ? 1000 : *end == 'm' ? 60000 : 3600000;
			end++;
		} else {
			return false;
		}
		total += v * unit;
		if (total > 3600000)
			return false;
		s = end;
	}
	*ms = (uint32_t)total;
	return true;
}

static bool bad_key(struct cni_error *err, const char *key, const char *expected)
{
	cni_error_set(err, CNI_ERR_CONFIG, expected, "configuration key %s is not valid", key);
	return false;
}

static bool has(const cJSON *conf, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(conf, key) != NULL;
}

/* What only tells how an attachment is to be made. A mistake there must not keep a pod from going.
 */
static bool read_knobs(struct cni_request *r, struct cni_error *err)
{
	char wait[32];
	double mtu;

	if (has(r->conf, "mtu")) {
		if (!json_number(r->conf, "mtu", 0, 65535, &mtu) || (mtu > 0 && mtu < 68) ||
		    mtu != (uint32_t)mtu)
			return bad_key(err, "mtu",
				       "a whole number from 68 to 65535, or 0 to leave it alone");
		r->mtu = (uint32_t)mtu;
		r->mtu_given = true;
	}
	if (has(r->conf, "waitForRoute") &&
	    (!json_text(r->conf, "waitForRoute", wait, sizeof(wait)) ||
	     !parse_duration(wait, &r->wait_route_ms)))
		return bad_key(err, "waitForRoute", "a duration such as 2s or 500ms, at most 1h");
	if (cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(r->conf, "ipam"))) {
		cni_error_set(err, CNI_ERR_FIELD,
			      "addresses are the business of the plugin in front of leafpeer",
			      "configuration key ipam (an object) is not supported");
		return false;
	}
	return true;
}

static bool read_conf(struct cni_request *r, struct cni_error *err)
{
	if (!json_text(r->conf, "name", r->network, sizeof(r->network)) ||
	    !record_name_ok(r->network, RECORD_NAME_MAX))
		return bad_key(err, "name",
			       "the network's name: letters, digits and . _ -, at most 128");
	strcpy(r->state_dir, CNI_STATE_DIR);
	if (has(r->conf, "stateDir") &&
	    (!json_text(r->conf, "stateDir", r->state_dir, sizeof(r->state_dir)) ||
	     r->state_dir[0] != '/'))
		return bad_key(err, "stateDir", "an absolute path");
	return r->verb == CNI_DEL || r->verb == CNI_GC || read_knobs(r, err);
}

static bool read_prev(struct cni_request *r, struct cni_error *err)
{
	const cJSON *prev = cJSON_GetObjectItemCaseSensitive(r->conf, "prevResult");

	if (r->verb != CNI_ADD && r->verb != CNI_CHECK)
		return true; /* DEL has it now and then, and never needs it */
	if (!prev || cJSON_IsNull(prev)) {
		cni_error_set(err, CNI_ERR_CONFIG,
			      "leafpeer only works in a chain, behind the plugin that makes the "
			      "interface",
			      "prevResult is missing");
		return false;
	}
	if (!cJSON_IsObject(prev)) {
		cni_error_set(err, CNI_ERR_DECODE, NULL, "prevResult is not an object");
		return false;
	}
	if (!json_walk_raw(r->text, r->text_len, r->conf, prev, &r->prev_text, &r->prev_len)) {
		cni_error_set(err, CNI_ERR_DECODE, NULL,
			      "the network configuration is not plain JSON");
		return false;
	}
	r->prev = prev;
	return true;
}

enum cni_verb cni_verb_parse(const char *command)
{
	int i = 0;

	while (i < CNI_VERBS && !(command && strcmp(command, verbs[i]) == 0))
		i++;
	return (enum cni_verb)i;
}

bool cni_request_parse(const char *command, const char *container_id, const char *netns,
		       const char *ifname, const char *args, const char *text, size_t len,
		       struct cni_request *r, struct cni_error *err)
{
	memset(r, 0, sizeof(*r));
	memset(err, 0, sizeof(*err));
	r->verb = cni_verb_parse(command);
	if (r->verb == CNI_VERBS) {
		cni_error_set(err, CNI_ERR_ENVIRONMENT,
			      "expected ADD, DEL, CHECK, GC, STATUS or VERSION",
			      "CNI_COMMAND is not set to a command of CNI");
		return false;
	}
	if (len > CNI_STDIN_MAX) {
		cni_error_set(err, CNI_ERR_DECODE, NULL,
			      "the network configuration is larger than 1 MiB");
		return false;
	}
	r->text = text;
	r->text_len = len;
	r->conf = json_parse(text, len);
	if (r->verb == CNI_VERSION) {
		/* answered whatever came; with the version of the question, if it is one */
		if (!json_text(r->conf, "cniVersion", r->version, sizeof(r->version)) ||
		    r->version[strspn(r->version, "0123456789.")])
			r->version[0] = '\0';
		return true;
	}
	if (!cJSON_IsObject(r->conf)) {
		cni_error_set(err, CNI_ERR_DECODE, NULL,
			      "the network configuration is not a JSON object");
		return false;
	}
	read_args(args, r);
	return read_version(r, err) && read_env(container_id, netns, ifname, r, err) &&
	       read_conf(r, err) && read_prev(r, err);
}

void cni_request_fini(struct cni_request *r)
{
	cJSON_Delete(r->conf);
	r->conf = NULL;
}
