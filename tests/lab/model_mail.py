"""MX hosts as the contract judges them: the problem of each address, and what that means for the host."""

import ipaddress
from dataclasses import dataclass

from facts import ALLOWED
from mail import REASONS

INCONCLUSIVE_AT_AN_MX = {"address_not_public", "connect_refused", "smtp_busy", "smtp_rejected"}
BEFORE_STARTTLS = INCONCLUSIVE_AT_AN_MX | {"starttls_missing", "starttls_refused"}
BEFORE_HANDSHAKE = BEFORE_STARTTLS | {"tls_version"}


@dataclass(frozen=True)
class Problem:
    reason: str
    outcome: str

    def __str__(self):
        return f"{self.reason} (i)" if self.outcome == "inconclusive" else self.reason


def is_allowed(address):
    ip = ipaddress.ip_address(address)
    return any(ip in ipaddress.ip_network(block) for block in ALLOWED)


@dataclass(frozen=True)
class Endpoint:
    mx: str
    listener: object
    issued: object

    @property
    def address(self):
        return self.listener.address

    @property
    def problem(self):
        """Problem, or None: it passes."""
        reason = self._reason()
        if not reason:
            return None
        return Problem(reason, "inconclusive" if reason in INCONCLUSIVE_AT_AN_MX else "fail")

    def _reason(self):
        if not is_allowed(self.address):
            return "address_not_public"
        if not self.listener.listening:
            return "connect_refused"
        return REASONS.get(self.listener.smtp) or self.issued.reason


@dataclass(frozen=True)
class HostView:
    """One MX host of a domain: its addresses, or why it has none."""

    name: str
    preference: int
    endpoints: tuple
    problem: Problem | None = None

    @property
    def problems(self):
        """In the order of addresses; unreachable ones beside a passing one do not count."""
        if self.problem:
            return [self.problem]
        found = [e.problem for e in self.endpoints if e.problem]
        return [p for p in found if p.outcome == "fail"] if self.passes else found

    @property
    def passes(self):
        return any(e.problem is None for e in self.endpoints)

    @property
    def has_no_address(self):
        return self.problem is not None and self.problem.outcome == "fail"

    @property
    def has_failing_address(self):
        return any(e.problem and e.problem.outcome == "fail" for e in self.endpoints)


def _view(name, preference, host, world):
    if host is None:
        return HostView(name, preference, (), Problem("mx_unresolvable", "fail"))
    if host.dns:
        return HostView(name, preference, (), Problem(f"dns_{host.dns}", "inconclusive"))
    if not host.listeners:
        return HostView(name, preference, (), Problem("mx_no_address", "fail"))
    endpoints = [Endpoint(name, item, world.mx_certificates.get((name, item.address))) for item in host.listeners]
    endpoints.sort(key=lambda e: (":" in e.address, ipaddress.ip_address(e.address)))
    return HostView(name, preference, tuple(endpoints))


def host_views(domain, world):
    """By preference, then name; without the null MX. RFC 5321 5.1: without MX records the domain is its own MX."""
    if not domain.mx and domain.implicit:
        return [_view(domain.name, 0, world.hosts[domain.name], world)]
    named = sorted((preference, name) for preference, name in domain.mx if name != ".")
    return [_view(name, preference, world.hosts.get(name), world) for preference, name in named]
