"""A pod's ADD, from exec to exit: the plugin beside a static program that only echoes, and Go's plugins.

All get the same result of Cilium's shape on standard input, in turn, in a namespace with a real pair of
interfaces; tuning and bandwidth are Debian's, the first told to set an address, the other nothing.
"""

import json
import os
import shutil
import tempfile

import lab as L
import report

ORDER = 60
COLUMNS = [
    ("median_us", "median", "us"),
    ("p99_us", "99 %", "us"),
    ("min_us", "least", "us"),
    ("max_us", "most", "us"),
    ("peak_kib", "peak memory", "KiB"),
    ("size_kib", "program", "KiB"),
]
TITLE = "a pod's ADD"
README = ("median_us", "peak_kib")
ECHO = "static echo"
GO = {
    "tuning": {"mac": "0a:58:0a:e9:00:2a"},
    "bandwidth": {},
}


def judge(group):
    """The targets, kept or missed."""
    lines = []
    for key, title, target in (("median_us", "median", 2.0), ("p99_us", "99 %", 1.5)):
        mine, echo = group.median("leafpeer", key), group.median(ECHO, key)
        if mine and echo:
            lines.append(report.verdict("a pod's ADD, " + title, mine / echo, target, "x the echo"))
    for key, title, target in (("peak_kib", "peak memory", 2048), ("size_kib", "program", 300)):
        mine = group.median("leafpeer", key)
        if mine:
            lines.append(report.verdict("the plugin, " + title, mine, target, "KiB"))
    return lines


def result(netns):
    return {
        "cniVersion": "0.4.0",
        "interfaces": [
            {"name": "lxc0", "mac": "0a:58:0a:e9:00:01"},
            {"name": "eth0", "mac": "0a:58:0a:e9:00:2a", "sandbox": netns},
        ],
        "ips": [
            {"version": "6", "address": "fd00:10:233::2a/128", "gateway": "fd00:10:233::1", "interface": 1},
            {"version": "4", "address": "10.233.0.42/32", "gateway": "10.233.0.1", "interface": 1},
        ],
        "routes": [
            {"dst": "fd00:10:233::1/128"},
            {"dst": "::/0", "gw": "fd00:10:233::1"},
            {"dst": "10.233.0.1/32"},
            {"dst": "0.0.0.0/0", "gw": "10.233.0.1"},
        ],
        "dns": {},
    }


def run(bench):
    work = tempfile.mkdtemp(prefix="lpbench.", dir=L.in_memory())
    pod = bench.lab.prefix + "pod"
    L.run("ip", "netns", "add", pod)
    try:
        bench.lab.ip("node", "link", "add", "lxc0", "type", "veth", "peer", "name", "eth0", "netns", pod)
        netns = "/run/netns/" + pod
        command = []
        contenders = {ECHO: ({}, os.path.join(L.TOOLS, "echo"))}
        contenders["leafpeer"] = ({"stateDir": work + "/state"}, os.path.join(L.BUILD, "leafpeer"))
        for name, options in GO.items():
            path = os.path.join(os.environ.get("LAB_CNI_PLUGINS", "/usr/lib/cni"), name)
            if os.path.exists(path):
                contenders["Go: " + name] = (options, path)
        for name, (options, path) in contenders.items():
            if not bench.wanted(name):
                continue
            conf = {"cniVersion": "0.4.0", "name": "cilium", "type": os.path.basename(path), "prevResult": result(netns)}
            file = os.path.join(work, name.replace(" ", "") + ".json")
            with open(file, "w") as f:
                json.dump(dict(conf, **options), f)
            command += [name, file, path]
        rounds = 300 if bench.quick else 1000
        for _ in range(bench.repeat):
            text = bench.lab.inside(
                "node", "env", "CNI_COMMAND=ADD", "CNI_IFNAME=eth0", "CNI_NETNS=" + netns, "CNI_PATH=/usr/lib/cni",
                os.path.join(L.TOOLS, "exec"), rounds, *command,
            )  # fmt: skip
            for line in text.splitlines():
                values = json.loads(line)
                name = values.pop("name")
                values["size_kib"] = os.path.getsize(contenders[name][1]) / 1024
                bench.record({"runs": rounds}, name, values)
            shutil.rmtree(work + "/state", ignore_errors=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        L.run("ip", "netns", "del", pod, check=False)
        bench.lab.reset()
