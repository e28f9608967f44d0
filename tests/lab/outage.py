"""Outages of what is ours or says nothing about a domain: the resolver, and every MX at once. An inconclusive probe
erases nothing (contract/metrics.md, rule 7), and what is shown comes back as it was."""

import re
import time

from exposition import MOVING, parse_text
from process import wait_until
from series import key, show

# Families that describe the last look only.
LAST_LOOK = re.compile("mta_sts_mx_reachable|.*_duration_seconds|.*_http_status_code|.*_last_probe_timestamp_seconds")
PROBLEMS = ("mta_sts_check_problem", "mta_sts_mx_problem")


def observed(exporter):
    """The series of domains and MX hosts."""
    samples = parse_text(exporter.scrape())
    return {k: v for k, v in samples.items() if {"domain", "mx"} & dict(k[1]).keys()}


def probed_since(exporter, moment, family):
    last = [v for (name, _), v in observed(exporter).items() if name == family]
    return bool(last) and min(last) > moment


def wait_for_round(exporter, kind):
    moment = time.time()
    family = f"mta_sts_{kind}_last_probe_timestamp_seconds"
    wait_until(lambda: probed_since(exporter, moment, family), 90, f"another round of {kind} probes")


def held_faults(before, after):
    for sample_key, value in before.items():
        if LAST_LOOK.match(sample_key[0]):
            continue
        if sample_key not in after and not is_inconclusive(sample_key):
            yield f"erased {show(sample_key)} {value:.17g}"
        elif sample_key in after and after[sample_key] != value and not MOVING.match(sample_key[0]):
            yield f"changed {show(sample_key)} from {value:.17g} to {after[sample_key]:.17g}"
    for sample_key in after.keys() - before.keys():
        if not LAST_LOOK.match(sample_key[0]) and not is_inconclusive(sample_key):
            yield f"new {show(sample_key)}"


def without_fail_reasons(samples):
    """A server that ends in the middle of its silence is another fault than its silence, and as much of one."""
    kept = {}
    for (family, labels), value in samples.items():
        if family in PROBLEMS and dict(labels)["outcome"] == "fail":
            labels = tuple(label for label in labels if label[0] != "reason")
        kept[family, labels] = value
    return kept


def cut_off(before, after):
    """MX hosts that were in a dialogue when their server ended: by contract a fail (the phase names the reason)."""
    reasons = ("smtp_protocol", "tls_handshake")
    fails = [dict(k[1]) for k in after.keys() - before.keys() if k[0] == "mta_sts_mx_problem"]
    return {f["mx"] for f in fails if f["outcome"] == "fail" and f["reason"] in reasons}


def cut_fetches(before, after):
    """Domains whose policy was being fetched when their web server ended: by contract a fail as well."""
    reasons = ("http_protocol", "tls_handshake")
    fails = [dict(k[1]) for k in after.keys() - before.keys() if k[0] == "mta_sts_check_problem"]
    return {f["domain"] for f in fails if f["outcome"] == "fail" and f["reason"] in reasons}


def without_domains(samples, domains):
    return {k: v for k, v in samples.items() if dict(k[1]).get("domain") not in domains}


def without_mx(samples, hosts):
    """Without these MX hosts and the domains that use one of them."""
    users = {dict(k[1])["domain"] for k in samples if k[0] == "mta_sts_domain_mx_preference" and dict(k[1])["mx"] in hosts}
    kept = {}
    for sample_key, value in samples.items():
        labels = dict(sample_key[1])
        if labels.get("mx") not in hosts and labels.get("domain") not in users:
            kept[sample_key] = value
    return kept


def is_inconclusive(sample_key):
    return sample_key[0] in PROBLEMS and dict(sample_key[1]).get("outcome") == "inconclusive"


def silent_faults(after, family, labels):
    """In an outage every subject must say that it is inconclusive."""
    subjects = {tuple(dict(k[1]).get(name, "") for name in labels) for k in after if k[0] == family[1]}
    saying = {
        tuple(dict(k[1]).get(name, "") for name in labels) for k in after if k[0] == family[0] and is_inconclusive(k)
    }
    return [f"no inconclusive problem for {' '.join(s)}" for s in sorted(subjects - saying)]


def egress_faults(samples):
    family = "mta_sts_exporter_smtp_egress_ok"
    egress = samples.get(key(family, {}))
    if egress == 0:
        return []
    return [f"{family} is {egress} while no MX can be reached"]


def resolver_outage(lab, exporter):
    before = observed(exporter)
    lab.dns.stop()
    wait_for_round(exporter, "domain")
    after = observed(exporter)
    lab.dns.start()
    family = ("mta_sts_check_problem", "mta_sts_domain_info")
    return [*held_faults(before, after), *silent_faults(after, family, ("domain",))]


def mail_outage(lab, exporter):
    before = observed(exporter)
    lab.mail.stop()
    lab.mail_faults.stop()
    wait_for_round(exporter, "mx")
    wait_for_round(exporter, "domain")
    samples = parse_text(exporter.scrape())
    after = observed(exporter)
    lab.mail.start()
    lab.mail_faults.start()
    faults = egress_faults(samples)
    family = ("mta_sts_mx_problem", "mta_sts_mx_last_probe_timestamp_seconds")
    cut = cut_off(before, after)
    print(f"       dialogues cut in their middle: {', '.join(sorted(cut)) or 'none'}")
    before, after = without_mx(before, cut), without_mx(after, cut)
    held = held_faults(without_fail_reasons(before), without_fail_reasons(after))
    return [*faults, *held, *silent_faults(after, family, ("mx", "address"))]
