/* bfd: any octets as packets and steps of time into a session: it never breaks its own rules, and a
 * packet that decodes is encoded and decodes to the same. */
#include "agent/bfd/session.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int ok)
{
	if (!ok)
		abort();
}

static void again(const struct bfd_packet *p)
{
	uint8_t buf[BFD_PACKET_LEN];
	struct wr wr = wr_init(buf, sizeof(buf));
	struct bfd_packet back;

	bfd_packet_encode(p, &wr);
	check(wr_ok(&wr) && wr_len(&wr) == sizeof(buf));
	check(bfd_packet_decode(rd_init(buf, sizeof(buf)), &back) == BFD_OK);
	check(back.state == p->state && back.diag == p->diag && back.mult == p->mult &&
	      back.my_discr == p->my_discr && back.your_discr == p->your_discr &&
	      back.min_tx == p->min_tx && back.min_rx == p->min_rx && back.poll == p->poll &&
	      back.final == p->final && back.demand == p->demand);
}

static void send_all(struct bfd_session *s, int64_t now)
{
	struct bfd_packet out;
	int n = 0;

	while (bfd_session_send(s, (uint32_t)now * 2654435761u, &out, now)) {
		again(&out);
		check(++n <= 2); /* a Final and what was due */
		check(out.my_discr == s->discr && out.state == s->state);
		check(out.state == BFD_UP || out.min_tx >= BFD_SLOW_TX_US);
	}
	check(bfd_session_deadline(s) > 0);
}

/* Each record: an octet of what to do, an octet of time, and for a packet its octets. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bfd_session_conf conf = {.min_tx = 50000, .min_rx = 50000, .mult = 3};
	struct rd rd = rd_init(data, size);
	struct bfd_session s;
	int64_t now = 1;
	uint8_t what, ms;

	bfd_session_init(&s, &conf, 0x1234, now);
	while (rd_u8(&rd, &what) && rd_u8(&rd, &ms)) {
		struct bfd_packet p;
		struct rd payload;

		now += (int64_t)ms * 1000;
		bfd_session_tick(&s, now);
		if (what < 0x80) {
			if (!rd_sub(&rd, what < rd_left(&rd) ? what : rd_left(&rd), &payload))
				break;
			if (bfd_packet_decode(payload, &p) == BFD_OK) {
				again(&p);
				bfd_session_recv(&s, &p, now);
				check(s.detect_at >= now);
			}
		} else if (what < 0xf0) {
			conf.min_tx = 1u + (what & 0x0f) * 10000u;
			conf.min_rx = 1u + (what & 0x70) * 1000u;
			conf.mult = (uint8_t)(1 + (what & 7));
			bfd_session_set_conf(&s, &conf, now);
		} else {
			conf.disabled = what & 1;
			bfd_session_set_conf(&s, &conf, now);
		}
		send_all(&s, now);
		check(s.ups >= s.downs && s.ups - s.downs <= 1);
		check((s.state == BFD_UP) == (s.ups > s.downs));
	}
	return 0;
}
