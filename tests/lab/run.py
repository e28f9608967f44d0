#!/usr/bin/python3
"""The lab test: real DNS, web and mail servers on loopback, the daemon in front of them, and the complete set of series
of every domain and MX address compared with what the contract demands. Run as root."""

import signal
import sys
import time

import exposition
from api import api_faults, probe_faults
from asks import ask_faults
from guests import guest_faults
from compare import Comparison, World, settle, table_faults
from domains import CONFIGURED_AS
from exporter import INTERVAL_SECONDS, TIMEOUT_SECONDS, Exporter, configuration
from facts import OUTSIDE
from lab import Lab, all_hosts
from model_exporter import exporter_faults
from outage import mail_outage, resolver_outage
from process import LabError, wait_until
from reasons import reason_faults
from report import Report, run_script
from series import key

READY_SECONDS = 90
SETTLE_SECONDS = 60
ROUND_SECONDS = 60
END_SECONDS = 5
GUESTS = 25  # domains that are asked for without being configured
ASKED = 20  # domains that the commands ask for: two processes each
# After an outage: two retry intervals, grown by back-off to the interval, and one look that was in flight.
BACK_SECONDS = 2 * INTERVAL_SECONDS + TIMEOUT_SECONDS

# Of a daemon that nobody configured: a server that says nothing costs a minute (contract/interface.md).
DEFAULT_TIMEOUTS = {
    "dns": {"timeout": "5s"},
    "https": {"timeout": "60s"},
    "smtp": {"timeout": "60s"},
}
PATIENCE = 6  # times as long as with the lab's short timeouts


def configured(domains):
    """As in the configuration file: a mapping only where there is something to say."""
    for domain in domains:
        name = CONFIGURED_AS.get(domain.name, domain.name)
        extra = {"labels": domain.labels, "expect": domain.expect}
        extra = {k: v for k, v in extra.items() if v}
        yield {"domain": name, **extra} if extra else name


def world_of(lab, started):
    hosts = {h.name: h for h in all_hosts(lab.domains, lab.hosts)}
    return World(hosts, lab.web_certificates, lab.mx_certificates, started)


def every_domain_probed_since(samples, moment):
    last = [v for (family, _), v in samples.items() if family == "mta_sts_domain_last_probe_timestamp_seconds"]
    return bool(last) and min(last) > moment


def look_again(comparison, exporter, patience):
    """After another round of probes everything must still be as it was, at the first try."""
    moment = time.time()
    wait_until(
        lambda: every_domain_probed_since(exposition.parse_text(exporter.scrape()), moment),
        ROUND_SECONDS * patience,
        "another round of probes",
    )
    return comparison.rows(exposition.parse_text(exporter.scrape()), time.time())


def guard_faults(lab):
    """Nobody may have knocked at the address that egress.allow does not name."""
    dialogues = len(lab.mail.dialogues(OUTSIDE))
    fetches = lab.web.fetches("mta-sts.private.test")
    return [f"{dialogues} SMTP dialogues, {fetches} fetches at {OUTSIDE}"] if dialogues or fetches else []


def end_faults(exporter, number):
    exporter.process.send(number)
    begin = time.monotonic()
    code = exporter.process.wait(END_SECONDS)
    if code is None:
        return [f"still runs {END_SECONDS} s after {number.name}"]
    print(f"       ended {time.monotonic() - begin:.2f} s after {number.name}")
    return [] if code == 0 else [f"exit code {code} after {number.name}"]


def check_exposition(report, exporter):
    text = exporter.scrape()
    report.check("promtool check metrics", exposition.promtool_faults(text))
    report.check("families stand together, HELP and TYPE first", exposition.order_faults(text))
    report.check("OpenMetrics says the same as text", exposition.form_faults(exporter))
    report.check("gzip", exposition.gzip_faults(exporter))
    report.check("content types", exposition.content_type_faults(exporter))
    report.check("healthy", [] if exporter.get("/-/healthy")[0] == 200 else ["/-/healthy is not 200"])


def check_series(report, program, lab, exporter, patience):
    comparison = Comparison(lab.domains, world_of(lab, exporter.started))
    report.check("the table and the model agree", table_faults(comparison.models))
    rows = settle(comparison, exporter.scrape, SETTLE_SECONDS * patience)
    report.rows("every series", rows)
    report.rows("every series after another round", look_again(comparison, exporter, patience), quiet=True)
    samples = exposition.parse_text(exporter.scrape())
    report.check("every reason is shown by a real server", reason_faults(samples))
    report.check("the API says the same", api_faults(exporter, samples, lab.domains))
    report.check("/probe says the same", probe_faults(exporter, samples, lab.domains))
    report.check("check, history and plan with --url say the same", ask_faults(program, exporter, lab.domains[:ASKED]))
    report.check("the exporter's own families", exporter_faults(samples, len(lab.domains), comparison.endpoints))
    report.check("the egress guard", guard_faults(lab))
    return comparison, frozenset(row.name for row in rows if row.faults)


def check_guests(report, program, lab, samples):
    """Another daemon, which knows one domain, on a socket that it was passed."""
    first, *others = lab.domains[:GUESTS]
    settings = configuration([first.name], lab.pki.ca_file)
    alone = Exporter(program, lab.directory / "guests", settings, flags=["--web.probe-any-domain"], passed_socket=True)
    try:
        alone.wait_alive()
        report.check("--web.probe-any-domain shows what the metrics do", guest_faults(alone, samples, others))
    finally:
        alone.stop()


def check_outages(report, lab, exporter, comparison, reported):
    for what, outage in (("the resolver is down", resolver_outage), ("every MX is down", mail_outage)):
        report.check(f"{what}: nothing is erased", outage(lab, exporter))
        begin = time.monotonic()
        rows = settle(comparison, exporter.scrape, SETTLE_SECONDS, reported)
        took = time.monotonic() - begin
        print(f"       all is back {took:.1f} s after the start")
        report.rows(f"{what} no more: every series", rows, quiet=True)
        late = [f"back after {took:.1f} s, expected {BACK_SECONDS} s"] if took > BACK_SECONDS else []
        report.check(f"{what} no more: back within two retry intervals", late)


def check_end(report, program, lab, settings, exporter):
    errors = exposition.parse_text(exporter.scrape()).get(key("mta_sts_exporter_internal_errors_total", {}))
    report.check("no internal errors", [] if errors == 0 else [f"mta_sts_exporter_internal_errors_total is {errors}"])
    report.check("SIGTERM", end_faults(exporter, signal.SIGTERM))
    again = Exporter(program, lab.directory, settings)
    try:
        wait_until(lambda: again.process.check_alive() and _answers(again), 10, "the second daemon answers")
        report.check("SIGINT in the middle of the first round", end_faults(again, signal.SIGINT))
    finally:
        again.stop()


def _answers(exporter):
    try:
        return exporter.get("/-/healthy")[0] == 200
    except OSError:
        return False


def run(program, keep, default_timeouts):
    report = Report()
    patience = PATIENCE if default_timeouts else 1
    with Lab(keep=keep) as lab:
        overrides = DEFAULT_TIMEOUTS if default_timeouts else {}
        settings = configuration(list(configured(lab.domains)), lab.pki.ca_file, **overrides)
        exporter = Exporter(program, lab.directory, settings)
        try:
            exporter.wait_ready(READY_SECONDS * patience)
            print(f"ok   ready {time.time() - exporter.started:.1f} s after the start")
            comparison, reported = check_series(report, program, lab, exporter, patience)
            check_guests(report, program, lab, exposition.parse_text(exporter.scrape()))
            check_exposition(report, exporter)
            if not default_timeouts:
                check_outages(report, lab, exporter, comparison, reported)
            check_end(report, program, lab, settings, exporter)
        except (LabError, ValueError) as error:
            report.check("the run", [str(error)])
        finally:
            exporter.stop()
        report.explain(lab, exporter)
    return report.failed


if __name__ == "__main__":
    flags = {"--default-timeouts": "as without configuration; no outages"}
    sys.exit(run_script(__doc__, "lab", run, flags))
