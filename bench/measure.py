"""Runs a command and prints what it cost: wall clock, CPU, peak memory of the largest process (wait4(2))."""

import json
import os
import sys
import time

started = time.monotonic()
pid = os.fork()
if pid == 0:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(pid, 0)
print(
    json.dumps(
        {
            "seconds": time.monotonic() - started,
            "cpuSeconds": usage.ru_utime + usage.ru_stime,
            "peakMB": usage.ru_maxrss * 1024 / 1e6,
            "status": os.waitstatus_to_exitcode(status),
        }
    )
)
