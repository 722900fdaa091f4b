/*
 * cni: one call of the plugin by a runtime: environment and standard input in, a request out
 * (CNI specification, sections 1 and 2).
 */
#ifndef LEAFPEER_PLUGIN_CNI_H
#define LEAFPEER_PLUGIN_CNI_H

#include "agent/lib/json.h"
#include "agent/lib/record.h"

#define CNI_STDIN_MAX (1024 * 1024) /* octets of network configuration */
#define CNI_STATE_DIR "/run/leafpeer"

/* CNI specification, section 5; 100 and up are ours. Never 3, unknown container: it tells the
 * runtime that no DEL is needed, which is not ours to say for the rest of the chain. */
enum cni_code {
	CNI_OK = 0,
	CNI_ERR_VERSION = 1,
	CNI_ERR_FIELD = 2,
	CNI_ERR_ENVIRONMENT = 4,
	CNI_ERR_IO = 5,
	CNI_ERR_DECODE = 6,
	CNI_ERR_CONFIG = 7,
	CNI_ERR_TRY_AGAIN = 11,
	CNI_ERR_NOT_AVAILABLE = 50,
	CNI_ERR_LIMITED = 51, /* the same, and the pods that there are may be cut off */
	CNI_ERR_MTU = 100,    /* the interface's MTU could not be set, or is another */
	CNI_ERR_RECORD = 101  /* CHECK: the record is missing or says something else */
};

enum cni_verb { CNI_ADD, CNI_DEL, CNI_CHECK, CNI_GC, CNI_STATUS, CNI_VERSION, CNI_VERBS };

struct cni_error {
	enum cni_code code;
	char msg[256];
	char details[256];
};

struct cni_request {
	enum cni_verb verb;
	const char *container_id, *netns, *ifname; /* from the environment; checked, or NULL */
	char pod_namespace[256], pod_name[256], pod_uid[64];
	cJSON *conf;
	const char *text; /* what conf was read from */
	size_t text_len;
	char version[16];            /* cniVersion; "" until it is known to be supported */
	unsigned int version_number; /* 0.3.1 is 301, 1.1.0 is 10100 */
	char network[RECORD_NAME_MAX + 1];
	char state_dir[4000];
	uint32_t mtu;           /* 0: leave alone */
	bool mtu_given;         /* also if it is 0 */
	uint32_t wait_route_ms; /* 0: do not wait */
	const cJSON *prev;      /* prevResult of ADD and CHECK, or NULL */
	const char *prev_text;  /* the very octets of it */
	size_t prev_len;
};

/* Returns false with *err filled. text is borrowed for the request's life. */
bool cni_request_parse(const char *command, const char *container_id, const char *netns,
		       const char *ifname, const char *args, const char *text, size_t len,
		       struct cni_request *out, struct cni_error *err);
void cni_request_fini(struct cni_request *r);
void cni_error_set(struct cni_error *err, enum cni_code code, const char *details,
		   const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The supported versions, "0.3.0" and so on; NULL past the last. */
const char *cni_version(size_t i);
/* CNI_VERBS if it is none. */
enum cni_verb cni_verb_parse(const char *command);
#endif
