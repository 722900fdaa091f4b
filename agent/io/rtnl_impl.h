/* rtnl_impl: what rtnl.c, rtnl_encode.c and rtnl_decode.c share. */
#ifndef LEAFPEER_IO_RTNL_IMPL_H
#define LEAFPEER_IO_RTNL_IMPL_H

#include "agent/io/rtnl.h"

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

/* One operation as a message behind *buf, which has room for RTNL_OP_BYTES; returns it. */
struct nlmsghdr *rtnl_encode(const struct rtnl_conf *conf, const struct fib_op *op, void *buf);
#define RTNL_OP_BYTES 8192

/* Tells ops what the message says. */
void rtnl_decode(const struct rtnl_conf *conf, const struct rtnl_ops *ops, void *ctx,
		 const struct nlmsghdr *nlh);

#endif
