"""What a person must read on the rendered dashboards, given the lab's domains (tests/lab/domains.py) and the changes
that render_test.py makes. Panels are named by their title."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class View:
    """One dashboard, with the values of its variables."""

    dashboard: str
    variables: dict = field(default_factory=dict)
    words: dict = field(default_factory=dict)  # title -> words that its panel shows
    empty: dict = field(default_factory=dict)  # title -> why it shows nothing, in its own words (noValue)

    @property
    def name(self):
        return "-".join([self.dashboard, *(v.split(".")[0] for v in self.variables.values())])


NO_CHANGE = "no change is made to this domain"

FLEET = View(
    "fleet",
    words={
        "Next certificate end": ("5.0", "days"),
        "Way out of the prober": ("port 25", "port 443", "open"),
        "Broken domains": ("Impact", "mail is lost", "literal.test", "mx_not_a_host", "no_mx_in_policy"),
        "Reasons now": ("Reason", "Domains", "policy_syntax", "tls_handshake"),
        "Modes": ("enforce", "testing", "none", "no policy"),
        "Failing domains by reason": ("policy_syntax", "cert_expired"),
        "Policy hosts by provider": ("Provider", "Failing"),
        "MX hosts by provider": ("badmx.test", "faults.test", "mailhost.test"),
        "Certificates of policy hosts that end next": ("certexpired.test", "-1.0", "certending.test", "5.0"),
        "Certificates of MX hosts that end next": ("tls12.goodmx.test", "-1.0", "ending.certs.test", "5.0"),
        "Ready to enforce": ("healthy.test", "testing.test"),
        "How to read this": ("In enforce",),
    },
)

# enforce with a stale id after the first change, a new id after the second.
HEALTHY = View(
    "domain",
    {"domain": "healthy.test"},
    words={
        "Mail delivery": ("flows",),
        "Policy": ("is found",),
        "Mode": ("testing",),
        "Expected mode": ("enforce",),
        "TLS reports": ("valid",),
        "Checks": ("record", "policy_fetch", "mx_policy_match", "tlsrpt", "passes", "fails"),
        "What is wrong now": ("expectation", "mode_unexpected", "fails"),
        "MX hosts": ("mx1.mailhost.test", "mx2.mailhost.test", "10", "20", "matches", "delivers"),
        "Addresses of the MX hosts": ("127.80.25.1", "TLSv1.3", "TLS_AES_256_GCM_SHA384", "60.0", "20.0"),
        "Policy host": ("mta-sts.healthy.test",),
        "Certificate of the policy host": ("CN=Lab Intermediate CA,O=MTA-STS Lab",),
        "Certificate ends": ("60.0", "days"),
        "Lifetime left": ("98%",),
        "HTTP status": ("200",),
        "Id": ("0020261231",),  # as it is, not as a number
        "Id is": ("fresh",),
        "max_age": ("1 week",),
        "Mode, delivery, id": ("mode", "enforce", "testing", "stale", "mail flows"),
        "Certificates: days left": ("policy host", "mx1.mailhost.test", "mx2.mailhost.test"),
        "Enforce held until": ("in 7 days",),
    },
    empty={"Same policy": "one address", "Safe to remove": "mode is not none"},
)

BROKEN = View(
    "domain",
    {"domain": "mxonebad.test"},
    words={
        "Mode": ("enforce",),
        "Ready to enforce": ("not ready",),
        "What is wrong now": ("mx_tls", "cert_expired"),
        "MX hosts": ("expired.badmx.test", "refuses", "mx1.mailhost.test", "delivers"),
        "Addresses of the MX hosts": ("expired.badmx.test", "127.80.25.10", "-1.0", "cert_expired"),
    },
    empty={
        "Expected mode": "not declared",
        "Same policy": "one address",
        "Policy changed": NO_CHANGE,
        "Id changed": NO_CHANGE,
        "Ready since": "an MX fails",
        "Other held until": NO_CHANGE,
        "Safe to remove": "mode is not none",
    },
)

TWO_ADDRESSES = View(
    "domain",
    {"domain": "differs.test"},
    words={"Same policy": ("differ",), "Addresses": ("serve it", "2"), "What is wrong now": ("policy_inconsistent",)},
    empty={
        "Expected mode": "not declared",
        "Policy changed": NO_CHANGE,
        "Id changed": NO_CHANGE,
        "Safe to remove": "mode is not none",
    },
)

LEAVING = View(
    "domain",
    {"domain": "none.test"},
    words={"Mode": ("none",), "Safe to remove": ("ago",), "What is wrong now": ("no problem is known",)},
    empty={
        "What is wrong now": "no problem is known",
        "Ready to enforce": "not judged in mode none",
        "Same policy": "one address",
        "Policy changed": NO_CHANGE,
        "Id changed": NO_CHANGE,
        "Ready since": "not judged in mode none",
        "Enforce held until": "enforce was never seen",
        "Other held until": NO_CHANGE,
    },
)

MX = View(
    "mx",
    words={
        "Next certificate end": ("5.0", "days"),
        "Failing addresses": ("In enforce", "expired.badmx.test", "127.80.25.10", "cert_expired", "mx_unresolvable"),
        "Reasons now": ("smtp_protocol", "cert_expired"),
        "Certificates that end next": ("tls12.goodmx.test", "-1.0", "not valid", "0%", "ending.certs.test", "5.0"),
        "Issuers": ("CN=Lab Intermediate CA,O=MTA-STS Lab",),
        "Reached and STARTTLS": ("not reached", "no STARTTLS"),
        "TLS versions": ("TLSv1.2", "TLSv1.3"),
        "Slowest addresses": ("silent.faults.test",),
        "Most used hosts": ("mx1.mailhost.test",),
    },
)

EXPORTER = View(
    "exporter",
    words={
        "Exporters": ("1",),
        "Way out, port 25": ("open",),
        "Way out, port 443": ("open",),
        "Configuration": ("good",),
        "Internal errors": ("0",),
        "Domain interval": ("4",),
        "Probes that did not pass": ("domain: fail", "mx: inconclusive"),
        "DNS answers per second": ("ok", "servfail", "malformed"),
        "Domains by list": ("list.yml",),
        "Age of the lists": ("list.yml",),
        "Memory": ("resident", "address space"),
    },
)

# Both themes; the rest, to see every panel with something in it at least once, in the dark one.
SHOWN = (FLEET, HEALTHY, MX, EXPORTER)
FURTHER = (BROKEN, TWO_ADDRESSES, LEAVING)
