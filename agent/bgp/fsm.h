/*
 * fsm: the state machine of RFC 4271 section 8 as a table, one for each connection.
 *
 * Guards become events before they come here (a BGPOpen that is not acceptable is a BGPOpenMsgErr),
 * so the table is total and const: every state x event is written down, and the golden file
 * test/golden/fsm.txt is this table, for people. DelayOpen is not done; an accepted connection's
 * machine starts passive (event 4) and so waits in Active, a dialled one's starts in Connect.
 */
#ifndef LEAFPEER_BGP_FSM_H
#define LEAFPEER_BGP_FSM_H

#include <stdint.h>

enum bgp_state {
	BGP_IDLE,
	BGP_CONNECT,
	BGP_ACTIVE,
	BGP_OPENSENT,
	BGP_OPENCONFIRM,
	BGP_ESTABLISHED,
	BGP_STATES
};

enum bgp_event {                  /* RFC 4271 section 8.1; the numbers in comments are the RFC's */
		 EV_MANUAL_START, /* 1 */
		 EV_MANUAL_STOP,  /* 2 */
		 EV_AUTOMATIC_START,             /* 3 */
		 EV_MANUAL_START_PASSIVE,        /* 4 */
		 EV_AUTOMATIC_STOP,              /* 8 */
		 EV_CONNECT_RETRY_TIMER_EXPIRES, /* 9 */
		 EV_HOLD_TIMER_EXPIRES,          /* 10 */
		 EV_KEEPALIVE_TIMER_EXPIRES,     /* 11 */
		 EV_TCP_CR_ACKED,                /* 16: our connection was accepted */
		 EV_TCP_CONNECTION_CONFIRMED,    /* 17: we accepted one */
		 EV_TCP_CONNECTION_FAILS,        /* 18 */
		 EV_BGP_OPEN,                    /* 19 */
		 EV_BGP_HEADER_ERR,              /* 21 */
		 EV_BGP_OPEN_MSG_ERR,            /* 22 */
		 EV_OPEN_COLLISION_DUMP,         /* 23 */
		 EV_NOTIF_MSG_VER_ERR,           /* 24 */
		 EV_NOTIF_MSG,                   /* 25 */
		 EV_KEEPALIVE_MSG,               /* 26 */
		 EV_UPDATE_MSG,                  /* 27 */
		 EV_UPDATE_MSG_ERR,              /* 28 */
		 EV_SEND_HOLD_TIMER_EXPIRES,     /* RFC 9687 */
		 EV_ROUTE_REFRESH_MSG,           /* RFC 2918 */
		 BGP_EVENTS
};

enum bgp_action {                                  /* bits, carried out in the order of this list */
		  ACT_SEND_NOTIFICATION = 1u << 0, /* the error at hand, or Cease, or FSM error */
		  ACT_CONNECTION_DOWN =
			  1u << 1, /* drop the TCP connection, forget what was negotiated */
		  ACT_DIAL = 1u << 2,
		  ACT_ABORT_DIAL = 1u << 3,
		  ACT_SEND_OPEN = 1u << 4,
		  ACT_SEND_KEEPALIVE = 1u << 5,
		  ACT_START_CONNECT_RETRY = 1u << 6,
		  ACT_STOP_CONNECT_RETRY = 1u << 7,
		  ACT_START_HOLD_LARGE = 1u << 8, /* 4 minutes, before the OPEN has come */
		  ACT_START_HOLD = 1u << 9,       /* the negotiated hold and keepalive timers */
		  ACT_RESTART_HOLD = 1u << 10,
		  ACT_RESTART_KEEPALIVE = 1u << 11,
		  ACT_SESSION_UP = 1u << 12,
		  ACT_SESSION_DOWN = 1u << 13, /* it had been Established: routes go, or go stale */
		  ACT_PROCESS_UPDATE = 1u << 14,
		  ACT_PROCESS_REFRESH = 1u << 15,
		  ACT_FSM_ERROR = 1u << 16, /* RFC 6608: the NOTIFICATION is FSM Error with the
					       state's subcode */
};

struct bgp_transition {
	uint8_t next; /* enum bgp_state */
	uint32_t actions;
};

struct bgp_transition bgp_fsm(enum bgp_state state, enum bgp_event event);

const char *bgp_state_name(enum bgp_state state); /* "OpenSent" */
const char *bgp_event_name(enum bgp_event event); /* "BGPOpen" */
const char *bgp_action_name(unsigned int bit);    /* "send NOTIFICATION" */

#endif
