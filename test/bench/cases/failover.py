"""How long until no kernel route leads through a ToR that is lost, of two.

Each of two ToRs announces the same N /24s. Then the link to the first loses its carrier; or it loses every packet in
silence, which BFD at 3 x 50 ms finds out; or the ToR withdraws all. The time is from that moment until every
route of the kernel has the second's next hop alone: the watcher asks for single routes until all of 256 are so, and then
reads all of them. A carrier's loss is an event when the node's kernel says so, which may be late by itself.
"""

import sys

import lab as L
import report

ORDER = 25
COLUMNS = [("failover_s", "failover", "s"), ("heard_s", "since the kernel said so", "s"), ("cpu_s", "CPU", "s")]
TITLE = "a ToR is lost"
README = ("failover_s", "heard_s")
BFD_MS = 50
FEED = 120  # seconds for all routes of both ToRs to be in the kernel
PATIENCE = 60
# seconds; the watcher is late by up to 2 ms, and by 2 % of its reading at a million routes
TARGETS = {"carrier": 0.005, "silent": 0.170}


def judge(group):
    how = group.params["loss"]
    mine = group.median("leafpeer", "heard_s" if how == "carrier" else "failover_s")
    lines = []
    if not mine:
        return lines
    if how in TARGETS:
        lines.append(report.verdict("%s loss, %s" % (how, report.params_text(group.params)), mine * 1000, TARGETS[how] * 1000, "ms"))
    else:
        for other in ("BIRD", "FRR"):
            theirs = group.median(other, "failover_s")
            if theirs:
                lines.append(report.verdict("withdraw, %s" % report.params_text(group.params), mine / theirs, 1.0, "x " + other))
    return lines


class Lever:
    def __init__(self, lab, ns, *words):
        command = [sys.executable, L.os.path.join(L.HERE, "lever.py"), *words]
        self.process = lab.spawn("lever-" + ns, ns, command, pipe=True)
        if self.process.popen.stdout.readline().strip() != "ready":
            raise L.Failed("lever: " + self.process.last_words())

    def pull(self, word, name):
        self.process.popen.stdin.write("%s %s\n" % (word, name))
        self.process.popen.stdin.flush()
        return self.time()

    def time(self):
        return float(self.process.popen.stdout.readline())


def tors_bfd(lab):
    """BFD of both ToRs: BIRD's, since the feeder has none."""
    lines = ["router id %s;" % L.TORS[0], "protocol device {}", "protocol bfd {"]
    lines.append(" interface \"*\" { interval %d ms; multiplier 3; };" % BFD_MS)
    for tor, node in zip(L.TORS, L.NODE):
        lines.append(" neighbor %s local %s;" % (node, tor))
    conf = lab.write("tors-bird.conf", "\n".join(lines) + "\n}\n")
    ctl = lab.path("tors-bird.ctl")
    # a ToR is a machine of its own: what the node has to do must not keep its BFD from the processor
    bird = ["chrt", "-f", "10", "bird", "-f", "-c", conf, "-s", ctl, "-P", lab.path("tors-bird.pid")]
    lab.spawn("tors-bird", "tors", bird)

    def up():
        return L.run("birdc", "-s", ctl, "show", "bfd", "sessions", check=False).count(" Up ") == len(L.TORS)

    return up


def contest(bench, cls, routes, n, loss):
    feeder = L.Feeder(bench.lab, routes, 2)
    lever = Lever(bench.lab, "tors")
    carrier = Lever(bench.lab, "node", "watch", "eth1") if loss == "carrier" else None
    silent = loss == "silent"
    bfd_up = tors_bfd(bench.lab) if silent else None
    contestant = cls(bench.lab, 2, bfd=BFD_MS if silent else 0)
    contestant.start()
    cut = False
    try:
        feeder.events.wait(90, "established", 2)
        if silent:
            # BFD that comes up may end a session, which then has to come back before it is fed
            L.until(30, "BFD at both ToRs", bfd_up, 0.1)
            L.time.sleep(3)
        whole = L.Watcher(bench.lab, routes, 2, True, FEED)
        feeder.order("announce")
        if not whole.result()["done"]:
            raise L.Failed("it never had all routes")
        L.time.sleep(1)
        before = contestant.cpu()
        watcher = L.Watcher(bench.lab, routes, 2, True, PATIENCE, first=1)
        if loss == "withdraw":
            feeder.events.forget()
            feeder.order("withdraw 1")
            began = feeder.events.wait(30, "withdrawing", 1)[0]["t"]
        else:
            if silent and not bfd_up():
                raise L.Failed("BFD was down before the link was cut")
            cut = True
            began = lever.pull("deaf" if silent else "down", "eth1")
        result = watcher.result()
        if not result["done"]:
            raise L.Failed("%d routes right, %d wrong" % (result["right"], result["wrong"]))
        values = {"failover_s": result["t"] - began, "cpu_s": contestant.cpu() - before}
        if carrier:
            values["heard_s"] = max(result["t"] - carrier.time(), 0)
        return values
    finally:
        contestant.stop()
        if cut:
            lever.pull("hear" if silent else "up", "eth1")


def run(bench):
    for n in bench.sizes(12000, 100000, 1000000):
        for loss in ("carrier", "silent", "withdraw"):
            if loss == "withdraw" and n != 12000 or loss == "silent" and n == 100000:
                continue

            def once(c, routes="%d/24" % n, n=n, loss=loss):
                return contest(bench, c, routes, n, loss)

            bench.alternate({"n": n, "loss": loss}, bench.contestants(kernel=True), once)
