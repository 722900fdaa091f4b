/*
 * prefix: IP addresses and prefixes as values.
 *
 * The family is the address family number of RFC 4760 (1 is IPv4, 2 is IPv6), so that pure code
 * needs no socket header; io/ converts. Unused octets of an IPv4 address are zero and host bits of
 * a prefix are zero, so equal values are equal memory.
 */
#ifndef LEAFPEER_LIB_PREFIX_H
#define LEAFPEER_LIB_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum afi {
	AFI_NONE = 0,
	AFI_IP4 = 1,
	AFI_IP6 = 2,
};

struct addr {
	uint8_t afi; /* enum afi; AFI_NONE: no address */
	uint8_t b[16];
};

struct prefix {
	uint8_t afi;
	uint8_t len; /* bits, 0..32 or 0..128 */
	uint8_t b[16];
};

#define ADDR_STRLEN   46 /* longest text, NUL included */
#define PREFIX_STRLEN 50

/* Bits in an address of the family; 0 for none. */
static inline unsigned int afi_bits(unsigned int afi)
{
	return afi == AFI_IP4 ? 32 : afi == AFI_IP6 ? 128 : 0;
}

struct addr addr_ip4(uint32_t host_order);
uint32_t addr_to_ip4(const struct addr *a); /* host order */
/* bytes: 4 or 16 octets by family. */
struct addr addr_make(enum afi afi, const uint8_t *bytes);
/* Text to address: strict, no zone, no leading zeros in IPv4; false leaves *out alone. */
bool addr_parse(const char *s, struct addr *out);
/* Writes at most ADDR_STRLEN octets to buf and returns buf. RFC 5952 for IPv6. */
const char *addr_str(const struct addr *a, char *buf);
bool addr_eq(const struct addr *a, const struct addr *b);
int addr_cmp(const struct addr *a, const struct addr *b); /* family, then numeric */
bool addr_is_zero(const struct addr *a);
bool addr_is_linklocal6(const struct addr *a);
/* A unicast address that a host may own and a next hop may be: not unspecified, loopback,
 * multicast, class E or IPv4-mapped. */
bool addr_is_host(const struct addr *a);

/* Clears host bits. len above the family's bits is a bug (assert). */
struct prefix prefix_make(const struct addr *a, unsigned int len);
/* "10.0.0.0/24"; a bare address is a host prefix. Host bits set: false, unless host_bits is given,
 * which then is set to true and the prefix is returned canonical. */
bool prefix_parse(const char *s, struct prefix *out, bool *host_bits);
const char *prefix_str(const struct prefix *p, char *buf); /* at most PREFIX_STRLEN octets */
bool prefix_eq(const struct prefix *a, const struct prefix *b);
int prefix_cmp(const struct prefix *a, const struct prefix *b); /* family, address, length */
uint32_t prefix_hash(const struct prefix *p);                   /* keyed, see hash.h */
bool prefix_contains(const struct prefix *p, const struct addr *a);
/* inner lies in outer, or is it. */
bool prefix_covers(const struct prefix *outer, const struct prefix *inner);
/* Every address of p is in one of the n prefixes. */
bool prefix_covered(const struct prefix *p, const struct prefix *by, size_t n);
bool prefix_overlaps(const struct prefix *a, const struct prefix *b);
/* The prefix's own address (its first). */
struct addr prefix_addr(const struct prefix *p);
/* No unicast destination of anybody's: "this network", loopback, link-local, multicast, class E,
 * and their IPv6 twins (RFC 6890). The default route is none of them. */
bool prefix_is_martian(const struct prefix *p);

#endif
