/*
 * packet: the BFD Control packet (RFC 5880 section 4.1), decoded and encoded.
 *
 * Pure: octets to values and back. What RFC 5880 section 6.8.6 checks before a session is looked
 * for is checked here; a packet that authenticates itself is named as such and goes no further,
 * since no session of ours uses authentication.
 */
#ifndef LEAFPEER_BFD_PACKET_H
#define LEAFPEER_BFD_PACKET_H

#include "agent/lib/wire.h"

#define BFD_VERSION     1
#define BFD_PACKET_LEN  24  /* without authentication */
#define BFD_AUTH_LEN    2   /* the least that an authentication section has */
#define BFD_PAYLOAD_MAX 512 /* of a datagram that is looked at; longer ones are none of BFD's */

enum bfd_state { /* as on the wire */
		 BFD_ADMIN_DOWN,
		 BFD_DOWN,
		 BFD_INIT,
		 BFD_UP,
		 BFD_STATES
};

enum bfd_diag { /* why the sender's session last left Up */
		BFD_DIAG_NONE,
		BFD_DIAG_DETECTION_EXPIRED,
		BFD_DIAG_ECHO_FAILED,
		BFD_DIAG_NEIGHBOR_DOWN,
		BFD_DIAG_PLANE_RESET,
		BFD_DIAG_PATH_DOWN,
		BFD_DIAG_CONCATENATED_DOWN,
		BFD_DIAG_ADMIN_DOWN,
		BFD_DIAG_REVERSE_DOWN,
		BFD_DIAGS
};

struct bfd_packet {
	uint8_t state; /* enum bfd_state */
	uint8_t diag;  /* enum bfd_diag, or one that is not assigned, up to 31 */
	bool poll, final;
	bool independent; /* C: the sender's BFD outlives its control plane */
	bool demand;
	uint8_t mult;
	uint32_t my_discr, your_discr;
	uint32_t min_tx, min_rx, min_echo_rx; /* microseconds */
};

enum bfd_verdict {
	BFD_OK,
	BFD_SHORT,          /* ends before the fields do, or before its own length */
	BFD_BAD_VERSION,    /* not 1 */
	BFD_BAD_LENGTH,     /* less than the fields need */
	BFD_BAD_MULT,       /* zero */
	BFD_MULTIPOINT,     /* M bit */
	BFD_BAD_MY_DISCR,   /* zero */
	BFD_BAD_YOUR_DISCR, /* zero in a state that knows it */
	BFD_AUTHENTICATED,  /* A bit: nothing was agreed on */
	BFD_VERDICTS
};

/* out is filled on BFD_OK only. Octets behind the packet's own length are passed over. */
enum bfd_verdict bfd_packet_decode(struct rd payload, struct bfd_packet *out);
void bfd_packet_encode(const struct bfd_packet *p, struct wr *wr);

const char *bfd_state_name(unsigned int state);     /* "AdminDown", "Up"; "?" */
const char *bfd_diag_name(unsigned int diag);       /* "control detection time expired" */
const char *bfd_verdict_name(unsigned int verdict); /* "version" */

#endif
