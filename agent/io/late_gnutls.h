/*
 * late_gnutls: GnuTLS for libcurl, loaded when the first connection to the Kubernetes API is
 * wanted.
 *
 * GnuTLS and the eight libraries behind it are 2.3 MiB of memory that is there, and some
 * milliseconds at start, for a node that may not use the Kubernetes API at all. Our libcurl
 * (hack/static-curl) calls it through pointers; libcurl may do nothing before late_gnutls_load()
 * has set them.
 */
#ifndef LEAFPEER_IO_LATE_GNUTLS_H
#define LEAFPEER_IO_LATE_GNUTLS_H

#include <stdbool.h>

/* Its ABI since 2014; hack/image reads this line, and puts it into the image. */
#define LATE_GNUTLS_FILE "libgnutls.so.30"

/* False: it is missing, or lacks a function that is needed; *why is the loader's text (lent). Once
 * loaded, it stays. */
bool late_gnutls_load(const char **why);

#endif
