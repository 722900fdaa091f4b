/* A list of plugins as somebody else wrote it: added to and taken from, it stays a list, and the
 * octets come back. */
#include "agent/conf/conflist.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY "{\"type\":\"leafpeer\",\"mtu\":9000}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct text added = {0}, removed = {0};
	struct conflist before, after;
	const char *why;

	if (!conflist_read(text, size, ENTRY, &before, &why)) {
		if (conflist_add(text, size, ENTRY, &added, &why) ||
		    conflist_remove(text, size, &removed, &why))
			abort();
	} else if (conflist_add(text, size, ENTRY, &added, &why)) {
		if (!conflist_read(added.s, added.len, ENTRY, &after, &why) ||
		    after.place != CONFLIST_PRESENT || strcmp(after.network, before.network) != 0)
			abort();
		if (before.place == CONFLIST_ABSENT &&
		    (!conflist_remove(added.s, added.len, &removed, &why) || removed.len != size ||
		     memcmp(removed.s, text, size) != 0))
			abort();
		if (before.place == CONFLIST_PRESENT &&
		    (added.len != size || memcmp(added.s, text, size) != 0))
			abort();
	}
	text_free(&added);
	text_free(&removed);
	return 0;
}
