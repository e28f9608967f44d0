#!/usr/bin/env python3
"""500 and 600 clients that are slow, silent or half there, in front of a running exporter with TLS that watches 2,000
domains: a scrape beside them is answered each time, looks keep their pace, and the clients' connections end by the
exporter's limits alone. Loopback only; the domains' DNS server answers at once."""

import argparse
import http.client
import re
import resource
import socket
import ssl
import sys
import tempfile
import time
import unittest
from pathlib import Path

from quick_dns import QuickDns
from running import PATIENCE, Exporter, make_certificate

DOMAINS = 2000
INTERVAL = 10  # s, of the looks: 200 a second
CONNECTIONS = 512  # Limits::connections
WATCHED = 12  # s of scraping beside the clients
SCRAPE_WITHIN = 5  # s; half of Prometheus' default timeout
LAG_WITHIN = 5  # s
ENDED_WITHIN = 15  # s: handshake, read and stall have 10 s each
ROOM_WITHIN = 7  # s: long before a stall ends by itself
OPTIONS = argparse.Namespace()

CONFIG = """\
domains: [{domains}]
probe: {{domain_interval: {interval}s, retry_interval: {interval}s, policy_retry_interval: {interval}s, start_rate: 1000}}
dns: {{servers: ["{dns}"], timeout: 1s}}
smtp: {{enabled: false}}
history: {{url: "memory:"}}
"""
WEB_CONFIG = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
SCRAPE = b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"


def client_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


CONTEXT = client_context()


def connect(port):
    """A client that takes little at a time."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(PATIENCE)
    client.connect(("127.0.0.1", port))
    return client


def secured(port):
    return CONTEXT.wrap_socket(connect(port), server_hostname="localhost")


def silent(port):
    return connect(port)


def half_open_tls(port):
    client = connect(port)
    client.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")  # where a ClientHello of 512 octets begins
    return client


def slow_request(port):
    client = secured(port)
    client.sendall(b"GET /metrics HTTP/1.1\r\nHost: h\r\nX-Slow: ")
    return client


def slow_reader(port):
    client = secured(port)
    client.sendall(SCRAPE)
    return client


KINDS = (silent, half_open_tls, slow_request, slow_reader)


def drip(clients):
    """Those with a request on the way send one octet more; whom the exporter has closed stays closed."""
    for kind, client in clients:
        if kind is slow_request:
            try:
                client.sendall(b"x")
            except OSError:
                pass


class SlowClients(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="slow-clients-")
        self.addCleanup(temporary.cleanup)
        folder = Path(temporary.name)
        make_certificate(folder, "server", "DNS:localhost")
        dns = QuickDns()
        self.addCleanup(dns.stop)
        names = ", ".join(f"d{i}.example.org" for i in range(DOMAINS))
        config = CONFIG.format(domains=names, interval=INTERVAL, dns=dns.address)
        self.exporter = Exporter(OPTIONS.exporter, folder, WEB_CONFIG, config)
        self.addCleanup(self.exporter.stop)
        self.clients = []
        self.addCleanup(lambda: [client.close() for _, client in self.clients])
        self.wait_until(lambda: self.looks(self.scrape()) >= DOMAINS, "every domain was looked at")

    def wait_until(self, holds, what, patience=PATIENCE):
        end = time.monotonic() + patience
        while not holds():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.1)  # polling

    def scrape(self):
        connection = http.client.HTTPSConnection("127.0.0.1", self.exporter.port, timeout=PATIENCE, context=CONTEXT)
        try:
            connection.request("GET", "/metrics", headers={"Accept": "application/openmetrics-text"})
            text = connection.getresponse().read().decode()
        finally:
            connection.close()
        self.assertTrue(text.endswith("# EOF\n"), text[-200:])
        return text

    @staticmethod
    def value(text, sample):
        return float(re.search(rf"^{re.escape(sample)} (\S+)$", text, re.MULTILINE)[1])

    def looks(self, text):
        return self.value(text, 'mta_sts_exporter_probes_total{kind="domain"}')

    def connections(self):
        """Those that the exporter still holds; sockets that only the kernel holds have no inode."""
        held = 0
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            here = int(fields[1].split(":")[1], 16)
            held += here == self.exporter.port and fields[3] == "01" and fields[9] != "0"
        return held

    def memory(self):
        status = Path(f"/proc/{self.exporter.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024

    def open(self, count, kinds=KINDS):
        for i in range(count):
            kind = kinds[i % len(kinds)]
            self.clients.append((kind, kind(self.exporter.port)))

    def watch(self):
        """Scrapes once a second beside the clients; gives the times that it took."""
        times = []
        begin = time.monotonic()
        first = self.looks(self.scrape())
        while time.monotonic() - begin < WATCHED:
            drip(self.clients)
            asked = time.monotonic()
            text = self.scrape()
            times.append(time.monotonic() - asked)
            self.assertLess(times[-1], SCRAPE_WITHIN)
            self.assertLess(self.value(text, 'mta_sts_exporter_schedule_lag_seconds{kind="domain"}'), LAG_WITHIN)
            time.sleep(max(0, 1 - times[-1]))  # Prometheus does not scrape without a pause either
        rate = (self.looks(text) - first) / (time.monotonic() - begin)
        self.assertGreater(rate, DOMAINS / INTERVAL / 2, "looks a second")
        print(f"\n{len(self.clients)} clients: {len(times)} scrapes of {len(text) / 1e6:.1f} MB in {max(times):.2f} s at most, "
              f"{rate:.0f} looks/s, {self.connections()} connections held, {self.memory():.0f} MiB")

    def test_500_slow_clients_keep_nobody_out_and_end_by_themselves(self):
        before = self.memory()
        self.open(500)
        self.assertGreater(self.connections(), 400)
        print(f"\nmemory before {before:.0f} MiB, with 500 clients {self.memory():.0f} MiB")
        self.watch()
        self.wait_until(lambda: self.connections() == 0, "every connection ended", ENDED_WITHIN)

    def test_600_slow_clients_keep_nobody_out(self):
        self.open(600)
        self.assertLessEqual(self.connections(), CONNECTIONS)
        self.watch()

    def test_readers_on_every_connection_make_room_when_they_take_nothing(self):
        self.open(CONNECTIONS, [slow_reader])
        self.wait_until(self.is_let_in, "a scrape is let in", ROOM_WITHIN)

    def is_let_in(self):
        try:
            self.scrape()
            return True
        except (OSError, http.client.HTTPException):
            return False


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--exporter", required=True)
    parser.parse_args(namespace=OPTIONS)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    unittest.main(argv=sys.argv[:1], verbosity=2)
