"""MX hosts as the contract judges them: the problem of each address, and what that means for the host."""

import ipaddress
from dataclasses import dataclass

from dnsd import REASONS as DNS_REASONS
from facts import ALLOWED, Stage
from mail import ENDS

CONNECTION = {"address_not_public", "connect_refused", "connect_timeout", "connect_error"}
INCONCLUSIVE_AT_AN_MX = CONNECTION | {"smtp_closed", "smtp_busy", "smtp_rejected"}
MAX_MX_HOSTS = 64


@dataclass(frozen=True)
class Problem:
    reason: str
    outcome: str

    def __str__(self):
        return f"{self.reason} (i)" if self.outcome == "inconclusive" else self.reason


def connection_reason(address, listening):
    """Why a connection does not stand, or nothing."""
    ip = ipaddress.ip_address(address)
    if not any(ip in ipaddress.ip_network(block) for block in ALLOWED):
        return "address_not_public"
    if ip.is_multicast:
        return "connect_error"
    return "" if listening else "connect_refused"


def txt_or_policy_host_problem(fault):
    """Of a question that is not answered: a sender finds no policy where the answer is no or cannot be validated."""
    reason = DNS_REASONS[fault]
    return Problem(reason, "fail" if reason in ("dns_nodata", "dns_bogus") else "inconclusive")


def mx_dns_problem(fault):
    return Problem(DNS_REASONS[fault], "inconclusive")


def is_host_name(name):
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return True
    return False


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
        before_greeting = reason == "smtp_timeout" and self.stage < Stage.GREETED
        unknown = reason in INCONCLUSIVE_AT_AN_MX or before_greeting
        return Problem(reason, "inconclusive" if unknown else "fail")

    @property
    def _connection_reason(self):
        return connection_reason(self.address, self.listener.listening)

    @property
    def stage(self):
        return Stage.NOTHING if self._connection_reason else ENDS[self.listener.smtp][0]

    def _reason(self):
        # A certificate is refused in the handshake, before anything that breaks later.
        seen = self.issued.reason if self.stage == Stage.ENCRYPTED else ""
        return self._connection_reason or seen or ENDS[self.listener.smtp][1]


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
    if not is_host_name(name):
        return HostView(name, preference, (), Problem("mx_not_a_host", "fail"))
    if host is None:
        return HostView(name, preference, (), Problem("mx_unresolvable", "fail"))
    if host.dns:
        return HostView(name, preference, (), mx_dns_problem(host.dns))
    if not host.listeners:
        return HostView(name, preference, (), Problem("mx_no_address", "fail"))
    endpoints = [Endpoint(name, item, world.mx_certificates.get((name, item.address))) for item in host.listeners]
    endpoints.sort(key=lambda e: (":" in e.address, ipaddress.ip_address(e.address)))
    return HostView(name, preference, tuple(endpoints))


def host_views(domain, world):
    """By preference, then name, as many as are looked at; without the null MX. RFC 5321 5.1: without MX records the
    domain is its own MX."""
    if not domain.mx and domain.implicit:
        return [_view(domain.name, 0, world.hosts[domain.name], world)]
    ranking = sorted((preference, name) for name, preference in lowest_preferences(domain).items())[:MAX_MX_HOSTS]
    return [_view(name, preference, world.hosts.get(name), world) for preference, name in ranking]


def lowest_preferences(domain):
    """MX host -> its lowest preference; without the null MX."""
    return {name: preference for preference, name in sorted(domain.mx, reverse=True) if name != "."}
