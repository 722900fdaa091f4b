#!/usr/bin/env python3
"""Cuts an interface of the network namespace that it runs in, at a known time.

Lines on standard input: "down IFNAME" and "up IFNAME" change the interface's state, which its other end sees as
its carrier; "deaf IFNAME" has it lose every packet both ways from now on, in silence, until "hear IFNAME". Each is answered
by the seconds of CLOCK_MONOTONIC at which it began.

"lever.py watch IFNAME" says at what time the kernel says that the interface has lost its carrier: it may be slow to do so,
since it looks at most once a second at links whose carrier changes often, in all namespaces together.
"""

import fcntl
import socket
import struct
import subprocess
import sys
import time

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8913, 0x8914, 1, 0x40
RTMGRP_LINK, RTM_NEWLINK = 1, 16


def set_up(sock, name, up):
    request = struct.pack("16sH14x", name.encode(), 0)
    flags = struct.unpack("16sH14x", fcntl.ioctl(sock, SIOCGIFFLAGS, request))[1]
    flags = flags | IFF_UP if up else flags & ~IFF_UP
    request = struct.pack("16sH14x", name.encode(), flags)
    began = time.clock_gettime(time.CLOCK_MONOTONIC)
    fcntl.ioctl(sock, SIOCSIFFLAGS, request)
    return began


def deafen(name):
    """What leaves is dropped where it would be sent from, what comes where it comes in."""
    rules = (
        "table inet lever {\n"
        "chain in { type filter hook prerouting priority raw; iifname \"%s\" drop; }\n"
        "chain out { type filter hook output priority raw; oifname \"%s\" drop; }\n"
        "}\n" % (name, name)
    )
    began = time.clock_gettime(time.CLOCK_MONOTONIC)
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)
    return began


def watch(name):
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    sock.bind((0, RTMGRP_LINK))
    index = socket.if_nametoindex(name)
    print("ready", flush=True)
    while True:
        data = sock.recv(65536)
        at = time.clock_gettime(time.CLOCK_MONOTONIC)
        kind, ifindex, flags = struct.unpack_from("H", data, 4)[0], *struct.unpack_from("iI", data, 20)
        if kind == RTM_NEWLINK and ifindex == index and not flags & IFF_RUNNING:
            print("%.6f" % at, flush=True)
            return


def main():
    if sys.argv[1:2] == ["watch"]:
        return watch(sys.argv[2])
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    print("ready", flush=True)
    for line in sys.stdin:
        word, name = line.split()
        if word == "deaf":
            began = deafen(name)
        elif word == "hear":
            began = time.clock_gettime(time.CLOCK_MONOTONIC)
            subprocess.run(["nft", "delete", "table", "inet", "lever"], check=False)
        else:
            began = set_up(sock, name, word == "up")
        print("%.6f" % began, flush=True)


main()
