/* version: which leafpeer this is, as git describes it. */
#ifndef LEAFPEER_LIB_VERSION_H
#define LEAFPEER_LIB_VERSION_H

const char *leafpeer_version(void);

#endif
