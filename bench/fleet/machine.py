"""What a figure depends on beside the program: cores, versions, and how much of the cores others used meanwhile."""

import os
import re
import resource
import ssl
import subprocess
import time
from pathlib import Path

from blackbox import PROGRAM as BLACKBOX
from pinned import MEASURED_CORE, SERVER_CORE, TICKS


def _busy_seconds():
    """Of both cores, since the machine was started."""
    busy = 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name in (f"cpu{SERVER_CORE}", f"cpu{MEASURED_CORE}"):
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields[:8])
            busy += user + nice + system + irq + softirq + steal
    return busy / TICKS


def _own_seconds():
    """Of this process and of all that it has started and seen the end of."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, kinds))


class Meanwhile:
    """From its making on."""

    def __init__(self):
        self._began, self._busy, self._own = time.monotonic(), _busy_seconds(), _own_seconds()

    def others_share(self):
        """Of the two cores. To be asked when all processes of the bench have ended."""
        others = _busy_seconds() - self._busy - (_own_seconds() - self._own)
        return max(0, others) / (2 * (time.monotonic() - self._began))


def version_of(argv, pattern):
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return " ".join(filter(None, re.search(pattern, done.stdout + done.stderr).groups()))


def state(program, meanwhile):
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[1]
    exporter = version_of([program, "--version"], r"version (\S+) \(revision (\w+)")
    blackbox = version_of([BLACKBOX, "--version"], r"version (\S+)")
    return (
        f"{model}, {os.cpu_count()} cores (servers and drivers on core {SERVER_CORE}, the measured program on "
        f"core {MEASURED_CORE}), Linux {os.uname().release}, {ssl.OPENSSL_VERSION}, mta_sts_exporter {exporter}, "
        f"blackbox_exporter {blackbox}; others used {meanwhile.others_share():.0%} of the two cores meanwhile."
    )
