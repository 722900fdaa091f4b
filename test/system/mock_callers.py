#!/usr/bin/env python3
"""Mock of a neighbour that dials many times at once, without a key: mock_callers.py ADDRESS AS COUNT SECONDS

Each connection says OPEN and KEEPALIVE at once. Prints "dialled" when all are there, and after that long how many octets
each has got."""
import socket
import struct
import sys
import time

address, asn, count, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])


def message(kind, body=b""):
    return b"\xff" * 16 + struct.pack("!HB", 19 + len(body), kind) + body


calls = [socket.create_connection((address, 179), 5) for _ in range(count)]
for s in calls:
    s.sendall(message(1, struct.pack("!BHH4sB", 4, asn, 9, bytes([10, 90, 224, 98]), 0)) + message(4))
    s.setblocking(False)
print("dialled", flush=True)
end = time.monotonic() + seconds
got = [0] * count
while time.monotonic() < end:
    for i, s in enumerate(calls):
        try:
            got[i] += len(s.recv(4096))
        except (BlockingIOError, ConnectionError):
            pass
    time.sleep(0.02)
print("got", *got)
