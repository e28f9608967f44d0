"""The shapes that describe a lab domain: what it publishes and who serves it. Data only; domains.py fills them, the
servers' configuration and the expected metrics are both made from them."""

from dataclasses import dataclass, field
from enum import IntEnum

# Loopback addresses of the lab. The exporter may connect to WEB and MAIL (egress.allow); OUTSIDE is loopback as well,
# but not allowed: a connection to it is a hole in the egress guard.
DNS_RECURSIVE = "127.80.53.1"
DNS_AUTHORITATIVE = "127.80.53.2"
DNS_FRONT = "127.80.53.3"  # what the exporter asks: passes on to DNS_RECURSIVE
WEB = "127.80.44."
MAIL = "127.80.25."
OUTSIDE = "127.99.25.1"
IPV6 = "::1"
MULTICAST = "224.0.0.1"  # the kernel refuses a TCP connection to it at once, and sends nothing
ALLOWED = ["127.80.0.0/16", "::1/128", f"{MULTICAST}/32"]

GOOD_ID = "20260101T000000"

# Markup, quotes, label and log syntax, terminal escapes (colour, title, clear), right-to-left and zero-width marks.
HOSTILE = (
    "<script>window.hacked=1</script><img src=x onerror='window.hacked=2'>\"'`{x=\"y\"}\\n level=error \x1b[31m\x1b]0;title\x07"
    "\x1b[2J\u202egnp.exe\u2066\u200f\u2028end"
)


class Stage(IntEnum):
    """How far a dialogue with an MX comes."""

    NOTHING = 0
    CONNECTED = 1
    GREETED = 2  # by 220
    STARTTLS = 3  # accepted by 220
    ENCRYPTED = 4


@dataclass(frozen=True)
class Txt:
    """The TXT records at one name, and what a strict sender makes of them."""

    rrs: tuple = ()  # each RR: a string, or a tuple of character-strings
    reason: str = ""  # why it is not valid; "" if it is
    present: bool = True  # some RR begins with the version that counts
    id: str = ""  # of a valid MTA-STS record
    alias: str = ""  # the name is a CNAME to this one, which owns the records
    empty: bool = False  # without `rrs`: the name exists all the same
    dns: str = ""  # a fault of dnsd.py: the question is not answered

    def strings(self):
        return [(rr,) if isinstance(rr, str) else rr for rr in self.rrs]


def record(text_id=GOOD_ID, **more):
    return Txt((f"v=STSv1; id={text_id};",), id=text_id, **more)


NO_RECORD = Txt(reason="record_missing", present=False)
TLSRPT = Txt(("v=TLSRPTv1; rua=mailto:tlsrpt@reports.test",))
NO_TLSRPT = Txt(reason="tlsrpt_missing", present=False)


@dataclass(frozen=True)
class Policy:
    mode: str = "enforce"
    mx: tuple = ()
    max_age: int = 604800
    eol: str = "\n"
    raw: str = ""  # published instead of the rendered text
    reason: str = ""  # why a sender finds the raw text invalid

    def text(self):
        if self.raw:
            return self.raw
        lines = ["version: STSv1", f"mode: {self.mode}", *(f"mx: {p}" for p in self.mx), f"max_age: {self.max_age}"]
        return "".join(line + self.eol for line in lines)

    def meaning(self):
        return (self.mode, self.max_age, frozenset(p.lower() for p in self.mx))


@dataclass(frozen=True)
class Web:
    """One address of a policy host."""

    address: str = WEB + "1"
    cert: str = "good"  # a kind of pki.py
    answer: str = "policy"  # policy, or a fault of web.py
    fault: str = ""  # a behaviour of faults_https.py, or a black hole, instead of nginx
    tls: str = ""  # old: TLS 1.1 only; reject: an alert for every ClientHello
    listening: bool = True
    policy: Policy = None  # instead of the domain's


@dataclass(frozen=True)
class Listener:
    """One address of an MX host."""

    address: str
    cert: str = "good"
    smtp: str = ""  # a behaviour of mail.py or faults_smtp.py, or a black hole
    listening: bool = True


@dataclass(frozen=True)
class MxHost:
    name: str
    listeners: tuple = ()  # none: the name exists without an address
    alias: str = ""  # the name is a CNAME to this one
    dns: str = ""  # a fault of dnsd.py: its address cannot be looked up


@dataclass(frozen=True)
class Domain:
    name: str
    title: str
    record: Txt = field(default_factory=record)
    policy: Policy = None
    web: tuple = (Web(),)  # none: the policy host does not exist
    web_alias: str = ""  # mta-sts.<name> is a CNAME to this name
    web_dns: str = ""  # a fault of dnsd.py: the policy host cannot be looked up
    mx: tuple = ()  # (preference, host name); "." is the null MX
    mx_dns: str = ""  # a fault of dnsd.py: the MX set cannot be looked up
    implicit: tuple = ()  # listeners at the addresses of the domain itself
    exists: bool = True  # False: the domain is NXDOMAIN
    tlsrpt: Txt = TLSRPT
    expect: str = ""
    labels: dict = field(default_factory=dict)
    problems: dict = field(default_factory=dict)  # check -> "reason", or "reason (i)": written out by hand

    @property
    def policy_host(self):
        return f"mta-sts.{self.name}"
