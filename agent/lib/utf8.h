/*
 * utf8: whether octets from outside are UTF-8 (RFC 3629).
 */
#ifndef LEAFPEER_LIB_UTF8_H
#define LEAFPEER_LIB_UTF8_H

#include <stddef.h>

/* Length in octets of the character that s begins with, of two octets or more; 0: it begins with
 * ASCII, or with none. Reads no further than the NUL that ends s. */
size_t utf8_len(const char *s);

#endif
