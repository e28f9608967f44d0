"""DNS of the fleet: Knot with one zone. It answers with AA and without RA, which stub resolvers take as they take a
resolver's answer; so no resolver's cache stands between, and what is asked is counted once."""

import re
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode

import pinned
from fleet import DNS_ADDRESS, ZONE, mx_address, policy_address, policy_host
from process import run_tool, wait_until

KNOT = """\
server:
  rundir: {folder}
  pidfile: {folder}/knot.pid
  listen: {address}@53
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
control:
  listen: {folder}/knot.sock
database:
  storage: {folder}/db
  journal-db-max-size: 16M
  kasp-db-max-size: 16M
  timer-db-max-size: 16M
  catalog-db-max-size: 16M
log:
  - target: stderr
    any: warning
mod-stats:
  - id: asked
    query-type: on
template:
  - id: default
    zonefile-sync: -1
    journal-content: none
    semantic-checks: off
    global-module: mod-stats/asked
zone:
  - domain: {zone}.
    file: {folder}/zone
"""


def zone_lines(fleet):
    yield f"$ORIGIN {ZONE}.\n$TTL 300\n@ SOA ns hostmaster 1 60 60 3600 300\n@ NS ns\nns A {DNS_ADDRESS}"
    for number, domain in enumerate(fleet.domains):
        yield f'_mta-sts.{domain}. TXT "v=STSv1; id=20260101T000000;"'
        yield f'_smtp._tls.{domain}. TXT "v=TLSRPTv1; rua=mailto:tlsrpt@{ZONE}"'
        yield f"{domain}. MX 10 {fleet.mx_of(domain)}."
        yield f"{policy_host(domain)}. A {policy_address(number)}"
    for number, host in enumerate(fleet.mx_hosts):
        yield f"{host}. A {mx_address(number)}"


class DnsServer:
    name = "knot"

    def __init__(self, directory, fleet):
        self._folder = Path(directory) / "dns"
        (self._folder / "db").mkdir(parents=True)
        (self._folder / "zone").write_text("\n".join(zone_lines(fleet)) + "\n")
        self._conf = self._folder / "knot.conf"
        self._conf.write_text(KNOT.format(folder=self._folder, address=DNS_ADDRESS, zone=ZONE))

    def start(self):
        log = self._folder / "log"
        self.process = pinned.start(self.name, ["knotd", "-c", self._conf], log, pinned.SERVER_CORE)
        wait_until(self._answers, 60, "the zone is served")

    def _answers(self):
        self.process.check_alive()
        try:
            reply = dns.query.udp(dns.message.make_query(f"ns.{ZONE}.", "A"), DNS_ADDRESS, timeout=1)
            return reply.rcode() == dns.rcode.NOERROR
        except (dns.exception.Timeout, OSError):
            return False

    def asked(self):
        """Questions so far, by type."""
        told = run_tool(["knotc", "-s", self._folder / "knot.sock", "stats", "mod-stats.query-type"])
        return {kind: int(count) for kind, count in re.findall(r"query-type\[(\w+)\] = (\d+)", told)}

    def stop(self):
        self.process.stop()
