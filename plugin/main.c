/*
 * leafpeer: the CNI plugin. Run by the container runtime behind the plugin that makes the pod's
 * interface, once for each verb; it records the pod's addresses for the agent and passes the result
 * on.
 *
 * It includes nothing of the agent but agent/lib.
 */
#include "agent/lib/version.h"
#include "plugin/agent_client.h"
#include "plugin/cni.h"
#include "plugin/mtu.h"
#include "plugin/result.h"
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

/* Standard input, up to one octet more than is allowed, so that too much is seen to be so. Of the
 * buffer only the pages that are written to take memory. */
static char input[CNI_STDIN_MAX + 1];

static ssize_t read_stdin(void)
{
	size_t len = 0;

	while (len < sizeof(input)) {
		ssize_t n = read(STDIN_FILENO, input + len, sizeof(input) - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static void io_error(struct cni_error *err, const struct cni_request *r, const char *doing, int e)
{
	char what[160];

	snprintf(what, sizeof(what), "%s: %s", doing, strerror(-e));
	cni_error_set(err, CNI_ERR_IO, what, "state directory %.180s cannot be used", r->state_dir);
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
	result_host_interface(r, rec->host_interface, sizeof(rec->host_interface));
	rec->mtu = r->mtu;
	rec->created = time(NULL);
	return result_addresses(r, rec->addresses, RECORD_ADDRESSES_MAX, &rec->n_addresses, err);
}

static bool print_result(const struct cni_request *r, const char *host, struct cni_error *err)
{
	struct text t = {0};
	size_t done = 0;
	ssize_t n = 0;

	result_format(r, host, &t);
	/* stdio would ask whether it is a terminal */
	while (done < t.len && (n >= 0 || errno == EINTR)) {
		n = write(STDOUT_FILENO, t.s + done, t.len - done);
		done += n > 0 ? (size_t)n : 0;
	}
	text_free(&t);
	if (n < 0)
		cni_error_set(err, CNI_ERR_IO, NULL, "cannot write the result");
	return n >= 0;
}

static bool do_add(const struct cni_request *r, struct cni_error *err)
{
	char host[MTU_NAME_MAX] = "";
	struct pod_record rec;
	const char *what;
	int e;

	if (!fill_record(r, &rec, err))
		return false;
	e = r->mtu ? mtu_set(r->netns, r->ifname, r->mtu, host, &what) : 0;
	if (e) {
		cni_error_set(err, CNI_ERR_MTU, strerror(-e), "cannot %s", what);
		return false;
	}
	e = store_put(r->state_dir, &rec);
	if (e) {
		io_error(err, r, "write the pod's record", e);
		return false;
	}
	if (r->wait_route_ms) {
		char why[128];

		if (!agent_wait_route(r->state_dir, rec.addresses, rec.n_addresses,
				      r->wait_route_ms, why, sizeof(why))) {
			cni_error_set(err, CNI_ERR_TRY_AGAIN, why,
				      "the fabric does not know the pod's route yet");
			return false;
		}
	}
	return print_result(r, host, err);
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

static bool check_record(const struct cni_request *r, struct cni_error *err)
{
	struct pod_record want, have;
	int e;

	if (!fill_record(r, &want, err))
		return false;
	e = store_get(r->state_dir, r->network, r->container_id, r->ifname, &have);
	if (e == -ENOENT) {
		cni_error_set(err, CNI_ERR_RECORD, NULL, "the pod has no record");
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
	return true;
}

static bool check_mtu(const struct cni_request *r, struct cni_error *err)
{
	uint32_t pod, host;
	const char *what;
	int e;

	if (!r->mtu)
		return true;
	e = mtu_get(r->netns, r->ifname, &pod, &host, &what);
	if (e) {
		cni_error_set(err, CNI_ERR_MTU, strerror(-e), "cannot %s", what);
		return false;
	}
	if (pod != r->mtu || (host && host != r->mtu)) {
		cni_error_set(err, CNI_ERR_MTU, NULL,
			      "the MTU of the pod's interface is %u (host's end: %u), not %u", pod,
			      host, r->mtu);
		return false;
	}
	return true;
}

static bool do_check(const struct cni_request *r, struct cni_error *err)
{
	char why[160];

	if (!check_record(r, err) || !check_mtu(r, err))
		return false;
	if (agent_status(r->state_dir, why, sizeof(why)) == AGENT_ABSENT) {
		cni_error_set(err, CNI_ERR_TRY_AGAIN, why, "leafpeerd does not look after the pod");
		return false;
	}
	return true;
}

/* A list that is empty, for which Go programs write null, says that nothing is alive; none at all
 * says nothing. The first runtimes that had GC knew the key by a shorter name. */
static const cJSON *valid_attachments(const cJSON *conf)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(conf, "cni.dev/valid-attachments");

	return list ? list : cJSON_GetObjectItemCaseSensitive(conf, "cni.dev/attachments");
}

static const char *text_of(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static bool is_valid(const void *ctx, const char *container_id, const char *ifname)
{
	const cJSON *list = ctx;
	const cJSON *item;

	cJSON_ArrayForEach (item, list) {
		if (strcmp(text_of(item, "containerID"), container_id) == 0 &&
		    strcmp(text_of(item, "ifname"), ifname) == 0)
			return true;
	}
	return false;
}

static bool do_gc(const struct cni_request *r, struct cni_error *err)
{
	const cJSON *list = valid_attachments(r->conf);
	const cJSON *item;
	int e;

	if (!cJSON_IsArray(list) && !cJSON_IsNull(list)) {
		cni_error_set(err, CNI_ERR_CONFIG, "nothing was removed",
			      "cni.dev/valid-attachments is missing or not a list");
		return false;
	}
	cJSON_ArrayForEach (item, list) {
		if (!text_of(item, "containerID") || !text_of(item, "ifname")) {
			cni_error_set(err, CNI_ERR_CONFIG, "nothing was removed",
				      "an entry of cni.dev/valid-attachments has no containerID or "
				      "ifname");
			return false;
		}
	}
	e = store_sweep(r->state_dir, r->network, is_valid, list);
	if (e)
		io_error(err, r, "collect records of pods that are gone", e);
	return e == 0;
}

static bool do_status(const struct cni_request *r, struct cni_error *err)
{
	char why[160];

	switch (agent_status(r->state_dir, why, sizeof(why))) {
	case AGENT_OK:
		return true;
	case AGENT_LIMITED:
		cni_error_set(err, CNI_ERR_LIMITED, why,
			      "the fabric does not know this node's pods");
		return false;
	default:
		cni_error_set(err, CNI_ERR_NOT_AVAILABLE, why,
			      "leafpeerd does not look after this node's pods");
		return false;
	}
}

static bool do_version(const struct cni_request *r, struct cni_error *err)
{
	printf("{\"cniVersion\":\"%s\",\"supportedVersions\":[",
	       *r->version ? r->version : "1.1.0");
	for (size_t i = 0; cni_version(i); i++)
		printf("%s\"%s\"", i ? "," : "", cni_version(i));
	puts("]}");
	if (fflush(stdout) == 0)
		return true;
	cni_error_set(err, CNI_ERR_IO, NULL, "cannot write the versions");
	return false;
}

static bool run(struct cni_request *r, struct cni_error *err)
{
	static bool (*const verbs[CNI_VERBS])(const struct cni_request *, struct cni_error *) = {
		[CNI_ADD] = do_add, [CNI_DEL] = do_del,       [CNI_CHECK] = do_check,
		[CNI_GC] = do_gc,   [CNI_STATUS] = do_status, [CNI_VERSION] = do_version,
	};
	const char *command = getenv("CNI_COMMAND");
	ssize_t len = 0;

	if (!command)
		fprintf(stderr,
			"leafpeer %s is a CNI plugin, run by container runtimes; see "
			"leafpeer(8)\n",
			leafpeer_version());
	/* by hand, without a command, nobody is there to end the input */
	if (cni_verb_parse(command) != CNI_VERBS)
		len = read_stdin();
	if (len < 0) {
		cni_error_set(err, CNI_ERR_IO, strerror((int)-len), "cannot read standard input");
		return false;
	}
	if (!cni_request_parse(command, getenv("CNI_CONTAINERID"), getenv("CNI_NETNS"),
			       getenv("CNI_IFNAME"), getenv("CNI_ARGS"), input, (size_t)len, r,
			       err))
		return false;
	if (r->verb == CNI_ADD && !r->mtu_given)
		r->mtu = mtu_of_agent(r->state_dir);
	return verbs[r->verb](r, err);
}

int main(void)
{
	struct cni_request r = {0};
	struct cni_error err = {0};
	int status = run(&r, &err) ? 0 : fail(&r, &err);

	cni_request_fini(&r);
	return status;
}
