/*
 * mtu: see mtu.h. With ioctls; only which interface the other end is needs one message to the
 * kernel (IFLA_LINK of RTM_GETLINK), made by hand rather than with a library.
 */
#include "plugin/mtu.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Index of the other end of a veth or netkit pair, 0 if it has none, or -errno. */
static int peer_index(const char *ifname)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg ifi;
	} req = {.head = {.nlmsg_len = sizeof(req),
			  .nlmsg_type = RTM_GETLINK,
			  .nlmsg_flags = NLM_F_REQUEST}};
	_Alignas(struct nlmsghdr) char buf[32768];
	struct nlmsghdr *nlh = (void *)buf;
	const struct ifinfomsg *ifi;
	ssize_t n = -1;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	req.ifi.ifi_index = (int)if_nametoindex(ifname);
	if (req.ifi.ifi_index && send(fd, &req, sizeof(req), 0) == (ssize_t)sizeof(req))
		n = recv(fd, buf, sizeof(buf), 0);
	close(fd);
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(*ifi)) || nlh->nlmsg_type != RTM_NEWLINK)
		return 0;
	ifi = NLMSG_DATA(nlh);
	for (size_t at = NLMSG_ALIGN(sizeof(*ifi)) + NLMSG_HDRLEN;
	     at + sizeof(struct rtattr) <= (size_t)n;) {
		struct rtattr *a = (void *)(buf + at);
		int link;

		if (a->rta_len < sizeof(*a) || at + a->rta_len > (size_t)n)
			return 0;
		if (a->rta_type == IFLA_LINK && a->rta_len == RTA_LENGTH(sizeof(link))) {
			memcpy(&link, RTA_DATA(a), sizeof(link));
			return link > 0 && link != ifi->ifi_index ? link : 0;
		}
		at += RTA_ALIGN(a->rta_len);
	}
	return 0;
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

	*what = "open the network namespaces";
	if (home < 0)
		return -errno;
	there = open(netns, O_RDONLY | O_CLOEXEC);
	if (there < 0)
		err = -errno;
	*what = there < 0 ? *what : "enter the pod's network namespace";
	if (!err && setns(there, CLONE_NEWNET) != 0)
		err = -errno;
	if (there >= 0)
		close(there);
	if (err) {
		close(home);
		return err;
	}
	return home;
}

static int leave(int home)
{
	int err = setns(home, CLONE_NEWNET) == 0 ? 0 : -errno;

	close(home);
	return err;
}

int mtu_set(const char *netns, const char *ifname, uint32_t mtu, const char **what)
{
	char peer[IF_NAMESIZE];
	int home = enter(netns, what);
	int err, index, back;

	if (home < 0)
		return home;
	*what = "set the MTU of the pod's interface";
	err = change(ifname, SIOCSIFMTU, &mtu);
	index = err ? 0 : peer_index(ifname);
	back = leave(home);
	if (err || back)
		return err ? err : back;
	*what = "set the MTU of the interface's other end";
	if (index <= 0 || !if_indextoname((unsigned int)index, peer))
		return 0; /* not a pair, or the other end is not here */
	return change(peer, SIOCSIFMTU, &mtu);
}

int mtu_get(const char *netns, const char *ifname, const char **what)
{
	uint32_t mtu = 0;
	int home = enter(netns, what);
	int err, back;

	if (home < 0)
		return home;
	*what = "read the MTU of the pod's interface";
	err = change(ifname, SIOCGIFMTU, &mtu);
	back = leave(home);
	return err ? err : back ? back : (int)mtu;
}
