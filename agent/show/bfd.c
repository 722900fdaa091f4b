/* bfd: show bfd peers [detail], in EOS's layout, and as its JSON. */
#include "agent/show/show.h"

#include <stdio.h>
#include <string.h>

static const char *diag_text(unsigned int diag)
{
	static const char *const names[BFD_DIAGS] = {
		"No Diagnostic",     "Detect Time Exp", "Echo Failed",
		"Nbr Signaled Down", "Fwd Plane Reset", "Path Down",
		"Concat Path Down",  "Admin Down",      "Rev Concat Down",
	};

	return diag < BFD_DIAGS ? names[diag] : "Unassigned";
}

static const char *diag_json(unsigned int diag)
{
	static const char *const names[BFD_DIAGS] = {
		"diagNone",           "diagCtrlTimeout",     "diagEchoFail",
		"diagNeighDown",      "diagForwardingReset", "diagPathDown",
		"diagConcatPathDown", "diagAdminDown",       "diagRevConcatPathDown",
	};

	return diag < BFD_DIAGS ? names[diag] : "diagUnassigned";
}

static const char *state_json(unsigned int state)
{
	static const char *const names[BFD_STATES] = {"adminDown", "down", "init", "up"};

	return names[state];
}

/* Year, month and day of a day since 1970-01-01: years are taken from March on, so that the leap
 * day is a year's last. */
static void civil(int64_t days, unsigned int *year, unsigned int *month, unsigned int *day)
{
	int64_t z = days + 719468; /* since 0000-03-01 */
	unsigned int era = (unsigned int)(z / 146097);
	unsigned int doe = (unsigned int)(z % 146097);
	unsigned int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned int mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = yoe + era * 400 + (*month <= 2);
}

/* In UTC. */
static const char *date(const struct show_state *st, int64_t at, char buf[static 32])
{
	int64_t s = (int64_t)show_wall(st, at);
	unsigned int year, month, day;

	if (!at || s < 0) {
		snprintf(buf, 32, "NA");
		return buf;
	}
	civil(s / 86400, &year, &month, &day);
	snprintf(buf, 32, "%02u/%02u/%02u %02u:%02u", month, day, year % 100,
		 (unsigned int)(s / 3600 % 24), (unsigned int)(s / 60 % 60));
	return buf;
}

static const char *transport(const struct show_bfd *b, char buf[static 48])
{
	if (b->multihop)
		snprintf(buf, 48, "NA");
	else
		snprintf(buf, 48, "%s", b->ifname);
	return buf;
}

static int address_width(const struct show_state *st)
{
	int width = (int)strlen("DstAddr");

	for (size_t i = 0; i < st->n_bfd; i++) {
		int len = (int)strlen(st->bfd[i].name);

		width = len > width ? len : width;
	}
	return width;
}

static void put_upper(const struct show_args *a, int width)
{
	static const char dashes[] =
		"----------------------------------------------------------------";
	char when[32], over[48];

	text_printf(a->out, "%-*s %11s %11s %20s %9s %17s\n", width, "DstAddr", "MyDisc",
		    "YourDisc", "Interface/Transport", "Type", "LastUp");
	text_printf(a->out, "%.*s %.11s %.11s %.20s %.9s %.17s\n", width, dashes, dashes, dashes,
		    dashes, dashes, dashes);
	for (size_t i = 0; i < a->st->n_bfd; i++) {
		const struct show_bfd *b = &a->st->bfd[i];

		text_printf(a->out, "%-*s %11u %11u %20s %9s %17s\n", width, b->name,
			    b->session->discr, b->session->remote_discr, transport(b, over),
			    b->multihop ? "multihop" : "normal",
			    date(a->st, b->session->last_up, when));
	}
}

static void put_lower(const struct show_args *a)
{
	char when[32];

	text_printf(a->out, "\n%17s %19s %9s\n----------------- ------------------- ---------\n",
		    "LastDown", "LastDiag", "State");
	for (size_t i = 0; i < a->st->n_bfd; i++) {
		const struct bfd_session *s = a->st->bfd[i].session;

		text_printf(a->out, "%17s %19s %9s\n", date(a->st, s->last_down, when),
			    diag_text(s->downs ? s->down_diag : s->diag), bfd_state_name(s->state));
	}
}

static void detail_json(struct json_write *w, const struct bfd_session *s)
{
	json_write_object(w, "peerStatsDetail");
	json_write_string(w, "role", "active");
	json_write_array(w, "apps");
	json_write_string(w, NULL, "bgp");
	json_write_end(w);
	json_write_uint(w, "operTxInterval", bfd_session_tx_interval(s));
	json_write_uint(w, "operRxInterval",
			s->min_rx_used > s->remote_min_tx ? s->min_rx_used : s->remote_min_tx);
	json_write_uint(w, "minTxInterval", s->min_tx);
	json_write_uint(w, "minRxInterval", s->min_rx);
	json_write_uint(w, "detectMult", s->conf.mult);
	json_write_uint(w, "remoteMinTxInterval", s->remote_min_tx);
	json_write_uint(w, "remoteMinRxInterval", s->remote_min_rx);
	json_write_uint(w, "remoteDetectMult", s->remote_mult);
	json_write_uint(w, "detectTime", bfd_session_detection_time(s));
	json_write_bool(w, "remoteControlPlaneIndependent", s->remote_independent);
	json_write_end(w);
}

static void stats_json(const struct show_args *a, const struct show_bfd *b)
{
	const struct bfd_session *s = b->session;
	struct json_write *w = a->js;

	json_write_object(w, b->multihop ? "" : b->ifname);
	json_write_string(w, "status", state_json(s->state));
	json_write_string(w, "remoteStatus", state_json(s->remote_state));
	json_write_string(w, "sessType", b->multihop ? "sessionTypeMultihop" : "sessionTypeNormal");
	json_write_string(w, "l3intf", b->multihop ? "" : b->ifname);
	json_write_string(w, "authType", "None");
	json_write_uint(w, "localDisc", s->discr);
	json_write_uint(w, "remoteDisc", s->remote_discr);
	json_write_real(w, "lastUp", s->last_up ? show_wall(a->st, s->last_up) : 0);
	json_write_real(w, "lastDown", s->last_down ? show_wall(a->st, s->last_down) : 0);
	json_write_string(w, "lastDiag", diag_json(s->downs ? s->down_diag : s->diag));
	json_write_uint(w, "rxPackets", b->rx);
	json_write_uint(w, "txPackets", b->tx);
	json_write_uint(w, "sessionUps", s->ups);
	json_write_uint(w, "sessionDowns", s->downs);
	detail_json(w, s);
	json_write_end(w);
}

/* One link-local address may be a neighbour's on several links. */
static bool came_before(const struct show_state *st, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (addr_eq(&st->bfd[k].addr, &st->bfd[i].addr))
			return true;
	}
	return false;
}

static void family_json(const struct show_args *a, const char *key, enum afi afi)
{
	json_write_object(a->js, key);
	for (size_t i = 0; i < a->st->n_bfd; i++) {
		const struct show_bfd *b = &a->st->bfd[i];
		char text[ADDR_STRLEN];

		if (b->addr.afi != afi || came_before(a->st, i))
			continue;
		json_write_object(a->js, addr_str(&b->addr, text));
		json_write_object(a->js, "peerStats");
		for (size_t k = i; k < a->st->n_bfd; k++) {
			if (addr_eq(&a->st->bfd[k].addr, &b->addr))
				stats_json(a, &a->st->bfd[k]);
		}
		json_write_end(a->js);
		json_write_end(a->js);
	}
	json_write_end(a->js);
}

/* As EOS has it: by family, neighbour, and interface ("" of several hops). */
static void put_json(const struct show_args *a)
{
	show_json_vrf(a);
	family_json(a, "ipv4Neighbors", AFI_IP4);
	family_json(a, "ipv6Neighbors", AFI_IP6);
	show_json_vrf_end(a);
}

bool show_bfd_peers(const struct show_args *a)
{
	if (a->json) {
		put_json(a);
	} else if (a->st->n_bfd) {
		text_puts(a->out, "VRF name: default\n-----------------\n");
		put_upper(a, address_width(a->st));
		put_lower(a);
	}
	return true;
}

static void put_detail(const struct show_args *a, const struct show_bfd *b)
{
	const struct bfd_session *s = b->session;
	struct text *out = a->out;
	char text[ADDR_STRLEN], when[32], over[48];

	text_printf(out, "Peer Addr %s, Intf %s, Type %s, Role active, State %s\n", b->name,
		    transport(b, over), b->multihop ? "multihop" : "normal",
		    bfd_state_name(s->state));
	text_printf(out, "VRF default, LAddr %s, LD/RD %u/%u\n",
		    b->local.afi ? addr_str(&b->local, text) : "NA", s->discr, s->remote_discr);
	text_printf(out, "Session state is %s and not using echo function\n",
		    bfd_state_name(s->state));
	text_printf(out, "Last Up %s\n", date(a->st, s->last_up, when));
	text_printf(out, "Last Down %s\n", date(a->st, s->last_down, when));
	text_printf(out, "Last Diag: %s\n", diag_text(s->downs ? s->down_diag : s->diag));
	text_puts(out, "Authentication mode: None\n");
	text_printf(out, "TxInt: %u, RxInt: %u, Multiplier: %u\n", s->min_tx / 1000,
		    s->min_rx / 1000, s->conf.mult);
	text_printf(out, "Received TxInt: %u, Received RxInt: %u, Received Multiplier: %u\n",
		    s->remote_min_tx / 1000, s->remote_min_rx / 1000, s->remote_mult);
	text_printf(out, "Rx Count: %llu, Tx Count: %llu, Tx Errors: %llu, Tx Port: %u\n",
		    (unsigned long long)b->rx, (unsigned long long)b->tx,
		    (unsigned long long)b->send_errors, b->port);
	text_printf(out, "Detect Time: %llu\n",
		    (unsigned long long)bfd_session_detection_time(s) / 1000);
	text_printf(out, "Sched: %s\n", a->st->bfd_scheduling ? a->st->bfd_scheduling : "NA");
	text_puts(out, "Registered Protocols: bgp\n");
	text_printf(out, "Uptime: %s\n",
		    s->state == BFD_UP ? show_duration(a->st->now - s->since, when) : "NA");
	text_printf(out,
		    "Last packet:  State: %s - Diagnostic: %u - Demand bit: %u - C bit: %u\n\n",
		    bfd_state_name(s->remote_state), s->remote_diag, s->remote_demand,
		    s->remote_independent);
}

bool show_bfd_detail(const struct show_args *a)
{
	if (a->json)
		put_json(a);
	for (size_t i = 0; !a->json && i < a->st->n_bfd; i++)
		put_detail(a, &a->st->bfd[i]);
	return true;
}
