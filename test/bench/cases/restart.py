"""What a restart loses of two flows of 1,000 datagrams a second, one each way through the node's kernel.

The daemon is killed, or stopped with SIGTERM, and started anew a second later; or, where there is such a thing, a new one takes
the sessions over from it. The ToRs are BIRD, with graceful restart, each with the same N /24s and the node's prefix in its kernel.
Lost is what did not arrive, withdrawn what the ToRs were told to forget or forgot by themselves, reset how many of the two connections
are others afterwards.
"""

import os
import signal

import lab as L
import report

ORDER = 27
COLUMNS = [("lost", "lost", "datagrams"), ("withdrawn", "withdrawn", "times"), ("reset", "sessions reset", "of 2")]
TITLE = "a restart, and two flows at 1 kHz"
README = ("lost", "withdrawn")
POD, FAR = "10.233.0.1", "20.0.0.1"


def judge(group):
    lines = []
    for name, what in (("lost", "datagrams lost"), ("withdrawn", "times withdrawn"), ("reset", "sessions reset")):
        have = group.median("leafpeer", name)
        if have is not None and (name != "reset" or group.params["how"] == "take-over"):
            lines.append(report.verdict("restart, %s" % group.params["how"], have, 0, what))
    return lines


class Tors:
    """One BIRD that is both, since they are in one namespace."""

    def __init__(self, lab, n):
        self.lab = lab
        lines = ["router id %s;" % L.TORS[0], "protocol device {}"]
        lines.append("protocol kernel { ipv4 { import none; export where source = RTS_BGP; }; merge paths on; }")
        lines.append("protocol static { ipv4;")
        lines += [" route 20.%d.%d.0/24 blackhole;" % (i >> 8, i & 255) for i in range(n)]
        lines.append("}")
        for i, (tor, node) in enumerate(zip(L.TORS, L.NODE)):
            lines.append(
                "protocol bgp node%d { local %s as %d; neighbor %s as %d; hold time 9; graceful restart on;"
                " ipv4 { import all; export where source = RTS_STATIC; next hop self; }; }"
                % (i + 1, tor, L.TOR_AS, node, L.NODE_AS)
            )
        conf = lab.write("tors-bird.conf", "\n".join(lines) + "\n")
        self.ctl = lab.path("tors-bird.ctl")
        lab.spawn("tors-bird", "tors", ["bird", "-f", "-c", conf, "-s", self.ctl, "-P", lab.path("tors-bird.pid")])

    def established(self):
        text = L.run("birdc", "-s", self.ctl, "show", "protocols", check=False)
        return sum("Established" in line for line in text.splitlines()) == len(L.TORS)

    def withdrawn(self):
        """What BGP took away from the ToRs' tables, by the neighbour's word or because its time was over."""
        text = L.run("birdc", "-s", self.ctl, "show", "protocols", "all")
        lines = [line.split() for line in text.splitlines() if "Import withdraws:" in line]
        return sum(int(words[-1]) for words in lines)

    def connections(self):
        text = self.lab.inside("tors", "ss", "-Htn", "state", "established", "( sport = :179 or dport = :179 )")
        return {tuple(line.split()[2:4]) for line in text.splitlines()}


class Flow:
    def __init__(self, lab, sender, at, to):
        tool = os.path.join(L.ROOT, "build", "helper", "flow")
        receiver = "node" if sender == "tors" else "tors"
        self.receive = lab.spawn("flow-to-" + receiver, receiver, [tool, "receive", to, "7000"])
        L.time.sleep(0.2)
        self.send = lab.spawn("flow-from-" + sender, sender, [tool, "send", at, to, "7000", "1000"])

    def lost(self):
        self.send.stop()
        L.time.sleep(0.3)
        self.receive.stop()
        sent, came = (int(L.read(p.log).split()[0]) for p in (self.send, self.receive))
        if sent < 1000:
            raise L.Failed("only %d datagrams were sent" % sent)
        return sent - came


def has_all(lab, n):
    """Every route, with both next hops; and the ToRs have the way back."""
    routes = L.run("ip", "-n", lab.prefix + "node", "route", "show", check=False)
    back = lab.ip("tors", "route", "show", L.OWN)
    there = sum(line.startswith("20.") for line in routes.splitlines())
    return there >= n and L.NODE[0] in back and L.NODE[1] in back


def go(contestant, how):
    old = contestant.processes[:]
    if how == "take-over":
        contestant.again(["--take-over"])
        L.until(20, "the old one to end", lambda: not old[0].alive())
        return
    for process in reversed(old):
        process.stop(signal.SIGKILL if how == "kill -9" else signal.SIGTERM)
    L.time.sleep(1)
    contestant.again()


def contest(bench, cls, n, how):
    lab = bench.lab
    ends = (("tors", FAR), ("node", POD))
    for ns, addr in ends:
        lab.inside(ns, "sh", "-c", "for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >$f; done")
        lab.ip(ns, "addr", "replace", addr + "/32", "dev", "lo")
    tors = Tors(lab, n)
    contestant = cls(lab, 2)
    contestant.start()
    try:
        L.until(90, "both sessions", tors.established, 0.1)
        L.until(60, "all routes", lambda: has_all(lab, n), 0.2)
        L.time.sleep(3)
        before, withdrawn = tors.connections(), tors.withdrawn()
        flows = [Flow(lab, "tors", FAR, POD), Flow(lab, "node", POD, FAR)]
        L.time.sleep(1)
        go(contestant, how)
        L.until(90, "both sessions again", tors.established, 0.1)
        L.until(60, "all routes again", lambda: has_all(lab, n), 0.2)
        L.time.sleep(5)
        lost = sum(flow.lost() for flow in flows)
        gone = tors.withdrawn() - withdrawn
        return {"lost": lost, "withdrawn": gone, "reset": len(before - tors.connections())}
    finally:
        contestant.stop()
        for ns, addr in ends:
            lab.ip(ns, "addr", "del", addr + "/32", "dev", "lo", check=False)


def run(bench):
    for n in bench.sizes(1000):
        for how in ("kill -9", "SIGTERM", "take-over"):

            def once(c, n=n, how=how):
                return contest(bench, c, n, how)

            who = [c for c in bench.contestants(kernel=True) if how != "take-over" or c.name == "leafpeer"]
            bench.alternate({"n": n, "how": how}, who, once)
