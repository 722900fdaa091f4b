#!/usr/bin/env python3
"""Mock of a bad BFD neighbour: packets that no real one sends. bfd_packets.py FROM TO"""
import socket
import struct
import sys

SRC, DST = sys.argv[1:3]


def packet(version=1, state=1, flags=0, length=24, my=99, your=0, tail=b""):
    return struct.pack(">BBBBIIIII", version << 5, state << 6 | flags, 3, length, my, your, 1000000, 1000000, 0) + tail


def send(data, ttl=255):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((SRC, 0))
    s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
    s.sendto(data, (DST, 3784))
    s.close()


send(packet(), ttl=254)  # would take the session down: Down, from the neighbour's address
send(packet(state=1, flags=4, length=28, tail=b"\x01\x04\x01x"))
send(packet(version=2))
send(packet()[:23])
