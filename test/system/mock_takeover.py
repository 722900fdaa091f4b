#!/usr/bin/env python3
"""Mock of a leafpeerd that asks to take over and then does not: mock_takeover.py SOCKET away|rubbish|silent"""
import socket
import sys
import time

path, how = sys.argv[1:3]
s = socket.socket(socket.AF_UNIX)
s.connect(path)
s.sendall(b"take-over\n")
data, fds, _, _ = socket.recv_fds(s, 1 << 20, 200)
if data[:4] != b"LPTO" or len(fds) < 2:
    sys.exit(f"not what was to come: {data[:16]!r}, {len(fds)} descriptors")
if how == "rubbish":
    s.sendall(b"x")
    time.sleep(0.2)
elif how == "silent":
    time.sleep(3)
