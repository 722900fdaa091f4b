/*
 * model: the configuration, as values.
 *
 * Every source becomes a struct conf: the startup-config through conf_parse(), the environment and
 * the annotations of the Node through conf_from_node(). The sources are merged into one, which is
 * what runs, what show running-config prints, and what the next one is compared with. A bit in a
 * set field says that a value was given; what was not given is the default's, which
 * conf_effective() and conf_new() fill in.
 *
 * Precedence, key by key: annotation, environment, startup-config, default.
 *  - Annotations and environment are the same keys in two places, so the neighbours that
 *    annotations name replace those of BGP_PEER; the remote AS of the Nth is looked for in the
 *    annotation of that number, then in BGP_REMOTE_AS.
 *  - Their neighbours, network and stations come on top of those of the startup-config. Of a
 *    neighbour that is in both, each option is the higher source's if it has it there, else the
 *    lower one's: the startup-config can give BFD to a neighbour that BGP_PEER names.
 *  - pod-cidr, peer groups, prefix lists and route maps are the higher source's if it has any.
 *  - A remote AS that nobody gives is the local one (iBGP).
 *
 * Not here: passwords (only the names of their files), paths and ports of the process itself
 * (agent/settings.h), and what only the host knows, such as a router ID that was not configured.
 */
#ifndef LEAFPEER_CONF_MODEL_H
#define LEAFPEER_CONF_MODEL_H

#include "agent/lib/prefix.h"
#include "agent/lib/text.h"

#define CONF_TEXT_MAX               (256 * 1024) /* octets of one source */
#define CONF_NEIGHBORS_MAX          64
#define CONF_GROUPS_MAX             64
#define CONF_PREFIXES_MAX           256  /* pod-cidr, network and aggregate-address lines, each */
#define CONF_LISTS_MAX              4096 /* entries of all prefix lists, and of all route maps */
#define CONF_STATIONS_MAX           8
#define CONF_NAME_MAX               63
#define CONF_IFNAME_MAX             15 /* as the kernel has it */
#define CONF_ERRORS_MAX             64
#define CONF_COMMUNITIES_MAX        32
#define CONF_PREPEND_MAX            16

#define CONF_DEFAULT_MAXIMUM_PATHS  32
#define CONF_DEFAULT_MAXIMUM_ROUTES 12000
#define CONF_DEFAULT_KEEPALIVE      60
#define CONF_DEFAULT_HOLD           180
#define CONF_DEFAULT_HOLD_DOWN      30
#define CONF_DEFAULT_RECORD_GRACE   300
#define CONF_DEFAULT_RESTART_TIME   120
#define CONF_DEFAULT_STALE_TIME     300
#define CONF_DRAIN_TAINTS_MAX       8
#define CONF_TAINT_MAX              316 /* octets of a key: prefix, slash, name */
#define CONF_DEFAULT_DRAIN_TIME     30
#define CONF_DEFAULT_BFD_MS         300 /* both intervals */
#define CONF_DEFAULT_BFD_MULTIPLIER 3
#define CONF_DEFAULT_BMP_PORT       11019 /* as registered for BMP */

/* Indices of families, the same as those of the protocol's (bgp/capa.h). */
enum conf_family { CONF_IP4, CONF_IP6, CONF_FAMILIES };

/* Bits of conf_options.set; the names are those of the lines. */
#define OPT_BIT(n)                     (UINT64_C(1) << (n))
#define OPT_REMOTE_AS                  OPT_BIT(0)
#define OPT_LOCAL_AS                   OPT_BIT(1)
#define OPT_DESCRIPTION                OPT_BIT(2)
#define OPT_PASSWORD_FILE              OPT_BIT(3)
#define OPT_BFD                        OPT_BIT(4)
#define OPT_MAXIMUM_ROUTES             OPT_BIT(5)
#define OPT_ALLOWAS_IN                 OPT_BIT(6)
#define OPT_EBGP_MULTIHOP              OPT_BIT(7)
#define OPT_TTL_MAXIMUM_HOPS           OPT_BIT(8)
#define OPT_UPDATE_SOURCE              OPT_BIT(9)
#define OPT_TIMERS                     OPT_BIT(10)
#define OPT_PREFIX_LIST_IN             OPT_BIT(11)
#define OPT_PREFIX_LIST_OUT            OPT_BIT(12)
#define OPT_ROUTE_MAP_IN               OPT_BIT(13)
#define OPT_ROUTE_MAP_OUT              OPT_BIT(14)
#define OPT_SHUTDOWN                   OPT_BIT(15)
#define OPT_PASSIVE                    OPT_BIT(16)
#define OPT_ENFORCE_FIRST_AS           OPT_BIT(17)
#define OPT_PEER_GROUP                 OPT_BIT(18)
#define OPT_SEND_COMMUNITY             OPT_BIT(19)
#define OPT_GRACEFUL_RESTART           OPT_BIT(20)
#define OPT_ROLE                       OPT_BIT(21)
#define OPT_BFD_TIMERS                 OPT_BIT(22)
/* Those of an address-family block, f from enum conf_family. */
#define OPT_FAMILY_BIT(f, n)           OPT_BIT(40 + 8 * (f) + (n))
#define OPT_FAMILY_ACTIVATE(f)         OPT_FAMILY_BIT(f, 0)
#define OPT_FAMILY_PREFIX_LIST_IN(f)   OPT_FAMILY_BIT(f, 1)
#define OPT_FAMILY_PREFIX_LIST_OUT(f)  OPT_FAMILY_BIT(f, 2)
#define OPT_FAMILY_ROUTE_MAP_IN(f)     OPT_FAMILY_BIT(f, 3)
#define OPT_FAMILY_ROUTE_MAP_OUT(f)    OPT_FAMILY_BIT(f, 4)
#define OPT_FAMILY_EXTENDED_NEXTHOP(f) OPT_FAMILY_BIT(f, 5)
#define OPT_FAMILIES                   (~(OPT_BIT(40) - 1))

enum conf_role { /* ours towards the neighbour, as RFC 9234 section 4.1 numbers them */
		 CONF_ROLE_PROVIDER,
		 CONF_ROLE_RS,
		 CONF_ROLE_RS_CLIENT,
		 CONF_ROLE_CUSTOMER,
		 CONF_ROLE_PEER,
		 CONF_ROLE_COUNT,
		 CONF_ROLE_NONE = 255,
};
extern const char *const conf_role_names[CONF_ROLE_COUNT];

struct conf_family_options {
	bool activate;
	char prefix_list_in[CONF_NAME_MAX + 1], prefix_list_out[CONF_NAME_MAX + 1];
	char route_map_in[CONF_NAME_MAX + 1], route_map_out[CONF_NAME_MAX + 1];
	bool extended_nexthop; /* RFC 8950: IPv6 next hops for this family's routes */
};

/* remote_as that says only of which kind the session is: any AS but ours, and ours. AS 0 and the
 * last one are nobody's (RFC 7607, RFC 7300). */
#define CONF_AS_EXTERNAL 0
#define CONF_AS_INTERNAL UINT32_MAX

enum conf_ao_algorithm { CONF_AO_HMAC_SHA1_96, CONF_AO_AES_128_CMAC_96, CONF_AO_ALGORITHMS };
extern const char *const conf_ao_algorithms[CONF_AO_ALGORITHMS]; /* as RFC 5926 names them */

struct conf_ao { /* TCP-AO (RFC 5925) with what password_file has, instead of MD5 */
	bool on;
	uint8_t id;        /* KeyID, of both directions */
	uint8_t algorithm; /* enum conf_ao_algorithm */
};

struct conf_options { /* of a neighbour or a peer group */
	uint64_t set;
	uint32_t remote_as; /* or CONF_AS_EXTERNAL, CONF_AS_INTERNAL; never the latter in force */
	uint32_t local_as;
	char description[128];
	char password_file[256];
	struct conf_ao ao;
	bool bfd;
	bool bfd_strict;                   /* the session waits for BFD */
	uint32_t bfd_interval, bfd_min_rx; /* milliseconds, in place of router bfd's */
	uint8_t bfd_multiplier;
	uint32_t maximum_routes;
	bool maximum_routes_warn;
	uint8_t allowas_in;
	uint8_t ebgp_multihop;    /* TTL of what we send */
	uint8_t ttl_maximum_hops; /* RFC 5082 */
	struct addr update_source;
	char update_source_if[CONF_IFNAME_MAX + 1]; /* or this interface's address */
	uint16_t keepalive, hold;                   /* seconds */
	/* of both families, where the family has none of its own */
	char prefix_list_in[CONF_NAME_MAX + 1], prefix_list_out[CONF_NAME_MAX + 1];
	char route_map_in[CONF_NAME_MAX + 1], route_map_out[CONF_NAME_MAX + 1];
	bool shutdown;
	char shutdown_text[129];
	bool passive;
	bool enforce_first_as;
	char peer_group[CONF_NAME_MAX + 1];
	bool send_community;
	bool graceful_restart;
	uint8_t role; /* enum conf_role */
	bool role_strict;
	struct conf_family_options family[CONF_FAMILIES];
};

/* A neighbour is known by its address, by both for a link-local one (fe80::1%eth1), or by the
 * interface alone: whoever is at the other end of it. */
struct conf_neighbor {
	struct addr addr;
	char ifname[CONF_IFNAME_MAX + 1];
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

struct conf_aggregate {
	struct prefix prefix;
	bool summary_only;
};

struct conf_station { /* a BMP collector (RFC 7854) */
	char name[CONF_NAME_MAX + 1];
	struct addr addr;
	uint16_t port;
	bool shutdown; /* nobody connects to it */
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
		CONF_GRACEFUL_RESTART = 1u << 15,
		CONF_DEFAULT_IP4 = 1u << 16,
		CONF_DEFAULT_IP6 = 1u << 17,
		CONF_KUBERNETES = 1u << 18,
		CONF_WRITE_BACK = 1u << 19,
		CONF_LLGR_TIME = 1u << 20,
		CONF_RECORD_GRACE = 1u << 21,
		CONF_MULTIPATH_HASH = 1u << 22,
		CONF_DRAIN = 1u << 26,
		CONF_DRAIN_TIME = 1u << 27,
		CONF_DRAIN_ON = 1u << 28,
};

struct conf_drain_on { /* what of the Node drains, besides the annotation */
	bool cordon;
	size_t n_taints;
	char taints[CONF_DRAIN_TAINTS_MAX][CONF_TAINT_MAX + 1]; /* keys */
};

enum conf_write_back { /* what the agent may write to its Node */
		       CONF_WRITE_CONDITION = 1u << 0,
		       CONF_WRITE_ANNOTATION = 1u << 1,
		       CONF_WRITE_TAINT = 1u << 2,
};

struct conf {
	uint32_t set;
	char hostname[CONF_NAME_MAX + 1];
	uint32_t local_as;
	uint32_t router_id; /* host order */
	uint8_t maximum_paths;
	uint16_t keepalive, hold;          /* seconds */
	uint16_t restart_time, stale_time; /* seconds */
	uint32_t llgr_time;                /* seconds (RFC 9494); 0: off */
	bool always_compare_med;
	bool graceful_restart;
	bool default_active[CONF_FAMILIES]; /* bgp default ipv4-unicast, ipv6-unicast */
	uint32_t bfd_interval, bfd_min_rx;  /* milliseconds */
	uint8_t bfd_multiplier;
	bool advertise_always;
	uint32_t hold_down;    /* seconds */
	uint32_t record_grace; /* seconds that a pod has been gone; 0: its record stays */
	bool host_routes;
	char cni_provider[16];
	uint32_t interface_mtu;
	bool withdraw_on_stop;
	bool kubernetes_off;
	bool multipath_hash_l4; /* the kernel is told to choose next hops by ports, too */
	uint8_t write_back;     /* enum conf_write_back bits */
	bool drain;
	uint32_t drain_time; /* seconds until the prefixes are withdrawn */
	struct conf_drain_on drain_on;
	struct conf_neighbor *neighbors;
	size_t n_neighbors;
	struct conf_group *groups;
	size_t n_groups;
	struct prefix *networks;
	size_t n_networks;
	struct prefix *pod_cidrs;
	size_t n_pod_cidrs;
	struct conf_aggregate *aggregates;
	size_t n_aggregates;
	struct conf_prefix_list_entry *prefix_lists;
	size_t n_prefix_lists;
	struct conf_route_map_entry *route_maps;
	size_t n_route_maps;
	struct conf_station *stations;
	size_t n_stations;
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

struct conf_annotation { /* of the Node */
	const char *key, *value;
};
/*
 * The configuration of the environment and the annotations; see node.c for the keys. get: getenv or
 * a test's stand-in. NULL on errors.
 */
struct conf *conf_from_node(const char *(*get)(void *ctx, const char *name), void *ctx,
			    const struct conf_annotation *annotations, size_t n,
			    struct conf_errors *errors, struct conf_errors *notes);
/* The same without annotations. */
struct conf *conf_from_env(const char *(*get)(void *ctx, const char *name), void *ctx,
			   struct conf_errors *errors, struct conf_errors *notes);
/* over's values before under's, by the rules above. */
struct conf *conf_merge(const struct conf *under, const struct conf *over);
/* What a single line cannot show: no AS, unknown peer groups, overlapping pod prefixes. */
bool conf_validate(const struct conf *c, struct conf_errors *errors, struct conf_errors *notes);

/* Something is said of the neighbour that is more than a no. */
bool conf_options_say(const struct conf_options *o);
struct conf_group *conf_find_group(const struct conf *c, const char *name);
struct conf_neighbor *conf_find_neighbor(const struct conf *c, const struct addr *a);
/* The same of an address and an interface; either may be none (AFI_NONE, ""). */
struct conf_neighbor *conf_find_neighbor_on(const struct conf *c, const struct addr *a,
					    const char *ifname);
/* "10.0.0.1", "fe80::1%eth1", "interface eth1": at most CONF_NEIGHBOR_STRLEN octets; returns buf.
 */
#define CONF_NEIGHBOR_STRLEN (ADDR_STRLEN + CONF_IFNAME_MAX + 1)
const char *conf_neighbor_str(const struct conf_neighbor *n, char *buf);
/* The neighbour's options with its peer group's and the defaults filled in; family[] is complete:
 * lists of both families stand in each. */
void conf_effective(const struct conf *c, const struct conf_neighbor *n, struct conf_options *out);

/* Whether both say the same; values that were not given do not count. */
bool conf_equal(const struct conf *a, const struct conf *b);

struct conf_change {
	char text[200];
	bool resets; /* sessions: the neighbour's, or all if it is not a neighbour's */
};
struct conf_changes {
	struct conf_change *rows; /* owned */
	size_t n;
};
/* What is different in force between both, neighbours by their effective options. The caller frees
 * with conf_changes_free. */
void conf_diff(const struct conf *from, const struct conf *to, struct conf_changes *out);
void conf_changes_free(struct conf_changes *c);

#endif
