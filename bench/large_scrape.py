#!/usr/bin/env python3
"""What a scrape of a very large fleet costs, and what others notice of it: time, size, the server's memory, and how long the
slowest of many small requests beside it took. Usage: bench/large_scrape.py build/release/bench/bench_fleet_server [DOMAINS]"""

import http.client
import re
import subprocess
import sys
import threading
import time
from pathlib import Path


def memory(pid, field):
    return int(re.search(rf"{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def scrape(port, headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", "/metrics", headers=headers)
    response = connection.getresponse()
    size = 0
    while piece := response.read(1 << 20):
        size += len(piece)
    connection.close()
    return size


def ask_until(done, port, times):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    while not done.is_set():
        begin = time.monotonic()
        connection.request("GET", "/-/healthy")
        connection.getresponse().read()
        times.append(time.monotonic() - begin)
        time.sleep(0.005)


def measure(name, process, port, headers, scrapers):
    Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # the peak counts from now on
    before = memory(process.pid, "VmRSS")
    times, sizes, done = [], [], threading.Event()
    other = threading.Thread(target=ask_until, args=(done, port, times))
    other.start()
    begin = time.monotonic()
    threads = [threading.Thread(target=lambda: sizes.append(scrape(port, headers))) for _ in range(scrapers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - begin
    done.set()
    other.join()
    extra = memory(process.pid, "VmHWM") - before
    print(f"{name:26} {took:6.2f} s  {sizes[0] / 1e6:7.1f} MB  memory +{extra:4.0f} MiB  "
          f"others: {len(times)} answers, {max(times) * 1000:.0f} ms at most")
    time.sleep(7)  # what is shared is given up, so that the next one is made anew


def main():
    domains = sys.argv[2] if len(sys.argv) > 2 else "100000"
    process = subprocess.Popen([sys.argv[1], domains], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        port = int(process.stdout.readline())
        print(f"{domains} domains, {memory(process.pid, 'VmRSS'):.0f} MiB")
        gzip = {"Accept-Encoding": "gzip"}
        measure("plain", process, port, {}, 1)
        measure("gzip", process, port, gzip, 1)
        measure("plain, 4 at once", process, port, {}, 4)
        measure("gzip, 4 at once", process, port, gzip, 4)
    finally:
        process.stdin.close()
        process.wait()


main()
