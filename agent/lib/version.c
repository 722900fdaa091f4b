/* version: see version.h. The only object that is built anew when the version changes. */
#include "agent/lib/version.h"

#include <version.inc> /* made by the Makefile */

const char *leafpeer_version(void)
{
	return LEAFPEER_VERSION;
}
