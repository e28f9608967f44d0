#!/usr/bin/python3
"""What one lab cannot show, in a network namespace of its own without IPv6: no_route, address_denied at a public
address that egress.deny names, address_not_public at one that egress.allow leaves out, one of two web servers that ends, and a blocked way out (egress_blocked) for port 25 and
for policy hosts. Run as root."""

import os
import sys

from exporter import Exporter, configuration
from exposition import parse_text
from facts import MAIL, OUTSIDE, WEB, Domain, Listener, MxHost, Policy, Web
from lab import Lab
from outage import cut_fetches, held_faults, observed, wait_for_round, without_domains
from process import LabError, run_tool, wait_until
from reasons import ELSEWHERE, produced
from report import Report, run_script
from series import key
from web import Web as WebServer
from web_outage import web_outage

PUBLIC = "11.0.0.1"  # on lo of the namespace; no sender is stopped from reaching it but by our own egress.deny
UNROUTED_WEB, UNROUTED_MX = "2001:db8::44", "2001:db8::25"
SECOND = f"{WEB}99"  # has a web server of its own
RETRY = 3  # seconds, policy_retry_interval
WAIT = 60
LISTED = 6  # domains with a policy host at an address of its own, each below another registrable name

HOSTS = [
    *(MxHost(f"mx.{name}.test", (Listener(f"{MAIL}{i + 1}"),)) for i, name in enumerate(("one", "two", "three"))),
    MxHost("mx.six.test", (Listener(UNROUTED_MX, listening=False),)),
    MxHost("mx.denied.test", (Listener(PUBLIC),)),
    MxHost("mx.outside.test", (Listener(OUTSIDE),)),
]
THREE = tuple((10, h.name) for h in HOSTS[:3])
MATCHING = Policy(mx=("*.one.test", "*.two.test", "*.three.test"))


def _domain(name, mx=THREE, policy=MATCHING, **more):
    return Domain(name, name, policy=policy, mx=mx, **more)


def _alone(name, address, listening=True):
    """A domain whose policy host and only MX are at addresses of one kind."""
    host = f"mx.{name}.test"
    return _domain(f"{name}.test", ((10, host),), Policy(mx=(host,)), web=(Web(address, listening=listening),))


DOMAINS = [
    *(_domain(f"listed{i}.test", web=(Web(f"{WEB}{i + 10}"),)) for i in range(LISTED)),
    _domain("dual.test", web=(Web(f"{WEB}10"), Web(UNROUTED_WEB, listening=False))),
    _domain("pair.test", web=(Web(f"{WEB}10"), Web(SECOND))),
    _domain("alone.test", web=(Web(SECOND),)),
    _domain("mismatch.test", policy=Policy(mx=("mx.former.test",)), web=(Web(f"{WEB}10"),)),
    _alone("six", UNROUTED_WEB, listening=False),
    _alone("denied", PUBLIC),
    _alone("outside", OUTSIDE),
]


class TwoWebServers(Lab):
    """The sites at one address are served by another nginx."""

    def make_sites(self):
        sites, issued, spots = super().make_sites()
        second = [s for s in sites if s.address == SECOND]
        self.second_web = WebServer(self.directory / "second", second)
        return [s for s in sites if s.address != SECOND], issued, spots

    def _start(self):
        super()._start()
        self._servers.append(self.second_web)
        self.second_web.start()


def enter_namespace():
    """Runs this program again in a namespace with lo alone, and without IPv6."""
    if os.environ.get("LAB_NAMESPACE"):
        run_tool(["sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"])
        run_tool(["ip", "link", "set", "lo", "up"])
        run_tool(["ip", "address", "add", f"{PUBLIC}/32", "dev", "lo"])
        return
    os.environ["LAB_NAMESPACE"] = "1"
    os.execvp("unshare", ["unshare", "--net", sys.executable, "-B", "-u", *sys.argv])


def wrong(samples, expected):
    """expected: (family, labels) -> value, or None where nothing may be shown."""
    for (family, labels), value in expected.items():
        got = samples.get(key(f"mta_sts_{family}", dict(labels)))
        if got != value:
            yield f"{family} {dict(labels)} is {got}, expected {value}"


def one(family, value=1, **labels):
    return {(family, tuple(labels.items())): value}


def reasons(samples, family, **wanted):
    """The (outcome, reason) pairs of the problem series with these labels."""
    found = []
    for shown, labels in samples:
        labels = dict(labels)
        if shown == f"mta_sts_{family}" and wanted.items() <= labels.items():
            found.append((labels["outcome"], labels["reason"]))
    return sorted(found)


def only(samples, reason, family, **labels):
    got = reasons(samples, family, **labels)
    return [] if got == [("inconclusive", reason)] else [f"{family} {labels}: {got}, expected {reason} (i) alone"]


def unknown_way(samples, name, address, reason):
    """Nothing is said of a domain whose policy host and MX this machine does not look at."""
    mx_address = address if reason == "address_denied" else ""
    yield from only(samples, reason, "check_problem", domain=f"{name}.test", check="policy_fetch")
    expected = {
        **one("policy_present", None, domain=f"{name}.test"),
        **one("check_ok", None, domain=f"{name}.test", check="policy_fetch"),
        **one("mx_reachable", None, mx=f"mx.{name}.test", address=mx_address),
        **one("check_ok", 1, domain=f"{name}.test", check="mx_lookup"),
    }
    yield from wrong(samples, expected)
    shown = reasons(samples, "mx_problem", mx=f"mx.{name}.test", **({"address": mx_address} if mx_address else {}))
    yield from [] if shown == [("inconclusive", reason)] else [f"mx.{name}.test: {shown}, expected {reason} (i)"]


def not_public(samples):
    """egress.allow leaves the network out: no sender on the Internet reaches it, so there is no policy either."""
    expected = {
        **one("policy_present", 0, domain="outside.test"),
        **one("check_ok", 0, domain="outside.test", check="policy_fetch"),
        **one("mx_reachable", 0, mx="mx.outside.test", address=OUTSIDE),
    }
    yield from wrong(samples, expected)
    shown = reasons(samples, "check_problem", domain="outside.test", check="policy_fetch")
    yield from [] if shown == [("fail", "address_not_public")] else [f"policy_fetch of outside.test: {shown}"]
    yield from only(samples, "address_not_public", "mx_problem", mx="mx.outside.test")


def knocks(lab, name, address):
    dialogues, fetches = len(lab.mail.dialogues(address)), lab.web.fetches(f"mta-sts.{name}.test")
    return [f"{dialogues} dialogues and {fetches} fetches at {address}"] if dialogues or fetches else []


def check_ways(report, lab, samples):
    unrouted = unknown_way(samples, "six", "", "no_route")
    report.check("no_route: an address family without a route is nobody's fault", unrouted)
    expected = {
        **one("policy_addresses", 1, domain="dual.test"),
        **one("policy_addresses_ok", 1, domain="dual.test"),
        **one("check_ok", None, domain="dual.test", check="policy_servers"),
        **one("policy_present", 1, domain="dual.test"),
    }
    report.check("no_route: beside a routable address it counts nowhere", wrong(samples, expected))
    report.check("address_denied: ours alone", unknown_way(samples, "denied", PUBLIC, "address_denied"))
    report.check("address_denied: nobody knocked", knocks(lab, "denied", PUBLIC))
    report.check("address_not_public: the reason", not_public(samples))
    report.check("address_not_public: nobody knocked", knocks(lab, "outside", OUTSIDE))
    egress = {**one("exporter_smtp_egress_ok", 1), **one("exporter_https_egress_ok", 1)}
    report.check("egress works", wrong(samples, egress))


def log_lines(exporter, text):
    lines = [line for line in exporter.log_file.read_text().splitlines() if text in line]
    return [] if len(lines) == 1 else [f"{len(lines)} lines say {text!r}"]


def wait_for_egress(exporter, family, value):
    sample = key(f"mta_sts_exporter_{family}_egress_ok", {})
    wait_until(lambda: parse_text(exporter.scrape()).get(sample) == value, WAIT, f"{family} egress is {value}")


def check_smtp(report, lab, exporter, seen):
    before = observed(exporter)
    lab.mail.stop()
    wait_for_egress(exporter, "smtp", 0)
    wait_for_round(exporter, "mx")
    after = observed(exporter)
    report.check("port 25 blocked: nothing is erased, no domain is blamed", held_faults(before, after))
    faults = []
    for host in HOSTS[:3]:
        faults += only(after, "egress_blocked", "mx_problem", mx=host.name)
        faults += wrong(after, one("mx_reachable", None, mx=host.name, address=host.listeners[0].address))
    for domain in DOMAINS[:LISTED]:
        faults += only(after, "egress_blocked", "check_problem", domain=domain.name, check="mx_tls")
    report.check("port 25 blocked: the reason of every MX", faults)
    outage = {
        **one("delivery_ok", 0, domain="mismatch.test"),
        **one("check_ok", 0, domain="mismatch.test", check="mx_policy_match"),
    }
    report.check("port 25 blocked: a policy that names no MX host is an outage all the same", wrong(after, outage))
    shown = seen | set(produced(after))
    report.check("every reason that one lab cannot show", [f"nobody shows {r}" for r in sorted(ELSEWHERE - shown)])
    report.check("port 25 blocked: one log line", log_lines(exporter, "egress blocked"))
    lab.mail.start()
    wait_for_egress(exporter, "smtp", 1)
    report.check("port 25 free: one log line", log_lines(exporter, "egress works again"))


def check_https(report, lab, exporter):
    before = observed(exporter)
    for server in (lab.web, lab.second_web):
        server.stop()
    wait_for_egress(exporter, "https", 0)
    # Who was blamed before is not any more after the next fetch, policy_retry_interval later.
    wait_for_round(exporter, "domain")
    wait_for_round(exporter, "domain")
    after = observed(exporter)
    cut = cut_fetches(before, after)
    print(f"       fetches cut in their middle: {', '.join(sorted(cut)) or 'none'}")
    held = held_faults(without_domains(before, cut), without_domains(after, cut))
    report.check("policy hosts lost: nothing is erased, no domain is blamed", held)
    faults = []
    for domain in DOMAINS[:LISTED]:
        if domain.name in cut:
            continue
        faults += only(after, "egress_blocked", "check_problem", domain=domain.name, check="policy_fetch")
    report.check("policy hosts lost: the reason of every domain", faults)
    for server in (lab.web, lab.second_web):
        server.start()
    wait_for_egress(exporter, "https", 1)


def run(program, keep):
    report = Report()
    with TwoWebServers(DOMAINS, HOSTS, keep=keep) as lab:
        settings = configuration(
            [d.name for d in DOMAINS],
            lab.pki.ca_file,
            probe={
                "domain_interval": "3s",
                "mx_interval": "3s",
                "retry_interval": "1s",
                "policy_retry_interval": f"{RETRY}s",
            },
            egress={"deny": [f"{PUBLIC}/32"]},
        )
        exporter = Exporter(program, lab.directory, settings)
        try:
            exporter.wait_ready(WAIT)
            wait_for_round(exporter, "domain")
            check_ways(report, lab, parse_text(exporter.scrape()))
            faults = web_outage(exporter, lab.second_web, "pair.test", "alone.test", 2 * RETRY)
            report.check("one of two web servers ends: what it served alone is lost, and returns", faults)
            seen = set(produced(parse_text(exporter.scrape())))
            check_smtp(report, lab, exporter, seen)
            check_https(report, lab, exporter)
        except (LabError, ValueError) as error:
            report.check("the run", [str(error)])
        finally:
            exporter.stop()
        report.explain(lab, exporter)
    return report.failed


if __name__ == "__main__":
    enter_namespace()
    sys.exit(run_script(__doc__, "further runs", run))
