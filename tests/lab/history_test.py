#!/usr/bin/python3
"""What only a look back shows, on the running daemon with a short max_age: an id that was forgotten, a migration done
wrong, a removal without mode none; a kill and a restart in the middle, a full disk, and the commands that read the
history. Run as root."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

from dnsd import zone_data
from exporter import Exporter, configuration
from exposition import MOVING, parse_text
from facts import MAIL, NO_RECORD, Domain, Listener, MxHost, Policy, record
from lab import Lab
from outage import LAST_LOOK, observed, wait_for_round
from process import LabError, run_tool, wait_until
from reasons import OVER_TIME, produced
from report import Report, run_script
from series import key, show

MAX_AGE = 25  # seconds
LONG = 86400
WAIT = 30
DISK = 32 << 20  # octets; the log of SQLite takes 8 MiB before it is emptied
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"

OLD, NEW = "mx.former.test", "mx.present.test"
HOSTS = [MxHost(OLD, (Listener(f"{MAIL}1"),)), MxHost(NEW, (Listener(f"{MAIL}2"),))]


def _domain(name, title, max_age=MAX_AGE):
    return Domain(f"{name}.test", title, policy=Policy(mx=(OLD,), max_age=max_age), mx=((10, OLD),))


FORGOTTEN = _domain("forgotten", "policy and MX change, the id stays")
MIGRATED = _domain("migrated", "policy, id and MX change at once")
REMOVED = _domain("removed", "record and policy are deleted", LONG)
STEADY = _domain("steady", "nothing changes", LONG)
DOMAINS = [FORGOTTEN, MIGRATED, REMOVED, STEADY]


class Story:
    """The lab, the daemon on it, and its history on a small disk of its own."""

    def __init__(self, program, lab):
        self.program, self.lab = program, lab
        self.disk = lab.directory / "disk"
        self.disk.mkdir()
        self.small = self._mount()
        interval = {"domain_interval": "1s", "mx_interval": "1s", "retry_interval": "1s", "policy_retry_interval": "1s"}
        self.folder = self.disk / "history"
        self.folder.mkdir()
        history = f"sqlite://{self.folder}/history.db"
        self.settings = configuration([d.name for d in DOMAINS], lab.pki.ca_file, history=history, probe=interval)
        self.exporter = None

    def _mount(self):
        try:
            run_tool(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", self.disk])
        except LabError as error:
            print(f"lab: NOT looked at: a full disk ({error})")
            return False
        return True

    def start(self, environment=None):
        self.exporter = Exporter(self.program, self.lab.directory, self.settings, environment=environment)
        self.exporter.wait_alive()

    def stop(self, number=signal.SIGTERM):
        self.exporter.process.send(number)
        if self.exporter.process.wait(10) is None:
            raise LabError("the daemon does not end")

    def end(self):
        if self.exporter:
            self.exporter.stop()
        if self.small:
            run_tool(["umount", self.disk])

    def value(self, family, **labels):
        return parse_text(self.exporter.scrape()).get(key(f"mta_sts_{family}", labels))

    def wait_for(self, wanted, family, **labels):
        what = f"{family} {labels} is {wanted}"
        wait_until(lambda: self.value(family, **labels) == wanted, WAIT + MAX_AGE, what)

    def wait_until_stored(self):
        """Another round, and nothing of it waits any more."""
        wait_for_round(self.exporter, "domain")
        wait_until(lambda: self.value("exporter_history_queue_length") == 0, WAIT, "the history is written")

    def command(self, *argv):
        """(exit code, standard output) of a command of the exporter."""
        argv = [self.program, *argv, f"--config.file={self.exporter.config_file}"]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr


def shown(story, domain, **wanted):
    for family, value in wanted.items():
        got = story.value(family, domain=domain.name)
        if got != value:
            yield f"{family} of {domain.name} is {got}, expected {value}"


def check_of(story, domain, check, wanted):
    got = story.value("check_ok", domain=domain.name, check=check)
    return [] if got == wanted else [f"check_ok {check} of {domain.name} is {got}, expected {wanted}"]


def publish(lab):
    """Policies first, then the zones."""
    present = Policy(mx=(NEW,), max_age=MAX_AGE)
    for site in lab.web.sites:
        if site.names[0] in (FORGOTTEN.policy_host, MIGRATED.policy_host):
            lab.web.policy_file(site).write_text(present.text())
        if site.names[0] == REMOVED.policy_host:
            lab.web.policy_file(site).unlink()
    changed = [
        replace(FORGOTTEN, mx=((10, NEW),)),
        replace(MIGRATED, mx=((10, NEW),), record=record("20260202T000000")),
        replace(REMOVED, record=NO_RECORD),
        STEADY,
    ]
    lab.dns.reload(zone_data(changed, HOSTS))


def check_changes(report, story):
    for domain in DOMAINS:
        nothing = shown(story, domain, id_stale=0, cached_policy_conflict=0, cached_policy_exposed=0)
        report.check(f"{domain.name}: nothing yet", nothing)
    publish(story.lab)
    story.wait_for(1, "cached_policy_conflict", domain=MIGRATED.name)
    report.check("migrated at once: a conflict while the former record may be cached", [])
    story.wait_for(0, "cached_policy_conflict", domain=MIGRATED.name)
    report.check("migrated at once: exposed afterwards", shown(story, MIGRATED, cached_policy_exposed=1, id_stale=0))
    story.wait_for(1, "id_stale", domain=FORGOTTEN.name)
    story.wait_for(1, "cached_policy_conflict", domain=FORGOTTEN.name)
    report.check("forgotten id: stale", check_of(story, FORGOTTEN, "id_fresh", 0))
    report.check("forgotten id: exposed", shown(story, FORGOTTEN, cached_policy_exposed=1))
    story.wait_for(0, "policy_present", domain=REMOVED.name)
    report.check("removed: one look is no removal", check_of(story, REMOVED, "lifecycle", 1))


def lost_by_restart(before, after):
    for sample_key, value in before.items():
        if LAST_LOOK.match(sample_key[0]):
            continue
        if sample_key not in after:
            yield f"lost {show(sample_key)}"
        elif after[sample_key] != value and not MOVING.match(sample_key[0]):
            yield f"changed {show(sample_key)} from {value:.17g} to {after[sample_key]:.17g}"


def check_restart(report, story, number):
    story.wait_until_stored()
    before = observed(story.exporter)
    story.stop(number)
    story.start()
    first = observed(story.exporter)
    report.check(f"the first scrape after {number.name}: all is there", lost_by_restart(before, first))


def check_expiry(report, story):
    for domain in (FORGOTTEN, MIGRATED):
        story.wait_for(0, "cached_policy_exposed", domain=domain.name)
    story.wait_for(0, "id_stale", domain=FORGOTTEN.name)
    report.check("after max_age: fresh", check_of(story, FORGOTTEN, "id_fresh", 1))
    report.check("after max_age: no conflict", shown(story, FORGOTTEN, cached_policy_conflict=0))


def check_full_disk(report, story):
    """The disk is full while something changes; then it is not."""
    filler = story.disk / "filler"
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    full = time.time()
    present = Policy(mx=(NEW, OLD), max_age=MAX_AGE)
    site = next(s for s in story.lab.web.sites if s.names[0] == STEADY.policy_host)
    story.lab.web.policy_file(site).write_text(present.text())
    story.wait_for(1, "id_stale", domain=STEADY.name)
    wait_until(lambda: story.value("exporter_history_errors_total") > 0, WAIT, "the full disk is seen")
    faults = [] if story.exporter.get("/-/ready")[0] == 200 else ["/-/ready is not 200"]
    faults += [] if story.value("exporter_history_queue_length") else ["nothing waits"]
    report.check("a full disk: probing goes on, the error is shown, what was seen waits", faults)
    filler.unlink()
    wait_until(lambda: story.value("exporter_history_queue_length") == 0, WAIT, "what waited is written")
    after = story.value("exporter_history_last_write_timestamp_seconds")
    report.check("room again: what waited is written", [] if after > full else [f"the last write is that of {after}"])


def check_late_store(report, story):
    """The history cannot be opened at the start; what it holds is joined when it can."""
    before = story.value("policy_changed_timestamp_seconds", domain=FORGOTTEN.name)
    story.stop()
    elsewhere = story.folder.rename(story.disk / "elsewhere")
    story.start()
    story.wait_for(1, "policy_present", domain=FORGOTTEN.name)
    wait_until(lambda: story.value("exporter_history_errors_total") > 0, WAIT, "the error is counted")
    faults = [] if story.exporter.get("/-/ready")[0] == 200 else ["/-/ready is not 200"]
    faults += shown(story, FORGOTTEN, policy_changed_timestamp_seconds=None)
    report.check("a history that cannot be opened: probing goes on, the error is shown", faults)
    elsewhere.rename(story.folder)
    story.wait_for(before, "policy_changed_timestamp_seconds", domain=FORGOTTEN.name)
    report.check("a history that can be opened again: what it held is known", [])


def check_removal(report, story):
    """Two looks 10 minutes apart: the second is that of a daemon whose clock is 11 minutes ahead."""
    story.wait_until_stored()
    story.stop()
    environment = {"LD_PRELOAD": FAKETIME, "FAKETIME": "+11m", "DONT_FAKE_MONOTONIC": "1"}
    # A sanitizer wants to be loaded first; here it need not be.
    environment["ASAN_OPTIONS"] = "verify_asan_link_order=0"
    story.start(environment)
    story.wait_for(0, "check_ok", domain=REMOVED.name, check="lifecycle")
    seen = set(produced(observed(story.exporter)))
    report.check("removed: the reason", [f"nobody shows {r}" for r in OVER_TIME - seen])
    held = story.value("enforce_held_until_timestamp_seconds", domain=REMOVED.name)
    report.check("removed: senders hold it", [] if held and held > time.time() + LONG / 2 else [f"held until {held}"])
    # Of a domain that never had a record it would be no fault.
    story.wait_until_stored()
    code, text = story.command("check", REMOVED.name)
    report.check("check counts what was seen", [] if code == 1 and "record_missing" in text else [f"exit {code}", text])


def check_commands(report, story):
    code, text = story.command("history", FORGOTTEN.name)
    missing = [word for word in (OLD, NEW, "enforce", "id_stale") if word not in text]
    report.check("history: the timeline", [] if code == 0 and not missing else [f"exit {code}, no {missing}", text])
    code, text = story.command("history", FORGOTTEN.name, "--json")
    report.check("history --json", [] if code == 0 and json.loads(text) else [f"exit {code}", text])
    code, text = story.command("history", "unknown.test")
    report.check("history of an unknown domain", [] if code == 2 else [f"exit {code}", text])
    code, text = story.command("plan", STEADY.name, "--mx", "mx.elsewhere.test")
    report.check("plan: not yet", [] if code == 1 and "mx.elsewhere.test" in text else [f"exit {code}", text])
    code, text = story.command("plan", STEADY.name, "--mx", "mx.elsewhere.test", "--json")
    report.check("plan --json", [] if code == 1 and json.loads(text) else [f"exit {code}", text])


def run(program, keep):
    report = Report()
    with Lab(DOMAINS, HOSTS, keep=keep) as lab:
        story = Story(program, lab)
        try:
            story.start()
            story.exporter.wait_ready(WAIT)
            check_changes(report, story)
            check_restart(report, story, signal.SIGKILL)
            check_expiry(report, story)
            check_restart(report, story, signal.SIGTERM)
            if story.small:
                check_full_disk(report, story)
            check_commands(report, story)
            check_late_store(report, story)
            check_removal(report, story)
            errors = story.value("exporter_internal_errors_total")
            report.check("no internal errors", [] if errors == 0 else [f"{errors} internal errors"])
        except (LabError, ValueError) as error:
            report.check("the run", [str(error)])
        finally:
            report.explain(lab, story.exporter)
            story.end()
    return report.failed


if __name__ == "__main__":
    sys.exit(run_script(__doc__, "history", run))
