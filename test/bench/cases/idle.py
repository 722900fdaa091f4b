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
    if group.params["bfd"] != "off":
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


def settled(events):
    events.poll()
    last = {e["tor"]: e["event"] for e in events.seen if e["event"] in ("established", "closed")}
    return len(last) == 2 and set(last.values()) == {"established"}


def begin(lab, cls, bfd):
    """A contestant at rest in a lab of its own."""
    feeder = L.Feeder(lab, "1000/24", 2)
    home = bfd_of_tors(lab) if bfd else None
    contestant = cls(lab, 2, bfd=bfd)
    contestant.start()
    feeder.events.wait(90, "established", 2)
    if bfd:
        # FRR's bgpd ends a session once when its BFD session begins
        L.until(30, "both BFD sessions", lambda: bfd_up(home), 0.2)
        L.until(90, "both BGP sessions under BFD", lambda: settled(feeder.events), 0.2)
        feeder.events.forget()
    feeder.order("announce")
    feeder.events.wait(30, "fed", 2)
    return contestant, feeder


def end(contestant, feeder, began, before):
    dead = [p.name for p in contestant.processes if not p.alive()]
    closed = feeder.events.find("closed")
    if dead or closed:
        raise L.Failed("it did not stay up: " + (" ".join(dead) + " ended" if dead else closed[0]["why"]))
    took = L.now() - began
    return {
        "cpu_min_s": (contestant.cpu() - before) * 60 / took,
        "rss_kib": contestant.rss_kib(),
        "window_s": took,
    }


def together(bench, params, contenders, bfd):
    labs, resting = [], []
    try:
        for cls in contenders:
            lab = L.Lab()
            labs.append(lab)
            try:
                resting.append((cls, *begin(lab, cls, bfd)))
            except L.Failed as e:
                bench.record(params, cls.name, {"failed": str(e)})
        L.time.sleep(5)
        seen = [(L.now(), contestant.cpu()) for _, contestant, _ in resting]
        L.time.sleep(10 if bench.quick else 60)
        for (cls, contestant, feeder), (began, before) in zip(resting, seen):
            try:
                bench.record(params, cls.name, end(contestant, feeder, began, before))
            except L.Failed as e:
                bench.record(params, cls.name, {"failed": str(e)})
    finally:
        for lab in labs:
            lab.close()


def run(bench):
    together(bench, {"tors": 2, "bfd": "off"}, bench.contestants(), 0)
    together(bench, {"tors": 2, "bfd": "100 ms"}, [c for c in bench.contestants() if c.name in BFD], 100)
