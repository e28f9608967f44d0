"""A tenth of a large fleet is exchanged in its list of domains: those that went are gone, those that came are looked at
once and at their pace, and the others notice nothing. All of it is counted, and a wrong count fails the run."""

import time
from dataclasses import dataclass

import reload_counts
from asked import Asked
from fleet import Fleet
from fleet_exporter import FleetExporter, write_list
from fleet_lab import FleetLab
from process import LabError
from seen import Seen

DOMAINS = 100_000
START_RATE = 100  # as it is by default
SCRAPE_SECONDS = 60  # of a Prometheus server; a short interval has four scrapes all the same
PATIENCE = 3600
STRETCH = 1.5  # intervals from the first look at a domain to its second, at most (exporter/schedule/cadence.h)


@dataclass(frozen=True)
class Exchange:
    """Domains by their numbers. One more comes than goes, so that mta_sts_exporter_domains says when it was done."""

    count: int
    interval: float

    @property
    def went(self):
        return range(self.count // 10)

    @property
    def stay(self):
        return range(self.count // 10, self.count)

    @property
    def came(self):
        return range(self.count, self.count + self.count // 10 + 1)

    @property
    def scrape_seconds(self):
        return min(SCRAPE_SECONDS, self.interval / 4)

    @property
    def first_rate(self):
        """First looks a second: probe.start_rate, or all within an interval where that is faster."""
        return max(START_RATE, self.count / self.interval)

    @property
    def steady_rate(self):
        """The most looks a second that are due when nothing changes. The first pass of a small fleet is short, and its
        second looks are spread over half of an interval, so that later ones all fall into that half."""
        return self.count / max(self.count / self.first_rate, self.interval / 2)


class Scrapes:
    """At the pace of a Prometheus server."""

    def __init__(self, lab, exporter, count, gap):
        self._lab, self._exporter, self._count, self._gap = lab, exporter, count, gap
        self.taken, self._due = [], time.monotonic()

    def take_for(self, seconds):
        end = self._due + seconds
        while self._due < end:
            time.sleep(max(0, self._due - time.monotonic()))
            self._due += self._gap
            seen = Seen.of(self._exporter, self._lab.dns, self._count)
            self.taken.append(seen)
            lag = seen.own_value('schedule_lag_seconds{kind="domain"}')
            shown = f"{seen.own_value('domains'):.0f} domains, {len(seen.series)} with series"
            print(f"{shown}, {lag:.1f} s late, {seen.memory >> 20} MiB, scraped in {seen.seconds:.1f} s", flush=True)


def reload(options):
    exchange = Exchange(options.domains or DOMAINS, options.minutes * 60)
    known = exchange.came.stop
    interval = {"domain_interval": f"{options.minutes}m", "mx_interval": f"{options.minutes}m"}
    with FleetLab(Fleet(known), options.kept) as lab:
        print(f"servers up; MX hosts are first looked at in {exchange.count / START_RATE:.0f} s", flush=True)
        names = lab.fleet.domains
        listed = names[: exchange.count]
        probe = {**interval, "start_rate": START_RATE}
        with FleetExporter(options.exporter, lab, listed, "sqlite", listed=True, probe=probe) as exporter:
            exporter.wait_status("first looks", lambda now: now["domains"] == exchange.count, PATIENCE)
            steady = time.monotonic() + STRETCH * exchange.interval
            exporter.wait_in_order(exchange.count, PATIENCE)
            # From then on each domain was looked at twice, and is looked at again an interval later.
            print(f"in order, {max(0, steady - time.monotonic()):.0f} s until the looks are steady", flush=True)
            time.sleep(max(0, steady - time.monotonic()))
            with Asked(lab.dns) as asked:
                scrapes = Scrapes(lab, exporter, known, exchange.scrape_seconds)
                scrapes.take_for(exchange.interval + exchange.scrape_seconds)
                replaced = time.time()
                write_list(exporter.domain_list, names[exchange.went.stop :])
                scrapes.take_for(2 * exchange.interval + exchange.scrape_seconds)
            status = exporter.status()
    told = reload_counts.Counts(exchange, scrapes.taken, asked, replaced, status)
    tables = told.tables()
    if told.faults:
        raise LabError("\n".join(["the exchange was not as it should be:", *told.faults, "", tables]))
    head = (
        f"{exchange.count} domains with an MX host each, intervals of {options.minutes} minutes, "
        f"`probe.start_rate` {START_RATE}, a history in sqlite, scraped every {exchange.scrape_seconds:.0f} s with gzip. "
        f"{len(exchange.went)} domains go, {len(exchange.came)} come.\n\n"
    )
    return {"reload": head + tables}
