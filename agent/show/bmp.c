/* bmp: show bmp, the monitoring stations (RFC 7854). */
#include "agent/show/show.h"

static const char *state_of(const struct show_station *s)
{
	return !s->up ? "down" : s->dumped ? "up" : "catching up";
}

static void show_bmp_json(const struct show_args *a)
{
	char text[ADDR_STRLEN];

	json_write_object(a->js, NULL);
	json_write_object(a->js, "stations");
	for (size_t i = 0; i < a->st->n_stations; i++) {
		const struct show_station *s = &a->st->stations[i];

		json_write_object(a->js, s->name);
		json_write_string(a->js, "address", addr_str(&s->addr, text));
		json_write_uint(a->js, "port", s->port);
		json_write_string(a->js, "state", state_of(s));
		json_write_real(a->js, "since", show_wall(a->st, s->since));
		json_write_uint(a->js, "peers", s->peers);
		json_write_uint(a->js, "changesWaiting", s->changes);
		json_write_uint(a->js, "octetsSent", s->octets);
		json_write_uint(a->js, "connects", s->connects);
		json_write_uint(a->js, "restarts", s->restarts);
		json_write_string(a->js, "lastFailure", s->failure);
		json_write_end(a->js);
	}
	json_write_end(a->js);
	json_write_end(a->js);
}

bool show_bmp(const struct show_args *a)
{
	char text[ADDR_STRLEN], since[32];

	if (a->json) {
		show_bmp_json(a);
		return true;
	}
	text_printf(a->out, "%-16s %-40s %5s %-11s %-9s %5s %12s\n", "Station", "Address", "Port",
		    "State", "Since", "Peers", "Octets");
	for (size_t i = 0; i < a->st->n_stations; i++) {
		const struct show_station *s = &a->st->stations[i];

		text_printf(a->out, "%-16s %-40s %5u %-11s %-9s %5zu %12llu\n", s->name,
			    addr_str(&s->addr, text), s->port, state_of(s),
			    show_duration(a->st->now - s->since, since), s->peers,
			    (unsigned long long)s->octets);
		if (*s->failure)
			text_printf(a->out, "  last failure: %s\n", s->failure);
		if (s->restarts)
			text_printf(a->out,
				    "  told everything anew %llu times, it did not keep up\n",
				    (unsigned long long)s->restarts);
	}
	return true;
}
