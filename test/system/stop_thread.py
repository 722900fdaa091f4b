#!/usr/bin/env python3
"""Stops the first thread of a process, and that one alone, for some seconds: stop_thread.py PID SECONDS

A signal stops all threads; a tracer can stop one."""
import ctypes
import os
import sys
import time

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
pid, seconds = int(sys.argv[1]), float(sys.argv[2])
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def ptrace(request):
    if libc.ptrace(request, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")


ptrace(PTRACE_SEIZE)
ptrace(PTRACE_INTERRUPT)
os.waitpid(pid, 0x40000000)  # __WALL
states = {}
for tid in os.listdir(f"/proc/{pid}/task"):
    with open(f"/proc/{pid}/task/{tid}/stat", encoding="ascii") as f:
        states[int(tid)] = f.read().rsplit(")", 1)[1].split()[0]
if states[pid] != "t" or all(s == "t" for s in states.values()):
    sys.exit(f"not one thread alone stands still: {states}")
time.sleep(seconds)
ptrace(PTRACE_DETACH)
