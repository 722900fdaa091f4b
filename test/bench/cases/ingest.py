"""From a neighbour's first UPDATE until the kernel has every route; then until all are withdrawn.

The feeder announces N /24s, shuffled, packed as full as messages may be, with 16 AS paths; the watcher says
when the node's kernel has all of them with all next hops, and reads them one by one to be sure. The floor is
the faster of the ways in which the kernel takes the same routes from a program that does nothing else.
"""

import os

import lab as L
import report

ORDER = 10
COLUMNS = [
    ("ingest_s", "ingest", "s"),
    ("withdraw_s", "withdraw", "s"),
    ("peak_kib", "peak memory", "KiB"),
    ("cpu_s", "CPU", "s"),
]
RATIO = "ingest_s"
# what leafpeer is to keep: (N, ToRs) -> ratio of the ingest to the floor, peak memory in KiB
TARGETS = {
    (12000, 1): (1.3, None),
    (100000, 1): (1.25, None),
    (1000000, 1): (1.2, 64 * 1024),
    (1000000, 2): (1.4, 100 * 1024),
}
PATIENCE = 300
TITLE = "ingest"
README = ("ingest_s", "peak_kib")


def judge(group):
    """The targets of TARGETS, kept or missed."""
    target = TARGETS.get((group.params["n"], group.params["tors"]))
    if not target or not group.runs.get("leafpeer"):
        return []
    lines = []
    have = report.ratio(group, "leafpeer", RATIO)
    if have:
        lines.append(report.verdict("ingest, %s" % report.params_text(group.params), have, target[0], "x the floor"))
    peak = group.median("leafpeer", "peak_kib")
    if target[1] and peak:
        name = "peak memory, %s" % report.params_text(group.params)
        lines.append(report.verdict(name, peak / 1024, target[1] / 1024, "MiB"))
    return lines


class Floor:
    name = "kernel floor"


def floor(bench, routes, tors):
    best = {}
    modes = ("inline", "object") if tors == 1 else ("inline", "group")
    for mode in modes:
        text = bench.lab.inside("node", os.path.join(L.TOOLS, "floor"), routes, mode, 256, *L.TORS[:tors])
        got = L.json.loads(text)
        best["ingest_s"] = min(got["install"], best.get("ingest_s", 1e9))
        best["withdraw_s"] = min(got["remove"], best.get("withdraw_s", 1e9))
        best["ingest_%s_s" % mode] = got["install"]
    return best


def wait_stored(contestant, count, want):
    def there():
        if not all(p.alive() for p in contestant.processes):
            raise L.Failed("it ended: " + contestant.processes[0].last_words())
        return want(contestant.paths(), count)

    L.until(PATIENCE, "%d paths to be stored" % count, there, 0.01)
    return L.now()


def phase(bench, contestant, feeder, routes, n, tors, word):
    """Seconds of one feed."""
    present = word == "announce"
    watcher = L.Watcher(bench.lab, routes, tors, present, PATIENCE) if contestant.kernel else None
    feeder.events.forget()
    feeder.order(word)
    began = min(e["t"] for e in feeder.events.wait(30, "announcing" if present else "withdrawing", tors))
    if watcher:
        result = watcher.result()
        feeder.events.find("closed")
        if not result["done"]:
            raise L.Failed("%s: %d routes right, %d wrong" % (word, result["right"], result["wrong"]))
        return result["t"] - began
    if present:
        return wait_stored(contestant, n * tors, lambda have, all: have >= all) - began
    return wait_stored(contestant, 0, lambda have, all: have == all) - began


def contest(bench, cls, routes, n, tors, options=()):
    feeder = L.Feeder(bench.lab, routes, tors, options)
    contestant = cls(bench.lab, tors)
    contestant.start()
    try:
        feeder.events.wait(90, "established", tors)
        L.time.sleep(0.5)
        before = contestant.cpu()
        values = {"ingest_s": phase(bench, contestant, feeder, routes, n, tors, "announce")}
        values["cpu_s"] = contestant.cpu() - before
        values["peak_kib"] = contestant.peak_kib()
        values["withdraw_s"] = phase(bench, contestant, feeder, routes, n, tors, "withdraw")
    finally:
        contestant.stop()
    return values


def run(bench):
    for n in bench.sizes(12000, 100000, 1000000):
        for tors in (1, 2):
            routes = "%d/24/shuffled" % n
            contenders = [Floor] if bench.wanted("floor") else []
            contenders += bench.contestants()

            def once(c, routes=routes, n=n, tors=tors):
                return floor(bench, routes, tors) if c is Floor else contest(bench, c, routes, n, tors)

            # what is over soon is chance more than what takes long
            repeat, bench.repeat = bench.repeat, bench.repeat if bench.quick or n > 100000 else max(3, bench.repeat)
            try:
                bench.alternate({"n": n, "tors": tors}, contenders, once)
            finally:
                bench.repeat = repeat
