"""Who takes part: each with the configuration that makes it do what leafpeer does, and no more.

That is: two eBGP neighbours in one AS, multipath over both, own prefix announced, nothing learned sent on,
hold time 180 s; all else is its package's default. `kernel` says whether it writes routes into the kernel:
Debian's OpenBGPD has no such code for Linux, and GoBGP needs another daemon for it, so those two store only.
"""

import os
import pwd
import re
import shutil
import signal
import sys

import lab as L


class Contestant:
    kernel = True
    package = None

    def __init__(self, lab, tors, bfd=0):
        """bfd: milliseconds between its packets, three of which may be missed; 0: no BFD."""
        self.lab = lab
        self.tors = tors
        self.bfd = bfd
        self.processes = []
        self.commands = []

    @classmethod
    def available(cls):
        return True

    @classmethod
    def version(cls):
        return L.run("dpkg-query", "-W", "-f", "${Version}", cls.package, check=False) or "?"

    def neighbors(self):
        return L.TORS[: self.tors]

    def spawn(self, name, command, env=None):
        p = self.lab.spawn(name, "node", command, env)
        self.processes.append(p)
        self.commands.append((name, command, env))
        return p

    def again(self, flags=()):
        """Starts what was started once more, with what it left behind; the processes are the new ones."""
        commands, self.commands, self.processes = self.commands, [], []
        for name, command, env in commands:
            self.spawn(name, list(command) + list(flags), env)
            L.time.sleep(0.3)

    def pids(self):
        return [pid for p in self.processes if p.alive() for pid in L.descendants(p.pid)]

    def cpu(self):
        return L.cpu_seconds(self.pids())

    def peak_kib(self):
        return L.rss_kib(self.pids())

    def rss_kib(self):
        return L.rss_kib(self.pids(), "VmRSS")

    def stop(self):
        # what installs routes is not asked to take them away again, one by one, while the next one waits
        for p in reversed(self.processes):
            p.stop(signal.SIGKILL)

    def start(self):
        raise NotImplementedError

    def paths(self):
        """How many paths it has stored."""
        raise NotImplementedError

    def show(self, what):
        """The command that shows: "table", "prefix" or "summary"."""
        raise NotImplementedError

    def reload(self):
        """Reads its configuration again, and returns when that is done."""
        raise NotImplementedError

    def turns(self):
        """How often its event loop has turned, by how long that took: {seconds: number up to that}; None: it does not say."""
        return None


class Leafpeer(Contestant):
    name = "leafpeer"

    @classmethod
    def version(cls):
        return L.run(os.path.join(L.BUILD, "leafpeerctl"), "--version", check=False).strip().split()[-1]

    def config(self):
        lines = ["router bgp %d" % L.NODE_AS, "   maximum-paths 32", "   timers bgp 60 180"]
        for n in self.neighbors():
            lines.append("   neighbor %s remote-as %d" % (n, L.TOR_AS))
            lines.append("   neighbor %s maximum-routes 0" % n)
            if self.bfd:
                lines.append("   neighbor %s bfd" % n)
        if self.bfd:
            lines += ["router bfd", "   interval %d min-rx %d multiplier 3 default" % (self.bfd, self.bfd)]
        lines += ["leafpeer", "   pod-cidr %s" % L.OWN, "   advertise always"]
        return "\n".join(lines) + "\n"

    def start(self):
        self.conf = self.lab.write("leafpeer.conf", self.config())
        self.state = self.lab.path("leafpeer")
        shutil.rmtree(self.state, ignore_errors=True)
        env = {
            "NODE_NAME": "node",
            "LEAFPEER_STATE_DIR": self.state,
            "LEAFPEER_CONFIG": self.conf,
            "LEAFPEER_CACHE_DIR": self.lab.path("leafpeer-cache"),
            "LEAFPEER_KUBERNETES": "off",
        }
        self.spawn("leafpeerd", [os.path.join(L.BUILD, "leafpeerd")], env)

    def ctl(self, *words):
        return [os.path.join(L.BUILD, "leafpeerctl"), "--state-dir", self.state, *words]

    def show(self, what):
        return self.ctl(
            {"table": "show ip bgp", "prefix": "show ip bgp 20.0.0.0/24", "summary": "show ip bgp summary"}[what]
        )

    def reload(self):
        # the signal is heard before the next command is
        self.processes[0].send(signal.SIGHUP)
        L.run(*self.ctl("show version"))

    def turns(self):
        ask = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9179/metrics', timeout=20).read().decode())"
        text = self.lab.inside("node", sys.executable, "-c", ask)
        found = re.findall(r'^leafpeer_loop_turn_duration_seconds_bucket\{le="(.*)"\} (\d+)$', text, re.M)
        return {float(bound): int(n) for bound, n in found}


class Bird(Contestant):
    name = "BIRD"
    package = "bird2"

    @classmethod
    def available(cls):
        return shutil.which("bird")

    def config(self):
        lines = ["router id %s;" % L.NODE[0], "protocol device {}"]
        lines.append("protocol kernel { ipv4 { export where source = RTS_BGP; }; merge paths on; }")
        lines.append("protocol static { ipv4; route %s blackhole; }" % L.OWN)
        if self.bfd:
            lines.append("protocol bfd { interface \"*\" { interval %d ms; multiplier 3; }; }" % self.bfd)
        for i, n in enumerate(self.neighbors()):
            lines.append(
                "protocol bgp tor%d { local %s as %d; neighbor %s as %d; hold time 180; keepalive time 60; %s"
                " ipv4 { import all; export where source = RTS_STATIC; }; }"
                % (i + 1, L.NODE[i], L.NODE_AS, n, L.TOR_AS, "bfd on;" if self.bfd else "")
            )
        return "\n".join(lines) + "\n"

    def start(self):
        conf = self.lab.write("bird.conf", self.config())
        self.socket = self.lab.path("bird.ctl")
        self.spawn("bird", ["bird", "-f", "-c", conf, "-s", self.socket, "-P", self.lab.path("bird.pid")])

    def ctl(self, *words):
        return ["birdc", "-s", self.socket, *words]

    def show(self, what):
        words = {"table": "show route all", "prefix": "show route all 20.0.0.0/24", "summary": "show protocols"}[what]
        return self.ctl(*words.split())

    def reload(self):
        L.run(*self.ctl("configure"))


class Frr(Contestant):
    name = "FRR"
    package = "frr"

    @classmethod
    def available(cls):
        return os.path.exists("/usr/lib/frr/bgpd")

    def config(self):
        lines = ["hostname node", "ip prefix-list OWN permit %s" % L.OWN]
        lines += ["router bgp %d" % L.NODE_AS, " bgp router-id %s" % L.NODE[0]]
        lines += [" no bgp ebgp-requires-policy", " no bgp network import-check", " timers bgp 60 180"]
        for n in self.neighbors():
            lines.append(" neighbor %s remote-as %d" % (n, L.TOR_AS))
            if self.bfd:
                lines.append(" neighbor %s bfd" % n)
        lines += [" address-family ipv4 unicast", "  maximum-paths 32", "  network %s" % L.OWN]
        lines += ["  neighbor %s prefix-list OWN out" % n for n in self.neighbors()]
        lines += [" exit-address-family"]
        return "\n".join(lines) + "\n"

    def bfd_config(self):
        lines = ["bfd"]
        for n in self.neighbors():
            lines += [" peer %s" % n, "  receive-interval %d" % self.bfd, "  transmit-interval %d" % self.bfd]
            lines += ["  detect-multiplier 3"]
        return "\n".join(lines) + "\n"

    def start(self):
        self.home = self.lab.path("frr")
        shutil.rmtree(self.home, ignore_errors=True)
        os.mkdir(self.home)
        self.lab.write("frr/zebra.conf", "")
        self.lab.write("frr/bgpd.conf", self.config())
        self.lab.write("frr/bfdd.conf", self.bfd_config())
        user = pwd.getpwnam("frr")
        for path in [self.home] + [os.path.join(self.home, f) for f in os.listdir(self.home)]:
            os.chown(path, user.pw_uid, user.pw_gid)
        for daemon in ["zebra"] + (["bfdd"] if self.bfd else []) + ["bgpd"]:
            command = ["/usr/lib/frr/" + daemon, "--vty_socket", self.home, "-z", self.home + "/zserv", "-P", "0"]
            command += ["-i", "%s/%s.pid" % (self.home, daemon), "-f", "%s/%s.conf" % (self.home, daemon)]
            if daemon == "bfdd":
                command += ["--bfdctl", self.home + "/bfdd.sock"]
            self.spawn("frr-" + daemon, command)
            if daemon == "zebra":
                L.until(10, "zebra", lambda: os.path.exists(self.home + "/zserv"), 0.001)

    def ctl(self, *words):
        return ["vtysh", "--vty_socket", self.home, "-c", " ".join(words)]

    def show(self, what):
        words = {"table": "show ip bgp", "prefix": "show ip bgp 20.0.0.0/24", "summary": "show ip bgp summary"}[what]
        return self.ctl(words)

    def reload(self):
        # what its frr-reload does when nothing differs: reads the running configuration
        L.run(*self.ctl("show running-config"))


class OpenBgpd(Contestant):
    name = "OpenBGPD"
    package = "openbgpd"
    kernel = False

    @classmethod
    def available(cls):
        return shutil.which("bgpctl")

    def config(self):
        lines = ["AS %d" % L.NODE_AS, "router-id %s" % L.NODE[0], 'socket "%s"' % self.socket, "fib-update no"]
        lines += ["holdtime 180", "network %s" % L.OWN]
        for n in self.neighbors():
            lines.append("neighbor %s { remote-as %d }" % (n, L.TOR_AS))
        lines += ["allow from any", "allow to any prefix %s" % L.OWN]
        return "\n".join(lines) + "\n"

    def start(self):
        # its processes change their root to the home of its user, which its service would make
        home = pwd.getpwnam("_openbgpd").pw_dir
        if not os.path.isdir(home):
            os.mkdir(home)
            self.lab.made_dirs.append(home)
        self.socket = self.lab.path("openbgpd.sock")
        conf = self.lab.write("openbgpd.conf", self.config(), 0o600)
        self.spawn("openbgpd", [shutil.which("bgpd"), "-d", "-f", conf])

    def ctl(self, *words):
        return ["bgpctl", "-s", self.socket, *words]

    def paths(self):
        """The last column of each neighbour is what it has sent."""
        total = 0
        for line in L.run(*self.ctl("show", "summary"), check=False).splitlines():
            words = line.split()
            if words and words[0] in L.TORS and words[-1].split("/")[0].isdigit():
                total += int(words[-1].split("/")[0])
        return total

    def show(self, what):
        words = {"table": "show rib", "prefix": "show rib 20.0.0.0/24", "summary": "show summary"}[what]
        return self.ctl(*words.split())

    def reload(self):
        L.run(*self.ctl("reload"))


class GoBgp(Contestant):
    name = "GoBGP"
    package = "gobgpd"
    kernel = False

    @classmethod
    def available(cls):
        return shutil.which("gobgpd")

    def config(self):
        lines = ["[global.config]", "as = %d" % L.NODE_AS, 'router-id = "%s"' % L.NODE[0]]
        lines += ["[global.use-multiple-paths.config]", "enabled = true"]
        lines += ["[global.apply-policy.config]", 'default-export-policy = "reject-route"', 'export-policy-list = ["own"]']
        lines += ["[[defined-sets.prefix-sets]]", 'prefix-set-name = "own"']
        lines += ["[[defined-sets.prefix-sets.prefix-list]]", 'ip-prefix = "%s"' % L.OWN]
        lines += ["[[policy-definitions]]", 'name = "own"', "[[policy-definitions.statements]]"]
        lines += ["[policy-definitions.statements.conditions.match-prefix-set]", 'prefix-set = "own"']
        lines += ["[policy-definitions.statements.actions]", 'route-disposition = "accept-route"']
        for n in self.neighbors():
            lines += ["[[neighbors]]", "[neighbors.config]", 'neighbor-address = "%s"' % n, "peer-as = %d" % L.TOR_AS]
            lines += ["[neighbors.timers.config]", "hold-time = 180", "keepalive-interval = 60"]
        return "\n".join(lines) + "\n"

    def start(self):
        conf = self.lab.write("gobgp.toml", self.config())
        self.spawn("gobgpd", ["gobgpd", "-t", "toml", "-f", conf, "--api-hosts", "127.0.0.1:50051", "--pprof-disable"])
        # its configuration knows no prefixes of its own: they are told to it
        L.until(20, "gobgpd's API", self.add_own, 0.01)

    def add_own(self):
        try:
            L.run(*self.ctl("global", "rib", "add", L.OWN))
        except L.Failed:
            return False
        return True

    def ctl(self, *words):
        return ["nsenter", "--net=/run/netns/" + self.lab.prefix + "node", "gobgp", *words]

    def paths(self):
        for line in L.run(*self.ctl("global", "rib", "summary"), check=False).splitlines():
            if "Path:" in line:
                return int(line.split("Path:")[1].split(",")[0]) - 1
        return 0

    def show(self, what):
        words = {"table": "global rib", "prefix": "global rib 20.0.0.0/24", "summary": "neighbor"}[what]
        return self.ctl(*words.split())

    def reload(self):
        self.processes[0].send(signal.SIGHUP)
        L.run(*self.ctl("global"))


ALL = (Leafpeer, Bird, Frr, OpenBgpd, GoBgp)
