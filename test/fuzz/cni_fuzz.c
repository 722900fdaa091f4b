/* cni: any octets as a network configuration, with every command; the first octet chooses. */
#include "plugin/cni.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
		cni_prev_addresses(&r, addrs, RECORD_ADDRESSES_MAX, &n, &err);
		cni_prev_host_interface(&r, host, sizeof(host));
	}
	cni_request_fini(&r);
	return 0;
}
