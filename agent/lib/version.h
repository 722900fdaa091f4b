/* version: which leafpeer this is, as git describes it. */
#ifndef LEAFPEER_LIB_VERSION_H
#define LEAFPEER_LIB_VERSION_H

/* Stands before the version in every program, so that it can be found without running it: what(1).
 */
#define LEAFPEER_VERSION_MARK "@(#)leafpeer "

const char *leafpeer_version(void);

#endif
