"""What it costs to do nothing: two sessions, 1,000 routes, with and without BFD at 100 ms.

CPU is the scheduler's own count of the daemon's processes over a window that begins five seconds after the last
session came up. QUICK=1 looks for 10 s and scales what it saw to a minute. BFD is with FRR's bfdd at the ToRs,
and with those contestants that have it; the feeder keeps the BGP sessions.
"""

import os
import pwd
import shutil

import lab as L
import report

ORDER = 30
COLUMNS = [("cpu_min_s", "CPU a minute", "s"), ("rss_kib", "memory", "KiB"), ("window_s", "looked for", "s")]
TITLE = "idle"
README = ("cpu_min_s", "rss_kib")
BFD = ("leafpeer", "BIRD", "FRR")


def judge(group):
    """CPU and memory at rest."""
    lines = []
    cpu, rss = group.median("leafpeer", "cpu_min_s"), group.median("leafpeer", "rss_kib")
    if cpu is None:
        return []
    if group.params["bfd"] == "100 ms":
        return [report.verdict("idle with BFD", cpu * 1e3, 150, "ms of CPU a minute")]
    lines.append(report.verdict("idle", cpu * 1e3, 0.6, "ms of CPU a minute"))
    lines.append(report.verdict("idle, memory", rss / 1024, 4, "MiB"))
    return lines


def bfd_of_tors(lab):
    """FRR's bfdd in the ToRs' namespace, which needs its zebra."""
    home = lab.path("tor-bfd")
    shutil.rmtree(home, ignore_errors=True)
    os.mkdir(home)
    lines = ["bfd"]
    for tor, node in zip(L.TORS, L.NODE):
        lines += [" peer %s local-address %s" % (node, tor), "  receive-interval 100", "  transmit-interval 100"]
        lines += ["  detect-multiplier 3"]
    lab.write("tor-bfd/bfdd.conf", "\n".join(lines) + "\n")
    lab.write("tor-bfd/zebra.conf", "")
    user = pwd.getpwnam("frr")
    for path in [home] + [os.path.join(home, f) for f in os.listdir(home)]:
        os.chown(path, user.pw_uid, user.pw_gid)
    for daemon in ("zebra", "bfdd"):
        command = ["/usr/lib/frr/" + daemon, "--vty_socket", home, "-z", home + "/zserv", "-P", "0"]
        command += ["-i", "%s/%s.pid" % (home, daemon), "-f", "%s/%s.conf" % (home, daemon)]
        if daemon == "bfdd":
            command += ["--bfdctl", home + "/bfdd.sock"]
        lab.spawn("tor-" + daemon, "tors", command)
        if daemon == "zebra":
            L.until(10, "zebra", lambda: os.path.exists(home + "/zserv"), 0.001)
    return home


def bfd_up(home):
    text = L.run("vtysh", "--vty_socket", home, "-c", "show bfd peers brief", check=False)
    return sum(1 for line in text.splitlines() if line.split()[-1:] == ["up"]) == 2


def run(bench):
    window = 10 if bench.quick else 60

    def idle(cls, bfd):
        feeder = L.Feeder(bench.lab, "1000/24", 2)
        home = bfd_of_tors(bench.lab) if bfd else None
        contestant = cls(bench.lab, 2, bfd=bfd)
        contestant.start()
        try:
            feeder.events.wait(90, "established", 2)
            if bfd:
                L.until(30, "both BFD sessions", lambda: bfd_up(home), 0.2)
            feeder.order("announce")
            feeder.events.wait(30, "fed", 2)
            L.time.sleep(5)
            began, before = L.now(), contestant.cpu()
            L.time.sleep(window)
            spent, took = contestant.cpu() - before, L.now() - began
            dead = [p.name for p in contestant.processes if not p.alive()]
            closed = feeder.events.find("closed")
            if dead or closed:
                raise L.Failed("it did not stay up: " + (" ".join(dead) + " ended" if dead else closed[0]["why"]))
            return {"cpu_min_s": spent * 60 / took, "rss_kib": contestant.rss_kib(), "window_s": took}
        finally:
            contestant.stop()

    repeat = bench.repeat
    bench.repeat = 1  # a minute is many wake-ups already
    try:
        bench.alternate({"tors": 2, "bfd": "off"}, bench.contestants(), lambda c: idle(c, False))
        with_bfd = [c for c in bench.contestants() if c.name in BFD]
        bench.alternate({"tors": 2, "bfd": "100 ms"}, with_bfd, lambda c: idle(c, True))
    finally:
        bench.repeat = repeat
