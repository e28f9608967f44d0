#!/usr/bin/env python3
"""/metrics of 2,000 domains under wrk, with and without gzip, and beside it /metrics of prometheus-node-exporter, one after
the other in the same run. Usage: bench/scrape_load.py build/release/exporter/mta_sts_exporter [SECONDS]

Needs wrk and prometheus-node-exporter (packaging/apt-packages.txt, bench). Loopback only; nothing else is started."""

import gzip
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/web"))
from quick_dns import QuickDns  # noqa: E402
from running import PATIENCE, Exporter  # noqa: E402

DOMAINS = 2000
CLIENTS = 4
CONFIG = """\
domains: [{domains}]
probe: {{domain_interval: 5m, start_rate: 1000}}
dns: {{servers: ["{dns}"], timeout: 1s}}
smtp: {{enabled: false}}
history: {{url: "memory:"}}
"""


def wait_until(holds, what):
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(what)
        time.sleep(0.1)  # polling


def get(url, coding):
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Encoding": coding})) as reply:
        body = reply.read()
        return gzip.decompress(body) if reply.headers["Content-Encoding"] == "gzip" else body, len(body)


def answers(url):
    try:
        return bool(get(url, "identity"))
    except OSError:
        return False


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def load(name, url, pid, coding, seconds):
    text, size = get(url, coding)
    before = cpu_seconds(pid)
    told = subprocess.run(["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", "--timeout", "20s", "--latency",
                           "-H", f"Accept-Encoding: {coding}", url], capture_output=True, text=True, check=True).stdout
    cpu = cpu_seconds(pid) - before
    requests = int(re.search(r"(\d+) requests in", told)[1])
    errors = re.search(r"(Socket errors|Non-2xx).*", told)
    latency = {part: re.search(rf"{part}%\s+(\S+)", told)[1] for part in ("50", "99")}
    samples = sum(1 for line in text.splitlines() if line and not line.startswith(b"#"))
    print(f"| {name} | {coding} | {samples} | {size / 1000:.0f} kB | {requests / seconds:.1f} | {latency['50']} | {latency['99']} "
          f"| {samples * requests / cpu / 1e6:.2f} M | {errors[0] if errors else 0} |", flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    print(f"| /metrics of | coding | samples | on the wire | scrapes/s | median | 99 % | samples/s of CPU | errors |\n{'|---' * 9}|")
    with tempfile.TemporaryDirectory(prefix="scrape-load-") as folder:
        dns = QuickDns()
        names = ", ".join(f"d{i}.example.org" for i in range(DOMAINS))
        exporter = Exporter(sys.argv[1], Path(folder), config=CONFIG.format(domains=names, dns=dns.address))
        try:
            url = f"http://127.0.0.1:{exporter.port}"
            wait_until(lambda: answers(url + "/-/ready"), "the first pass is done")
            for coding in ("identity", "gzip"):
                load("mta_sts_exporter", url + "/metrics", exporter.process.pid, coding, seconds)
        finally:
            exporter.stop()
            dns.stop()
    port = free_port()
    node = subprocess.Popen(["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{port}"], stderr=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}/metrics"
        wait_until(lambda: answers(url), "node_exporter answers")
        for coding in ("identity", "gzip"):
            load("prometheus-node-exporter", url, node.pid, coding, seconds)
    finally:
        node.terminate()
        node.wait()


main()
