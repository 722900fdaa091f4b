/*
 * bmp: the connection to a monitoring station (RFC 7854 section 3.2): we dial, we write, and what
 * the station says is read and dropped.
 *
 * It dials again by itself, after a wait that doubles up to a minute (the RFC recommends thirty
 * seconds to twelve minutes; a SYN a minute is nothing, and a collector that was restarted is
 * missed). What is written waits in a buffer of BMP_LINK_BUFFER octets and nowhere else: whoever
 * writes asks first whether there is room, and is told when there is again.
 */
#ifndef LEAFPEER_IO_BMP_H
#define LEAFPEER_IO_BMP_H

#include "agent/io/loop.h"
#include "agent/lib/prefix.h"
#include "agent/lib/wire.h"

#define BMP_LINK_BUFFER       (1024u * 1024)
#define BMP_LINK_RETRY_MIN_US (1000 * 1000)
#define BMP_LINK_RETRY_MAX_US (60 * 1000 * 1000)
#define BMP_LINK_STALL_MS     (90 * 1000) /* a station that takes nothing for so long is gone */

struct bmp_link;

struct bmp_link_ops { /* not called from within a call of one's own, but down from bmp_link_flush */
	void (*up)(void *ctx);
	/* It was up, or could not be reached: text of the last failure. It will dial again. */
	void (*down)(void *ctx, const char *why);
	void (*room)(void *ctx);
};

struct bmp_link *bmp_link_new(struct loop *l, const struct addr *station, uint16_t port,
			      const struct bmp_link_ops *ops, void *ctx);
/* Writes what is still there as far as the socket takes it at once. NULL is fine. */
void bmp_link_free(struct bmp_link *k);

bool bmp_link_is_up(const struct bmp_link *k);
/* At least len octets, at most a third of the buffer, can be written. */
bool bmp_link_has_room(const struct bmp_link *k, size_t len);
/* The free room as a window; what was written into it is handed over with bmp_link_wrote. */
struct wr bmp_link_write(struct bmp_link *k);
void bmp_link_wrote(struct bmp_link *k, const struct wr *wr);
/* Gives the socket what it takes. False: the link went down, and ops->down was called. */
bool bmp_link_flush(struct bmp_link *k);
/* All is well: the next wait begins anew with the shortest. */
void bmp_link_settled(struct bmp_link *k);
/* Gives up the connection (after what waits, as far as the socket takes it) and dials again later;
 * ops->down is not called. */
void bmp_link_again(struct bmp_link *k);
uint64_t bmp_link_octets(const struct bmp_link *k); /* given to the sockets so far */

#endif
