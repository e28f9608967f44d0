#!/usr/bin/python3
"""Politeness at scale: 10,000 domains on 10 MX addresses. Half of these have one name for all their domains, half a name
for each domain, as providers have it with a name per tenant; one of them says 450. Postfix's own log must never show an
address more often than the limits allow: at the start, after a kill, over reloads, and after an outage."""

import signal
import sys
import time

import yaml

from domains import Domain
from exporter import Exporter, configuration
from exposition import parse_text
from facts import DNS_RECURSIVE, MAIL, Listener, MxHost, Policy, record
from process import LabError, wait_until
from report import Report, run_script
from series import key
from sharing_test import ManyDomains

ADDRESSES = 10
TENANTS_FROM = 5  # addresses 0 to 4 have one MX name each, the others one a domain
BUSY = 4  # its smtpd answers 450
DOMAINS = 10_000
GAP = 3  # seconds, smtp.per_address_interval; the log has whole seconds
RETRY = 20  # seconds, after which a busy address is tried again, then twice as long each time

POLICY = Policy(mx=("*.pool.test",))


def host_of(number):
    """The MX host of a domain: its address's one, or one of its own there."""
    at = number % ADDRESSES
    name = f"mx{at}.pool.test" if at < TENANTS_FROM else f"d{number}.pool.test"
    return MxHost(name, (Listener(f"{MAIL}{at + 1}", smtp="busy" if at == BUSY else ""),))


def make_domains(count):
    return [
        Domain(f"d{i}.many.test", "one of many", record(), POLICY, mx=((10, host_of(i).name),)) for i in range(count)
    ]


def settings_for(lab, names):
    return configuration(
        names,
        lab.pki.ca_file,
        history=f"sqlite://{lab.directory}/politeness.db",
        probe={"domain_interval": "10m", "mx_interval": "30s", "retry_interval": f"{RETRY}s", "start_rate": 2000},
        https={"timeout": "20s"},
        smtp={"per_address_interval": f"{GAP}s"},
        dns={"servers": [f"{DNS_RECURSIVE}:53"], "timeout": "5s"},
    )


def value(exporter, family, **labels):
    return parse_text(exporter.scrape()).get(key(family, labels), 0)


def problems(exporter):
    return value(exporter, "mta_sts_exporter_probe_problems_total", kind="mx", outcome="inconclusive")


def dialogues(lab, at, since=0.0):
    return [t for t in sorted(lab.mail.dialogues(f"{MAIL}{at + 1}")) if t >= since]


def wait_for_dialogues(lab, moment, count, seconds):
    """Each address that is not busy was asked so often since."""
    others = [at for at in range(ADDRESSES) if at != BUSY]
    wait_until(
        lambda: min(len(dialogues(lab, at, moment)) for at in others) >= count,
        seconds,
        f"{count} dialogues with each address",
    )


def gap_faults(lab, at, since=0.0):
    """A whole second in the log may hide up to a second of a gap, never more."""
    times = dialogues(lab, at, since)
    gaps = [b - a for a, b in zip(times, times[1:])]
    if gaps and min(gaps) <= GAP - 1 - 0.5:
        yield f"address {at}: two dialogues {min(gaps):.0f} s apart, {GAP} s are the limit"
    allowed = (times[-1] - times[0] + 1) / GAP + 1 if times else 0
    if len(times) > allowed:
        yield f"address {at}: {len(times)} dialogues in {times[-1] - times[0]:.0f} s"


def limit_faults(lab, since=0.0):
    for at in range(ADDRESSES):
        yield from gap_faults(lab, at, since)


def busy_faults(lab, kills):
    """It is tried after RETRY, then twice RETRY, and so on; a new process begins anew."""
    times = dialogues(lab, BUSY)
    gaps = [b - a for a, b in zip(times, times[1:])]
    print(f"       the busy address: {len(times)} dialogues, gaps {[int(g) for g in gaps]} s")
    if len(times) < 2:
        yield f"the busy address was asked {len(times)} times"
    if sum(gap < RETRY - 1 for gap in gaps) > kills:
        yield f"the busy address was not left alone: {gaps}"


def counts(lab):
    return [len(dialogues(lab, at)) for at in range(ADDRESSES)]


def start(program, lab, names):
    exporter = Exporter(program, lab.directory, settings_for(lab, names))
    exporter.wait_alive(60)
    return exporter


def live_through(program, lab, report):
    exporter = start(program, lab, [d.name for d in lab.domains[:-500]])
    try:
        wait_until(
            lambda: value(exporter, "mta_sts_exporter_probes_total", kind="domain") >= DOMAINS - 500, 300, "all domains"
        )
        wait_for_dialogues(lab, exporter.started, 6, 120)
        report.check("at the start", limit_faults(lab))

        exporter.process.send(signal.SIGKILL)
        exporter.process.wait(10)
        moment = time.time()
        exporter = start(program, lab, [d.name for d in lab.domains[:-500]])
        wait_for_dialogues(lab, moment, 4, 120)
        report.check("after a kill and a new start", limit_faults(lab))

        moment = time.time()
        for names in (lab.domains, lab.domains[500:], lab.domains):  # 500 come, 500 go, 500 come back
            exporter.config_file.write_text(yaml.safe_dump(settings_for(lab, [d.name for d in names])))
            before = value(exporter, "mta_sts_exporter_config_last_reload_success_timestamp_seconds")
            exporter.process.send(signal.SIGHUP)
            wait_until(
                lambda: value(exporter, "mta_sts_exporter_config_last_reload_success_timestamp_seconds") > before
                and value(exporter, "mta_sts_exporter_domains") == len(names),
                60,
                "a reload",
            )
        wait_for_dialogues(lab, moment, 4, 120)
        report.check("over three reloads", limit_faults(lab))

        lab.mail.stop()
        wait_until(lambda: problems(exporter) > 20, 60, "an outage that is seen")
        moment = time.time()
        lab.mail.start()
        wait_for_dialogues(lab, moment, 4, 180)
        report.check("after an outage of all", limit_faults(lab))

        report.check("an address that says 450 is left alone", busy_faults(lab, kills=1))
        paused = value(exporter, "mta_sts_exporter_mx_addresses_paused")
        report.check("and is shown", [] if paused == 1 else [f"mta_sts_exporter_mx_addresses_paused is {paused}"])
        stretched = value(exporter, "mta_sts_exporter_probe_interval_seconds", kind="mx")
        expected = GAP * DOMAINS / ADDRESSES
        faults = [] if stretched == expected else [f"the longest MX interval is {stretched}, not {expected}"]
        report.check("the stretch is shown", faults)
        lags = [value(exporter, "mta_sts_exporter_schedule_lag_seconds", kind=kind) for kind in ("domain", "mx")]
        report.check("and is no lag", [] if max(lags) < 2 * GAP else [f"lags {lags}"])
        print(f"       dialogues by address: {counts(lab)}")
    finally:
        exporter.stop()
        if report.failed:
            print(exporter.process.log_tail(30))


def run(program, keep):
    report = Report()
    domains = make_domains(DOMAINS)
    hosts = list({host_of(i).name: host_of(i) for i in range(DOMAINS)}.values())
    with ManyDomains(domains, hosts, keep=keep) as lab:
        try:
            live_through(program, lab, report)
        except LabError as error:
            report.check("the run", [str(error)])
        if report.failed:
            lab.keep()
    return report.failed


if __name__ == "__main__":
    sys.exit(run_script(__doc__, "politeness", run))
