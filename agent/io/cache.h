/*
 * cache: one small file that is replaced whole, or not at all.
 */
#ifndef LEAFPEER_IO_CACHE_H
#define LEAFPEER_IO_CACHE_H

#include <stddef.h>
#include <stdint.h>

/* The directory is made (0700) if it is missing; the file has mode 0600. 0 or -errno. After a crash
 * at any moment there is the old file or the new one. */
int cache_write(const char *dir, const char *name, const char *data, size_t len);
/* The whole of it, at most max octets; *out is the caller's to free. 0 or -errno: -ENOENT none,
 * -EFBIG too large, -EPERM if somebody else than us or root may have written it. */
int cache_read(const char *dir, const char *name, size_t max, char **out, size_t *len);
/* When it was written, in seconds since 1970: 0 or -errno. */
int cache_time(const char *dir, const char *name, int64_t *wall_s);
/* Out of the way, as NAME.bad: it is looked at by people, and no more by us. */
void cache_set_aside(const char *dir, const char *name);

#endif
