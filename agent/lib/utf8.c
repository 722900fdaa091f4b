/* utf8: see utf8.h. */
#include "agent/lib/utf8.h"

size_t utf8_len(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	static const struct {
		unsigned char from, to, low, high; /* of the first octet, of the second */
		size_t len;
	} rows[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (u[0] < rows[i].from || u[0] > rows[i].to)
			continue;
		if (u[1] < rows[i].low || u[1] > rows[i].high)
			return 0;
		for (size_t k = 2; k < rows[i].len; k++) {
			if (u[k] < 0x80 || u[k] > 0xbf)
				return 0;
		}
		return rows[i].len;
	}
	return 0;
}
