"""The two cores of the bench: what is measured has one to itself, servers and drivers share the other. And what a
process used of them, as the kernel counts it."""

import os
import re
import time
from pathlib import Path

from process import LabError, Process

SERVER_CORE, MEASURED_CORE = sorted(os.sched_getaffinity(0))[:2]
TICKS = os.sysconf("SC_CLK_TCK")


def start(name, argv, log_file, core):
    return Process(name, ["taskset", "-c", core, *argv], log_file)


def children_of(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_seconds(pid):
    """User and system time of all threads, of the children that run too."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    own = (int(fields[11]) + int(fields[12])) / TICKS
    return own + sum(map(cpu_seconds, children_of(pid)))


def memory_octets(pid):
    return int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def settle(process, seconds=120, still=1):
    """Waits until the process has used no CPU to speak of for `still` seconds; what it has used up to then."""
    deadline = time.monotonic() + seconds
    used, since = cpu_seconds(process.pid), time.monotonic()
    while time.monotonic() - since < still:
        if time.monotonic() > deadline:
            raise LabError(f"{process.name} does not come to rest within {seconds} s")
        time.sleep(0.1)  # polling
        process.check_alive()
        now = cpu_seconds(process.pid)
        if now - used > 0.02:
            used, since = now, time.monotonic()
    return cpu_seconds(process.pid)
