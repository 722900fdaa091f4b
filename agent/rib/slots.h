/* slots: the hash that the tables of prefixes have in common. */
#ifndef LEAFPEER_RIB_SLOTS_H
#define LEAFPEER_RIB_SLOTS_H

#include <stdint.h>
#include <string.h>

/* Of a prefix of 4 or 16 octets. */
static inline uint32_t slots_hash(const uint8_t *b, uint8_t octets, uint8_t len)
{
	uint64_t h = len, v;

	if (octets == 4) {
		uint32_t w;

		memcpy(&w, b, 4);
		h = (h << 32 ^ w) * 0x9e3779b97f4a7c15u;
	} else {
		for (uint8_t i = 0; i < octets; i += 8) {
			memcpy(&v, b + i, 8);
			h = (h ^ v) * 0x9e3779b97f4a7c15u;
			h ^= h >> 29;
		}
	}
	h = (h ^ h >> 32) * 0x9e3779b97f4a7c15u;
	return (uint32_t)(h >> 32);
}

#endif
