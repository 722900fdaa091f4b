/* late_gnutls: see late_gnutls.h. */
#include "agent/io/late_gnutls.h"

#include <dlfcn.h>
#include <stddef.h>

#ifdef CURL_STATICLIB /* hack/static-curl's */
#include <gnutls_pointers.h>

/* libcurl's, by name: GnuTLS has functions, and one variable, and both are reached by an address */
#define LATE(name) __typeof__(name) *late_##name;
#include <gnutls_pointers.inc>
#undef LATE

static bool set_pointers(void *library)
{
#define LATE(name)                                                    \
	late_##name = (__typeof__(late_##name))dlsym(library, #name); \
	if (!late_##name)                                             \
		return false;
#include <gnutls_pointers.inc>
#undef LATE
	return true;
}
#endif

bool late_gnutls_load(const char **why)
{
#ifdef CURL_STATICLIB
	static bool loaded;
	void *library;

	if (loaded)
		return true;
	library = dlopen(LATE_GNUTLS_FILE, RTLD_NOW | RTLD_LOCAL);
	if (!library || !set_pointers(library)) {
		*why = dlerror();
		return false;
	}
	loaded = true;
#else
	(void)why; /* the system's libcurl brings its own */
#endif
	return true;
}
