/* doctor: what the agent knows, judged for leafpeerctl's doctor. */
#include "agent/show/doctor.h"
#include "agent/agent.h"

#include "agent/io/host.h"

static bool reaches(void *ctx, const struct addr *addr)
{
	const struct agent *a = ctx;

	return fibsync_can_reach(a->kernel, addr);
}

static bool is_connected(void *ctx, const struct addr *addr)
{
	const struct agent *a = ctx;

	return fibsync_is_connected(a->kernel, addr);
}

static uint32_t ifindex_to(void *ctx, const struct addr *addr)
{
	struct agent *a = ctx;

	return fibsync_ifindex_to(a->kernel, addr);
}

void doctor_command(struct agent *a, struct control_client *client)
{
	struct show_state st = commands_state(a);
	struct doctor_agent facts = {
		.listens = {listener_fd(a->listener, AFI_IP4) >= 0,
			    listener_fd(a->listener, AFI_IP6) >= 0},
		.reaches = reaches,
		.is_connected = is_connected,
		.ifindex_to = ifindex_to,
		.ctx = a,
		.route_table = a->settings->route_table,
		.route_metric = a->settings->route_metric,
		.route_protocol = a->settings->route_protocol,
		.interface_mtu = config_conf(a->config)->interface_mtu,
		.bgp_port = a->settings->bgp_port,
		.cache_dir = a->settings->cache_dir,
	};
	struct doctor d = {0};
	struct text out = {0};

	facts.cache_error = -config_kept(a->config, &facts.cache_written);
	host_tcp(&facts.tcp);
	doctor_judge_agent(&d, &st, &facts);
	doctor_write_agent(&d, &st, &facts, &out);
	doctor_free(&d);
	commands_state_free(&st);
	control_ok(client, out.s, out.len);
}
