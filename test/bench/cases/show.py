"""On a full table: what its commands take, and what they cost the daemon.

Each command of the contestant's own client, with its output thrown away; the first line of it is looked at, so
that an error is no fast answer. `table` prints every path, `prefix` one route, `summary` the neighbours.

Where a daemon says how long its event loop's turns took, those during the whole table are told: how many there were,
how many took more than 10 ms, and what the longest took at most. Time that the machine gave to others is in them.
"""

import subprocess

import lab as L

ORDER = 40
COLUMNS = [
    ("table_s", "whole table", "s"),
    ("prefix_s", "one prefix", "s"),
    ("summary_s", "summary", "s"),
    ("reload_s", "reload", "s"),
    ("cpu_s", "CPU of the daemon", "s"),
    ("grown_kib", "memory on top", "KiB"),
    ("turns", "turns", ""),
    ("stalls", "over 10 ms", ""),
    ("longest_s", "the longest, up to", "s"),
]
TITLE = "show the whole table; one prefix; reload"
README = ("table_s", "prefix_s", "reload_s")


def lines_of(bench, command):
    """Seconds, and how many lines that said."""
    began = L.now()
    p = subprocess.Popen(
        ["nsenter", "--net=/run/netns/" + bench.lab.prefix + "node", *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    count = sum(chunk.count(b"\n") for chunk in iter(lambda: p.stdout.read(1 << 20), b""))
    if p.wait() != 0:
        raise L.Failed("%s: exit code %d" % (command[0], p.returncode))
    return L.now() - began, count


def turns_between(before, after):
    """Of two readings of a contestant's turns()."""
    if not before or not after:
        return {}
    n = {bound: after[bound] - before.get(bound, 0) for bound in sorted(after)}
    all_of_them = n[float("inf")]
    return {
        "turns": all_of_them,
        "stalls": all_of_them - n[0.01],
        # beyond the last bound nothing is known but that
        "longest_s": min([b for b in n if n[b] == all_of_them and b != float("inf")], default=None),
    }


def run(bench):
    for n in bench.sizes(12000, 100000):
        routes = "%d/24/shuffled" % n

        def once(cls, n=n, routes=routes):
            feeder = L.Feeder(bench.lab, routes, 1)
            contestant = cls(bench.lab, 1)
            contestant.start()
            try:
                feeder.events.wait(90, "established", 1)
                watcher = L.Watcher(bench.lab, routes, 1, True, 120) if contestant.kernel else None
                feeder.order("announce")
                if watcher:
                    if not watcher.result()["done"]:
                        raise L.Failed("the routes were not all there")
                else:
                    L.until(120, "all paths", lambda: contestant.paths() >= n)
                L.time.sleep(1)
                turns = contestant.turns()
                before, peak = contestant.cpu(), contestant.rss_kib()
                values = {}
                values["table_s"], count = lines_of(bench, contestant.show("table"))
                if count < n:
                    raise L.Failed("the whole table had %d lines" % count)
                values.update(turns_between(turns, contestant.turns()))
                values["grown_kib"] = max(contestant.peak_kib() - peak, 0)
                values["prefix_s"], _ = lines_of(bench, contestant.show("prefix"))
                values["summary_s"], _ = lines_of(bench, contestant.show("summary"))
                began = L.now()
                contestant.reload()
                values["reload_s"] = L.now() - began
                values["cpu_s"] = contestant.cpu() - before
                if feeder.events.find("closed"):
                    raise L.Failed("the session was closed")
                return values
            finally:
                contestant.stop()

        bench.alternate({"n": n, "tors": 1}, bench.contestants(), once)
