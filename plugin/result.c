/* result: see result.h. */
#include "plugin/result.h"

#include "agent/lib/json_walk.h"

#include <stdio.h>
#include <string.h>

/* ---- what it says --------------------------------------------------------------------------- */

static bool bad_result(struct cni_error *err, const char *details, size_t i, const char *what)
{
	cni_error_set(err, CNI_ERR_DECODE, details, "prevResult.ips[%zu]%s", i, what);
	return false;
}

bool result_addresses(const struct cni_request *r, struct addr *out, size_t cap, size_t *n,
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
		struct prefix p;
		bool host_bits;

		if (*n == cap)
			return bad_result(err, NULL, *n, " is one address too many");
		if (!cJSON_IsObject(ip) || !json_text(ip, "address", text, sizeof(text)))
			return bad_result(err, NULL, *n, ".address is missing or no text");
		if (!prefix_parse(text, &p, &host_bits))
			return bad_result(err, text, *n, ".address is no address");
		text[strcspn(text, "/")] = '\0';
		if (!addr_parse(text, &out[*n]))
			return bad_result(err, text, *n, ".address is no address");
		++*n;
	}
	return true;
}

static bool in_sandbox(const cJSON *interface)
{
	const cJSON *sandbox = cJSON_GetObjectItemCaseSensitive(interface, "sandbox");

	return cJSON_IsString(sandbox) && *sandbox->valuestring;
}

static bool is_named(const cJSON *interface, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(interface, "name");

	return cJSON_IsString(item) && strcmp(item->valuestring, name) == 0;
}

void result_host_interface(const struct cni_request *r, char *buf, size_t cap)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(r->prev, "interfaces");
	const cJSON *item;
	bool found = false;

	buf[0] = '\0';
	/* it stands right before the pod's, whatever bridges stand before it; some put it behind */
	cJSON_ArrayForEach (item, list) {
		if (in_sandbox(item)) {
			found |= is_named(item, r->ifname);
			if (found && *buf)
				return;
			buf[0] = '\0';
		} else {
			json_text(item, "name", buf, cap);
			if (found && *buf)
				return;
		}
	}
	if (!found)
		buf[0] = '\0';
}

/* ---- passing it on -------------------------------------------------------------------------- */

/* One interface's octets, with the member mtu set. It is in step with its text, or comes as it is.
 */
static void put_interface(struct text *out, const char *text, size_t len, const cJSON *interface,
			  uint32_t mtu)
{
	const char *from = text;
	const char *value;
	bool there = false;
	const cJSON *item;
	size_t value_len;
	struct json_walk w;

	if (!json_walk_open(&w, text, len))
		return text_append(out, text, len);
	cJSON_ArrayForEach (item, interface) {
		if (!json_walk_next(&w, &value, &value_len))
			break;
		if (strcmp(item->string, "mtu") != 0)
			continue;
		text_append(out, from, (size_t)(value - from));
		text_printf(out, "%u", mtu);
		from = value + value_len;
		there = true;
	}
	if (there)
		return text_append(out, from, (size_t)(text + len - from));
	/* before the closing brace; the object has a name at least */
	text_append(out, text, len - 1);
	text_printf(out, ",\"mtu\":%u}", mtu);
}

void result_format(const struct cni_request *r, const char *host_interface, struct text *out)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(r->prev, "interfaces");
	const char *from = r->prev_text;
	const char *end = r->prev_text + r->prev_len;
	const char *text, *value;
	size_t len, value_len;
	const cJSON *item;
	struct json_walk w;

	if (r->mtu && r->version_number >= 10100 && cJSON_IsArray(list) &&
	    json_walk_raw(r->prev_text, r->prev_len, r->prev, list, &text, &len) &&
	    json_walk_open(&w, text, len)) {
		cJSON_ArrayForEach (item, list) {
			const char *name = in_sandbox(item) ? r->ifname : host_interface;

			if (!json_walk_next(&w, &value, &value_len))
				break;
			if (!*name || !is_named(item, name))
				continue;
			text_append(out, from, (size_t)(value - from));
			put_interface(out, value, value_len, item, r->mtu);
			from = value + value_len;
		}
	}
	text_append(out, from, (size_t)(end - from));
	text_puts(out, "\n");
}
