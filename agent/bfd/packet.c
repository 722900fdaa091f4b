/*
 * packet: see packet.h.
 *
 *	 0                   1                   2                   3
 *	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *	|Vers |  Diag   |Sta|P|F|C|A|D|M|  Detect Mult  |    Length     |
 *	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *	|                       My Discriminator                        |
 *	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *	|                      Your Discriminator                       |
 *	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *	|                    Desired Min TX Interval                    |
 *	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *	|                   Required Min RX Interval                    |
 *	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *	|                 Required Min Echo RX Interval                 |
 *	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
#include "agent/bfd/packet.h"

enum {
	FLAG_M = 1 << 0,
	FLAG_D = 1 << 1,
	FLAG_A = 1 << 2,
	FLAG_C = 1 << 3,
	FLAG_F = 1 << 4,
	FLAG_P = 1 << 5
};

/* In the order of RFC 5880 section 6.8.6. */
enum bfd_verdict bfd_packet_decode(struct rd payload, struct bfd_packet *out)
{
	uint8_t vers_diag, flags, mult, length;
	struct bfd_packet p;
	struct rd body;

	if (!rd_u8(&payload, &vers_diag) || !rd_u8(&payload, &flags) || !rd_u8(&payload, &mult) ||
	    !rd_u8(&payload, &length))
		return BFD_SHORT;
	if (vers_diag >> 5 != BFD_VERSION)
		return BFD_BAD_VERSION;
	if (length < BFD_PACKET_LEN + (flags & FLAG_A ? BFD_AUTH_LEN : 0))
		return BFD_BAD_LENGTH;
	if (!rd_sub(&payload, length - 4u, &body))
		return BFD_SHORT;
	if (!mult)
		return BFD_BAD_MULT;
	if (flags & FLAG_M)
		return BFD_MULTIPOINT;
	if (!rd_u32(&body, &p.my_discr) || !rd_u32(&body, &p.your_discr) ||
	    !rd_u32(&body, &p.min_tx) || !rd_u32(&body, &p.min_rx) ||
	    !rd_u32(&body, &p.min_echo_rx))
		return BFD_SHORT;
	p.state = flags >> 6;
	if (!p.my_discr)
		return BFD_BAD_MY_DISCR;
	if (!p.your_discr && p.state != BFD_DOWN && p.state != BFD_ADMIN_DOWN)
		return BFD_BAD_YOUR_DISCR;
	if (flags & FLAG_A)
		return BFD_AUTHENTICATED;
	p.diag = vers_diag & 0x1f;
	p.poll = flags & FLAG_P;
	p.final = flags & FLAG_F;
	p.independent = flags & FLAG_C;
	p.demand = flags & FLAG_D;
	p.mult = mult;
	*out = p;
	return BFD_OK;
}

void bfd_packet_encode(const struct bfd_packet *p, struct wr *wr)
{
	wr_u8(wr, (uint8_t)(BFD_VERSION << 5 | (p->diag & 0x1f)));
	wr_u8(wr, (uint8_t)(p->state << 6 | (p->poll ? FLAG_P : 0) | (p->final ? FLAG_F : 0) |
			    (p->independent ? FLAG_C : 0) | (p->demand ? FLAG_D : 0)));
	wr_u8(wr, p->mult);
	wr_u8(wr, BFD_PACKET_LEN);
	wr_u32(wr, p->my_discr);
	wr_u32(wr, p->your_discr);
	wr_u32(wr, p->min_tx);
	wr_u32(wr, p->min_rx);
	wr_u32(wr, p->min_echo_rx);
}

const char *bfd_state_name(unsigned int state)
{
	static const char *const names[BFD_STATES] = {"AdminDown", "Down", "Init", "Up"};

	return state < BFD_STATES ? names[state] : "?";
}

const char *bfd_diag_name(unsigned int diag)
{
	static const char *const names[BFD_DIAGS] = {
		"none",
		"control detection time expired",
		"echo function failed",
		"neighbor signaled session down",
		"forwarding plane reset",
		"path down",
		"concatenated path down",
		"administratively down",
		"reverse concatenated path down",
	};

	return diag < BFD_DIAGS ? names[diag] : "unassigned";
}

const char *bfd_verdict_name(unsigned int verdict)
{
	static const char *const names[BFD_VERDICTS] = {
		"ok",
		"short",
		"version",
		"length",
		"multiplier",
		"multipoint",
		"my-discriminator",
		"your-discriminator",
		"authenticated",
	};

	return verdict < BFD_VERDICTS ? names[verdict] : "?";
}
