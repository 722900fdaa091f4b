/*
 * nd: Router Solicitations and Advertisements (RFC 4861 section 4), as far as BGP needs them to
 * find a neighbour that is not known by an address: the router at the other end of an interface.
 *
 * What we advertise is that we are here, and nothing else: no default router (lifetime 0), no
 * prefix.
 */
#ifndef LEAFPEER_BGP_ND_H
#define LEAFPEER_BGP_ND_H

#include "agent/lib/prefix.h"
#include "agent/lib/wire.h"

#define ND_MSG_MAX   24  /* octets of what we write */
#define ND_HOP_LIMIT 255 /* sent with, and asked for: it comes from this link (section 6.1) */

enum nd_type {
	ND_NONE, /* nothing that we look at, or not valid */
	ND_SOLICIT = 133,
	ND_ADVERT = 134,
};

/* What the ICMPv6 message is, by the rules of sections 6.1.1 and 6.1.2. from: the sender's address;
 * hop_limit: as it arrived. The checksum has been checked by who received it. */
enum nd_type nd_decode(struct rd msg, const struct addr *from, uint8_t hop_limit);
/* Write a message without its checksum, which the kernel fills in. mac: six octets for the source
 * link-layer address option, or NULL. */
void nd_encode_advert(const uint8_t *mac, struct wr *wr);
void nd_encode_solicit(const uint8_t *mac, struct wr *wr);

#endif
