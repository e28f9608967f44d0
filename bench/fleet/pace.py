"""A large fleet at its pace: all domains and MX hosts in each interval, scraped once a minute, with a history."""

import re
import time
import zlib
from dataclasses import dataclass

from fleet import Fleet
from fleet_exporter import FleetExporter
from fleet_lab import FleetLab
from pinned import cpu_seconds
from report import spread, table

DOMAINS = 100_000
INTERVALS = 2
SCRAPE_SECONDS = 60
PATIENCE = 3600
KINDS = ("domain", "mx")


@dataclass
class Scrape:
    """One, as Prometheus asks for it: with gzip."""

    at: float
    seconds: float
    octets: int
    own: bytes  # the exporter's own families

    @classmethod
    def of(cls, exporter):
        began = time.monotonic()
        packed = exporter.get("/metrics", **{"Accept-Encoding": "gzip"})
        seconds = time.monotonic() - began
        text = zlib.decompress(packed, zlib.MAX_WBITS | 16)
        return cls(began, seconds, len(packed), b"\n".join(re.findall(rb"^mta_sts_exporter_.*", text, re.M)))

    def value(self, name, kind):
        return float(re.search(rf'^mta_sts_exporter_{name}{{kind="{kind}"}} (\S+)'.encode(), self.own, re.M)[1])


class Usage:
    """CPU of the exporter and of the servers, from its making on."""

    def __init__(self, lab, exporter):
        self._lab, self._exporter = lab, exporter
        self._began, self._before = time.monotonic(), self._now()

    def _now(self):
        return {"mta_sts_exporter": cpu_seconds(self._exporter.process.pid), **self._lab.used()}

    def shares(self):
        seconds = time.monotonic() - self._began
        return {name: 100 * (used - self._before[name]) / seconds for name, used in self._now().items()}


def scrape_for(exporter, seconds):
    """A scrape a minute, the first at once and the last at the end."""
    scrapes, begin = [], time.monotonic()
    for number in range(int(seconds / SCRAPE_SECONDS) + 1):
        time.sleep(max(0, begin + number * SCRAPE_SECONDS - time.monotonic()))  # the pace of a Prometheus server
        scrapes.append(Scrape.of(exporter))
        lag = ", ".join(f"{kind} {scrapes[-1].value('schedule_lag_seconds', kind):.1f} s late" for kind in KINDS)
        print(f"{number * SCRAPE_SECONDS} s: {lag}, scraped in {scrapes[-1].seconds:.1f} s", flush=True)
    return scrapes


def pace(options):
    fleet, minutes = Fleet(options.domains or DOMAINS), options.minutes
    probe = {"domain_interval": f"{minutes}m", "mx_interval": f"{minutes}m"}
    with FleetLab(fleet, options.kept) as lab:
        print("servers up", flush=True)
        with FleetExporter(options.exporter, lab, fleet.domains, "sqlite", probe=probe) as exporter:
            print(f"first pass: {exporter.first_pass(PATIENCE):.0f} s", flush=True)
            usage = Usage(lab, exporter)
            scrapes = scrape_for(exporter, INTERVALS * minutes * 60)
            shares = usage.shares()
            exporter.require_all_ok(len(fleet.mx_hosts))
    head = f"{fleet.count} domains, intervals of {minutes} minutes, {INTERVALS} of them after the first pass.\n\n"
    return {"pace": head + _tables(scrapes, shares, fleet, minutes)}


def _tables(scrapes, shares, fleet, minutes):
    last = [scrape for scrape in scrapes if scrape.at >= scrapes[-1].at - minutes * 60 - 1]
    rows = []
    for kind, count in zip(KINDS, (fleet.count, len(fleet.mx_hosts))):
        lag = max(scrape.value("schedule_lag_seconds", kind) for scrape in scrapes)
        done = last[-1].value("probes_total", kind) - last[0].value("probes_total", kind)
        seconds = last[-1].at - last[0].at
        rows.append([kind, f"{lag:.2f}", f"{done:.0f}", f"{done / seconds * minutes * 60 / count:.3f}"])
    text = table(["kind", "greatest schedule_lag_seconds", "probes in the last interval", "of those due"], rows)
    text += "\n" + table(["process", "% of a core"], [[name, f"{share:.0f}"] for name, share in shares.items()])
    rows = [["seconds a scrape", *spread([s.seconds for s in scrapes])]]
    rows.append(["MB on the wire", *spread([s.octets / 1e6 for s in scrapes])])
    return text + "\n" + table(["", "least", "median", "most"], rows)
