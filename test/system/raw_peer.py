#!/usr/bin/env python3
"""A BGP peer that opens a session properly and then says whatever octets it is given.

usage: raw_peer.py [--capabilities HEX] [--deaf] [--data] SOURCE DESTINATION WORD...

A word is HEX[*TIMES[/MS]], a pause of so many milliseconds behind each, or routes=COUNT*OCTETS: as many
UPDATEs of a route each, with communities of their own that take so many octets, or hops=COUNT: with a next hop
of its own each. Prints the NOTIFICATION that
comes back as CODE/SUBCODE, with --data and its data as HEX, or "none" if the session goes on. One that is deaf reads nothing once the session
is up.
"""
import argparse
import ipaddress
import socket
import struct
import sys
import time

MARKER = b"\xff" * 16


def message(kind, body=b""):
    return MARKER + struct.pack(">HB", 19 + len(body), kind) + body


def messages(sock, seconds):
    """Yields (type, body) until the time is over or the connection ends."""
    data = b""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sock.settimeout(max(0.01, end - time.monotonic()))
        try:
            more = sock.recv(65536)
        except (socket.timeout, ConnectionResetError):
            break
        if not more:
            break
        data += more
        while len(data) >= 19:
            length = struct.unpack(">H", data[16:18])[0]
            if len(data) < length:
                break
            yield data[18], data[19:length]
            data = data[length:]


def connect(source, destination, extra, deaf):
    """The agent takes a connection as soon as it has cleared the last one away."""
    for _ in range(50):
        sock = socket.socket()
        if deaf:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.bind((source, 0))
        try:
            sock.connect((destination, 179))
            capabilities = bytes.fromhex("4104" "0000fde9") + extra
            capabilities = struct.pack(">BB", 2, len(capabilities)) + capabilities
            sock.sendall(message(1, struct.pack(">BHHIB", 4, 65001, 9, 0x0A000001,
                                                len(capabilities)) + capabilities))
            for kind, _ in messages(sock, 2):
                if kind == 1:
                    sock.sendall(message(4))
                if kind == 4:
                    return sock
        except OSError:
            pass
        sock.close()
        time.sleep(0.1)
    raise SystemExit("no session")


def update(i, next_hop, more=b""):
    attributes = bytes.fromhex("40010100" "400206" "0201" "0000fde9" "400304") + next_hop + more
    prefix = b"\x20" + struct.pack(">I", 0xAC100000 + i)
    return message(2, struct.pack(">HH", 0, len(attributes)) + attributes + prefix)


def routes(source, count, octets):
    """UPDATEs that have nothing in common but their next hop."""
    next_hop = ipaddress.ip_address(source).packed
    for i in range(count):
        communities = struct.pack(">I", i) * (octets // 4)
        yield update(i, next_hop, struct.pack(">BBH", 0xD0, 8, len(communities)) + communities)


def say(sock, source, word):
    if word.startswith("routes="):
        for octets in routes(source, *map(int, word[7:].split("*"))):
            sock.sendall(octets)
        return
    if word.startswith("hops="):
        for i in range(int(word[5:])):
            sock.sendall(update(i, struct.pack(">I", 0x0A000001 + i)))
        return
    octets, _, times = word.partition("*")
    times, _, pause = times.partition("/")
    if not pause:
        sock.sendall(bytes.fromhex(octets) * int(times or 1))
        return
    for _ in range(int(times)):
        sock.sendall(bytes.fromhex(octets))
        time.sleep(int(pause) / 1000)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--capabilities", default="", help="besides that of 4-octet AS numbers")
    parser.add_argument("--deaf", action="store_true")
    parser.add_argument("--data", action="store_true")
    parser.add_argument("source")
    parser.add_argument("destination")
    parser.add_argument("words", nargs="*")
    args = parser.parse_args()
    sock = connect(args.source, args.destination, bytes.fromhex(args.capabilities), args.deaf)
    try:
        for word in args.words:
            say(sock, args.source, word)
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has been told why, unless it is deaf
    if args.deaf:
        time.sleep(60)
    for kind, body in messages(sock, 1):
        if kind == 3:
            print(f"{body[0]}/{body[1]}" + (f" {body[2:].hex()}" if args.data else ""))
            return
    print("none")


main()
