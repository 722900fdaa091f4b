/* command_table: all commands, and what their words mean. See command.h. */
#include "agent/show/command.h"

#include <string.h>

const struct command command_table[] = {
	{"show ip|ipv6 bgp", "BGP paths, best first", VERB_BGP, 0},
	{"show ip|ipv6 bgp PREFIX", "Paths of a prefix, or of the longest match of an address",
	 VERB_BGP, 0},
	{"show ip|ipv6 bgp PREFIX longer-prefixes", "Paths of a prefix and of all inside it",
	 VERB_BGP_LONGER, 0},
	{"show ip|ipv6 bgp summary", "BGP sessions, one a line", VERB_BGP_SUMMARY, 0},
	{"show ip|ipv6 bgp neighbors", "BGP sessions in full", VERB_BGP_NEIGHBORS, 0},
	{"show ip|ipv6 bgp neighbors NEIGHBOR", "One BGP session in full", VERB_BGP_NEIGHBORS, 0},
	{"show ip|ipv6 bgp neighbors NEIGHBOR advertised-routes|received-routes|routes",
	 "What it was told, what it told, and of that what was accepted", VERB_BGP_NEIGHBOR_ROUTES,
	 0},
	{"show bgp ipv4|ipv6 unicast", "BGP paths, best first", VERB_BGP, 0},
	{"show bgp ipv4|ipv6 unicast PREFIX",
	 "Paths of a prefix, or of the longest match of an address", VERB_BGP, 0},
	{"show bgp ipv4|ipv6 unicast PREFIX longer-prefixes",
	 "Paths of a prefix and of all inside it", VERB_BGP_LONGER, 0},
	{"show bgp ipv4|ipv6 unicast summary", "BGP sessions, one a line", VERB_BGP_SUMMARY, 0},
	{"show bgp neighbors", "BGP sessions in full", VERB_BGP_NEIGHBORS, 0},
	{"show bgp neighbors NEIGHBOR", "One BGP session in full", VERB_BGP_NEIGHBORS, 0},
	{"show bgp summary", "BGP sessions, a line for each address family", VERB_BGP_SUMMARY_ALL,
	 0},
	{"show ip|ipv6 route", "Routes of ours in the kernel", VERB_ROUTE, 0},
	{"show ip|ipv6 route PREFIX", "The route of ours to a prefix or an address", VERB_ROUTE, 0},
	{"show ip|ipv6 route bgp", "Routes in the kernel that were learned by BGP", VERB_ROUTE_BGP,
	 0},
	{"show bfd peers", "BFD sessions, one a line", VERB_BFD_PEERS, 0},
	{"show bfd peers detail", "BFD sessions in full", VERB_BFD_DETAIL, 0},
	{"show pods", "Pods recorded on this node", VERB_PODS, 0},
	{"show aggregates", "Prefixes of this node and what is announced of them", VERB_AGGREGATES,
	 0},
	{"show running-config", "The configuration in force", VERB_RUNNING_CONFIG,
	 COMMAND_PRIVILEGED},
	{"show running-config diffs", "The startup-config against the configuration in force",
	 VERB_RUNNING_CONFIG_DIFFS, COMMAND_PRIVILEGED},
	{"show version", "Version and uptime of the agent", VERB_VERSION, 0},
	{"show hostname", "Name of this node", VERB_HOSTNAME, 0},
	{"show bmp", "Monitoring stations and how far they have been told", VERB_BMP, 0},
	{"clear ip|ipv6 bgp *|NEIGHBOR", "Reset sessions", VERB_CLEAR, COMMAND_PRIVILEGED},
	{"clear ip|ipv6 bgp *|NEIGHBOR soft", "Ask for all routes anew and send all anew",
	 VERB_CLEAR, COMMAND_PRIVILEGED},
	{"clear ip|ipv6 bgp *|NEIGHBOR soft in|out", "Only one way", VERB_CLEAR,
	 COMMAND_PRIVILEGED},
	{"clear bgp *|NEIGHBOR", "Reset sessions", VERB_CLEAR, COMMAND_PRIVILEGED},
	{"clear bgp *|NEIGHBOR soft", "Ask for all routes anew and send all anew", VERB_CLEAR,
	 COMMAND_PRIVILEGED},
	{"clear bgp *|NEIGHBOR soft in|out", "Only one way", VERB_CLEAR, COMMAND_PRIVILEGED},
	{"drain", "Move traffic away (GRACEFUL_SHUTDOWN), withdraw after 30 seconds", VERB_DRAIN,
	 COMMAND_PRIVILEGED},
	{"drain SECONDS", "Move traffic away, withdraw after that time", VERB_DRAIN,
	 COMMAND_PRIVILEGED},
	{"undrain", "Take traffic again", VERB_UNDRAIN, COMMAND_PRIVILEGED},
	{"take-over", "Hand over to a leafpeerd that is being started", VERB_TAKE_OVER,
	 COMMAND_HIDDEN},
	{"reload", "Read the configuration again; nothing restarts", VERB_RELOAD,
	 COMMAND_PRIVILEGED},
	{"wait-route LINE", "Wait until addresses are announced", VERB_WAIT_ROUTE, COMMAND_HIDDEN},
	{"cni-status", "What the plugin says to STATUS", VERB_CNI_STATUS, COMMAND_HIDDEN},
	{"complete LINE", "What may stand where the line between two marks ends", VERB_COMPLETE,
	 COMMAND_HIDDEN},
	{"configure check FILE", "Say what is wrong with a startup-config", VERB_CONFIGURE_CHECK,
	 COMMAND_LOCAL},
	{"configure", "Say where the configuration is", VERB_CONFIGURE,
	 COMMAND_LOCAL | COMMAND_PRIVILEGED},
	{"configure terminal", "Say where the configuration is", VERB_CONFIGURE,
	 COMMAND_LOCAL | COMMAND_PRIVILEGED},
	{"enable", "All commands", VERB_ENABLE, COMMAND_LOCAL},
	{"disable", "Only commands that change nothing", VERB_DISABLE, COMMAND_LOCAL},
	{"exit|quit|logout", "Leave", VERB_EXIT, COMMAND_LOCAL},
	{"terminal length LINES", "Lines of a page; 0: do not stop", VERB_TERMINAL_LENGTH,
	 COMMAND_LOCAL},
	{"terminal width LINES", "Accepted; lines are never folded", VERB_TERMINAL_WIDTH,
	 COMMAND_LOCAL},
	{"watch COMMAND", "Do it again every 2 seconds, until Ctrl-C", VERB_WATCH, COMMAND_LOCAL},
	{"watch SECONDS COMMAND", "Do it again and again, until Ctrl-C", VERB_WATCH, COMMAND_LOCAL},
	{"show history", "Lines that were typed", VERB_HISTORY, COMMAND_LOCAL},
};
const size_t command_table_n = sizeof(command_table) / sizeof(command_table[0]);

/* What words mean where no command ends; a path where a word means several things. */
static const struct {
	const char *path, *help;
} topics[] = {
	{"show", "Look at something"},
	{"ip", "IPv4"},
	{"ipv4", "IPv4"},
	{"ipv6", "IPv6"},
	{"show ip bgp", "BGP paths and sessions"},
	{"show ipv6 bgp", "BGP paths and sessions"},
	{"bfd", "BFD: whether a neighbour is alive"},
	{"bgp", "BGP"},
	{"unicast", "Unicast"},
	{"advertised-routes", "What it was told"},
	{"received-routes", "What it told, with why some of it was refused"},
	{"routes", "What it told and was accepted"},
	{"clear", "Reset something"},
	{"*", "All neighbors"},
	{"in", "Ask for its routes anew"},
	{"out", "Send ours anew"},
	{"configure", "The configuration"},
	{"exit", "Leave"},
	{"quit", "Leave"},
	{"logout", "Leave"},
	{"terminal", "This terminal"},
	{"length", "Lines of a page"},
	{"width", "Accepted; lines are never folded"},
	{"watch", "Do a command again and again"},
	{"check", "Say what is wrong with a startup-config"},
};

const char *command_topic(const char *path)
{
	for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
		if (strcmp(topics[i].path, path) == 0)
			return topics[i].help;
	}
	return NULL;
}

const struct command_filter command_filters[] = {
	{"begin", "From the first line that matches"},
	{"count", "Only the number of lines"},
	{"exclude", "Lines that do not match"},
	{"include", "Lines that match"},
	{"json", "As JSON, in the shape of EOS where it has one"},
	{"no-more", "Without stopping at the end of a screen"},
	{"section", "Sections with a line that matches"},
};
const size_t command_filters_n = sizeof(command_filters) / sizeof(command_filters[0]);
