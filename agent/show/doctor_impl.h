/*
 * doctor_impl: what the doctor's sources share, and nobody else sees.
 */
#ifndef LEAFPEER_SHOW_DOCTOR_IMPL_H
#define LEAFPEER_SHOW_DOCTOR_IMPL_H

#include "agent/show/doctor.h"
#include "agent/show/show.h"

struct judging { /* one session */
	const struct show_state *st;
	const struct doctor_agent *agent;
	const struct show_peer *p;
	bool ibgp;
	const char *source; /* our address towards it */
};

/* doctor_session.c: a row for each session, and for each of BFD. */
void doctor_judge_sessions(struct doctor *d, const struct show_state *st,
			   const struct doctor_agent *a);

/* doctor_kube.c: the API's watches, what may be written, the cache of the configuration. */
void doctor_judge_kube(struct doctor *d, const struct show_state *st, const struct doctor_agent *a);

#endif
