/*
 * ctl_doctor: doctor and show tech-support, which ask the agent for what it knows and look at the
 * node themselves: with an agent or without.
 */
#include "agent/ctl.h"

#include "agent/io/host.h"
#include "agent/lib/mem.h"
#include "agent/lib/version.h"
#include "agent/show/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- doctor -----------------------------------------------------------------------------------
 */

static bool take_text(void *ctx, const char *data, size_t len)
{
	struct text *t = ctx;

	text_append(t, data, len);
	return t->len <= DOCTOR_JSON_MAX;
}

static void ask_agent(const struct ctl *ctl, struct doctor *d, struct doctor_node *node)
{
	static const char check[] = "agent";
	struct text answer = {0};
	char why[CTL_WHY_MAX];
	int status = ctl_ask(ctl, "doctor agent", take_text, &answer, why);

	snprintf(node->version, sizeof(node->version), "%s", leafpeer_version());
	if (status == CTL_UNREACHABLE)
		doctor_cure(doctor_add(d, DOCTOR_FAILED, check, "%s", why),
			    "kubectl -n kube-system logs ds/leafpeer --previous says why it ended. "
			    "What follows is about the node alone.");
	else if (status != CTL_OK ||
		 !doctor_read_agent(answer.s ? answer.s : "", answer.len, d, node))
		doctor_cure(doctor_add(d, DOCTOR_FAILED, check,
				       "it answers, but with nothing that this leafpeerctl "
				       "understands: it is of another version"),
			    "Use the leafpeerctl of its own image: kubectl exec ... -- leafpeerctl "
			    "doctor.");
	else
		doctor_add(d, DOCTOR_OK, check, "leafpeerd %s answers", node->version);
	text_free(&answer);
}

static const char *env_or(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value && *value ? value : otherwise;
}

static int doctor(const struct ctl *ctl, bool json, ctl_sink_fn *sink, void *ctx)
{
	const struct host_where where = {
		.root = env_or("LEAFPEER_HOST_ROOT", ""),
		.conf_dir = env_or("LEAFPEER_CNI_CONF_DIR", CTL_CNI_CONF_DIR),
		.bin_dir = env_or("LEAFPEER_CNI_BIN_DIR", CTL_CNI_BIN_DIR),
		.cilium = env_or("LEAFPEER_CILIUM_CONFIG", NULL),
	};
	struct doctor_host *host = mem_zalloc(sizeof(*host));
	struct doctor_node *node = mem_zalloc(sizeof(*node));
	struct doctor d = {0};
	struct text out = {0};
	struct json_write js = {.out = &out};
	int status;

	doctor_node_init(node);
	ask_agent(ctl, &d, node);
	host_look(&where, node, host);
	doctor_judge_host(&d, host, node);
	if (json)
		doctor_json(&d, &js);
	else
		doctor_text(&d, &out);
	sink(ctx, out.s, out.len);
	status = doctor_count(&d, DOCTOR_FAILED) ? CTL_REFUSED : CTL_OK;
	text_free(&out);
	doctor_free(&d);
	free(host);
	free(node);
	return status;
}

/* ---- show tech-support ------------------------------------------------------------------------
 */

/* All that helps from afar. None of it has a secret: the configuration names files of passwords,
 * and what is in them is shown nowhere. */
static const char *const parts[] = {
	"show version",
	"show clock",
	"doctor",
	"show running-config",
	"show running-config diffs",
	"show ip bgp summary",
	"show ipv6 bgp summary",
	"show ip bgp neighbors",
	"show bfd peers detail",
	"show aggregates",
	"show pods",
	"show bmp",
	"show kubernetes",
	"show ip bgp",
	"show ipv6 bgp",
	"show ip route",
	"show ipv6 route",
};

#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

struct tapped { /* what goes on to another, and whether any did */
	ctl_sink_fn *sink;
	void *ctx;
	bool some, enough;
};

static bool tap(void *ctx, const char *data, size_t len)
{
	struct tapped *t = ctx;

	t->some |= len != 0;
	t->enough |= !t->sink(t->ctx, data, len);
	return !t->enough;
}

static void say(struct tapped *t, const char *s)
{
	tap(t, s, strlen(s));
}

static int tech_support(const struct ctl *ctl, bool json, ctl_sink_fn *sink, void *ctx)
{
	struct tapped t = {.sink = sink, .ctx = ctx};
	int status = CTL_OK;

	for (size_t i = 0; i < N_PARTS && !t.enough && !ctl_interrupted; i++) {
		char line[128], head[160], why[CTL_WHY_MAX] = "";

		snprintf(line, sizeof(line), "%s%s", parts[i], json ? " | json" : "");
		snprintf(head, sizeof(head),
			 json ? "%s\"%s\": " : "%s\n------------- %s -------------\n\n",
			 json ? i ? "," : "{" : "", parts[i]);
		say(&t, head);
		t.some = false;
		if (strcmp(parts[i], "doctor") == 0)
			doctor(ctl, json, tap, &t);
		else if (ctl_ask(ctl, line, tap, &t, why) == CTL_UNREACHABLE)
			status = CTL_UNREACHABLE;
		/* the rest of it may still be had */
		if (json && !t.some)
			say(&t, "null");
		else if (!json && *why) {
			say(&t, why);
			say(&t, "\n");
		}
	}
	if (json)
		say(&t, "}\n");
	return status;
}

int ctl_output(const struct ctl *ctl, const struct command_line *line, ctl_sink_fn *sink, void *ctx)
{
	switch (line->command->verb) {
	case VERB_DOCTOR:
		return doctor(ctl, line->json, sink, ctx);
	case VERB_HELP:
		return ctl_help(line->json, sink, ctx);
	default:
		return tech_support(ctl, line->json, sink, ctx);
	}
}
