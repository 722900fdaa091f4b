/* record: see record.h. */
#include "agent/lib/record.h"

#include "agent/lib/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATOR '@' /* in no CNI name */

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

bool record_name_ok(const char *s, size_t max)
{
	size_t len = strlen(s);

	if (!len || len > max || *s == '.' || *s == '_' || *s == '-')
		return false;
	for (; *s; s++) {
		if (!is_name_char(*s))
			return false;
	}
	return true;
}

bool record_ifname_ok(const char *s)
{
	size_t len = strlen(s);

	if (!len || len > RECORD_IFNAME_MAX || strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
		return false;
	for (; *s; s++) {
		if (*s == '/' || *s == ':' || (unsigned char)*s <= ' ' || *s == 0x7f)
			return false;
	}
	return true;
}

static bool read_addresses(const cJSON *list, struct pod_record *out)
{
	const cJSON *item;

	if (!cJSON_IsArray(list))
		return false;
	cJSON_ArrayForEach (item, list) {
		if (out->n_addresses == RECORD_ADDRESSES_MAX || !cJSON_IsString(item) ||
		    !addr_parse(item->valuestring, &out->addresses[out->n_addresses]))
			return false;
		out->n_addresses++;
	}
	return true;
}

static const char *read_record(const cJSON *root, struct pod_record *out)
{
	double number;

	if (!cJSON_IsObject(root))
		return "not a JSON object";
	if (!json_number(root, "version", 0, 1000000, &number))
		return "no version";
	if (number != RECORD_VERSION) /* whole numbers are exact */
		return "of another version";
	if (!json_text(root, "network", out->network, sizeof(out->network)) ||
	    !record_name_ok(out->network, RECORD_NAME_MAX))
		return "network is missing or no name";
	if (!json_text(root, "containerId", out->container_id, sizeof(out->container_id)) ||
	    !record_name_ok(out->container_id, RECORD_NAME_MAX))
		return "containerId is missing or no name";
	if (!json_text(root, "ifname", out->ifname, sizeof(out->ifname)) ||
	    !record_ifname_ok(out->ifname))
		return "ifname is missing or no interface's name";
	if (!read_addresses(cJSON_GetObjectItemCaseSensitive(root, "addresses"), out))
		return "addresses are missing or not addresses";
	/* what is only for people may be missing */
	json_text(root, "podNamespace", out->pod_namespace, sizeof(out->pod_namespace));
	json_text(root, "podName", out->pod_name, sizeof(out->pod_name));
	json_text(root, "podUid", out->pod_uid, sizeof(out->pod_uid));
	json_text(root, "netns", out->netns, sizeof(out->netns));
	json_text(root, "hostInterface", out->host_interface, sizeof(out->host_interface));
	if (json_number(root, "mtu", 0, UINT32_MAX, &number))
		out->mtu = (uint32_t)number;
	if (json_number(root, "created", 0, 1e15, &number))
		out->created = (int64_t)number;
	return NULL;
}

bool record_parse(const char *data, size_t len, struct pod_record *out, const char **why)
{
	struct pod_record r = {.n_addresses = 0};
	cJSON *root;

	*why = NULL;
	if (len > RECORD_MAX_BYTES) {
		*why = "larger than a record may be";
		return false;
	}
	root = json_parse(data, len);
	*why = root ? read_record(root, &r) : "not JSON";
	cJSON_Delete(root);
	if (*why)
		return false;
	*out = r;
	return true;
}

void record_fini(struct pod_record *r)
{
	memset(r, 0, sizeof(*r));
}

static void add_text(cJSON *root, const char *name, const char *s)
{
	if (*s)
		cJSON_AddStringToObject(root, name, s);
}

char *record_format(const struct pod_record *r)
{
	cJSON *root = cJSON_CreateObject();
	cJSON *list;
	char text[ADDR_STRLEN];
	char *out;

	cJSON_AddNumberToObject(root, "version", RECORD_VERSION);
	cJSON_AddStringToObject(root, "network", r->network);
	cJSON_AddStringToObject(root, "containerId", r->container_id);
	cJSON_AddStringToObject(root, "ifname", r->ifname);
	list = cJSON_AddArrayToObject(root, "addresses");
	for (size_t i = 0; i < r->n_addresses; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(addr_str(&r->addresses[i], text)));
	add_text(root, "podNamespace", r->pod_namespace);
	add_text(root, "podName", r->pod_name);
	add_text(root, "podUid", r->pod_uid);
	add_text(root, "netns", r->netns);
	add_text(root, "hostInterface", r->host_interface);
	if (r->mtu)
		cJSON_AddNumberToObject(root, "mtu", r->mtu);
	cJSON_AddNumberToObject(root, "created", (double)r->created);
	out = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	return out;
}

/* At most room octets, which is three for each of the name's. */
static size_t put_name(char *at, size_t room, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (; *s && n + 3 <= room; s++) {
		unsigned char c = (unsigned char)*s;

		if (is_name_char(*s)) {
			at[n++] = *s;
		} else {
			at[n++] = '%';
			at[n++] = hex[c >> 4];
			at[n++] = hex[c & 15];
		}
	}
	return n;
}

/* Names at their longest make 128 + 128 octets and an interface's: more than a file name may have.
 * So the container ID, which runtimes make of 64 hexadecimal digits, is cut and a hash of all put
 * behind. */
static uint64_t hash_names(const char *a, const char *b, const char *c)
{
	const char *const parts[] = {a, b, c};
	uint64_t h = 0xcbf29ce484222325u;

	for (int i = 0; i < 3; i++) {
		for (const char *s = parts[i];; s++) {
			h = (h ^ (unsigned char)*s) * 0x100000001b3u;
			if (!*s)
				break;
		}
	}
	return h;
}

#define NETWORK_PART   100 /* octets of each part at most in a file name that is too long */
#define CONTAINER_PART 64

void record_filename(const char *network, const char *container_id, const char *ifname,
		     char buf[static RECORD_FILENAME_MAX])
{
	bool cut = strlen(network) > NETWORK_PART || strlen(container_id) > CONTAINER_PART;
	char name[3 * RECORD_IFNAME_MAX + 1];
	char tail[24] = "";

	name[put_name(name, sizeof(name) - 1, ifname)] = '\0';
	if (cut)
		snprintf(tail, sizeof(tail), "%c%016llx", SEPARATOR,
			 (unsigned long long)hash_names(network, container_id, ifname));
	snprintf(buf, RECORD_FILENAME_MAX, "%.*s%c%.*s%c%s%s.json", NETWORK_PART, network,
		 SEPARATOR, CONTAINER_PART, container_id, SEPARATOR, name, tail);
}

bool record_filename_is_of(const char *filename, const char *network)
{
	size_t len = strlen(network) < NETWORK_PART ? strlen(network) : NETWORK_PART;

	return strncmp(filename, network, len) == 0 && filename[len] == SEPARATOR;
}
