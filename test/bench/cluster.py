#!/usr/bin/env python3
"""A cluster on paper, then in motion: what 5,000 nodes in 64 racks are to a node, a ToR, a spine and the API server.

usage: cluster.py [-n NODES] [-r RACKS] [-s SPINES] [-b SECONDS] [-d MILLISECONDS]

Two ToRs a rack, each with a session to every node of its rack and to every spine, all eBGP. One prefix a node, the
attributes of a rack's prefixes alike, since the nodes are in one AS. Nothing is measured here: it counts messages.
The motion is a rack's power-up: its nodes are ready at random within -b seconds, a switch collects what it has to say
for -d milliseconds (0: every prefix a message of its own) and packs prefixes of like attributes into one UPDATE.
"""

import argparse
import collections
import heapq
import random

HEADER, FIXED = 19, 4  # message header; the lengths of withdrawn routes and of attributes (RFC 4271, 4.3)
MESSAGE_MAX = 4096
NLRI = 4  # a /24: its length and three octets
ORIGIN, NEXT_HOP = 4, 7
AS_PATH = 3 + 2  # header of the attribute and of the one segment


def attribute_octets(hops):
    """ORIGIN, AS_PATH with so many 4-octet numbers, NEXT_HOP."""
    return ORIGIN + AS_PATH + 4 * hops + NEXT_HOP


def per_message(hops):
    return (MESSAGE_MAX - HEADER - FIXED - attribute_octets(hops)) // NLRI


def messages(prefixes, hops):
    return -(-prefixes // per_message(hops))


def octets(prefixes, hops):
    return messages(prefixes, hops) * (HEADER + FIXED + attribute_octets(hops)) + prefixes * NLRI


class Fabric:
    """A rack's power-up. Every switch says a prefix on once, when it learns its first path (the others are equal and
    change nothing of what it says); equal switches are counted each."""

    def __init__(self, nodes, racks, spines, delay, rng):
        self.delay = delay
        self.rng = rng
        self.size = nodes // racks
        self.tors = ["tor%d.%d" % (r, i) for r in range(racks) for i in (0, 1)]
        self.spines = ["spine%d" % i for i in range(spines)]
        self.own = self.tors[:2]
        self.known = {s: set() for s in self.tors + self.spines}
        self.pending = {s: [] for s in self.tors + self.spines}
        self.sent = collections.Counter()  # UPDATEs by kind of link
        self.at_node = []  # when a node elsewhere hears one of its first ToR's
        self.learned = {}  # the last ToR has it, by prefix
        self.queue = []
        self.order = 0

    def at(self, when, what, *arguments):
        self.order += 1
        heapq.heappush(self.queue, (when, self.order, what, arguments))

    def hear(self, now, switch, prefix):
        if prefix in self.known[switch]:
            return
        self.known[switch].add(prefix)
        if switch in self.tors and switch not in self.own:
            self.learned[prefix] = now
        if not self.pending[switch]:
            self.at(now + self.delay, self.speak, switch)
        self.pending[switch].append(prefix)

    def speak(self, now, switch):
        prefixes, self.pending[switch] = self.pending[switch], []
        hop = lambda: now + self.rng.uniform(0.0001, 0.0005)
        if switch in self.spines:
            to, kind, hops = [t for t in self.tors if t not in self.own], "spine to ToR", 3
        elif switch in self.own:
            to, kind, hops = self.spines, "ToR to spine", 2
            self.sent["ToR to node of the rack"] += self.size * messages(len(prefixes), 2)
        else:
            to, kind, hops = [], None, 4
            count = messages(len(prefixes), hops)
            self.sent["ToR to node elsewhere"] += self.size * count
            if switch == self.tors[2]:
                self.at_node += [now] * count
        if kind:
            self.sent[kind] += len(to) * messages(len(prefixes), hops)
        for other in to:
            when = hop()
            for prefix in prefixes:
                self.at(when, self.hear, other, prefix)

    def run(self, window):
        ready = {p: self.rng.uniform(0, window) for p in range(self.size)}
        for prefix, when in ready.items():
            for tor in self.own:
                self.sent["node to ToR"] += 1
                self.at(when + self.rng.uniform(0.001, 0.01), self.hear, tor, prefix)
        while self.queue:
            now, _, what, arguments = heapq.heappop(self.queue)
            what(now, *arguments)
        return max(self.learned[p] - ready[p] for p in ready)


def paper(nodes, racks, spines):
    size = -(-nodes // racks)
    rows = [
        ("nodes of a rack", "%d / %d, rounded up" % (nodes, racks), size),
        ("BGP sessions of a node", "its two ToRs", 2),
        ("BGP sessions of a ToR", "%d nodes + %d spines" % (size, spines), size + spines),
        ("BGP sessions of a spine", "2 x %d ToRs" % racks, 2 * racks),
        ("BGP sessions of the cluster", "2 x %d + 2 x %d x %d" % (nodes, racks, spines), 2 * nodes + 2 * racks * spines),
        ("full mesh instead, for comparison", "%d x %d / 2" % (nodes, nodes - 1), nodes * (nodes - 1) // 2),
        ("prefixes a node learns", "%d - its own" % nodes, nodes - 1),
        ("paths a node holds", "2 x %d" % (nodes - 1), 2 * (nodes - 1)),
        ("kernel routes of a node", "one a prefix, one group of two next hops for all", nodes - 1),
        ("prefixes a ToR holds", "one a node", nodes),
        ("paths a ToR holds", "%d from its nodes + %d x %d from spines" % (size, nodes - size, spines), size + (nodes - size) * spines),
        ("UPDATEs of a full feed to a node", "%d / %d a message, for each of %d racks, at the least" % (nodes - 1, per_message(4), racks), racks),
        ("octets of that feed", "%d UPDATEs of %d + 4 a prefix" % (racks, HEADER + FIXED + attribute_octets(4)), racks * (HEADER + FIXED + attribute_octets(4)) + 4 * (nodes - 1)),
        ("API watches of the cluster", "own Node and own CiliumNode: 2 x %d" % nodes, 2 * nodes),
        ("keepalives a ToR hears a second, timers 3 9", "%d / 3" % size, round(size / 3)),
        ("BFD packets a ToR hears a second, 100 ms", "%d x 10" % size, size * 10),
    ]  # fmt: skip
    print("| what | how | |\n|---|---|---|")
    for row in rows:
        print("| %s | %s | %s |" % (row[0], row[1], format(row[2], ",")))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-n", "--nodes", type=int, default=5000)
    parser.add_argument("-r", "--racks", type=int, default=64)
    parser.add_argument("-s", "--spines", type=int, default=4)
    parser.add_argument("-b", "--boot", type=float, default=60, help="seconds within which a rack's nodes are ready")
    parser.add_argument("-d", "--delay", type=float, default=None, help="milliseconds a switch collects")
    a = parser.parse_args()
    if not 2 <= a.racks <= a.nodes or a.spines < 1 or a.boot < 0:
        parser.error("at least two racks, a node in each, and one spine")
    paper(a.nodes, a.racks, a.spines)
    kinds = ("node to ToR", "ToR to spine", "spine to ToR", "ToR to node elsewhere", "ToR to node of the rack")
    print("\n| ready within | switch collects | %s | at a node, a second, at most | until the last ToR knows |" % " | ".join(kinds))
    print("|---|" + "---|" * (len(kinds) + 3))
    for boot in (a.boot, 1.0):
        for delay in [a.delay] if a.delay is not None else (0, 50, 1000):
            fabric = Fabric(a.nodes, a.racks, a.spines, delay / 1000, random.Random(1))
            late = fabric.run(boot)
            # both ToRs say it to the node
            seconds = collections.Counter(int(t) for t in fabric.at_node)
            cells = [format(fabric.sent[k], ",") for k in kinds]
            print("| %g s | %g ms | %s | %d | %.2f s |" % (boot, delay, " | ".join(cells), 2 * max(seconds.values()), late))


main()
