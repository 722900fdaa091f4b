/* cni: any octets as a network configuration, with every command; the first octet chooses. */
#include "plugin/result.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The MTU put in is JSON again, differs in nothing else, and once is as good as twice. */
static void check_result(struct cni_request *r, const char *host)
{
	struct text once = {0}, twice = {0}, none = {0};
	cJSON *root;

	r->mtu = 0;
	result_format(r, host, &none);
	if (none.len != r->prev_len + 1 || memcmp(none.s, r->prev_text, r->prev_len) != 0)
		abort();
	r->mtu = 9000;
	r->version_number = 10100;
	result_format(r, host, &once);
	root = json_parse(once.s, once.len);
	if (!root)
		abort();
	r->prev = root;
	r->prev_text = once.s;
	r->prev_len = once.len - 1;
	result_format(r, host, &twice);
	if (once.len != twice.len || memcmp(once.s, twice.s, once.len) != 0)
		abort();
	cJSON_Delete(root);
	r->prev = NULL;
	text_free(&none);
	text_free(&once);
	text_free(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const commands[] = {"ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION"};
	struct cni_request r;
	struct cni_error err;
	struct addr addrs[RECORD_ADDRESSES_MAX];
	char host[16];
	size_t n;
	bool ok;

	if (!size)
		return 0;
	ok = cni_request_parse(commands[data[0] % 6], "id", "/proc/self/ns/net", "eth0",
			       "K8S_POD_NAME=p;K8S_POD_NAMESPACE=n", (const char *)data + 1,
			       size - 1, &r, &err);
	if (!ok && (err.code == CNI_OK || !*err.msg))
		abort();
	if (ok && r.prev) {
		/* what is passed on is the very text of a JSON value */
		cJSON *prev = json_parse(r.prev_text, r.prev_len);
		char *a = prev ? cJSON_PrintUnformatted(prev) : NULL;
		char *b = cJSON_PrintUnformatted(r.prev);

		if (!a || !b || strcmp(a, b) != 0)
			abort();
		cJSON_Delete(prev);
		free(a);
		free(b);
		result_addresses(&r, addrs, RECORD_ADDRESSES_MAX, &n, &err);
		result_host_interface(&r, host, sizeof(host));
		check_result(&r, host);
	}
	cni_request_fini(&r);
	return 0;
}
