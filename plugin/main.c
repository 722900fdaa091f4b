/*
 * leafpeer: the CNI plugin. Run by the container runtime behind the plugin that makes the pod's
 * interface, once for each verb; it records the pod's addresses for the agent and passes the result
 * on.
 *
 * It includes nothing of the agent but agent/lib.
 */
#include "plugin/agent_client.h"
#include "plugin/cni.h"
#include "plugin/mtu.h"
#include "plugin/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int fail(const struct cni_request *r, const struct cni_error *err)
{
	cJSON *root = cJSON_CreateObject();
	char *text;

	cJSON_AddStringToObject(root, "cniVersion", *r->version ? r->version : "1.1.0");
	cJSON_AddNumberToObject(root, "code", err->code);
	cJSON_AddStringToObject(root, "msg", err->msg);
	if (*err->details)
		cJSON_AddStringToObject(root, "details", err->details);
	text = cJSON_Print(root);
	puts(text ? text : "{\"code\":5,\"msg\":\"out of memory\"}");
	free(text);
	cJSON_Delete(root);
	return 1;
}

/* Reads standard input up to one octet more than is allowed, so that too much is seen to be so. */
static char *read_stdin(size_t *len)
{
	size_t cap = 16384;
	char *buf = malloc(cap);

	*len = 0;
	if (!buf)
		return NULL;
	while (*len <= CNI_STDIN_MAX) {
		ssize_t n;

		if (*len == cap) {
			char *more = realloc(buf, cap *= 2);

			if (!more)
				break;
			buf = more;
		}
		n = read(STDIN_FILENO, buf + *len, cap - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		*len += (size_t)n;
	}
	return buf;
}

static void io_error(struct cni_error *err, const struct cni_request *r, const char *doing, int e)
{
	char what[160];

	snprintf(what, sizeof(what), "%s: %s", doing, strerror(-e));
	cni_error_set(err, CNI_ERR_IO, what, "state directory %.180s cannot be used", r->state_dir);
}

/* The result as it came; with the MTU that was set, where the version has a place for it. */
static bool print_prev(const struct cni_request *r)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(r->prev, "interfaces");
	cJSON *prev, *item;
	char *text;

	if (!r->mtu || r->version_number < 10100 || !cJSON_IsArray(list)) {
		fwrite(r->prev_text, 1, r->prev_len, stdout);
		putchar('\n');
		return fflush(stdout) == 0;
	}
	prev = cJSON_Duplicate(r->prev, true);
	cJSON_ArrayForEach (item, cJSON_GetObjectItemCaseSensitive(prev, "interfaces")) {
		const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "name");
		const cJSON *sandbox = cJSON_GetObjectItemCaseSensitive(item, "sandbox");

		if (!cJSON_IsString(name) || !cJSON_IsString(sandbox) || !*sandbox->valuestring ||
		    strcmp(name->valuestring, r->ifname) != 0)
			continue;
		cJSON_DeleteItemFromObjectCaseSensitive(item, "mtu");
		cJSON_AddNumberToObject(item, "mtu", r->mtu);
	}
	text = cJSON_PrintUnformatted(prev);
	if (text)
		puts(text);
	free(text);
	cJSON_Delete(prev);
	return text && fflush(stdout) == 0;
}

static bool set_mtu(const struct cni_request *r, struct cni_error *err)
{
	const char *what;
	int e;

	if (!r->mtu)
		return true;
	e = mtu_set(r->netns, r->ifname, r->mtu, &what);
	if (e)
		cni_error_set(err, CNI_ERR_MTU, strerror(-e), "cannot %s", what);
	return e == 0;
}

static bool fill_record(const struct cni_request *r, struct pod_record *rec, struct cni_error *err)
{
	memset(rec, 0, sizeof(*rec));
	strcpy(rec->network, r->network);
	strcpy(rec->container_id, r->container_id);
	strcpy(rec->ifname, r->ifname);
	strcpy(rec->pod_namespace, r->pod_namespace);
	strcpy(rec->pod_name, r->pod_name);
	strcpy(rec->pod_uid, r->pod_uid);
	strcpy(rec->netns, r->netns);
	cni_prev_host_interface(r, rec->host_interface, sizeof(rec->host_interface));
	rec->mtu = r->mtu;
	rec->created = time(NULL);
	return cni_prev_addresses(r, rec->addresses, RECORD_ADDRESSES_MAX, &rec->n_addresses, err);
}

static bool do_add(const struct cni_request *r, struct cni_error *err)
{
	struct pod_record rec;
	int e;

	if (!fill_record(r, &rec, err) || !set_mtu(r, err))
		return false;
	e = store_put(r->state_dir, &rec);
	if (e) {
		io_error(err, r, "write the pod's record", e);
		return false;
	}
	if (r->wait_route_ms) {
		e = agent_wait_route(r->state_dir, rec.addresses, rec.n_addresses,
				     r->wait_route_ms);
		if (e) {
			cni_error_set(err, CNI_ERR_TRY_AGAIN,
				      e == -ETIMEDOUT ? "no Established BGP peer has been sent a "
							"prefix that covers the pod"
						      : strerror(-e),
				      "the fabric does not know the pod's route yet");
			return false;
		}
	}
	if (!print_prev(r)) {
		cni_error_set(err, CNI_ERR_IO, NULL, "cannot write the result");
		return false;
	}
	return true;
}

static bool do_del(const struct cni_request *r, struct cni_error *err)
{
	int e = store_remove(r->state_dir, r->network, r->container_id, r->ifname);

	if (e)
		io_error(err, r, "remove the pod's record", e);
	return e == 0;
}

static bool same_addresses(const struct pod_record *a, const struct pod_record *b)
{
	for (size_t i = 0; i < a->n_addresses; i++) {
		bool found = false;

		for (size_t k = 0; k < b->n_addresses; k++)
			found |= addr_eq(&a->addresses[i], &b->addresses[k]);
		if (!found)
			return false;
	}
	return a->n_addresses == b->n_addresses;
}

static bool do_check(const struct cni_request *r, struct cni_error *err)
{
	struct pod_record want, have;
	const char *what;
	int e;

	if (!fill_record(r, &want, err))
		return false;
	e = store_get(r->state_dir, r->network, r->container_id, r->ifname, &have);
	if (e == -ENOENT) {
		cni_error_set(err, CNI_ERR_UNKNOWN_CONTAINER, NULL, "the pod has no record");
		return false;
	}
	if (e == -EBADMSG) {
		cni_error_set(err, CNI_ERR_RECORD, NULL, "the pod's record cannot be understood");
		return false;
	}
	if (e) {
		io_error(err, r, "read the pod's record", e);
		return false;
	}
	if (!same_addresses(&want, &have)) {
		cni_error_set(err, CNI_ERR_RECORD, NULL,
			      "the pod's record has other addresses than prevResult");
		return false;
	}
	if (r->mtu) {
		e = mtu_get(r->netns, r->ifname, &what);
		if (e < 0 || (uint32_t)e != r->mtu) {
			cni_error_set(err, CNI_ERR_MTU, e < 0 ? strerror(-e) : NULL,
				      e < 0 ? "cannot %s"
					    : "the interface has another MTU than asked for",
				      what);
			return false;
		}
	}
	if (agent_ping(r->state_dir) != 0) {
		cni_error_set(err, CNI_ERR_TRY_AGAIN, NULL,
			      "leafpeerd is not running on this node");
		return false;
	}
	return true;
}

struct valid {
	const cJSON *list;
};

static bool is_valid(void *ctx, const char *container_id, const char *ifname)
{
	const struct valid *v = ctx;
	const cJSON *item;

	cJSON_ArrayForEach (item, v->list) {
		const cJSON *id = cJSON_GetObjectItemCaseSensitive(item, "containerID");
		const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "ifname");

		if (cJSON_IsString(id) && cJSON_IsString(name) &&
		    strcmp(id->valuestring, container_id) == 0 &&
		    strcmp(name->valuestring, ifname) == 0)
			return true;
	}
	return false;
}

static bool do_gc(const struct cni_request *r, struct cni_error *err)
{
	struct valid v = {cJSON_GetObjectItemCaseSensitive(r->conf, "cni.dev/valid-attachments")};
	const cJSON *item;
	int e;

	/* an empty list says that nothing is alive; none at all says nothing */
	if (!cJSON_IsArray(v.list)) {
		cni_error_set(err, CNI_ERR_CONFIG, "nothing was removed",
			      "cni.dev/valid-attachments is missing or not a list");
		return false;
	}
	cJSON_ArrayForEach (item, v.list) {
		if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(item, "containerID")) ||
		    !cJSON_IsString(cJSON_GetObjectItemCaseSensitive(item, "ifname"))) {
			cni_error_set(err, CNI_ERR_CONFIG, "nothing was removed",
				      "an entry of cni.dev/valid-attachments has no containerID or "
				      "ifname");
			return false;
		}
	}
	e = store_sweep(r->state_dir, r->network, is_valid, &v);
	if (e)
		io_error(err, r, "collect records of pods that are gone", e);
	return e == 0;
}

static bool do_status(const struct cni_request *r, struct cni_error *err)
{
	int e = agent_ping(r->state_dir);

	if (e)
		cni_error_set(err, CNI_ERR_NOT_AVAILABLE, strerror(-e),
			      "leafpeerd is not running on this node");
	return e == 0;
}

static bool do_version(const struct cni_request *r, struct cni_error *err)
{
	(void)err;
	printf("{\"cniVersion\":\"%s\",\"supportedVersions\":[",
	       *r->version ? r->version : "1.1.0");
	for (int i = 0; cni_versions[i]; i++)
		printf("%s\"%s\"", i ? "," : "", cni_versions[i]);
	puts("]}");
	return fflush(stdout) == 0;
}

int main(void)
{
	static bool (*const verbs[CNI_VERBS])(const struct cni_request *, struct cni_error *) = {
		[CNI_ADD] = do_add, [CNI_DEL] = do_del,       [CNI_CHECK] = do_check,
		[CNI_GC] = do_gc,   [CNI_STATUS] = do_status, [CNI_VERSION] = do_version,
	};
	struct cni_request r = {0};
	struct cni_error err = {.code = CNI_ERR_IO, .msg = "out of memory"};
	size_t len;
	char *text = read_stdin(&len);
	int status = 0;

	if (!text ||
	    !cni_request_parse(getenv("CNI_COMMAND"), getenv("CNI_CONTAINERID"),
			       getenv("CNI_NETNS"), getenv("CNI_IFNAME"), getenv("CNI_ARGS"), text,
			       len, &r, &err) ||
	    !verbs[r.verb](&r, &err))
		status = fail(&r, &err);
	cni_request_fini(&r);
	free(text);
	return status;
}
