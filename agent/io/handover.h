/*
 * handover: what one process gives another over a Unix socket: octets, and descriptors with them.
 *
 * Both sides wait, up to a time: nothing else is done meanwhile, so that what is handed over stands
 * still. Functions return 0 or -errno; -EPROTO: the other side speaks something else.
 */
#ifndef LEAFPEER_IO_HANDOVER_H
#define LEAFPEER_IO_HANDOVER_H

#include "agent/lib/text.h"

#define HANDOVER_VERSION 1
#define HANDOVER_FDS_MAX 200          /* the kernel takes 253 */
#define HANDOVER_MAX     (128u << 20) /* octets */

/* Connects to the agent that listens at path, and says the line. A descriptor, or -errno. */
int handover_connect(const char *path, const char *line);
/* data in one piece, with n descriptors, which stay the caller's. */
int handover_send(int fd, const struct text *data, const int *fds, size_t n, int ms);
/* Fills fds, the caller's from now on, of which there are *n; data is the caller's to free. On
 * failure there are none. */
int handover_receive(int fd, struct text *data, int fds[HANDOVER_FDS_MAX], size_t *n, int ms);
/* A word of one octet. handover_hear: the octet, 0 at the end of the stream, or -errno. */
int handover_say(int fd, char word, int ms);
int handover_hear(int fd, int ms);

#endif
