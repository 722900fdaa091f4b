/* metrics: the agent's state in the text format of Prometheus; from the same state as the commands.
 */
#ifndef LEAFPEER_SHOW_METRICS_H
#define LEAFPEER_SHOW_METRICS_H

#include "agent/show/show.h"

void show_metrics(const struct show_state *st, struct text *out);

#endif
