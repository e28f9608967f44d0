"""The expected metrics of MX hosts and their addresses, once whatever the number of domains."""

import re
from dataclasses import replace

from model import certificate_series, registrable
from model_mail import is_host_name
from facts import Stage
from series import DURATION, NOW, ONE, ZERO, Series, Value

# The names are the IANA's; which of them is chosen is up to both TLS libraries.
GROUP = re.compile("x25519|secp256r1|secp384r1|secp521r1|x448")
CIPHER = re.compile("TLS_[A-Z0-9_]+")


def host_series(name, views, enforced):
    """Families of one MX host; `views`: the host as each of its domains sees it; `enforced`: how many of them senders
    may hold to it."""
    first = views[0]
    # What the registrable domain of an IP literal is, is left open.
    provider = registrable(name) if is_host_name(name) else re.compile(".*")
    yield Series("mta_sts_mx_info", {"mx": name, "provider": provider})
    yield Series("mta_sts_mx_domains", {"mx": name}, Value(len(views)))
    yield Series("mta_sts_mx_enforced_domains", {"mx": name}, Value(enforced))
    if first.problem:
        labels = {"mx": name, "address": "", "outcome": first.problem.outcome, "reason": first.problem.reason}
        yield Series("mta_sts_mx_problem", labels)


def endpoint_series(endpoint, world):
    """Families of one (MX host, address)."""

    def one(family, value=ONE, **labels):
        return Series(f"mta_sts_{family}", {"mx": endpoint.mx, "address": endpoint.address, **labels}, value)

    problem = endpoint.problem
    reason = problem.reason if problem else ""
    last_probe = one("mx_last_probe_timestamp_seconds", Value(low=world.started, high=NOW))
    yield last_probe
    # Whether a dialogue that was never tried has a duration is left open.
    yield replace(one("mx_probe_duration_seconds", DURATION), optional=reason == "address_not_public")
    if problem:
        yield one("mx_problem", outcome=problem.outcome, reason=reason)
    yield one("mx_reachable", ONE if endpoint.stage >= Stage.GREETED else ZERO)
    if not problem or problem.outcome == "fail":
        yield one("mx_last_conclusive_timestamp_seconds", Value(same_as=last_probe.key))
    if endpoint.stage >= Stage.STARTTLS:
        yield one("mx_starttls", ONE)
    elif reason in ("starttls_missing", "starttls_refused"):
        yield one("mx_starttls", ZERO)
    if endpoint.stage == Stage.ENCRYPTED:
        version = "TLSv1.2" if endpoint.listener.smtp == "tls12" else "TLSv1.3"
        yield one("mx_tls_info", version=version, cipher=CIPHER, group=GROUP)
        yield one("mx_cert_valid", ZERO if endpoint.issued.reason else ONE)
        yield from certificate_series(one, "mx", endpoint.issued, [endpoint.issued.chain_not_after])


def mail_series(models, world):
    """(mx,) or (mx, address) -> its expected series."""
    views, enforced, expected = {}, {}, {}
    for model in models:
        for host in model.hosts:
            views.setdefault(host.name, []).append(host)
            enforced[host.name] = enforced.get(host.name, 0) + model.past.enforces(host.name)
    for name, of_host in views.items():
        expected[(name,)] = list(host_series(name, of_host, enforced[name]))
        for endpoint in of_host[0].endpoints:
            expected[name, endpoint.address] = list(endpoint_series(endpoint, world))
    return expected
