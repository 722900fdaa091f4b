#!/usr/bin/env python3
"""A BGP peer that opens a session properly and then says whatever octets it is given.

usage: raw_peer.py SOURCE DESTINATION HEX[*TIMES]...

Prints the NOTIFICATION that comes back as CODE/SUBCODE, or "none" if the session goes on.
"""
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


def connect(source, destination):
    """The agent takes a connection as soon as it has cleared the last one away."""
    for _ in range(50):
        sock = socket.socket()
        sock.bind((source, 0))
        try:
            sock.connect((destination, 179))
            capabilities = bytes.fromhex("0206" "4104" "0000fde9")
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


def main():
    sock = connect(sys.argv[1], sys.argv[2])
    for word in sys.argv[3:]:
        octets, _, times = word.partition("*")
        sock.sendall(bytes.fromhex(octets) * int(times or 1))
    for kind, body in messages(sock, 1):
        if kind == 3:
            print(f"{body[0]}/{body[1]}")
            return
    print("none")


main()
