#!/usr/bin/python3
"""Politeness: 1,000 domains on 10 MX addresses cost each address one SMTP dialogue an interval, and 2,000 domains cost
exactly the same. Counted in Postfix's own log."""

import sys
import time

from domains import Domain
from exporter import Exporter, configuration
from exposition import parse_text
from facts import DNS_RECURSIVE, MAIL, WEB, Listener, MxHost, Policy, record
from lab import Lab
from process import LabError, wait_until
from report import Report, run_script
from series import key
from web import Site

ENDPOINTS = 10
INTERVAL = 10  # seconds, mx_interval
LOOKS = 3
WINDOW = (LOOKS - 0.25) * INTERVAL  # from the first look; the second one may come up to half an interval late
CLOSEST = 0.8  # of the interval; Postfix logs whole seconds
BATCH = 100  # names in one certificate

POLICY = Policy(mx=("*.pool.test",))
HOSTS = [MxHost(f"mx{i}.pool.test", (Listener(f"{MAIL}{i + 1}"),)) for i in range(ENDPOINTS)]


def make_domains(count):
    """Each with two of the MX hosts."""
    return [
        Domain(
            f"d{i}.many.test",
            "one of many",
            record(),
            POLICY,
            mx=((10, HOSTS[i % ENDPOINTS].name), (20, HOSTS[(i + 3) % ENDPOINTS].name)),
        )
        for i in range(count)
    ]


class ManyDomains(Lab):
    """The lab with one server block, and one certificate, for each batch of policy hosts."""

    def make_sites(self):
        names = [d.policy_host for d in self.domains]
        batches = [tuple(names[i : i + BATCH]) for i in range(0, len(names), BATCH)]
        return [Site(batch, WEB + "1", self.pki.issue(list(batch)), POLICY.text()) for batch in batches], {}, []


def settings_for(lab, count):
    return configuration(
        [d.name for d in lab.domains[:count]],
        lab.pki.ca_file,
        probe={"domain_interval": "60s", "mx_interval": f"{INTERVAL}s", "start_rate": 400},
        https={"timeout": "20s"},
        # Not by way of the front, which is made for few questions.
        dns={"servers": [f"{DNS_RECURSIVE}:53"]},
    )


def dialogues(lab, mark):
    """Moments of the dialogues with each address since the mark, first one first."""
    return [sorted(lab.mail.dialogues(h.listeners[0].address, mark)) for h in HOSTS]


def in_window(times):
    """In the first three intervals of an address, less what whole seconds in the log blur."""
    return [t for t in times if t < times[0] + WINDOW]


def looked_long_enough(lab, exporter, mark):
    exporter.process.check_alive()
    begun = dialogues(lab, mark)
    return all(begun) and time.time() > max(times[0] for times in begun) + WINDOW + 1


def cadence_faults(lab, mark):
    for host, times in zip(HOSTS, dialogues(lab, mark)):
        window = in_window(times)
        gaps = [b - a for a, b in zip(times, times[1:])]
        print(f"       {host.name}: {len(window)} dialogues, gaps {[int(g) for g in gaps]} s")
        if len(window) != LOOKS:
            yield f"{host.name}: {len(window)} dialogues, expected {LOOKS}"
        if gaps and min(gaps) < CLOSEST * INTERVAL:
            yield f"{host.name}: two dialogues only {min(gaps)} s apart"


def board_faults(exporter, count):
    samples = parse_text(exporter.scrape())
    delivered = sum(v for (family, _), v in samples.items() if family == "mta_sts_delivery_ok")
    if delivered != count:
        yield f"{int(delivered)} of {count} domains are delivered to"
    for host in HOSTS:
        users = samples.get(key("mta_sts_mx_domains", {"mx": host.name}))
        if users != count * 2 / ENDPOINTS:
            yield f"mta_sts_mx_domains of {host.name} is {users}, expected {count * 2 // ENDPOINTS}"
    known = samples.get(key("mta_sts_exporter_mx_endpoints", {}))
    if known != ENDPOINTS:
        yield f"mta_sts_exporter_mx_endpoints is {known}, expected {ENDPOINTS}"
    if samples.get(key("mta_sts_exporter_internal_errors_total", {})) != 0:
        yield "mta_sts_exporter_internal_errors_total moved"


def look_at(lab, program, count, report):
    """One exporter over `count` domains; how many dialogues it had in the window."""
    mark = lab.mail.mark()
    exporter = Exporter(program, lab.directory, settings_for(lab, count))
    try:
        exporter.wait_ready(60)
        wait_until(lambda: looked_long_enough(lab, exporter, mark), 90, f"{LOOKS} looks at every address")
        report.check(f"{count} domains: {LOOKS} looks at each address", cadence_faults(lab, mark))
        report.check(f"{count} domains: all are judged", board_faults(exporter, count))
        return sum(len(in_window(times)) for times in dialogues(lab, mark))
    finally:
        exporter.stop()
        if report.failed:
            print(exporter.process.log_tail(30))


def run(program, keep):
    report = Report()
    with ManyDomains(make_domains(2000), HOSTS, keep=keep) as lab:
        try:
            totals = [look_at(lab, program, count, report) for count in (1000, 2000)]
            more = totals[1] - totals[0]
            report.check("2,000 domains add no dialogue", [f"{more} more: {totals}"] if more else [])
        except LabError as error:
            report.check("the run", [str(error)])
        if report.failed:
            lab.keep()
    return report.failed


if __name__ == "__main__":
    sys.exit(run_script(__doc__, "sharing", run))
