/*
 * replace: files that others read at any time, written so that they see the old or the new, whole,
 * whenever the writer is killed.
 *
 * Everything is below an open directory. The temporary file has a fixed name, so that what a killed
 * writer left is found and replaced by the next; whoever writes holds the directory's lock.
 */
#ifndef LEAFPEER_IO_REPLACE_H
#define LEAFPEER_IO_REPLACE_H

#include "agent/lib/text.h"

#include <stdbool.h>
#include <sys/stat.h>

#define REPLACE_MAX (16u * 1024 * 1024) /* octets of a file that is swapped */

/* All return 0 or -errno. */

/* Opens the directory and takes its lock; *fd is the caller's to close, which lets go of it. */
int replace_lock(const char *path, int *fd);
/* The whole of a regular file (no symbolic link: -ELOOP) of at most max octets (-EFBIG), appended
 * to out; its state in *st, or NULL. */
int replace_read(int dir, const char *name, size_t max, struct text *out, struct stat *st);
/* Writes the temporary file and syncs it. */
int replace_prepare(int dir, const char *temp, mode_t mode, const char *data, size_t len);
/* Gives the temporary file its name, and syncs the directory. */
int replace_commit(int dir, const char *temp, const char *name);
/* Both, in the place of a file that had the content old when it was read: -ESTALE if somebody else
 * has written it since, in which case it is left as they wrote it. Keeps mode and owner. */
int replace_swap(int dir, const char *temp, const char *name, const struct text *old,
		 const struct text *new);

#endif
