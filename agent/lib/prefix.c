/* prefix: see prefix.h. */
#include "agent/lib/prefix.h"

#include "agent/lib/hash.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>

/* arpa/inet.h only for inet_ntop and inet_pton, which are text functions; the numbers of AF_INET
 * and AF_INET6 stay in this file. */
static int af_of(unsigned int afi)
{
	return afi == AFI_IP4 ? AF_INET : AF_INET6;
}

struct addr addr_ip4(uint32_t host_order)
{
	struct addr a = {.afi = AFI_IP4};

	a.b[0] = (uint8_t)(host_order >> 24);
	a.b[1] = (uint8_t)(host_order >> 16);
	a.b[2] = (uint8_t)(host_order >> 8);
	a.b[3] = (uint8_t)host_order;
	return a;
}

uint32_t addr_to_ip4(const struct addr *a)
{
	return (uint32_t)a->b[0] << 24 | (uint32_t)a->b[1] << 16 | (uint32_t)a->b[2] << 8 | a->b[3];
}

struct addr addr_make(enum afi afi, const uint8_t *bytes)
{
	struct addr a = {.afi = (uint8_t)afi};

	memcpy(a.b, bytes, afi_bits(afi) / 8);
	return a;
}

bool addr_parse(const char *s, struct addr *out)
{
	struct addr a = {.afi = strchr(s, ':') ? AFI_IP6 : AFI_IP4};

	if (inet_pton(af_of(a.afi), s, a.b) != 1)
		return false;
	*out = a;
	return true;
}

const char *addr_str(const struct addr *a, char *buf)
{
	if (!afi_bits(a->afi) || !inet_ntop(af_of(a->afi), a->b, buf, ADDR_STRLEN))
		strcpy(buf, "-");
	return buf;
}

bool addr_eq(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

int addr_cmp(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof(*a));
}

bool addr_is_zero(const struct addr *a)
{
	static const uint8_t zero[16];

	return memcmp(a->b, zero, sizeof(zero)) == 0;
}

bool addr_is_linklocal6(const struct addr *a)
{
	return a->afi == AFI_IP6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

bool addr_is_host(const struct addr *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t loopback6[16] = {[15] = 1};

	if (a->afi == AFI_IP4)
		return a->b[0] != 0 && a->b[0] != 127 && a->b[0] < 224;
	if (a->afi != AFI_IP6)
		return false;
	return !addr_is_zero(a) && a->b[0] != 0xff && memcmp(a->b, loopback6, 16) != 0 &&
	       memcmp(a->b, mapped, 12) != 0;
}

static void mask_bits(uint8_t *b, unsigned int size, unsigned int len)
{
	unsigned int whole = len / 8;

	if (whole >= size)
		return;
	if (len % 8)
		b[whole++] &= (uint8_t)(0xff00 >> (len % 8));
	memset(b + whole, 0, size - whole);
}

struct prefix prefix_make(const struct addr *a, unsigned int len)
{
	struct prefix p = {.afi = a->afi, .len = (uint8_t)len};

	assert(len <= afi_bits(a->afi));
	memcpy(p.b, a->b, sizeof(p.b));
	mask_bits(p.b, sizeof(p.b), len);
	return p;
}

bool prefix_parse(const char *s, struct prefix *out, bool *host_bits)
{
	char text[PREFIX_STRLEN];
	struct addr a;
	struct prefix p;
	unsigned int len;
	const char *slash = strchr(s, '/');
	size_t n = slash ? (size_t)(slash - s) : strlen(s);

	if (n >= sizeof(text))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	if (!addr_parse(text, &a))
		return false;
	len = afi_bits(a.afi);
	if (slash) {
		const char *d = slash + 1;

		/* one to three digits and nothing else; "00" and "024" are typing errors */
		if (d[0] < '0' || d[0] > '9' || (d[0] == '0' && d[1]) || strlen(d) > 3)
			return false;
		for (len = 0; *d; d++) {
			if (*d < '0' || *d > '9')
				return false;
			len = len * 10 + (unsigned int)(*d - '0');
		}
		if (len > afi_bits(a.afi))
			return false;
	}
	p = prefix_make(&a, len);
	if (memcmp(p.b, a.b, sizeof(p.b)) != 0) {
		if (!host_bits)
			return false;
		*host_bits = true;
	} else if (host_bits) {
		*host_bits = false;
	}
	*out = p;
	return true;
}

const char *prefix_str(const struct prefix *p, char *buf)
{
	struct addr a = prefix_addr(p);
	char text[ADDR_STRLEN];

	snprintf(buf, PREFIX_STRLEN, "%s/%u", addr_str(&a, text), p->len);
	return buf;
}

bool prefix_eq(const struct prefix *a, const struct prefix *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

int prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	int c;

	if (a->afi != b->afi)
		return a->afi < b->afi ? -1 : 1;
	c = memcmp(a->b, b->b, sizeof(a->b));
	if (c)
		return c;
	return (int)a->len - (int)b->len;
}

uint32_t prefix_hash(const struct prefix *p)
{
	uint64_t w[2];

	memcpy(w, p->b, sizeof(w));
	return hash_end(hash_pair(hash_begin(), w[0], w[1]) ^ ((uint32_t)p->afi << 8 | p->len));
}

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned int len)
{
	unsigned int whole = len / 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return len % 8 == 0 || ((a[whole] ^ b[whole]) & (0xff00 >> (len % 8)) & 0xff) == 0;
}

bool prefix_contains(const struct prefix *p, const struct addr *a)
{
	return p->afi == a->afi && bits_equal(p->b, a->b, p->len);
}

bool prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	return outer->afi == inner->afi && outer->len <= inner->len &&
	       bits_equal(outer->b, inner->b, outer->len);
}

/* The half of the prefix with a 0 or a 1 behind its length. */
static struct prefix half_of(const struct prefix *p, bool upper)
{
	struct prefix h = *p;

	if (upper)
		h.b[p->len / 8] |= (uint8_t)(0x80u >> p->len % 8);
	h.len++;
	return h;
}

bool prefix_covered(const struct prefix *p, const struct prefix *by, size_t n)
{
	struct prefix low, high;
	bool inside = false;

	for (size_t i = 0; i < n; i++) {
		if (prefix_covers(&by[i], p))
			return true;
		inside |= prefix_covers(p, &by[i]);
	}
	/* a half that has none of them inside ends it, so there are at most n times 128 steps */
	if (!inside)
		return false;
	low = half_of(p, false);
	high = half_of(p, true);
	return prefix_covered(&low, by, n) && prefix_covered(&high, by, n);
}

bool prefix_overlaps(const struct prefix *a, const struct prefix *b)
{
	return prefix_covers(a, b) || prefix_covers(b, a);
}

struct addr prefix_addr(const struct prefix *p)
{
	struct addr a = {.afi = p->afi};

	memcpy(a.b, p->b, sizeof(a.b));
	return a;
}

bool prefix_is_martian(const struct prefix *p)
{
	static const struct prefix martians[] = {
		{AFI_IP4, 8, {0}},           {AFI_IP4, 8, {127}},
		{AFI_IP4, 16, {169, 254}},   {AFI_IP4, 4, {224}},
		{AFI_IP4, 4, {240}},         {AFI_IP6, 128, {0}},
		{AFI_IP6, 128, {[15] = 1}},  {AFI_IP6, 96, {[10] = 0xff, [11] = 0xff}},
		{AFI_IP6, 10, {0xfe, 0x80}}, {AFI_IP6, 8, {0xff}},
	};

	for (size_t i = 0; i < sizeof(martians) / sizeof(martians[0]); i++) {
		if (prefix_covers(&martians[i], p))
			return true;
	}
	return false;
}
