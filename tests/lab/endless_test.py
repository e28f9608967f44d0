#!/usr/bin/python3
"""Servers that are slow or never come to an end: no probe outlives its timeout, and after 1,000 probes of each kind the
daemon is no larger than before. Takes some minutes; run as root by scripts/soak."""

import sys

from exporter import Exporter, configuration
from exposition import parse_text
from facts import MAIL, WEB, Domain, Listener, MxHost, Policy, Web
from lab import Lab
from process import LabError, wait_until
from report import Report, run_script
from series import key, show

HTTPS_TIMEOUT, SMTP_TIMEOUT, GRACE = 3, 4, 1  # seconds
READY_SECONDS = 60
PROBES = 1000  # of each kind, after the first ones
FIRST = 200  # caches and pools have their size by then
GROWTH = 4 << 20  # octets; one leaked policy body a probe would be 64 MiB
COPIES = 10  # names for each endless server, so that the probes do not take all day

SLOW_WEB = ("silent", "drips")
SLOW_MAIL = ("drips", "silent_at_ehlo", "silent_tls")
ENDLESS_WEB = ("endless",)
ANY_MX = Policy(mx=("*.test",))
ENDLESS_MAIL = ("greets_endlessly", "endless_ehlo", "endless_line")


def table(web_faults, mail_faults, copies):
    """Domains and MX hosts, one for each fault and copy."""
    hosts = [
        MxHost(f"mx{copy}.mail{i}.test", (Listener(f"{MAIL}{i + 1}", smtp=fault),))
        for i, fault in enumerate(mail_faults)
        for copy in range(copies)
    ]
    mx = tuple((10, host.name) for host in hosts[:: max(1, copies)])
    domains = [
        Domain(f"web{copy}-{i}.test", fault, policy=ANY_MX, web=(Web(f"{WEB}{i + 1}", fault=fault),), mx=mx)
        for i, fault in enumerate(web_faults)
        for copy in range(copies)
    ]
    domains += [
        Domain(f"mail{i}.test", h.name, policy=Policy(mx=(h.name,)), web=(Web(f"{WEB}99"),), mx=((10, h.name),))
        for i, h in enumerate(hosts)
    ]
    return domains, hosts


def settings_for(lab):
    return configuration(
        [d.name for d in lab.domains],
        lab.pki.ca_file,
        probe={"domain_interval": "1s", "mx_interval": "1s", "retry_interval": "1s", "policy_retry_interval": "1s"},
        https={"timeout": f"{HTTPS_TIMEOUT}s"},
        smtp={"timeout": f"{SMTP_TIMEOUT}s", "per_address_interval": "0s", "per_address_connections": 8},
    )


def finished(samples, kind):
    return samples[key("mta_sts_exporter_probes_total", {"kind": kind})]


def wait_for_probes(exporter, count):
    def done():
        exporter.process.check_alive()
        samples = parse_text(exporter.scrape())
        return samples if min(finished(samples, kind) for kind in ("domain", "mx")) >= count else None

    return wait_until(done, 600, f"{count} probes of each kind")


def too_long(samples):
    limits = {
        "mta_sts_domain_probe_duration_seconds": HTTPS_TIMEOUT + GRACE,
        "mta_sts_mx_probe_duration_seconds": SMTP_TIMEOUT + GRACE,
    }
    return [f"{show(k)} {v:.2f} s" for k, v in samples.items() if v > limits.get(k[0], float("inf"))]


def check_slow(report, program, keep):
    """Each fault looked at many times: the longest probe that a scrape shows."""
    with Lab(*table(SLOW_WEB, SLOW_MAIL, 1), keep=keep) as lab:
        exporter = Exporter(program, lab.directory, settings_for(lab))
        try:
            exporter.wait_ready(READY_SECONDS)
            faults = []
            for count in range(10, 60, 10):
                faults += too_long(wait_for_probes(exporter, count))
            report.check("no probe of a slow server outlives its timeout", faults)
        finally:
            exporter.stop()


def check_endless(report, program, keep):
    with Lab(*table(ENDLESS_WEB, ENDLESS_MAIL, COPIES), keep=keep) as lab:
        exporter = Exporter(program, lab.directory, settings_for(lab))
        try:
            exporter.wait_ready(READY_SECONDS)
            size = key("process_resident_memory_bytes", {})
            first = wait_for_probes(exporter, FIRST)
            last = wait_for_probes(exporter, max(finished(first, kind) for kind in ("domain", "mx")) + PROBES)
            print(f"       {first[size] / 2**20:.1f} MiB, then {last[size] / 2**20:.1f} MiB")
            grown = last[size] - first[size]
            report.check("memory stays flat over endless answers", [f"{grown} octets more"] if grown > GROWTH else [])
            report.check("no probe of an endless server outlives its timeout", too_long(last))
        finally:
            exporter.stop()


def run(program, keep):
    report = Report()
    try:
        check_slow(report, program, keep)
        check_endless(report, program, keep)
    except (LabError, ValueError) as error:
        report.check("the run", [str(error)])
    return report.failed


if __name__ == "__main__":
    sys.exit(run_script(__doc__, "endless servers", run))
