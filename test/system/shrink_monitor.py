#!/usr/bin/env python3
"""Makes the receive buffer of a process's netlink monitor small: shrink_monitor.py PID BYTES [requests]

The monitor is the netlink socket that is a member of groups. A copy of its descriptor does, since the
buffer belongs to the socket; so the process need not help, and every burst of notifications costs it some.
With the word it is the sockets that are in no group, so that a burst of errors costs it some."""
import ctypes
import os
import socket
import sys

PIDFD_GETFD = 438
pid, size = int(sys.argv[1]), int(sys.argv[2])
requests = sys.argv[3:] == ["requests"]
libc = ctypes.CDLL(None, use_errno=True)
pidfd = os.pidfd_open(pid)
shrunk = 0
for name in os.listdir(f"/proc/{pid}/fd"):
    try:
        if not os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:"):
            continue
    except OSError:
        continue
    fd = libc.syscall(PIDFD_GETFD, pidfd, int(name), 0)
    if fd < 0:
        continue
    with socket.socket(fileno=fd) as s:
        if s.family != socket.AF_NETLINK or (s.getsockname()[1] == 0) != requests:
            continue
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
        shrunk += 1
if shrunk != 1 and not (requests and shrunk):
    sys.exit(f"{shrunk} netlink sockets of {pid} are {'in no group' if requests else 'members of groups, not one'}")
