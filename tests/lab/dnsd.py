"""DNS of the lab: Knot serves the zones, Unbound resolves before it, and the exporter asks a front (dns_front.py) that
can answer as neither of them would. Zones are made from the table."""

import shutil
import sys
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode

from facts import DNS_AUTHORITATIVE, DNS_FRONT, DNS_RECURSIVE
from process import Process, run_tool, wait_until

TTL = 2
ZONES = ("test", "co.uk", "github.io")

# fault -> the reason of contract/metrics.md
REASONS = {
    "servfail": "dns_servfail",  # a zone that Knot is told to serve and cannot read
    "loop": "dns_servfail",  # a CNAME that leads back to itself
    "refused": "dns_refused",  # by Unbound
    "timeout": "dns_timeout",  # Unbound is silent
    "bogus": "dns_bogus",  # a zone that Knot signs with other keys than Unbound trusts: an answer with CD set only
    "ede": "dns_bogus",  # the front says so
    "malformed": "dns_malformed",  # by the front
    "nodata": "dns_nodata",  # the name exists without the records
}
RESOLVER_FAULTS = {"refused": "always_refuse", "timeout": "deny"}  # as Unbound calls them
FRONT_FAULTS = {"ede": "bogus", "malformed": "malformed"}  # as the front does


def _quoted(strings):
    """Character-strings as a zone file has them, each octet that is not plain by its number."""

    def shown(octet):
        return chr(octet) if 32 <= octet < 127 and chr(octet) not in '"\\;' else f"\\{octet:03}"

    return " ".join('"' + "".join(map(shown, s.encode())) + '"' for s in strings)


class ZoneData:
    """Records by zone, and the names for which a server itself misbehaves."""

    def __init__(self):
        self.lines = {zone: [] for zone in ZONES}
        self.unreadable, self.bogus = [], []
        self.resolver_faults, self.front_faults = {}, {}  # name -> fault

    def add(self, owner, rtype, data):
        zone = max((z for z in self.lines if owner == z or owner.endswith("." + z)), key=len)
        line = f"{owner}. {rtype} {data}"
        if line not in self.lines[zone]:
            self.lines[zone].append(line)

    def break_name(self, owner, fault):
        """Whether the records of the name are to be published all the same."""
        if fault == "servfail":
            self.unreadable.append(owner)
        elif fault == "loop":
            self.add(owner, "CNAME", f"loop.{owner}.")
            self.add(f"loop.{owner}", "CNAME", f"{owner}.")
        elif fault == "nodata":
            self.add(owner, "HINFO", '"lab" "lab"')
        elif fault == "bogus":
            self.bogus.append(owner)
            self.lines[owner] = []
        elif fault in FRONT_FAULTS:
            self.front_faults[owner] = FRONT_FAULTS[fault]
        else:
            self.resolver_faults[owner] = RESOLVER_FAULTS[fault]
        return fault == "bogus"

    def add_address(self, owner, address):
        self.add(owner, "AAAA" if ":" in address else "A", address)

    def add_txt(self, owner, txt):
        if txt.dns and not self.break_name(owner, txt.dns):
            return
        if txt.empty:
            self.break_name(owner, "nodata")
        if txt.alias:
            self.add(owner, "CNAME", txt.alias + ".")
        for strings in txt.strings():
            self.add(txt.alias or owner, "TXT", _quoted(strings))


def _add_policy_host(zones, domain):
    if domain.web_dns and not zones.break_name(domain.policy_host, domain.web_dns):
        return
    if domain.web_alias:
        zones.add(domain.policy_host, "CNAME", domain.web_alias + ".")
    for web in domain.web:
        zones.add_address(domain.web_alias or domain.policy_host, web.address)


def _add_domain(zones, domain):
    if not domain.exists:
        return
    if domain.mx_dns:
        zones.break_name(domain.name, domain.mx_dns)
        if domain.mx_dns not in FRONT_FAULTS:
            return  # all that is below the name is broken, too
    zones.add(domain.name, "TXT", '"lab"')  # the name exists
    for preference, host in domain.mx:
        zones.add(domain.name, "MX", f"{preference} {host.rstrip('.')}.")
    for listener in domain.implicit:
        zones.add_address(domain.name, listener.address)
    zones.add_txt(f"_mta-sts.{domain.name}", domain.record)
    zones.add_txt(f"_smtp._tls.{domain.name}", domain.tlsrpt)
    _add_policy_host(zones, domain)


def _add_mx_host(zones, host):
    if host.dns and not zones.break_name(host.name, host.dns):
        return
    if host.alias:
        zones.add(host.name, "CNAME", host.alias + ".")
    elif not host.listeners:
        zones.add(host.name, "TXT", '"no address"')
    for listener in host.listeners:
        zones.add_address(host.alias or host.name, listener.address)


def zone_data(domains, hosts):
    zones = ZoneData()
    for domain in domains:
        _add_domain(zones, domain)
    for host in hosts:
        _add_mx_host(zones, host)
    return zones


class Dns:
    """Owns the servers and their directory."""

    def __init__(self, directory, domains, hosts):
        self.directory = directory / "dns"
        (self.directory / "db").mkdir(parents=True)
        self._serial = 1
        self._processes, self._ended = [], []
        self._knot_conf = self.directory / "knot.conf"
        self.write_zones(zone_data(domains, hosts))
        self._write_knot_conf()
        self._write_unbound_conf()

    def write_zones(self, zones):
        self.zones = zones
        for zone, lines in zones.lines.items():
            head = f"$TTL {TTL}\n{zone}. SOA ns.{zone}. hostmaster.{zone}. {self._serial} 60 60 3600 {TTL}\n"
            head += f"{zone}. NS ns.{zone}.\nns.{zone}. A {DNS_AUTHORITATIVE}\n"
            (self.directory / f"{zone}.zone").write_text(head + "\n".join(sorted(lines)) + "\n")

    def reload(self, zones):
        """New zones are served when this returns, apart from what Unbound keeps for TTL seconds."""
        self._serial += 1
        self.write_zones(zones)
        run_tool(["knotc", "-b", "-s", self.directory / "knot.sock", "zone-reload", *ZONES])

    def _write_knot_conf(self):
        names = [*self.zones.lines, *self.zones.unreadable]
        signed = {z: "    dnssec-signing: on\n" for z in self.zones.bogus}
        zones = "".join(f"  - domain: {z}.\n    file: {self.directory}/{z}.zone\n{signed.get(z, '')}" for z in names)
        self._knot_conf.write_text(
            f"server:\n  rundir: {self.directory}\n  listen: {DNS_AUTHORITATIVE}@53\n  udp-workers: 1\n"
            f"  tcp-workers: 1\n  background-workers: 1\n  pidfile: {self.directory}/knot.pid\n"
            f"control:\n  listen: {self.directory}/knot.sock\n"
            f"database:\n  storage: {self.directory}/db\n  journal-db-max-size: 16M\n  kasp-db-max-size: 16M\n"
            f"  timer-db-max-size: 16M\n  catalog-db-max-size: 16M\n"
            f"log:\n  - target: stderr\n    any: info\n"
            f"template:\n  - id: default\n    zonefile-sync: -1\n    journal-content: none\n    semantic-checks: off\n"
            f"zone:\n{zones}"
        )

    def _write_unbound_conf(self):
        faults = "".join(f'  local-zone: "{n}." {f}\n' for n, f in self.zones.resolver_faults.items())
        faults += "".join(f'  trust-anchor: "{n}. DS 1 13 2 {"00" * 32}"\n' for n in self.zones.bogus)
        open_zones = "".join(f'  domain-insecure: "{z}."\n  local-zone: "{z}." nodefault\n' for z in ZONES)
        stubs = "".join(f'stub-zone:\n  name: "{z}."\n  stub-addr: {DNS_AUTHORITATIVE}\n' for z in ZONES)
        (self.directory / "unbound.conf").write_text(
            f'server:\n  directory: "{self.directory}"\n  pidfile: "{self.directory}/unbound.pid"\n  chroot: ""\n'
            f'  username: ""\n  use-syslog: no\n  logfile: ""\n  interface: {DNS_RECURSIVE}\n'
            f"  access-control: 127.0.0.0/8 allow\n  outgoing-interface: 127.0.0.1\n  do-ip6: no\n"
            f'  do-not-query-localhost: no\n  module-config: "validator iterator"\n  num-threads: 1\n  so-reuseport: no\n'
            f"  cache-max-ttl: {TTL}\n  cache-max-negative-ttl: {TTL}\n  infra-host-ttl: 1\n  qname-minimisation: no\n"
            f"  log-servfail: yes\n{open_zones}{faults}remote-control:\n  control-enable: no\n{stubs}"
        )

    def start(self):
        self._processes.append(Process("knotd", ["knotd", "-c", self._knot_conf], self.directory / "knot.log"))
        unbound = ["unbound", "-d", "-c", self.directory / "unbound.conf"]
        self._processes.append(Process("unbound", unbound, self.directory / "unbound.log"))
        faults = [f"{name}={fault}" for name, fault in self.zones.front_faults.items()]
        front = [sys.executable, "-B", Path(__file__).with_name("dns_front.py"), DNS_FRONT, DNS_RECURSIVE, *faults]
        self._processes.append(Process("dns_front", front, self.directory / "front.log"))
        wait_until(self._answers, 15, "the resolver answers")

    def _answers(self):
        for process in self._processes:
            process.check_alive()
        try:
            query = dns.message.make_query("ns.test.", "A")
            return dns.query.udp(query, DNS_FRONT, timeout=1).rcode() == dns.rcode.NOERROR
        except (dns.exception.Timeout, OSError):
            return False

    def stop(self):
        for process in reversed(self._processes):
            process.stop()
        self._ended, self._processes = [*self._ended, *self._processes], []

    def logs(self):
        return sorted({p.log_file for p in [*self._ended, *self._processes]})


def require_programs():
    return [p for p in ("knotd", "knotc", "unbound", "nginx", "postconf", "promtool") if not shutil.which(p)]
