"""The expected metrics of a lab domain, from the table's facts and contract/metrics.md only. Nothing here looks at the
exporter: where both differ, the contract decides who is wrong."""

import ipaddress
from dataclasses import dataclass
from functools import cached_property

from faults import BLACK_HOLE
from faults_https import BEHAVIOURS as WEB_FAULTS
from model_mail import Problem, connection_reason, host_views, lowest_preferences, mx_dns_problem
from model_mail import MAX_MX_HOSTS, txt_or_policy_host_problem
from model_past import PastModel
from series import DURATION, FETCH_DURATION, NOW, ONE, ZERO, Series, Value
from web import ANSWER_REASONS, ANSWER_STATUS, TLS_REASONS

PASS = Problem("", "")  # a check that passes; None is one that is absent

# How far a sender comes with one address of the policy host.
CONNECTION, TLS, HTTP, SYNTAX, VALID = range(5)


def registrable(name):
    """By the ICANN section of the public suffix list, as far as the lab's names need it."""
    suffix_labels = 2 if name.endswith(".co.uk") else 1
    return ".".join(name.split(".")[-suffix_labels - 1 :])


def pattern_matches(pattern, host):
    """RFC 8461 4.1: a wildcard stands for exactly one whole leftmost label."""
    pattern, host = pattern.lower(), host.lower()
    if pattern.startswith("*."):
        return host.partition(".")[2] == pattern[2:]
    return pattern == host


@dataclass(frozen=True)
class Fetch:
    """What a sender meets at one address of the policy host."""

    web: object
    policy: object
    issued: object  # the certificate that it shows; None: none is seen

    @cached_property
    def fault(self):
        """(how far, reason)."""
        unconnected = connection_reason(self.web.address, self.web.listening)
        if unconnected or self.web.fault == BLACK_HOLE:
            return CONNECTION, unconnected or "connect_timeout"
        reason = WEB_FAULTS[self.web.fault][1] if self.web.fault else ANSWER_REASONS[self.web.answer]
        broken = reason if reason.startswith("tls_") else TLS_REASONS[self.web.tls]
        if broken or self.issued.reason:
            return TLS, broken or self.issued.reason
        if reason:
            return HTTP, reason
        if self.web.answer == "empty":
            return SYNTAX, "policy_empty"
        return (SYNTAX, self.policy.reason) if self.policy.reason else (VALID, "")

    @property
    def _handshake_done(self):
        return self.fault[0] > CONNECTION and not self.fault[1].startswith("tls_")

    @property
    def shown_certificate(self):
        return self.issued if self._handshake_done else None

    @property
    def status(self):
        """Of the answer, if there was one: the exporter asks on when only the certificate is bad."""
        if not self._handshake_done:
            return None
        return WEB_FAULTS[self.web.fault][2] if self.web.fault else ANSWER_STATUS.get(self.web.answer, 200)


class DomainModel:
    """All that must be shown of one domain. `world` has the certificates and when the exporter started."""

    def __init__(self, domain, world):
        self.domain, self.world = domain, world
        self.mx_known = not domain.mx_dns
        self.too_many_mx = len(lowest_preferences(domain)) > MAX_MX_HOSTS
        self.null_mx = tuple(host for _, host in domain.mx) == (".",)
        self.hosts = host_views(domain, world) if self.mx_known else []

    def series(self):
        parts = [self._domain(), self._checks(), self._record(), self._policy(), self._policy_host()]
        parts += [self._certificate(), self._mail(), self._verdicts(), self.past.series(), self._tlsrpt()]
        return [s for part in parts for s in part]

    def problems(self):
        """check -> "reason" or "reason (i)", as written in the table."""
        return {name: str(verdict) for name, verdict in self.checks.items() if verdict and verdict != PASS}

    def _one(self, family, value=ONE, optional=False, **labels):
        return Series(f"mta_sts_{family}", {"domain": self.domain.name, **labels}, value, optional)

    # Facts

    @cached_property
    def record_known(self):
        return not self.domain.record.dns

    @cached_property
    def record_valid(self):
        return self.record_known and not self.domain.record.reason

    @cached_property
    def looked_at(self):
        """Whether the policy host is looked at."""
        record_present = self.record_known and self.domain.record.present
        return record_present or self.domain.expect in ("enforce", "testing", "none")

    @cached_property
    def host_known(self):
        """Whether an answer tells which addresses the policy host has."""
        if not self.looked_at or not self.domain.web_dns:
            return self.looked_at
        return txt_or_policy_host_problem(self.domain.web_dns).outcome == "fail"

    @cached_property
    def fetches(self):
        if not self.host_known or self.domain.web_dns:
            return []
        found = [
            Fetch(
                w, w.policy or self.domain.policy, self.world.web_certificates.get((self.domain.policy_host, w.address))
            )
            for w in self.domain.web
        ]
        return sorted(found, key=lambda f: (":" in f.web.address, ipaddress.ip_address(f.web.address)))

    @cached_property
    def valid(self):
        return [f for f in self.fetches if f.fault[0] == VALID]

    @cached_property
    def served(self):
        """The valid policy that most addresses serve; on a tie that of the lowest address."""
        meanings = [f.policy.meaning() for f in self.valid]
        return max(self.valid, key=lambda f: meanings.count(f.policy.meaning())).policy if self.valid else None

    @cached_property
    def live(self):
        return self.served if self.record_valid else None

    @cached_property
    def deciding(self):
        if self.served:
            return next(f for f in self.valid if f.policy.meaning() == self.served.meaning())
        return max(self.fetches, key=lambda f: f.fault[0]) if self.fetches else None

    @cached_property
    def past(self):
        return PastModel(self)

    @cached_property
    def judged_mode(self):
        """The mode, where MX hosts are judged."""
        return self.live.mode if self.live and self.live.mode in ("enforce", "testing") else None

    # Checks

    @cached_property
    def checks(self):
        return {
            "record": self._check_record(),
            "policy_fetch": self._check_fetch(),
            "policy_syntax": self._check_syntax(),
            "policy_servers": self._check_servers(),
            "mx_lookup": self._check_mx_lookup(),
            "mx_policy_match": self._check_mx_match(),
            "mx_tls": self._check_mx_tls(),
            "expectation": self._check_expectation(),
            "id_fresh": self._check_id_fresh(),
            "lifecycle": self._check_lifecycle(),
            "tlsrpt": self._check_tlsrpt(),
        }

    def _check_lifecycle(self):
        """Nobody removed anything since the exporter began; where there is a record, the policy host must say so."""
        if not self.past.sts_seen or not self.record_known:
            return None
        return None if self.domain.record.present and not self.host_known else PASS

    def _check_record(self):
        if not self.record_known:
            return txt_or_policy_host_problem(self.domain.record.dns)
        if self.domain.expect == "absent":
            return Problem("record_unexpected", "fail") if self.domain.record.present else PASS
        return Problem(self.domain.record.reason, "fail") if self.domain.record.reason else PASS

    def _check_fetch(self):
        if not self.record_valid:
            return None
        if self.domain.web_dns:
            return txt_or_policy_host_problem(self.domain.web_dns)
        if not self.fetches:
            return Problem("dns_nxdomain", "fail")
        depth, reason = self.deciding.fault
        return PASS if depth >= SYNTAX else Problem(reason, "fail")

    def _check_syntax(self):
        if self._check_fetch() != PASS:
            return None
        return PASS if self.valid else Problem(self.deciding.fault[1], "fail")

    def _check_servers(self):
        if not self.record_valid or len(self.fetches) < 2:
            return None
        bad = [f for f in self.fetches if f.fault[0] != VALID]
        if bad:
            return Problem(bad[0].fault[1], "fail")
        same = len({f.policy.meaning() for f in self.valid}) == 1
        return PASS if same else Problem("policy_inconsistent", "fail")

    def _check_mx_lookup(self):
        if not self.mx_known:
            return mx_dns_problem(self.domain.mx_dns)
        if self.null_mx:
            return PASS
        if any(host == "." for _, host in self.domain.mx):
            return Problem("mx_null_mixed", "fail")
        if not self.hosts:
            return Problem("mx_none", "fail")
        if any(h.endpoints for h in self.hosts):
            return Problem("mx_too_many", "inconclusive") if self.too_many_mx else PASS
        unknown = [h for h in self.hosts if h.problem.outcome == "inconclusive"]
        if unknown:
            return unknown[0].problem
        gone = all(h.problem.reason == "mx_unresolvable" for h in self.hosts)
        return Problem("mx_unresolvable" if gone else "mx_no_address", "fail")

    def _mx_judged(self):
        return self.judged_mode and self.mx_known and not self.null_mx and self.hosts

    def _matches(self, host):
        return self.matches(self.live, host.name)

    @staticmethod
    def matches(policy, host):
        return any(pattern_matches(p, host) for p in policy.mx)

    def _check_mx_match(self):
        if not self._mx_judged():
            return None
        matching = [h for h in self.hosts if self._matches(h)]
        if len(matching) == len(self.hosts):
            return None if self.too_many_mx else PASS  # mx_lookup speaks
        return Problem("mx_not_in_policy" if matching else "no_mx_in_policy", "fail")

    def _check_mx_tls(self):
        if not self._mx_judged():
            return None
        problems = [p for h in self.hosts for p in h.problems]
        failing = [p for p in problems if p.outcome == "fail"]
        if failing:
            return failing[0]
        if all(h.passes for h in self.hosts):
            return None if self.too_many_mx else PASS
        return next(p for h in self.hosts if not h.passes for p in h.problems)

    def _check_expectation(self):
        expect = self.domain.expect
        if not expect or not self.record_known or (self.looked_at and not self.host_known):
            return None
        if expect == "absent":
            return Problem("policy_unexpected", "fail") if self.domain.record.present or self.served else PASS
        return PASS if self.live and self.live.mode == expect else Problem("mode_unexpected", "fail")

    def _check_id_fresh(self):
        stale = self.past.id_stale
        return None if stale is None else Problem("id_stale", "fail") if stale else PASS

    def _check_tlsrpt(self):
        if self.domain.tlsrpt.dns:
            return txt_or_policy_host_problem(self.domain.tlsrpt.dns)
        return Problem(self.domain.tlsrpt.reason, "fail") if self.domain.tlsrpt.reason else PASS

    # Families

    def _domain(self):
        during_run = Value(low=self.world.started, high=NOW)
        last_probe = self._one("domain_last_probe_timestamp_seconds", during_run)
        yield self._one("domain_info", **self.domain.labels)
        yield last_probe
        yield self._one("domain_probe_duration_seconds", DURATION)
        if self.domain.expect:
            yield self._one("domain_expected_mode", mode=self.domain.expect)
        counted = [v for name, v in self.checks.items() if v and name not in ("mx_tls", "tlsrpt")]
        if all(v.outcome != "inconclusive" for v in counted):
            yield self._one("domain_last_conclusive_timestamp_seconds", Value(same_as=last_probe.key))

    def _checks(self):
        for name, verdict in self.checks.items():
            if verdict and verdict.outcome != "inconclusive":
                yield self._one("check_ok", ONE if verdict == PASS else ZERO, check=name)
            if verdict and verdict != PASS:
                yield self._one("check_problem", check=name, outcome=verdict.outcome, reason=verdict.reason)

    def _record(self):
        if self.record_known:
            yield self._one("record_present", ONE if self.domain.record.present else ZERO)
            yield self._one("record_valid", ONE if self.record_valid else ZERO)
        if self.record_valid:
            yield self._one("record_info", id=self.domain.record.id)

    def _policy(self):
        fetch = self._check_fetch()
        if not any(v and v.outcome == "inconclusive" for v in (self._check_record(), fetch)):
            yield self._one("policy_present", ONE if self.live else ZERO)
        if not self.live:
            return
        for mode in ("enforce", "testing", "none"):
            yield self._one("policy_mode", ONE if mode == self.live.mode else ZERO, mode=mode)
        yield self._one("policy_max_age_seconds", Value(self.live.max_age))
        yield self._one("policy_mx_patterns", Value(len(self.live.mx)))
        if self.mx_known:
            unused = [p for p in self.live.mx if not any(pattern_matches(p, h.name) for h in self.hosts)]
            # Whether a pattern is unused cannot always be told from a part of the MX hosts.
            yield self._one("policy_mx_patterns_unused", Value(len(unused)), optional=self.too_many_mx)

    def _policy_host(self):
        if not self.host_known:
            return
        yield self._one("policy_addresses", Value(len(self.fetches)))
        yield self._one("policy_addresses_ok", Value(len(self.valid)))
        target = self.domain.web_alias or self.domain.policy_host
        yield self._one("policy_host_info", target=target, provider=registrable(target))
        if self.deciding:
            # Whether a fetch that was never tried has a duration is left open.
            never_tried = self.deciding.fault[1] == "address_not_public"
            yield self._one("policy_fetch_duration_seconds", FETCH_DURATION, optional=never_tried)
        if self.deciding and self.deciding.status:
            yield self._one("policy_fetch_http_status_code", Value(self.deciding.status))
        if len(self.valid) >= 2:
            same = len({f.policy.meaning() for f in self.valid}) == 1
            yield self._one("policy_consistent", ONE if same else ZERO)
        if self.valid:
            seen = Value(low=self.world.started, high=NOW)
            yield self._one("policy_last_success_timestamp_seconds", seen)

    def _certificate(self):
        shown = [f.shown_certificate for f in self.fetches if f.shown_certificate]
        if not shown:
            return
        first = min(shown, key=lambda c: c.not_after)
        yield self._one("policy_cert_valid", ZERO if any(c.reason for c in shown) else ONE)
        yield from certificate_series(self._one, "policy", first, [c.chain_not_after for c in shown])

    def _mail(self):
        for host in self.hosts:
            yield self._one("domain_mx_preference", Value(host.preference), mx=host.name)
            if not self._mx_judged():
                continue
            yield self._one("domain_mx_policy_match", ONE if self._matches(host) else ZERO, mx=host.name)
            deliverable = self._deliverable(host)
            if deliverable is not None:
                yield self._one("domain_mx_deliverable", Value(deliverable), mx=host.name)

    def _deliverable(self, host):
        delivers = self.delivers(self.live, host)
        return None if delivers is None else int(delivers)

    def delivers(self, policy, host):
        """Whether a sender that enforces this policy delivers to the MX host."""
        if not self.matches(policy, host.name) or host.has_no_address:
            return False
        if host.passes:
            return True
        outcomes = [p.outcome for p in host.problems]
        return False if "fail" in outcomes and "inconclusive" not in outcomes else None

    def _verdicts(self):
        if not self.live or not self.mx_known or self.null_mx or not self.hosts:
            return
        delivery = self._delivery()
        if delivery is not None:
            yield self._one("delivery_ok", Value(delivery))
        ready = self._ready() if self.judged_mode else None
        if ready is not None:
            yield self._one("enforce_ready", Value(ready))
        if ready == 1:
            yield self._one("enforce_ready_since_timestamp_seconds", Value(low=self.world.started, high=NOW))

    def _delivery(self):
        if self.live.mode in ("testing", "none"):
            return 1
        deliverable = [self._deliverable(h) for h in self.hosts]
        if 1 in deliverable:
            return 1
        return 0 if all(d == 0 for d in deliverable) and not self.too_many_mx else None

    def _ready(self):
        fails = [not self._matches(h) or h.has_no_address or h.has_failing_address for h in self.hosts]
        if any(fails):
            return 0
        has_addresses = all(h.endpoints for h in self.hosts) and not self.too_many_mx
        return 1 if has_addresses and any(h.passes for h in self.hosts) else None

    def _tlsrpt(self):
        if not self.domain.tlsrpt.dns:
            yield self._one("tlsrpt_record_present", ONE if self.domain.tlsrpt.present else ZERO)
            yield self._one("tlsrpt_record_valid", ZERO if self.domain.tlsrpt.reason else ONE)


def certificate_series(one, kind, leaf, chain_ends):
    """The families of a certificate, for the policy host and for an MX alike."""
    yield one(f"{kind}_cert_not_before_timestamp_seconds", Value(leaf.not_before))
    yield one(f"{kind}_cert_not_after_timestamp_seconds", Value(leaf.not_after))
    ends = [end for end in chain_ends if end is not None]
    if ends:
        yield one(f"{kind}_cert_chain_not_after_timestamp_seconds", Value(min(ends)))
    yield one(f"{kind}_cert_info", issuer=leaf.issuer, serial=leaf.serial, fingerprint_sha256=leaf.fingerprint)
