"""bench/bare_client.cc on a fleet."""

import subprocess

import pinned
from fleet import DNS_ADDRESS
from process import LabError


def pass_cpu(program, lab):
    """CPU seconds of one look at every domain, as the client counts them. Each must be in order."""
    argv = ["taskset", "-c", str(pinned.MEASURED_CORE), program, DNS_ADDRESS, lab.certificates.ca_file]
    domains = "".join(domain + "\n" for domain in lab.fleet.domains)
    done = subprocess.run(argv, input=domains, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise LabError(f"the bare client: {done.stderr}")
    looked, seconds = done.stdout.split()
    if int(looked) != lab.fleet.count:
        raise LabError(f"the bare client looked at {looked} domains")
    return float(seconds)
