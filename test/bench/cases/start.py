"""From exec to a session at every ToR, and to the node's prefix in the ToRs' kernel.

The feeder accepts at once and puts what it learns into its kernel, as a switch would; its times and exec's are
of one clock. Nothing is answered before the daemon is started, and no route is announced to it.
"""

import lab as L
import report

ORDER = 20
COLUMNS = [
    ("prefix_s", "prefix in the ToRs", "s"),
    ("established_s", "Established", "s"),
    ("cpu_s", "CPU", "s"),
    ("rss_kib", "memory", "KiB"),
]
TITLE = "start, until the prefix is in the ToR"


def judge(group):
    """No slower than OpenBGPD."""
    have, other = group.median("leafpeer", "prefix_s"), group.median("OpenBGPD", "prefix_s")
    if have is None or other is None:
        return []
    return [report.verdict("start", have / other, 1, "x OpenBGPD")]


def run(bench):
    def once(cls):
        feeder = L.Feeder(bench.lab, "16/24", 2, ("-i",))
        contestant = cls(bench.lab, 2)
        began = L.now()
        contestant.start()
        try:
            up = feeder.events.wait(60, "established", 2)
            there = feeder.events.wait(60, "installed", 2)
            return {
                "prefix_s": max(e["t"] for e in there) - began,
                "established_s": max(e["t"] for e in up) - began,
                "cpu_s": contestant.cpu(),
                "rss_kib": contestant.rss_kib(),
            }
        finally:
            contestant.stop()

    repeat = bench.repeat
    bench.repeat = max(repeat, 3)  # it is short, and its spread is the point
    try:
        bench.alternate({"tors": 2}, bench.contestants(), once)
    finally:
        bench.repeat = repeat
