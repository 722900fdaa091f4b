/*
 * model: the configuration, as values.
 *
 * Every source (startup-config, environment, later the annotations of the Node) becomes a struct
 * conf; the sources are merged into one, which is what runs, what show running-config prints, and
 * what the next one is compared with. A bit in a set field says that a value was given; what was
 * not given is the default's, which conf_effective() and conf_new() fill in.
 */
#ifndef LEAFPEER_CONF_MODEL_H
#define LEAFPEER_CONF_MODEL_H

#include "agent/lib/prefix.h"
#include "agent/lib/text.h"

#define CONF_TEXT_MAX               (256 * 1024) /* octets of one source */
#define CONF_NEIGHBORS_MAX          64
#define CONF_GROUPS_MAX             64
#define CONF_PREFIXES_MAX           256  /* pod-cidr lines, and network lines */
#define CONF_LISTS_MAX              4096 /* entries of all prefix lists, and of all route maps */
#define CONF_NAME_MAX               63
#define CONF_ERRORS_MAX             64
#define CONF_COMMUNITIES_MAX        32
#define CONF_PREPEND_MAX            16

#define CONF_DEFAULT_MAXIMUM_PATHS  32
#define CONF_DEFAULT_MAXIMUM_ROUTES 12000
#define CONF_DEFAULT_KEEPALIVE      60
#define CONF_DEFAULT_HOLD           180
#define CONF_DEFAULT_HOLD_DOWN      30
#define CONF_DEFAULT_RESTART_TIME   120
#define CONF_DEFAULT_STALE_TIME     300

/* Bits of conf_options.set; the names are those of the lines. */
enum conf_option {
	OPT_REMOTE_AS = 1u << 0,
	OPT_LOCAL_AS = 1u << 1,
	OPT_DESCRIPTION = 1u << 2,
	OPT_PASSWORD_FILE = 1u << 3,
	OPT_BFD = 1u << 4,
	OPT_MAXIMUM_ROUTES = 1u << 5,
	OPT_ALLOWAS_IN = 1u << 6,
	OPT_EBGP_MULTIHOP = 1u << 7,
	OPT_TTL_MAXIMUM_HOPS = 1u << 8,
	OPT_UPDATE_SOURCE = 1u << 9,
	OPT_TIMERS = 1u << 10,
	OPT_PREFIX_LIST_IN = 1u << 11,
	OPT_PREFIX_LIST_OUT = 1u << 12,
	OPT_ROUTE_MAP_IN = 1u << 13,
	OPT_ROUTE_MAP_OUT = 1u << 14,
	OPT_SHUTDOWN = 1u << 15,
	OPT_PASSIVE = 1u << 16,
	OPT_ENFORCE_FIRST_AS = 1u << 17,
	OPT_PEER_GROUP = 1u << 18,
};

struct conf_options { /* of a neighbour or a peer group */
	uint32_t set;
	uint32_t remote_as, local_as;
	char description[128];
	char password_file[256];
	bool bfd;
	uint32_t maximum_routes;
	bool maximum_routes_warn;
	uint8_t allowas_in;
	uint8_t ebgp_multihop;    /* TTL of what we send */
	uint8_t ttl_maximum_hops; /* RFC 5082 */
	struct addr update_source;
	uint16_t keepalive, hold; /* seconds */
	char prefix_list_in[CONF_NAME_MAX + 1], prefix_list_out[CONF_NAME_MAX + 1];
	char route_map_in[CONF_NAME_MAX + 1], route_map_out[CONF_NAME_MAX + 1];
	bool shutdown;
	char shutdown_text[129];
	bool passive;
	bool enforce_first_as;
	char peer_group[CONF_NAME_MAX + 1];
};

struct conf_neighbor {
	struct addr addr;
	struct conf_options opt;
};

struct conf_group {
	char name[CONF_NAME_MAX + 1];
	struct conf_options opt;
};

struct conf_prefix_list_entry {
	char name[CONF_NAME_MAX + 1];
	uint32_t seq;
	bool permit;
	struct prefix prefix;
	uint8_t ge, le; /* 0: not given */
};

struct conf_route_map_entry {
	char name[CONF_NAME_MAX + 1];
	uint32_t seq;
	bool permit;
	char match_prefix_list[CONF_NAME_MAX + 1]; /* "" none */
	uint32_t match_community[CONF_COMMUNITIES_MAX];
	uint8_t n_match_community;
	bool match_as_path_length;
	uint16_t as_path_min, as_path_max;
	bool set_local_pref, set_med, set_additive;
	uint32_t local_pref, med;
	uint32_t set_community[CONF_COMMUNITIES_MAX];
	uint8_t n_set_community;
	uint32_t prepend[CONF_PREPEND_MAX];
	uint8_t n_prepend;
};

enum conf_set { /* bits of conf.set */
		CONF_HOSTNAME = 1u << 0,
		CONF_LOCAL_AS = 1u << 1,
		CONF_ROUTER_ID = 1u << 2,
		CONF_MAXIMUM_PATHS = 1u << 3,
		CONF_TIMERS = 1u << 4,
		CONF_RESTART_TIME = 1u << 5,
		CONF_STALE_TIME = 1u << 6,
		CONF_ADVERTISE = 1u << 7,
		CONF_HOLD_DOWN = 1u << 8,
		CONF_HOST_ROUTES = 1u << 9,
		CONF_CNI_PROVIDER = 1u << 10,
		CONF_INTERFACE_MTU = 1u << 11,
		CONF_ON_STOP = 1u << 12,
		CONF_BFD = 1u << 13,
		CONF_ALWAYS_COMPARE_MED = 1u << 14,
};

struct conf {
	uint32_t set;
	char hostname[CONF_NAME_MAX + 1];
	uint32_t local_as;
	uint32_t router_id; /* host order */
	uint8_t maximum_paths;
	uint16_t keepalive, hold;          /* seconds */
	uint16_t restart_time, stale_time; /* seconds */
	bool always_compare_med;
	uint32_t bfd_interval, bfd_min_rx; /* milliseconds */
	uint8_t bfd_multiplier;
	bool advertise_always;
	uint32_t hold_down; /* seconds */
	bool host_routes;
	char cni_provider[16];
	uint32_t interface_mtu;
	bool withdraw_on_stop;
	struct conf_neighbor *neighbors;
	size_t n_neighbors;
	struct conf_group *groups;
	size_t n_groups;
	struct prefix *networks;
	size_t n_networks;
	struct prefix *pod_cidrs;
	size_t n_pod_cidrs;
	struct conf_prefix_list_entry *prefix_lists;
	size_t n_prefix_lists;
	struct conf_route_map_entry *route_maps;
	size_t n_route_maps;
};

/* What was wrong (or, as a note, odd) with a source. */
struct conf_error {
	unsigned int line, column; /* from 1; 0: of the source as a whole */
	char text[200];
};

struct conf_errors {
	struct conf_error errors[CONF_ERRORS_MAX];
	size_t n;
	size_t more; /* that found no place */
};

struct conf *conf_new(void);
void conf_free(struct conf *c); /* NULL is fine */
void conf_error_add(struct conf_errors *e, unsigned int line, unsigned int column,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Parses a whole source. All errors are found at once; with any of them the result is NULL. notes
 * gets what was understood as meaning nothing here.
 */
struct conf *conf_parse(const char *text, size_t len, struct conf_errors *errors,
			struct conf_errors *notes);
/* The same configuration as lines, in a fixed order: conf_parse() of it gives an equal one. */
void conf_render(const struct conf *c, struct text *out);

/*
 * The environment's configuration: BGP_AS, BGP_PEER, BGP_REMOTE_AS, POD_CIDR, INTERFACE_MTU,
 * CNI_PROVIDER, LEAFPEER_ADVERTISE, NODE_NAME. get: getenv or a test's stand-in. NULL on errors.
 */
struct conf *conf_from_env(const char *(*get)(void *ctx, const char *name), void *ctx,
			   struct conf_errors *errors, struct conf_errors *notes);
/*
 * over's values before under's. Neighbours of both are taken; of one that both have over's options
 * count, option by option. Lists (pod-cidr, network, peer groups, policy) are over's if it has any.
 */
struct conf *conf_merge(const struct conf *under, const struct conf *over);
/* What a single line cannot show: no AS, unknown peer groups, overlapping pod prefixes. */
bool conf_validate(const struct conf *c, struct conf_errors *errors, struct conf_errors *notes);

struct conf_group *conf_find_group(const struct conf *c, const char *name);
struct conf_neighbor *conf_find_neighbor(const struct conf *c, const struct addr *a);
/* The neighbour's options with its peer group's and the defaults filled in. */
void conf_effective(const struct conf *c, const struct conf_neighbor *n, struct conf_options *out);

#endif
