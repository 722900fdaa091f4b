/* cni: see cni.h. */
#include "plugin/cni.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 0.1.0 and 0.2.0 know no chaining. */
const char *const cni_versions[] = {"0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0", NULL};

static const char *const verbs[CNI_VERBS] = {"ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION"};

void cni_error_set(struct cni_error *err, enum cni_code code, const char *details,
		   const char *format, ...)
{
	va_list ap;

	err->code = code;
	snprintf(err->details, sizeof(err->details), "%s", details ? details : "");
	va_start(ap, format);
	vsnprintf(err->msg, sizeof(err->msg), format, ap);
	va_end(ap);
}

/* ---- the raw text of a member -----------------------------------------------------------------
 */

/* text is known to be valid JSON, so the walk needs only to tell strings from the rest. */
static const char *skip_string(const char *s, const char *end)
{
	for (s++; s < end && *s != '"'; s++) {
		if (*s == '\\')
			s++;
	}
	return s < end ? s + 1 : end;
}

static const char *skip_space(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r'))
		s++;
	return s;
}

static const char *skip_value(const char *s, const char *end)
{
	int depth = 0;

	while (s < end) {
		if (*s == '"') {
			s = skip_string(s, end);
			if (!depth)
				return s;
			continue;
		}
		if (*s == '{' || *s == '[') {
			depth++;
		} else if (*s == '}' || *s == ']') {
			if (!depth)
				return s; /* the end of a number in its object */
			if (--depth == 0)
				return s + 1;
		} else if (!depth &&
			   (*s == ',' || *s == ' ' || *s == '\n' || *s == '\r' || *s == '\t')) {
			return s;
		}
		s++;
	}
	return end;
}

bool cni_member_text(const char *text, size_t len, const char *name, const char **out,
		     size_t *out_len)
{
	const char *end = text + len;
	const char *s = skip_space(text, end);

	if (s == end || *s != '{')
		return false;
	for (s++; s < end;) {
		const char *key, *key_end, *value;

		s = skip_space(s, end);
		if (s == end || *s != '"')
			return false;
		key = s + 1;
		s = skip_string(s, end);
		key_end = s - 1;
		s = skip_space(s, end);
		if (s == end || *s != ':')
			return false;
		value = skip_space(s + 1, end);
		s = skip_value(value, end);
		if ((size_t)(key_end - key) == strlen(name) &&
		    memcmp(key, name, strlen(name)) == 0) {
			*out = value;
			*out_len = (size_t)(s - value);
			return true;
		}
		s = skip_space(s, end);
		if (s < end && *s == ',')
			s++;
	}
	return false;
}

/* ---- environment ------------------------------------------------------------------------------
 */

static bool take_env(const char *name, const char *value, bool needed, bool (*ok)(const char *),
		     const char **out, struct cni_error *err)
{
	if (!value || !*value) {
		if (needed)
			cni_error_set(err, CNI_ERR_ENVIRONMENT, NULL, "%s is not set", name);
		return !needed;
	}
	if (!ok(value)) {
		cni_error_set(err, CNI_ERR_ENVIRONMENT,
			      "the specification allows letters, digits and . _ - here",
			      "%s is not a valid name", name);
		return false;
	}
	*out = value;
	return true;
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

	if (!attachment)
		return true;
	return take_env("CNI_CONTAINERID", container_id, true, container_id_ok, &r->container_id,
			err) &&
	       take_env("CNI_IFNAME", ifname, true, record_ifname_ok, &r->ifname, err) &&
	       take_env("CNI_NETNS", netns, r->verb != CNI_DEL, netns_ok, &r->netns, err);
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

static bool read_version(struct cni_request *r, struct cni_error *err)
{
	char v[16];

	if (!json_text(r->conf, "cniVersion", v, sizeof(v)))
		strcpy(v, "0.1.0"); /* what a missing one means */
	for (int i = 0; cni_versions[i]; i++) {
		unsigned int major, minor, patch;

		if (strcmp(v, cni_versions[i]) != 0)
			continue;
		strcpy(r->version, v);
		if (sscanf(v, "%u.%u.%u", &major, &minor, &patch) == 3)
			r->version_number = major * 10000 + minor * 100 + patch;
		return true;
	}
	if (r->verb == CNI_VERSION)
		return true;
	cni_error_set(err, CNI_ERR_VERSION, "supported: 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0",
		      "cniVersion %s is not supported", v);
	return false;
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

static bool read_conf(struct cni_request *r, struct cni_error *err)
{
	char wait[32];
	double mtu;

	if (!json_text(r->conf, "name", r->network, sizeof(r->network)) ||
	    !record_name_ok(r->network, RECORD_NAME_MAX))
		return bad_key(err, "name",
			       "the network's name: letters, digits and . _ -, at most 128");
	strcpy(r->state_dir, CNI_STATE_DIR);
	if (has(r->conf, "stateDir") &&
	    (!json_text(r->conf, "stateDir", r->state_dir, sizeof(r->state_dir)) ||
	     r->state_dir[0] != '/'))
		return bad_key(err, "stateDir", "an absolute path");
	if (has(r->conf, "mtu")) {
		if (!json_number(r->conf, "mtu", 0, 65535, &mtu) || (mtu > 0 && mtu < 68))
			return bad_key(err, "mtu",
				       "a number from 68 to 65535, or 0 to leave it alone");
		r->mtu = (uint32_t)mtu;
	}
	if (has(r->conf, "waitForRoute") &&
	    (!json_text(r->conf, "waitForRoute", wait, sizeof(wait)) ||
	     !parse_duration(wait, &r->wait_route_ms)))
		return bad_key(err, "waitForRoute", "a duration such as 2s or 500ms, at most 1h");
	return true;
}

static bool read_prev(struct cni_request *r, struct cni_error *err)
{
	bool needed = r->verb == CNI_ADD || r->verb == CNI_CHECK;

	r->prev = cJSON_GetObjectItemCaseSensitive(r->conf, "prevResult");
	if (cJSON_IsObject(r->prev)) {
		if (cni_member_text(r->text, r->text_len, "prevResult", &r->prev_text,
				    &r->prev_len))
			return true;
		/* cJSON takes what JSON does not allow (control characters for white space, an
		 * escaped key); what is passed on must be JSON to everybody */
		cni_error_set(err, CNI_ERR_DECODE, NULL,
			      "the network configuration is not strict JSON");
		return false;
	}
	if (needed && (!r->prev || cJSON_IsNull(r->prev))) {
		cni_error_set(err, CNI_ERR_CONFIG,
			      "leafpeer only works in a chain, behind the plugin that makes the "
			      "interface",
			      "prevResult is missing");
		return false;
	}
	if (needed) {
		cni_error_set(err, CNI_ERR_DECODE, NULL, "prevResult is not an object");
		return false;
	}
	r->prev = NULL;
	return true;
}

bool cni_request_parse(const char *command, const char *container_id, const char *netns,
		       const char *ifname, const char *args, const char *text, size_t len,
		       struct cni_request *r, struct cni_error *err)
{
	memset(r, 0, sizeof(*r));
	memset(err, 0, sizeof(*err));
	r->verb = CNI_VERBS;
	for (int i = 0; command && i < CNI_VERBS; i++) {
		if (strcmp(command, verbs[i]) == 0)
			r->verb = (enum cni_verb)i;
	}
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
	if (!cJSON_IsObject(r->conf)) {
		/* VERSION needs none of it */
		if (r->verb == CNI_VERSION)
			return true;
		cni_error_set(err, CNI_ERR_DECODE, NULL,
			      "the network configuration is not a JSON object");
		return false;
	}
	if (!read_version(r, err))
		return false;
	if (r->verb == CNI_VERSION)
		return true;
	read_args(args, r);
	return read_env(container_id, netns, ifname, r, err) && read_conf(r, err) &&
	       read_prev(r, err);
}

void cni_request_fini(struct cni_request *r)
{
	cJSON_Delete(r->conf);
	r->conf = NULL;
}

/* ---- prevResult -------------------------------------------------------------------------------
 */

bool cni_prev_addresses(const struct cni_request *r, struct addr *out, size_t cap, size_t *n,
			struct cni_error *err)
{
	const cJSON *ips = cJSON_GetObjectItemCaseSensitive(r->prev, "ips");
	const cJSON *ip;

	*n = 0;
	if (ips && !cJSON_IsArray(ips) && !cJSON_IsNull(ips)) {
		cni_error_set(err, CNI_ERR_DECODE, NULL, "prevResult.ips is not a list");
		return false;
	}
	cJSON_ArrayForEach (ip, ips) {
		char text[PREFIX_STRLEN];
		char *slash;

		if (*n == cap) {
			cni_error_set(err, CNI_ERR_DECODE, NULL,
				      "prevResult.ips has too many addresses");
			return false;
		}
		if (!cJSON_IsObject(ip) || !json_text(ip, "address", text, sizeof(text))) {
			cni_error_set(err, CNI_ERR_DECODE, NULL,
				      "prevResult.ips[%zu].address is missing or no text", *n);
			return false;
		}
		slash = strchr(text, '/');
		if (slash)
			*slash = '\0';
		if (!addr_parse(text, &out[*n])) {
			cni_error_set(err, CNI_ERR_DECODE, text,
				      "prevResult.ips[%zu].address is no address", *n);
			return false;
		}
		++*n;
	}
	return true;
}

void cni_prev_host_interface(const struct cni_request *r, char *buf, size_t cap)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(r->prev, "interfaces");
	const cJSON *item;

	buf[0] = '\0';
	/* the host's end stands right before the pod's, whatever bridges stand before it */
	cJSON_ArrayForEach (item, list) {
		const cJSON *sandbox = cJSON_GetObjectItemCaseSensitive(item, "sandbox");

		if (cJSON_IsString(sandbox) && *sandbox->valuestring)
			return;
		json_text(item, "name", buf, cap);
	}
}
