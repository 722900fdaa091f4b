/* record: any octets as a pod's record; a good one is written and reads back the same. */
#include "agent/lib/record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pod_record r, back;
	const char *why;
	char name[RECORD_FILENAME_MAX];
	char *text;

	if (!record_parse((const char *)data, size, &r, &why)) {
		if (!why)
			abort();
		return 0;
	}
	record_filename(r.network, r.container_id, r.ifname, name);
	if (strchr(name, '/') || name[0] == '.' || strlen(name) > 255)
		abort();
	text = record_format(&r);
	if (!record_parse(text, strlen(text), &back, &why) || memcmp(&r, &back, sizeof(r)) != 0)
		abort();
	free(text);
	return 0;
}
