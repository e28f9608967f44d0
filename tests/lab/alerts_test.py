#!/usr/bin/python3
"""Alerts end to end: the exporter on the lab, Prometheus with the rules, Alertmanager with the example's routes and
inhibition. Each thing that breaks brings exactly the notifications that it should, and each that is mended resolves
them. `for` is shortened by the documented switch. Run as root."""

import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass

from changes import Changes
from exporter import Exporter, configuration
from facts import MAIL, WEB, Domain, Listener, MxHost, Policy, Web, record
from lab import Lab
from mail import Mail
from monitoring import Alertmanager, Prometheus, Receiver, make_rules
from outage import wait_for_round
from process import LabError, wait_until
from report import Report, run_script
from run import configured
from web import accepts

DIVISOR = 150  # of each `for`: an hour becomes 24 s
WAIT = 120
FLEET = 30
GOOD, HALF, SILENT, NEW, EXTRA, BIG, LOST = (
    "mx.good.test",
    "mx.half.test",
    "mx.silent.test",
    "mx.present.test",
    "mx.extra.test",
    "mx.bigmail.test",
    "mx.lost.test",
)
HOSTS = [
    MxHost(name, (Listener(f"{MAIL}{n + 1}"),)) for n, name in enumerate((GOOD, HALF, SILENT, NEW, EXTRA, BIG, LOST))
]
SILENT_ADDRESS = f"{MAIL}3"


def _domain(name, *hosts, **more):
    hosts = hosts or (GOOD,)
    mx = tuple((10 * (i + 1), host) for i, host in enumerate(hosts))
    return Domain(f"{name}.test", name, **{"policy": Policy(mx=hosts), "mx": mx, **more})


def _of_fleet(n):
    """A customer of one provider for mail and one for policies."""
    return _domain(f"fleet{n}", BIG, web_alias=f"fleet{n}.bigpolicy.test")


DOMAINS = [
    _domain("lost", LOST, labels={"team": "webshop"}),
    _domain("half", GOOD, HALF),
    _domain("silent", GOOD, SILENT),
    _domain("wrongname"),
    _domain("due"),
    _domain("notfound"),
    _domain("garbled"),
    _domain("double"),
    _domain("unrecorded"),
    _domain("forgetful"),
    _domain("lowered"),
    _domain("expected", expect="enforce"),
    _domain("moved"),
    _domain("conflict"),
    _domain("extra"),
    _domain("pair", web=(Web(f"{WEB}2"), Web(f"{WEB}3"))),
    _domain("short"),
    *(_of_fleet(n) for n in range(FLEET)),
]


class TwoMailServers(Lab):
    """The smtpd at one address is that of another Postfix."""

    def _start(self):
        super()._start()
        silent = [s for s in self.mail.smtpds if s.address == SILENT_ADDRESS]
        self.mail.smtpds = [s for s in self.mail.smtpds if s.address != SILENT_ADDRESS]
        self.mail.reload()
        wait_until(lambda: not accepts(SILENT_ADDRESS, 25), WAIT, "Postfix has let go of the address")
        self.second_mail = Mail(self.directory / "second", silent, readiness=f"{MAIL}253")
        self._servers.append(self.second_mail)
        self.second_mail.start()


@dataclass(frozen=True)
class Break:
    """What is done, how it is mended, and the notifications: "alert subject receiver", the subject being a domain, an MX
    host or a provider."""

    what: str
    do: object
    mend: object
    notifies: tuple


class Publisher:
    """What an operator does, each time with a new id unless it is forgotten."""

    def __init__(self, lab, scene):
        self.lab, self.changes, self._scene, self._ids = lab, Changes(lab), scene, 0

    @contextmanager
    def at_once(self):
        """What is done meanwhile takes effect in one moment: nobody looks in the middle of it, nor goes on with a look that
        began before. One with the old MX set and the new policy would find an MX host undeliverable, which is true, and
        another story."""
        self._scene.stop()
        try:
            yield
        finally:
            self._scene.start()

    def policy(self, name, policy, new_id=True):
        self.changes.policy(name, policy.text())
        if new_id:
            self._ids += 1
            self.changes.record(name, record(f"id{self._ids}").rrs[0])

    def usual(self, name, *hosts, **more):
        self.policy(name, Policy(mx=hosts or (GOOD,), **more))

    def files(self, name):
        host = f"mta-sts.{name}"
        return [self.lab.web.policy_file(s) for s in self.lab.web.sites if host in s.names]


def breaks(p):
    changes = p.changes
    good = Policy(mx=(GOOD,))

    def both_hosts(name):
        """The old host is back, both are named, and the id is new."""
        p.usual(name, GOOD, NEW)
        changes.mx(name, GOOD, NEW)

    def at_once():
        with p.at_once():
            p.usual("moved.test", NEW)
            changes.mx("moved.test", NEW)

    def id_forgotten():
        with p.at_once():
            p.policy("conflict.test", Policy(mx=(NEW,)), new_id=False)
            changes.mx("conflict.test", NEW)

    pair = p.files("pair.test")
    return [
        Break(
            "the only MX host shows another name",
            lambda: changes.mx_certificate(LOST, "wrong_name"),
            lambda: changes.mx_certificate(LOST, "good"),
            ("MtaStsNoMxDeliverable lost.test webshop-pager",),
        ),
        Break(
            "one of two MX hosts has a self-signed certificate",
            lambda: changes.mx_certificate(HALF, "self_signed"),
            lambda: changes.mx_certificate(HALF, "good"),
            ("MtaStsMxNotDeliverable half.test tickets",),
        ),
        Break(
            "an MX host does not answer",
            p.lab.second_mail.stop,
            p.lab.second_mail.start,
            (f"MtaStsMxUnreachable {SILENT} tickets",),
        ),
        Break(
            "the certificate of a policy host has another name",
            lambda: changes.policy_certificate("wrongname.test", "wrong_name"),
            lambda: changes.policy_certificate("wrongname.test", "good"),
            ("MtaStsPolicyUnavailable wrongname.test tickets",),
        ),
        Break(
            "the certificate of a policy host is due for renewal",
            lambda: changes.policy_certificate("due.test", "due"),
            lambda: changes.policy_certificate("due.test", "good"),
            ("MtaStsPolicyCertExpiresSoon due.test tickets",),
        ),
        Break(
            "the policy is not found",
            lambda: [file.unlink() for file in p.files("notfound.test")],
            lambda: changes.policy("notfound.test", good.text()),
            ("MtaStsPolicyUnavailable notfound.test tickets",),
        ),
        Break(
            "the policy text is invalid",
            lambda: changes.policy("garbled.test", "version: STSv1\nmode: enforce\n"),
            lambda: changes.policy("garbled.test", good.text()),
            ("MtaStsPolicyUnavailable garbled.test tickets",),
        ),
        Break(
            "two records",
            lambda: p.changes.records("double.test", "v=STSv1; id=a;", "v=STSv1; id=b;"),
            lambda: p.changes.record("double.test", record().rrs[0]),
            ("MtaStsRecordInvalid double.test tickets",),
        ),
        Break(
            "the record is removed",
            lambda: changes.record("unrecorded.test", ""),
            lambda: changes.record("unrecorded.test", record().rrs[0]),
            ("MtaStsRecordInvalid unrecorded.test tickets",),
        ),
        Break(
            "the policy changes and the id does not",
            lambda: p.policy("forgetful.test", Policy(mx=(GOOD, NEW)), new_id=False),
            lambda: p.usual("forgetful.test", GOOD, NEW),
            ("MtaStsIdStale forgetful.test tickets",),
        ),
        Break(
            "enforce becomes testing",
            lambda: p.usual("lowered.test", mode="testing"),
            lambda: p.usual("lowered.test"),
            ("MtaStsModeLowered lowered.test tickets",),
        ),
        Break(
            "enforce is declared, testing is published",
            lambda: p.usual("expected.test", mode="testing"),
            lambda: p.usual("expected.test"),
            ("MtaStsExpectationNotMet expected.test tickets",),
        ),
        Break(
            "policy, id and MX change at once",
            at_once,
            lambda: both_hosts("moved.test"),
            ("MtaStsCachedPolicyExposed moved.test tickets",),
        ),
        Break(
            "policy and MX change, the id does not",
            id_forgotten,
            lambda: both_hosts("conflict.test"),
            ("MtaStsCachedPolicyConflict conflict.test pager",),
        ),
        Break(
            "an MX host that the policy does not name",
            lambda: changes.mx("extra.test", GOOD, EXTRA),
            lambda: p.usual("extra.test", GOOD, EXTRA),
            ("MtaStsMxNotDeliverable extra.test tickets",),
        ),
        Break(
            "one of two policy servers has no policy",
            pair[0].unlink,
            lambda: pair[0].write_text(good.text()),
            ("MtaStsPolicyServersDisagree pair.test tickets",),
        ),
        Break(
            "max_age of an hour",
            lambda: p.usual("short.test", max_age=3600),
            lambda: p.usual("short.test"),
            ("MtaStsMaxAgeShort short.test weekly",),
        ),
    ]


def fleet_breaks(p):
    names = [f"fleet{n}.test" for n in range(FLEET)]
    good = Policy(mx=(BIG,)).text()

    def policies_gone():
        for name in names:
            for file in p.files(name):
                file.unlink()

    def policies_back():
        for name in names:
            p.changes.policy(name, good)

    return [
        Break(
            f"the MX host of {FLEET} domains shows another name",
            lambda: p.changes.mx_certificate(BIG, "wrong_name"),
            lambda: p.changes.mx_certificate(BIG, "good"),
            ("MtaStsMxProviderIncident bigmail.test pager",),
        ),
        Break(
            f"the policies of {FLEET} domains are not found",
            policies_gone,
            policies_back,
            ("MtaStsPolicyProviderIncident bigpolicy.test tickets",),
        ),
    ]


class Scene:
    """The lab, the exporter, Prometheus, Alertmanager, and who is notified."""

    def __init__(self, program, lab):
        self.program, self.lab = program, lab
        self.receiver = Receiver()
        interval = {"domain_interval": "1s", "mx_interval": "1s", "retry_interval": "1s", "policy_retry_interval": "1s"}
        history = f"sqlite://{lab.directory}/history.db"
        self.settings = configuration(list(configured(DOMAINS)), lab.pki.ca_file, history=history, probe=interval)
        self.exporter = Exporter(program, lab.directory, self.settings)
        self.alertmanager = Alertmanager(lab.directory, self.receiver.url)
        rules = make_rules(lab.directory, DIVISOR)
        self.prometheus = Prometheus(lab.directory, self.exporter.listen, rules, self.alertmanager.listen)

    def stop(self, number=signal.SIGTERM):
        self.exporter.process.send(number)
        self.exporter.process.wait(10)

    def start(self):
        self.exporter = Exporter(self.program, self.lab.directory, self.settings, self.exporter.listen)
        self.exporter.wait_alive()

    def end(self):
        for part in (self.prometheus, self.alertmanager, self.exporter, self.receiver):
            part.stop()

    def notified(self, status):
        """ "Alert subject receiver" of each notification since they were last forgotten."""
        return {f"{subject(labels)} {receiver}" for receiver, s, labels, _ in self.receiver.notes() if s == status}

    def settled(self, subjects):
        """Exactly these fire, and nothing waits for its time any more, but what takes hours."""
        pending = 'ALERTS{alertstate="pending",alertname!~"MtaSts(TlsRpt.*|.*Inconclusive)"}'
        return self.firing() == subjects and not self.prometheus.query(pending)

    def firing(self):
        """What is neither muted nor resolved."""
        return {subject(labels) for labels in self.alertmanager.active()}


def subject(labels):
    names = (labels.get(n) for n in ("domain", "mx", "provider", "instance"))
    return f"{labels['alertname']} {next(n for n in names if n)}"


def expect(report, scene, what, wanted):
    """Exactly these notifications, when everything has had its time."""
    wanted = set(wanted)
    subjects = {w.rsplit(" ", 1)[0] for w in wanted}
    faults = []
    begin = time.monotonic()
    try:
        wait_until(lambda: scene.notified("firing") >= wanted and scene.settled(subjects), WAIT, what)
    except LabError:
        faults.append(f"active in Alertmanager: {sorted(scene.firing())}")
        pending = scene.prometheus.query('ALERTS{alertstate="pending"}')
        faults += [f"pending: {subject(labels)}" for labels, _ in pending][:10]
    got = scene.notified("firing")
    faults += [f"not notified: {n}" for n in sorted(wanted - got)]
    faults += [f"not expected: {n}" for n in sorted(got - wanted)]
    report.check(f"{what}: {len(wanted)} notifications, after {time.monotonic() - begin:.0f} s", faults)


def expect_resolved(report, scene, what, wanted):
    faults = []
    begin = time.monotonic()
    try:
        wait_until(lambda: scene.notified("resolved") >= set(wanted) and scene.settled(set()), WAIT, what)
    except LabError:
        faults.append(f"active in Alertmanager: {sorted(scene.firing())}")
        faults += [f"not resolved: {n}" for n in sorted(set(wanted) - scene.notified("resolved"))]
    extra = scene.notified("firing") - set(wanted)
    faults += [f"not expected: {n}" for n in sorted(extra)]
    report.check(f"{what}: resolved, after {time.monotonic() - begin:.0f} s", faults)
    scene.receiver.forget()


def texts(scene):
    """Each notification can be read: no template failed, and the links are filled in."""
    for _, _, labels, annotations in scene.receiver.notes():
        for name in ("summary", "description", "runbook_url", "dashboard_url"):
            text = annotations.get(name, "")
            if not text or "error" in text.lower() or "<no value>" in text or "{{" in text:
                yield f"{subject(labels)}: {name} is {text!r}"


def check_resolver(report, scene, lab):
    """Begins without a resolver: nothing is said of any domain."""
    wanted = [f"MtaStsResolverFailing {scene.exporter.listen} pager"]
    expect(report, scene, "no resolver", wanted)
    lab.dns.start()
    expect_resolved(report, scene, "the resolver answers", wanted)
    scene.exporter.wait_ready(WAIT)


def check_domains(report, scene, publisher):
    expect(report, scene, "all is well", [])
    everything = breaks(publisher)
    for item in everything:
        item.do()
    wanted = [n for item in everything for n in item.notifies]
    expect(report, scene, f"{len(everything)} things broken", wanted)
    report.check("the texts of the notifications", texts(scene))
    scene.stop()
    scene.start()
    wait_for_round(scene.exporter, "domain")
    wait_for_round(scene.exporter, "domain")
    resolved = {n for n in scene.notified("resolved") if not n.startswith("MtaStsExporterDown")}
    report.check("a restart of the exporter resolves nothing", [f"resolved: {n}" for n in sorted(resolved)])
    for item in everything:
        item.mend()
    down = {n for n in scene.notified("firing") if n.startswith("MtaStsExporterDown")}
    expect_resolved(report, scene, "all is mended", {*wanted, *down})


def check_incidents(report, scene, publisher):
    for item in fleet_breaks(publisher):
        item.do()
        expect(report, scene, item.what, item.notifies)
        item.mend()
        expect_resolved(report, scene, "mended", item.notifies)


def check_exporter(report, scene, lab):
    here = scene.exporter.listen
    lab.mail.stop()
    lab.second_mail.stop()
    blocked = [f"MtaStsSmtpEgressBlocked {here} pager"]
    expect(report, scene, "no MX host can be reached", blocked)
    lab.mail.start()
    lab.second_mail.start()
    expect_resolved(report, scene, "port 25 is open again", blocked)
    scene.stop(signal.SIGKILL)
    down = [f"MtaStsExporterDown {here} pager"]
    expect(report, scene, "the exporter is killed", down)
    scene.start()
    expect_resolved(report, scene, "it runs again", down)


def run(program, keep):
    report = Report()
    with TwoMailServers(DOMAINS, HOSTS, keep=keep) as lab:
        lab.dns.stop()
        scene = Scene(program, lab)
        publisher = Publisher(lab, scene)
        try:
            check_resolver(report, scene, lab)
            check_domains(report, scene, publisher)
            check_incidents(report, scene, publisher)
            check_exporter(report, scene, lab)
        except (LabError, ValueError) as error:
            report.check("the run", [str(error)])
        finally:
            report.explain(lab, scene.exporter)
            scene.end()
    return report.failed


if __name__ == "__main__":
    sys.exit(run_script(__doc__, "alerts", run))
