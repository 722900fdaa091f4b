/* version: see version.h. The only object that is built anew when the version changes. */
#include "agent/lib/version.h"

#include <version.inc> /* made by the Makefile */

const char *leafpeer_version(void)
{
	static const char what[] __attribute__((used)) = LEAFPEER_VERSION_MARK LEAFPEER_VERSION;

	return what + sizeof(LEAFPEER_VERSION_MARK) - 1;
}
