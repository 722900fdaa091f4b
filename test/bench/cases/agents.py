"""Many agents on one machine: each in its namespace, dual-homed to two FRR ToRs that announce 5,000 prefixes.

Only when CASE names it. AGENTS="50 200" says how many; N how many prefixes. All are started at once; converged is when
every node's kernel has every route, its neighbours' prefixes too. Then ten seconds of rest, then the first ToR's bgpd
is killed and started anew: the routes must stay (by the second ToR), the sessions must come back. The memory is what a
node's agent holds for itself (anonymous) and resident in all; the kernel's own is what the machine has less than before.
"""

import json
import os
import pwd
import signal

import contestants as C
import lab as L

ORDER = 90
ON_DEMAND = True
COLUMNS = [
    ("established_s", "all Established", "s"),
    ("converged_s", "converged", "s"),
    ("node_cpu_s", "CPU a node", "s"),
    ("node_rss_kib", "memory a node", "KiB"),
    ("node_anon_kib", "of it its own", "KiB"),
    ("tor_cpu_s", "CPU of the ToRs", "s"),
    ("machine_node_kib", "machine's memory a node", "KiB"),
    ("idle_min_s", "CPU a node, a minute idle", "s"),
    ("back_s", "back after a ToR's restart", "s"),
    ("least", "fewest routes meanwhile", ""),
]
TITLE = "many agents on one machine"
README = ("converged_s", "node_cpu_s", "node_rss_kib")


class Fleet:
    def __init__(self, lab, count, prefixes):
        self.lab, self.count, self.prefixes = lab, count, prefixes
        self.nodes = ["n%d" % i for i in range(count)]
        self.agents, self.tors = [], {}

    def batch(self, ns, lines):
        L.run("ip", "-n", self.lab.prefix + ns, "-batch", "-", stdin="\n".join(lines) + "\n")

    def address(self, i, tor):
        return "10.%d.%d.%d" % (90 + tor, 1 + i // 250, 1 + i % 250)

    def build(self):
        for ns in ["t0", "t1"] + self.nodes:
            L.run("ip", "netns", "add", self.lab.prefix + ns)
            # no IPv6: a thousand ports that multicast to each other are a case of their own
            self.lab.inside(ns, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        for tor in (0, 1):
            lines = ["link set lo up", "link add br0 type bridge", "link set br0 up"]
            lines += ["addr add 10.%d.255.1/16 dev br0" % (90 + tor)]
            for i in range(self.count):
                peer = "eth%d netns %s%s" % (tor + 1, self.lab.prefix, self.nodes[i])
                lines += ["link add p%d type veth peer name %s" % (i, peer), "link set p%d master br0 up" % i]
            self.batch("t%d" % tor, lines)
        for i, ns in enumerate(self.nodes):
            lines = ["link set lo up"]
            for tor in (0, 1):
                lines += ["addr add %s/16 dev eth%d" % (self.address(i, tor), tor + 1), "link set eth%d up" % (tor + 1)]
            self.batch(ns, lines)
        self.bare = self.routes(self.nodes[0])

    def start_tor(self, tor):
        home = self.lab.path("t%d" % tor)
        os.makedirs(home, exist_ok=True)
        lines = ["hostname tor%d" % tor, "router bgp 65001", " bgp router-id 10.%d.255.1" % (90 + tor)]
        lines += [" no bgp ebgp-requires-policy", " no bgp network import-check", " bgp graceful-restart"]
        lines += [" neighbor NODES peer-group", " neighbor NODES remote-as 65000"]
        lines += [" bgp listen limit 5000", " bgp listen range 10.%d.0.0/16 peer-group NODES" % (90 + tor)]
        lines += [" address-family ipv4 unicast", "  neighbor NODES next-hop-self"]
        lines += ["  network 20.%d.%d.0/24" % (k >> 8, k & 255) for k in range(self.prefixes)]
        lines += [" exit-address-family"]
        self.lab.write("t%d/bgpd.conf" % tor, "\n".join(lines) + "\n")
        user = pwd.getpwnam("frr")
        for path in [home, home + "/bgpd.conf"]:
            os.chown(path, user.pw_uid, user.pw_gid)
        # -n: without zebra: a ToR that forwards is not what is looked at
        command = ["/usr/lib/frr/bgpd", "-n", "-Z", "-P", "0", "--vty_socket", home, "-i", home + "/bgpd.pid"]
        command += ["--limit-fds", "4096", "-f", home + "/bgpd.conf"]
        self.tors[tor] = self.lab.spawn("tor%d" % tor, "t%d" % tor, command)

    def start_agent(self, i):
        lines = ["router bgp 65000", "   maximum-paths 32", "   timers bgp 3 9"]
        for tor in (0, 1):
            lines += ["   neighbor 10.%d.255.1 remote-as 65001" % (90 + tor)]
        lines += ["leafpeer", "   pod-cidr 10.%d.%d.0/24" % (128 + (i >> 8), i & 255), "   advertise always"]
        conf = self.lab.write("n%d.conf" % i, "\n".join(lines) + "\n")
        env = {
            "NODE_NAME": "n%d" % i,
            "LEAFPEER_STATE_DIR": self.lab.path("s%d" % i),
            "LEAFPEER_CONFIG": conf,
            "LEAFPEER_CACHE_DIR": self.lab.path("c%d" % i),
            "LEAFPEER_KUBERNETES": "off",
        }
        self.agents.append(self.lab.spawn("n%d" % i, "n%d" % i, [os.path.join(L.BUILD, "leafpeerd")], env))

    def established(self, tor):
        home = self.lab.path("t%d" % tor)
        text = L.run("vtysh", "--vty_socket", home, "-d", "bgpd", "-c", "show bgp ipv4 unicast summary json", check=False)
        try:
            peers = json.loads(text).get("peers", {})
        except ValueError:
            return 0
        return sum(1 for p in peers.values() if p.get("state") == "Established")

    def routes(self, ns):
        # main and local are one trie unless there are rules, and then it is told twice
        text = self.lab.inside(ns, "cat", "/proc/net/fib_triestat")
        return max(int(line.split()[1]) for line in text.splitlines() if line.strip().startswith("Prefixes:"))

    def fewest(self):
        return min(self.routes(ns) for ns in self.nodes) - self.bare

    def alive(self):
        dead = [p.name for p in self.agents if not p.alive()]
        if dead:
            raise L.Failed("%d agents ended, first %s: %s" % (len(dead), dead[0], self.lab_log(dead[0])))

    def lab_log(self, name):
        return next(p for p in self.agents if p.name == name).last_words()

    def cpu(self):
        return L.cpu_seconds([p.pid for p in self.agents])

    def close(self):
        for p in self.agents + list(self.tors.values()):
            p.send(signal.SIGKILL)
        for ns in ["t0", "t1"] + self.nodes:
            L.run("ip", "netns", "del", self.lab.prefix + ns, check=False)


# What one machine has for all its namespaces together, and one host with one agent never comes near: inotify instances
# of a user, one an agent; entries of the ARP table, two a session.
LIMITS = {
    "/proc/sys/fs/inotify/max_user_instances": 2,
    "/proc/sys/net/ipv4/neigh/default/gc_thresh3": 16,
    "/proc/sys/net/ipv4/neigh/default/gc_thresh2": 16,
    "/proc/sys/net/ipv4/neigh/default/gc_thresh1": 16,
}


def raise_limits(count):
    """Returns what they were."""
    was = {path: int(L.read(path)) for path in LIMITS}
    put_limits({path: max(was[path], 128 + a_node * count) for path, a_node in LIMITS.items()})
    return was


def put_limits(limits):
    for path, value in limits.items():
        with open(path, "w") as f:
            f.write("%d\n" % value)


def available_kib():
    return next(int(l.split()[1]) for l in L.read("/proc/meminfo").splitlines() if l.startswith("MemAvailable"))


def measure(fleet):
    n = fleet.count
    # everybody's but its own, which is a route too: the discard route
    want = fleet.prefixes + n
    for tor in (0, 1):
        fleet.start_tor(tor)
    L.until(60, "the ToRs", lambda: all(os.path.exists(fleet.lab.path("t%d" % t, "bgpd.vty")) for t in (0, 1)))
    L.time.sleep(2)
    memory, tors, began = available_kib(), [p.pid for p in fleet.tors.values()], L.now()
    before = L.cpu_seconds(tors)
    for i in range(n):
        fleet.start_agent(i)
    values = {}
    patience = 120 + 2 * n
    L.until(patience, "all sessions", lambda: fleet.alive() or fleet.established(0) + fleet.established(1) == 2 * n, 0.5)
    values["established_s"] = L.now() - began
    L.until(patience, "%d routes everywhere" % want, lambda: fleet.alive() or fleet.fewest() >= want, 1)
    values["converged_s"] = L.now() - began
    values["node_cpu_s"] = fleet.cpu() / n
    values["tor_cpu_s"] = L.cpu_seconds(tors) - before
    pids = [p.pid for p in fleet.agents]
    values["node_rss_kib"] = L.rss_kib(pids, "VmRSS") / n
    values["node_anon_kib"] = L.rss_kib(pids, "RssAnon") / n
    values["machine_node_kib"] = (memory - available_kib()) / n
    L.time.sleep(5)
    before, at = fleet.cpu(), L.now()
    L.time.sleep(10)
    values["idle_min_s"] = (fleet.cpu() - before) / n * 60 / (L.now() - at)
    fleet.tors[0].stop(signal.SIGKILL)
    least, at = fleet.fewest(), L.now()
    fleet.start_tor(0)

    def back():
        nonlocal least
        fleet.alive()
        least = min(least, fleet.fewest())
        return fleet.established(0) == n

    L.until(patience, "the sessions with the ToR that was started anew", back, 1)
    values["back_s"] = L.now() - at
    values["least"] = min(least, fleet.fewest())
    if values["least"] < want:
        raise L.Failed("a node had %d of %d routes while one of two ToRs was away" % (values["least"], want))
    return values


def run(bench):
    default = "20" if bench.quick else "50 200 500"
    prefixes = bench.sizes(5000)[0]
    for count in [int(w) for w in (os.environ.get("AGENTS") or default).split()]:

        def once(cls, count=count):
            fleet = Fleet(bench.lab, count, prefixes)
            was = raise_limits(count)
            try:
                fleet.build()
                return measure(fleet)
            finally:
                fleet.close()
                put_limits(was)

        repeat, bench.repeat = bench.repeat, 1
        try:
            bench.alternate({"agents": count, "n": prefixes, "tors": 2}, [C.Leafpeer], once)
        finally:
            bench.repeat = repeat
