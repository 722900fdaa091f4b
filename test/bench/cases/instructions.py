"""Instructions a route, by what they are for: repeatable on a noisy machine, so that a regression is a number.

leafpeerd runs under callgrind twice, with N and with 3 N routes; the difference, by 2 N, is what a route costs in
user space from the socket to the kernel's acknowledgement. Instructions are sorted by the folder of their source
(code that was inlined counts where it is written): parse is agent/bgp, lib and the socket; decide is the RIB;
install is the FIB and rtnetlink; the rest is the C library and wiring.
"""

import os
import re
import shutil
import signal

import contestants as C
import lab as L

ORDER = 70
COLUMNS = [
    ("total", "all", ""),
    ("parse", "parse", ""),
    ("decide", "decide", ""),
    ("install", "install", ""),
    ("rest", "rest", ""),
]
TITLE = "instructions a route: all; parse, decide, install, rest"
README = ("total", "parse", "decide", "install", "rest")
SORTS = (
    ("install", re.compile(r"agent/(rib/fib|io/rtnl|fibsync)")),
    ("decide", re.compile(r"agent/rib/|agent/session_routes")),
    ("parse", re.compile(r"agent/(bgp|lib|session|io/tcp)")),
)


def count(path):
    """Exclusive cost by sort, from callgrind's file: fl, fi and fe say which source the lines after them are of;
    the line after calls= is what the called function cost, and is counted there."""
    names, current, skip = {}, "", False
    found = {"parse": 0, "decide": 0, "install": 0, "rest": 0}
    with open(path) as f:
        for line in f:
            m = re.match(r"(?:fl|fi|fe)=\((\d+)\)(?: (.*))?$", line)
            if m:
                if m.group(2):
                    names[m.group(1)] = m.group(2)
                source = names.get(m.group(1), "")
                current = next((sort for sort, at in SORTS if at.search(source)), "rest")
            elif line.startswith("cfi=") or line.startswith("cfl="):
                m = re.match(r"cf[il]=\((\d+)\)(?: (.*))?$", line)
                if m and m.group(2):
                    names[m.group(1)] = m.group(2)
            elif line.startswith("calls="):
                skip = True
            elif line[:1].isdigit() or line[:1] in "+-*":
                if not skip:
                    found[current or "rest"] += int(line.split()[1])
                skip = False
    return found


class Counted(C.Leafpeer):
    """leafpeerd as callgrind runs it."""

    def spawn(self, name, command, env=None):
        self.out = self.lab.path("callgrind.out")
        if os.path.exists(self.out):
            os.unlink(self.out)
        options = ["--tool=callgrind", "--callgrind-out-file=" + self.out]
        return super().spawn(name, ["valgrind", *options, *command], env)


def run(bench):
    if not shutil.which("valgrind"):
        raise SystemExit("bench: the case instructions needs valgrind: sudo ./hack/setup bench")

    def counted(n, tors):
        routes = "%d/24/shuffled" % n
        feeder = L.Feeder(bench.lab, routes, tors)
        daemon = Counted(bench.lab, tors)
        daemon.start()
        feeder.events.wait(120, "established", tors)
        L.time.sleep(4)  # what follows a start (dumps, links, IPv6 addresses) is no route's
        watcher = L.Watcher(bench.lab, routes, tors, True, 300)
        feeder.order("announce")
        if not watcher.result()["done"]:
            raise L.Failed("the routes were not all there")
        L.time.sleep(1)
        daemon.processes[0].stop(signal.SIGTERM, 120)
        found = count(daemon.out)
        if not sum(found.values()):
            raise L.Failed("callgrind counted nothing: " + daemon.processes[0].last_words())
        bench.lab.reset()
        return found

    for n in bench.sizes(20000)[:1]:
        for tors in (1, 2):

            def once(cls, n=n, tors=tors):
                few, many = counted(n, tors), counted(3 * n, tors)
                values = {key: (many[key] - few[key]) / (2.0 * n) for key in few}
                return {"total": sum(values.values()), **values}

            repeat, bench.repeat = bench.repeat, 1
            try:
                bench.alternate({"n": n, "tors": tors}, [C.Leafpeer] if bench.wanted("leafpeer") else [], once)
            finally:
                bench.repeat = repeat
