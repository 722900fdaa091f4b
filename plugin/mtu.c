/*
 * mtu: see mtu.h. With ioctls; only where the other end is needs two messages to the kernel
 * (RTM_GETLINK and RTM_GETNSID), made by hand rather than with a library.
 */
#include "plugin/mtu.h"

#include "agent/lib/record.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_MAX 16384 /* octets; a pair's link makes about 2000 */

struct attr {
	uint16_t type;
	const char *data;
	size_t len;
};

/* Takes the next attribute off [*at, end). */
static bool attr_next(const char **at, const char *end, struct attr *out)
{
	size_t left = (size_t)(end - *at), step;
	struct rtattr a;

	if (left < sizeof(a))
		return false;
	memcpy(&a, *at, sizeof(a));
	if (a.rta_len < sizeof(a) || a.rta_len > left)
		return false;
	out->type = a.rta_type & NLA_TYPE_MASK;
	out->data = *at + sizeof(a);
	out->len = a.rta_len - sizeof(a);
	step = RTA_ALIGN((size_t)a.rta_len);
	*at += step < left ? step : left;
	return true;
}

static bool attr_int(const struct attr *a, int *out)
{
	if (a->len != sizeof(*out))
		return false;
	memcpy(out, a->data, sizeof(*out));
	return true;
}

/* Sends one request and finds the attributes of its one answer, of the type and with a header of
 * head octets; they point into buf. */
static bool ask(void *req, size_t len, uint16_t type, size_t head, char *buf, const char **attrs,
		const char **end)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct nlmsghdr nlh;
	ssize_t n = -1;

	if (fd < 0)
		return false;
	if (send(fd, req, len, 0) == (ssize_t)len)
		n = recv(fd, buf, ANSWER_MAX, MSG_TRUNC);
	close(fd);
	if (n < (ssize_t)(NLMSG_HDRLEN + NLMSG_ALIGN(head)) || n > ANSWER_MAX)
		return false;
	memcpy(&nlh, buf, sizeof(nlh));
	if (nlh.nlmsg_type != type || nlh.nlmsg_len != (size_t)n)
		return false;
	*attrs = buf + NLMSG_HDRLEN + NLMSG_ALIGN(head);
	*end = buf + n;
	return true;
}

static bool is_pair(const struct attr *info)
{
	const char *at = info->data;
	struct attr a;

	while (attr_next(&at, info->data + info->len, &a)) {
		if (a.type == IFLA_INFO_KIND)
			return (a.len == 5 && memcmp(a.data, "veth", 5) == 0) ||
			       (a.len == 7 && memcmp(a.data, "netkit", 7) == 0);
	}
	return false;
}

/* Of the interface in the namespace that we are in: where its other half is. */
static bool get_pair(const char *ifname, int *index, int *nsid)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg ifi;
	} req = {.head = {.nlmsg_len = sizeof(req),
			  .nlmsg_type = RTM_GETLINK,
			  .nlmsg_flags = NLM_F_REQUEST}};
	bool pair = false, has_index = false, has_nsid = false;
	const char *at, *end;
	char buf[ANSWER_MAX];
	struct attr a;

	req.ifi.ifi_index = (int)if_nametoindex(ifname);
	if (!req.ifi.ifi_index ||
	    !ask(&req, sizeof(req), RTM_NEWLINK, sizeof(struct ifinfomsg), buf, &at, &end))
		return false;
	while (attr_next(&at, end, &a)) {
		if (a.type == IFLA_LINKINFO)
			pair = is_pair(&a);
		else if (a.type == IFLA_LINK)
			has_index = attr_int(&a, index);
		else if (a.type == IFLA_LINK_NETNSID)
			has_nsid = attr_int(&a, nsid);
	}
	return pair && has_index && has_nsid;
}

/* The number that the namespace we are in has for the one of the descriptor. */
static bool get_nsid(int netns_fd, int *nsid)
{
	struct {
		struct nlmsghdr head;
		struct rtgenmsg gen;
		_Alignas(NLMSG_ALIGNTO) struct rtattr attr;
		int fd;
	} req = {.head = {.nlmsg_len = sizeof(req),
			  .nlmsg_type = RTM_GETNSID,
			  .nlmsg_flags = NLM_F_REQUEST},
		 .attr = {.rta_len = RTA_LENGTH(sizeof(int)), .rta_type = NETNSA_FD},
		 .fd = netns_fd};
	const char *at, *end;
	char buf[ANSWER_MAX];
	struct attr a;

	if (!ask(&req, sizeof(req), RTM_NEWNSID, sizeof(struct rtgenmsg), buf, &at, &end))
		return false;
	while (attr_next(&at, end, &a)) {
		if (a.type == NETNSA_NSID)
			return attr_int(&a, nsid);
	}
	return false;
}

/* Index in the namespace home of the other half of the interface in ours, or 0. */
static int peer_index(const char *ifname, int home)
{
	int index, theirs, ours;

	if (!get_pair(ifname, &index, &theirs) || !get_nsid(home, &ours) || theirs != ours)
		return 0;
	return index;
}

static int change(const char *ifname, unsigned long request, uint32_t *mtu)
{
	struct ifreq ifr = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = 0;

	if (fd < 0)
		return -errno;
	strncpy(ifr.ifr_name, ifname, sizeof(ifr.ifr_name) - 1);
	ifr.ifr_mtu = (int)*mtu;
	if (ioctl(fd, request, &ifr) != 0)
		err = -errno;
	else
		*mtu = (uint32_t)ifr.ifr_mtu;
	close(fd);
	return err;
}

/* Goes into the namespace; returns the descriptor of the one to go back to, or -errno. */
static int enter(const char *netns, const char **what)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int there;
	int err = 0;

	*what = "open the plugin's network namespace";
	if (home < 0)
		return -errno;
	*what = "open the pod's network namespace";
	there = open(netns, O_RDONLY | O_CLOEXEC);
	if (there < 0) {
		err = -errno;
	} else {
		*what = "enter the pod's network namespace";
		if (setns(there, CLONE_NEWNET) != 0)
			err = -errno;
		close(there);
	}
	if (err) {
		close(home);
		return err;
	}
	return home;
}

/* Does the request on the pod's interface and then on its other end, whose name (or "") and MTU (or
 * 0) are told. */
static int both_ends(const char *netns, const char *ifname, unsigned long request, uint32_t *pod,
		     uint32_t *host, char name[MTU_NAME_MAX], const char **what)
{
	int home = enter(netns, what);
	int err, index;

	name[0] = '\0';
	if (home < 0)
		return home;
	*what = "set or read the MTU of the pod's interface";
	err = change(ifname, request, pod);
	index = err ? 0 : peer_index(ifname, home);
	if (setns(home, CLONE_NEWNET) != 0 && !err) {
		*what = "go back to the plugin's network namespace";
		err = -errno;
	}
	close(home);
	if (err)
		return err;
	if (!index || !if_indextoname((unsigned int)index, name)) {
		*host = 0;
		name[0] = '\0';
		return 0;
	}
	*what = "set or read the MTU of the host's end of the pod's interface";
	return change(name, request, host);
}

uint32_t mtu_of_agent(const char *state_dir)
{
	char path[4096], text[8];
	unsigned long mtu;
	char *end;
	ssize_t n;
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", state_dir, RECORD_MTU_FILE) >= (int)sizeof(path))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0 || text[0] < '1' || text[0] > '9')
		return 0;
	text[n] = '\0';
	mtu = strtoul(text, &end, 10);
	return *end == '\n' && mtu >= MTU_MIN && mtu <= MTU_MAX ? (uint32_t)mtu : 0;
}

int mtu_set(const char *netns, const char *ifname, uint32_t mtu, char host[MTU_NAME_MAX],
	    const char **what)
{
	uint32_t host_mtu = mtu;

	return both_ends(netns, ifname, SIOCSIFMTU, &mtu, &host_mtu, host, what);
}

int mtu_get(const char *netns, const char *ifname, uint32_t *pod, uint32_t *host, const char **what)
{
	char name[MTU_NAME_MAX];

	*pod = *host = 0;
	return both_ends(netns, ifname, SIOCGIFMTU, pod, host, name, what);
}
