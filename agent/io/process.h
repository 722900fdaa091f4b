/* process: what this process uses, as the kernel counts it. */
#ifndef LEAFPEER_IO_PROCESS_H
#define LEAFPEER_IO_PROCESS_H

#include "agent/show/show.h"

/* false: /proc cannot be read; *out is left alone. */
bool process_read(struct show_process *out);

#endif
