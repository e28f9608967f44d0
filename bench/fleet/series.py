"""How many series and octets a domain and an MX endpoint have, and what a Prometheus server takes for them. The counts
are of the commands that docs/scale.md names, run on the exporter of the bench."""

import time

import pinned
from fleet import Fleet
from fleet_exporter import FleetExporter
from fleet_lab import FleetLab
from process import LabError, run_tool
from prometheus_server import JOB, PrometheusServer
from report import table

DOMAINS = 2000
PATIENCE = 3600
SCRAPE_SECONDS = 5
LOOK_SECONDS = 30  # of each domain: as many scrapes to a look as with 5m and 1m, nearly
KIB, MIB = 1024, 1 << 20
# What is counted -> the lines, as a filter behind curl.
LINES = {
    "series of domains": """grep -v '^#' | grep 'domain="'""",
    "series of MX endpoints": """grep -v '^#' | grep 'address="'""",
    "series of MX hosts": """grep -v '^#' | grep '[{]mx="' | grep -v 'address="'""",
    "series of the exporter": """grep -v '^#' | grep -v 'domain="' | grep -v 'mx="'""",
    "all": "grep -v '^#'",
}


def _count(url, lines):
    """(series, octets)"""
    counted = run_tool(["sh", "-c", f"curl -s {url}/metrics | {lines} | wc -lc"])
    return tuple(map(int, counted.split()))


def _require_same(counted, scraped):
    if counted != scraped:
        raise LabError(f"{counted} series are counted, and Prometheus took {scraped:.0f}")


def series(options):
    count = options.domains or DOMAINS
    each, servers = {}, []
    interval = {"domain_interval": f"{LOOK_SECONDS}s", "mx_interval": f"{LOOK_SECONDS}s"}
    for domains in (count // 10, count):
        with FleetLab(Fleet(domains), options.kept) as lab:
            for families in ("all", "core"):
                shown = {"metrics": {"families": families}, "probe": interval}
                with FleetExporter(options.exporter, lab, lab.fleet.domains, **shown) as exporter:
                    exporter.wait_in_order(domains, PATIENCE)
                    servers.append(_server_row(lab, exporter, domains, families, options.minutes * 60))
                    each[families] = {what: _count(exporter.url, lines) for what, lines in LINES.items()}
                    _require_same(each[families]["all"][0], servers[-1]["series"])
                    print(servers[-1], flush=True)
    return {"series": _series_table(each, count), "prometheus": _server_table(servers, options.minutes)}


def _server_row(lab, exporter, domains, families, seconds):
    taken = "prometheus_tsdb_head_samples_appended_total"
    with PrometheusServer(lab.directory, exporter.url, SCRAPE_SECONDS) as server:
        time.sleep(2 * SCRAPE_SECONDS)
        samples, used = server.own(taken), pinned.cpu_seconds(server.process.pid)
        ahead, rss, end = server.write_ahead_octets(), [], time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(SCRAPE_SECONDS)
            rss.append(server.own("process_resident_memory_bytes"))
        appended = server.own(taken) - samples
        row = {
            "domains": domains,
            "families": families,
            "series": server.query(f'scrape_samples_scraped{{job="{JOB}"}}'),
            "head": server.own("prometheus_tsdb_head_series"),
            "rss": max(rss),
            "duration": server.query(f'max_over_time(scrape_duration_seconds{{job="{JOB}"}}[{seconds}s])'),
            "cpu": (pinned.cpu_seconds(server.process.pid) - used) / appended,
            "wal": (server.write_ahead_octets() - ahead) / appended,
        }
        stored, block_series, chunks, index = server.block()
    return row | {"chunks": chunks / stored, "index": index / block_series, "each": stored / block_series}


def _series_table(each, count):
    rows = []
    for families, counted in each.items():
        rows += [[families, what, lines, f"{lines / count:.2f}", octets, f"{octets / count:.0f}"]
                 for what, (lines, octets) in counted.items()]
    head = ["families", "", "series", "a domain", "octets", "a domain"]
    return f"{count} domains in order, each with an MX host of its own that has one address.\n\n" + table(head, rows)


def _server_table(servers, minutes):
    small = {row["families"]: row for row in servers[:2]}
    rows = []
    for row in servers:
        base = small[row["families"]]
        more = (row["rss"] - base["rss"]) / (row["head"] - base["head"]) / KIB if row is not base else None
        rows.append([
            row["domains"], row["families"], f"{row['series']:.0f}", f"{row['head']:.0f}", f"{row['rss'] / MIB:.0f}",
            "" if more is None else f"{more:.2f}", f"{row['duration']:.2f}", f"{row['cpu'] * 1e6:.1f}",
            f"{row['wal']:.2f}", f"{row['each']:.0f}", f"{row['chunks']:.2f}", f"{row['index']:.0f}"])
    head = ["domains", "families", "samples a scrape", "prometheus_tsdb_head_series", "RSS, MiB, most",
            "KiB a series beyond the smaller fleet", "scrape_duration_seconds, most", "CPU µs a sample",
            "octets a sample in the WAL", "samples a series in the block", "octets a sample in its chunks",
            "octets a series in its index"]
    return (f"Scraped every {SCRAPE_SECONDS} s for {minutes} minutes; domains and MX hosts looked at every "
            f"{LOOK_SECONDS} s.\n\n" + table(head, rows))
