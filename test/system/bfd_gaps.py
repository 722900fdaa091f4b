#!/usr/bin/env python3
"""Who was late? bfd_gaps.py SECONDS INTERFACE...

Hears BFD's packets (UDP 3784) on the interfaces and says, in a line for each, how long the longest silence
of either direction was until one of them said that the session is not up any more, and which:
INTERFACE sent MS received MS down sent|received|none. The times are the kernel's, from when a packet passed
the interface, so what this program or anybody else makes of a busy machine is not in them."""
import socket
import struct
import sys
import time

ETH_P_ALL, SO_TIMESTAMPNS, OUTGOING = 3, 35, 4
seconds, names = float(sys.argv[1]), sys.argv[2:]
began = time.time()
seen = {}
sockets = {}
down = {}
UP = 3
for name in names:
    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
    s.bind((name, ETH_P_ALL))
    s.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    s.setblocking(False)
    sockets[name] = s
    seen[name] = {"sent": [began], "received": [began]}
    down[name] = None


def read(name):
    while True:
        try:
            data, extra, _, sender = sockets[name].recvmsg(128, 256)
        except BlockingIOError:
            return
        if len(data) < 30 or down[name] or data[0] >> 4 != 4 or data[9] != 17 or data[22:24] != b"\x0e\xc8":
            continue
        stamp = struct.unpack("qq", extra[0][2][:16])
        way = "sent" if sender[2] == OUTGOING else "received"
        at = stamp[0] + stamp[1] / 1e9
        seen[name][way].append(at)
        if data[29] >> 6 != UP:
            down[name] = (way, at)


while time.time() < began + seconds:
    time.sleep(0.2)
    for name in names:
        read(name)
ended = time.time()
for name in names:
    read(name)
    longest = {}
    for way, times in seen[name].items():
        # what the clock said when a packet passed may lie a little behind what it says now
        times.append(max(down[name][1] if down[name] else ended, times[-1]))
        longest[way] = max(b - a for a, b in zip(times, times[1:]))
    print(name, "sent", round(longest["sent"] * 1000), "received", round(longest["received"] * 1000),
          "down", down[name][0] if down[name] else "none")
