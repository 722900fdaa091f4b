#!/usr/bin/python3
"""Runs a command under a seccomp profile as container runtimes read it (OCI's format), by the same library.

under_seccomp.py [--without CALL] PROFILE COMMAND...

With one difference: what the profile refuses is not refused but ends the process, so that nothing that is missing can
go unseen. A rule of the profile that refuses (clone3) stays what it is. --without takes a call out of the profile."""
import json
import os
import sys

import seccomp

OPS = {"SCMP_CMP_EQ": seccomp.EQ, "SCMP_CMP_NE": seccomp.NE, "SCMP_CMP_MASKED_EQ": seccomp.MASKED_EQ}


def condition(arg):
    if arg["op"] == "SCMP_CMP_MASKED_EQ":
        return seccomp.Arg(arg["index"], seccomp.MASKED_EQ, arg["value"], arg["valueTwo"])
    return seccomp.Arg(arg["index"], OPS[arg["op"]], arg["value"])


def main():
    argv = sys.argv[1:]
    without = None
    if argv[0] == "--without":
        without, argv = argv[1], argv[2:]
    with open(argv[0], encoding="ascii") as f:
        profile = json.load(f)
    assert profile["defaultAction"] == "SCMP_ACT_ERRNO"
    rules = seccomp.SyscallFilter(seccomp.KILL_PROCESS)
    for row in profile["syscalls"]:
        action = seccomp.ALLOW if row["action"] == "SCMP_ACT_ALLOW" else seccomp.ERRNO(row["errnoRet"])
        for name in row["names"]:
            if name != without:
                rules.add_rule(action, name, *map(condition, row.get("args", [])))
    rules.load()
    os.execv(argv[1], argv[1:])


main()
