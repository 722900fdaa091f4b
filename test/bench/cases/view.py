"""How long after a pod's ADD the agent knows of it: from the plugin's exit until an answer to `show pods` names the pod.

The agent is asked again and again, so what is measured holds the time of an answer, too.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time

import lab as L
import report

ORDER = 61
COLUMNS = [
    ("median_us", "median", "us"),
    ("p99_us", "99 %", "us"),
    ("max_us", "most", "us"),
]
TITLE = "the agent's view after an ADD"
CONF = (
    '{"cniVersion":"1.0.0","name":"pods","type":"leafpeer","stateDir":"%s",'
    '"prevResult":{"ips":[{"address":"10.233.0.42/32"}]}}'
)


def judge(group):
    worst = group.median("leafpeer", "p99_us")
    return [report.verdict("the agent's view after an ADD, 99 %", worst, 10000, "us")] if worst else []


def ask(path, pod):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        s.sendall(b"show pods | json\n")
        answer = b""
        while True:
            more = s.recv(65536)
            if not more:
                return b'"' + pod.encode() + b'"' in answer
            answer += more


def one(work, pod):
    """Microseconds from the end of the pod's ADD."""
    conf = (CONF % work).encode()
    env = {"CNI_CONTAINERID": pod, "CNI_IFNAME": "eth0", "CNI_NETNS": "/run/netns/x"}
    plugin = os.path.join(L.BUILD, "leafpeer")
    subprocess.run([plugin], input=conf, env=dict(env, CNI_COMMAND="ADD"), check=True, stdout=subprocess.DEVNULL)
    end = time.monotonic()
    while not ask(work + "/leafpeerd.sock", pod):
        if time.monotonic() - end > 10:
            raise RuntimeError("the agent does not see the record of " + pod)
    taken = (time.monotonic() - end) * 1e6
    subprocess.run([plugin], input=conf, env=dict(env, CNI_COMMAND="DEL"), check=True)
    return taken


def run(bench):
    if not bench.wanted("leafpeer"):
        return
    work = tempfile.mkdtemp(prefix="lpview.", dir=L.in_memory())
    rounds = 200 if bench.quick else 1000
    env = {
        "LEAFPEER_STATE_DIR": work,
        "LEAFPEER_CONFIG": work + "/none",
        "LEAFPEER_CACHE_DIR": work + "/cache",
        "LEAFPEER_HTTP": "off",
        "POD_CIDR": "10.233.0.0/24",
    }
    agent = bench.lab.spawn("view", "node", [os.path.join(L.BUILD, "leafpeerd")], env)
    try:
        L.until(10, "the agent's socket", lambda: os.path.exists(work + "/leafpeerd.sock"))
        for _ in range(bench.repeat):
            taken = sorted(one(work, "pod%d" % i) for i in range(rounds))
            bench.record(
                {"runs": rounds},
                "leafpeer",
                {"median_us": taken[rounds // 2], "p99_us": taken[rounds * 99 // 100], "max_us": taken[-1]},
            )
    finally:
        agent.stop()
        shutil.rmtree(work, ignore_errors=True)
        bench.lab.reset()
