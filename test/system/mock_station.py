#!/usr/bin/env python3
"""A mock of a BMP station, for what no real one does: it does not read before a file is there.

usage: mock_station.py ADDRESS PORT FILE

Keeps, of the last connection, the set of routes of each table; prints how many on SIGUSR1.
"""
import os
import select
import signal
import socket
import struct
import sys

TABLES = {(0, 0): "pre", (0, 0x40): "post", (3, 0): "loc"}
tables = {}


def report(*_):
    print(" ".join(f"{n} {len(tables.get(n, ()))}" for n in TABLES.values()), flush=True)


def routes(data):
    """The prefixes of the classic NLRI field."""
    while data:
        octets = (data[0] + 7) // 8
        yield data[:1 + octets]
        data = data[1 + octets:]


def message(kind, body):
    if kind == 2 and body[0] == 0:  # Peer Down: what it announced is gone
        tables.pop("pre", None)
        tables.pop("post", None)
    if kind != 0 or (body[0], body[1]) not in TABLES:
        return
    table = tables.setdefault(TABLES[body[0], body[1]], set())
    update = body[42 + 19:]
    withdrawn, = struct.unpack_from(">H", update)
    attributes, = struct.unpack_from(">H", update, 2 + withdrawn)
    table.difference_update(routes(update[2:2 + withdrawn]))
    table.update(routes(update[4 + withdrawn + attributes:]))


def serve(sock, file):
    data = b""
    tables.clear()
    while not os.path.exists(file):
        # does not read, but notices when the other end has given up
        poll = select.poll()
        poll.register(sock, select.POLLRDHUP)
        if poll.poll(200):
            return
    while True:
        more = sock.recv(1 << 20)
        if not more:
            return
        data += more
        at = 0
        while len(data) - at >= 6:
            length, kind = struct.unpack_from(">IB", data, at + 1)
            if len(data) - at < length:
                break
            message(kind, data[at + 6:at + length])
            at += length
        data = data[at:]


def main():
    signal.signal(signal.SIGUSR1, report)
    server = socket.create_server((sys.argv[1], int(sys.argv[2])))
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    print("listening", flush=True)
    while True:
        sock, _ = server.accept()
        print("connected", flush=True)
        try:
            serve(sock, sys.argv[3])
        except ConnectionResetError:
            pass
        sock.close()


main()
