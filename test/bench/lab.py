"""Two ToRs and a node in network namespaces, and the processes in them.

    tors: eth1 10.90.224.98/24 ---- node: eth1 10.90.224.105/24
          eth2 10.90.225.99/24 ----       eth2 10.90.225.105/24

Both ToRs are in one namespace, so that one feeder can be both. All that is made is below self.dir or in
namespaces whose names begin with self.prefix; every process is remembered, and close() takes all away.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("LEAFPEER_BUILD", os.path.join(ROOT, "build"))
TOOLS = os.path.join(BUILD, "bench")
TORS = ("10.90.224.98", "10.90.225.99")
NODE = ("10.90.224.105", "10.90.225.105")
TOR_AS = 65001
NODE_AS = 65000
OWN = "10.233.0.0/24"
TICK = os.sysconf("SC_CLK_TCK")
PRIORITY = -15


class Failed(Exception):
    """What went wrong with a contestant, in words; the bench goes on with the next."""


def now():
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def run(*command, check=True, stdin=None, timeout=600):
    done = subprocess.run(
        [str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, input=stdin, text=True, timeout=timeout
    )
    if check and done.returncode != 0:
        raise Failed("%s: %s" % (" ".join(map(str, command)), done.stderr.strip() or done.stdout.strip()))
    return done.stdout


def until(seconds, what, condition, pause=0.02):
    """Calls condition until it returns something true, and returns that."""
    end = now() + seconds
    while True:
        value = condition()
        if value:
            return value
        if now() > end:
            raise Failed("waited %d s for %s" % (seconds, what))
        time.sleep(pause)


# ---- what processes cost ------------------------------------------------------------------------------


def read(path):
    try:
        with open(path) as f:
            return f.read()
    except OSError:
        return ""


def descendants(pid):
    """The process and all that come from it."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            stat = read("/proc/%s/stat" % name)
            if stat:
                parents.setdefault(int(stat.rsplit(")", 1)[1].split()[1]), []).append(int(name))
    found = [pid]
    for p in found:
        found += parents.get(p, [])
    return found


def cpu_seconds(pids):
    """User and system time. The scheduler's nanoseconds of the living threads, or, where more threads have
    ended than that, the clock ticks of all."""
    total = 0.0
    for pid in pids:
        stat = read("/proc/%d/stat" % pid)
        if not stat:
            continue
        fields = stat.rsplit(")", 1)[1].split()
        ticks = (int(fields[11]) + int(fields[12])) / TICK
        threads = 0
        try:
            for tid in os.listdir("/proc/%d/task" % pid):
                text = read("/proc/%d/task/%s/schedstat" % (pid, tid))
                threads += int(text.split()[0]) / 1e9 if text else 0
        except OSError:
            pass
        total += threads if ticks - threads < 0.05 else ticks
    return total


def rss_kib(pids, field="VmHWM"):
    total = 0
    for pid in pids:
        for line in read("/proc/%d/status" % pid).splitlines():
            if line.startswith(field + ":"):
                total += int(line.split()[1])
    return total


def prefer(pid="self"):
    """Before whatever else the machine does: all contestants, the floor and the tools alike. Each session is a group of
    its own for the scheduler, in which alone nice counts, so the group is told as well."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0 if pid == "self" else pid, PRIORITY)
        with open("/proc/%s/autogroup" % pid, "w") as f:
            f.write(str(PRIORITY))
    except OSError:
        pass  # a kernel without groups, or a process that is over already


# ---- processes ---------------------------------------------------------------------------------------


def in_memory():
    """A directory on a tmpfs: a node's records are in /run, which is one on every host but not in every container."""
    for path in ("/run", "/dev/shm"):
        if run("stat", "-f", "-c", "%T", path).strip() == "tmpfs":
            return path
    raise Failed("neither /run nor /dev/shm is a tmpfs; mount one: mount -t tmpfs tmpfs /run")


class Process:
    def __init__(self, lab, name, ns, command, env=None, pipe=False):
        self.name = name
        self.log = os.path.join(lab.dir, "log-" + name)
        # nsenter becomes the command, so the process ID is the command's
        command = ["nsenter", "--net=/run/netns/" + lab.prefix + ns] + [str(c) for c in command]
        self.started = now()
        with open(self.log, "a") as log:
            self.popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if pipe else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipe else log,
                stderr=log,
                env=dict(os.environ, **{k: str(v) for k, v in (env or {}).items()}),
                text=True,
                start_new_session=True,
            )
        self.pid = self.popen.pid
        prefer(self.pid)

    def alive(self):
        return self.popen.poll() is None

    def send(self, number):
        if self.alive():
            self.popen.send_signal(number)

    def stop(self, number=signal.SIGTERM, seconds=20):
        family = descendants(self.pid) if self.alive() else []
        self.send(number)
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        for pid in family[1:]:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    pass

    def last_words(self):
        lines = read(self.log).strip().splitlines()
        return " | ".join(lines[-3:])


class Events:
    """The lines of JSON that a program of ours writes."""

    def __init__(self, process):
        self.process = process
        self.seen = []
        os.set_blocking(process.popen.stdout.fileno(), False)
        self.rest = ""

    def poll(self):
        while True:
            try:
                text = os.read(self.process.popen.stdout.fileno(), 65536).decode()
            except BlockingIOError:
                break
            if not text:
                break
            self.rest += text
        *lines, self.rest = self.rest.split("\n")
        self.seen += [json.loads(line) for line in lines if line.startswith("{")]

    def find(self, event, count=1, **more):
        """The first count events of that name, when there are as many, else None."""
        self.poll()
        found = [e for e in self.seen if e.get("event") == event and all(e.get(k) == v for k, v in more.items())]
        return found[:count] if len(found) >= count else None

    def wait(self, seconds, event, count=1, **more):
        def look():
            found = self.find(event, count, **more)
            closed = self.find("closed")
            if closed and not found and event != "closed":
                raise Failed("the session was closed: %s" % closed[0]["why"])
            if not found and not self.process.alive():
                raise Failed("%s ended: %s" % (self.process.name, self.process.last_words()))
            return found

        return until(seconds, "%d x %s" % (count, event), look, 0.002)

    def forget(self):
        self.poll()
        self.seen = []


class Feeder:
    def __init__(self, lab, routes, tors, options=()):
        command = [os.path.join(TOOLS, "feeder"), *options, routes, TOR_AS, *TORS[:tors]]
        self.process = lab.spawn("feeder", "tors", command, pipe=True)
        self.tors = tors
        self.events = Events(self.process)
        self.events.wait(60, "listening", tors)

    def order(self, word):
        self.process.popen.stdin.write(word + "\n")
        self.process.popen.stdin.flush()


class Watcher:
    def __init__(self, lab, routes, tors, present, seconds, first=0):
        """present: with the next hops of the ToRs from first to tors; if first is not 0, they are there already."""
        word = "moved" if first else "present" if present else "absent"
        command = [os.path.join(TOOLS, "watcher"), routes, word, seconds]
        self.process = lab.spawn("watcher", "node", command + list(TORS[first:tors]), pipe=True)
        if self.process.popen.stdout.readline().strip() != "ready":
            raise Failed("watcher: " + self.process.last_words())

    def result(self):
        line = self.process.popen.stdout.readline()
        self.process.popen.wait()
        if not line:
            raise Failed("watcher: " + self.process.last_words())
        return json.loads(line)


# ---- the lab -----------------------------------------------------------------------------------------


class Lab:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="lpb.", dir="/tmp")  # short: socket paths have 107 octets
        os.chmod(self.dir, 0o755)
        self.prefix = os.path.basename(self.dir).replace(".", "") + "-"
        self.processes = []
        self.made_dirs = []
        for ns in ("tors", "node"):
            run("ip", "netns", "add", self.prefix + ns)
            self.ip(ns, "link", "set", "lo", "up")
        for i in (0, 1):
            name = "eth%d" % (i + 1)
            self.ip("node", "link", "add", name, "type", "veth", "peer", "name", name, "netns", self.prefix + "tors")
            for ns, addr in (("tors", TORS[i]), ("node", NODE[i])):
                self.ip(ns, "addr", "add", addr + "/24", "dev", name)
                self.ip(ns, "link", "set", name, "up")
        self.base = None
        self.reset()

    def ip(self, ns, *args, check=True):
        return run("ip", "-n", self.prefix + ns, *args, check=check)

    def inside(self, ns, *command, **kw):
        return run("nsenter", "--net=/run/netns/" + self.prefix + ns, *command, **kw)

    def spawn(self, name, ns, command, env=None, pipe=False):
        p = Process(self, name, ns, command, env, pipe)
        self.processes.append(p)
        return p

    def prefixes(self):
        """In the tables of the node's kernel."""
        text = self.inside("node", "cat", "/proc/net/fib_triestat")
        return sum(int(line.split()[1]) for line in text.splitlines() if line.strip().startswith("Prefixes:"))

    def reset(self):
        """Ends what runs; the kernel's tables are as at the beginning: a link that goes takes its routes."""
        for p in self.processes:
            p.stop()
        self.processes = []
        self.ip("node", "nexthop", "flush", check=False)
        for state in ("down", "up"):
            for name in ("eth1", "eth2"):
                self.ip("node", "link", "set", name, state)
        for proto in ("186", "bird", "bgp", "zebra", "static"):
            self.ip("node", "route", "flush", "table", "main", "proto", proto, check=False)
        self.ip("tors", "route", "flush", "proto", "bgp", check=False)
        if self.base is None:
            time.sleep(0.2)
            self.base = self.prefixes()
        until(60, "the kernel's table to be empty again", lambda: self.prefixes() == self.base)
        # IPv6 addresses that are still tentative would be the first thing a contestant hears of
        until(10, "the links", lambda: "tentative" not in self.ip("node", "addr"), 0.1)
        # the kernel says that a link is up up to a second after it is, and until then nothing is routed over it
        for ns in ("node", "tors"):
            until(10, "the links", lambda ns=ns: self.ip(ns, "-o", "link").count("state UP") == 2, 0.05)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, text, mode=0o644):
        with open(self.path(name), "w") as f:
            f.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)

    def close(self):
        for p in self.processes:
            p.stop()
        for ns in ("tors", "node"):
            run("ip", "netns", "del", self.prefix + ns, check=False)
        for d in self.made_dirs:
            try:
                os.rmdir(d)
            except OSError:
                pass
        shutil.rmtree(self.dir, ignore_errors=True)
