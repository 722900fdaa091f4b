/*
 * hash: the hash of the tables that others' input fills; keyed.
 *
 * Whoever knows how a table hashes can choose prefixes, attributes or next hops that all fall into
 * one place of it, where each costs as much as all before it: a peer, hours of the processor for a
 * few megabytes. So there is a key, chosen at random when the process begins, which is shown to
 * nobody.
 *
 * Two words at a time are multiplied, each first mixed with what nobody outside knows, and both
 * halves of the product count, the upper one folded into the lower. A multiplication of which only
 * the lower half is kept would not do, whatever the key: there a word's topmost bit changes just
 * the topmost bit, so a second word can be chosen to cancel it, and n such pairs make 2^n equal
 * hashes of one length. It costs what the plain multiplications of a hash without a key do.
 *
 * One key a process, so nothing that is stored or sent may depend on it, nor the order in which
 * anything is said.
 */
#ifndef LEAFPEER_LIB_HASH_H
#define LEAFPEER_LIB_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_KEY_WORDS 4

/* Only hash.c and what is inline here. Until hash_set_key it is a constant, so that tests and
 * fuzzers see the same in each run. */
extern uint64_t hash_secret[HASH_KEY_WORDS];

/* Before there is any table: none finds again what it has hashed with another key. */
void hash_set_key(const uint64_t key[HASH_KEY_WORDS]);

/* The product of 128 bits, folded; out of 32 by 32 bits, where the compiler has nothing wider. */
static inline uint64_t hash_fold_narrow(uint64_t a, uint64_t b)
{
	uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
	uint64_t low = al * bl, mid = ah * bl + (low >> 32), mid2 = al * bh + (uint32_t)mid;

	return (mid2 << 32 | (uint32_t)low) ^ (ah * bh + (mid >> 32) + (mid2 >> 32));
}

static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
	return hash_fold_narrow(a, b);
#endif
}

/* What a hash begins with. */
static inline uint64_t hash_begin(void)
{
	return hash_secret[1];
}

/* Takes in two words. */
static inline uint64_t hash_pair(uint64_t h, uint64_t a, uint64_t b)
{
	return hash_fold(a ^ hash_secret[0], b ^ h);
}

/* Takes in octets, as if zeros followed them: whoever hashes what may be of several lengths takes
 * in the length beside them. */
static inline uint64_t hash_octets(uint64_t h, const uint8_t *s, size_t len)
{
	uint64_t w[2] = {0, 0};

	for (; len > sizeof(w); s += sizeof(w), len -= sizeof(w)) {
		memcpy(w, s, sizeof(w));
		h = hash_pair(h, w[0], w[1]);
	}
	if (!len)
		return h;
	w[0] = w[1] = 0;
	memcpy(w, s, len);
	return hash_pair(h, w[0], w[1]);
}

/* All bits of it are as good as any. */
static inline uint32_t hash_end(uint64_t h)
{
	h = hash_fold(h ^ hash_secret[2], hash_secret[3]);
	return (uint32_t)(h ^ h >> 32);
}

#endif
