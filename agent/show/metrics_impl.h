/* metrics_impl: what the files of the metrics share. */
#ifndef LEAFPEER_SHOW_METRICS_IMPL_H
#define LEAFPEER_SHOW_METRICS_IMPL_H

#include "agent/show/metrics.h"

/* kind: "gauge", "counter", "histogram". help: one line, and a sentence. */
void metric_head(struct text *out, const char *name, const char *kind, const char *help);
/* A sample; then its labels, name and value in turn. Values are escaped. */
#define metric_sample(...) metric_labelled(__VA_ARGS__, (const char *)NULL)
void metric_labelled(struct text *out, const char *name, double value, ...)
	__attribute__((sentinel));
/* A metric of one sample without labels. */
void metric_one(struct text *out, const char *name, const char *kind, const char *help,
		double value);
void metric_histogram(struct text *out, const char *name, const char *help,
		      const struct histogram *h);

/* metrics_peers.c */
void metrics_peers(const struct show_state *st, struct text *out);
void metrics_bfd(const struct show_state *st, struct text *out);

#endif
