"""The common shapes of lab domains, for the tables."""

from facts import MAIL, Domain, Listener, MxHost, Policy, Txt, Web


def mx_host(name, *last_octets, **how):
    return MxHost(name, tuple(Listener(f"{MAIL}{octet}", **how) for octet in last_octets))


MX1, MX2 = (10, "mx1.mailhost.test"), (20, "mx2.mailhost.test")
MX1_ONLY = ("mx1.mailhost.test",)
ENFORCE = Policy(mx=MX1_ONLY)
BOTH = Policy(mx=("mx1.mailhost.test", "mx2.mailhost.test"))


def domain(label, title, **more):
    """An enforce domain with one good MX, unless `more` says otherwise."""
    return Domain(f"{label}.test", title, **{"policy": ENFORCE, "mx": (MX1,), **more})


def with_mx(label, title, *hosts, problems=None, patterns=None, **more):
    """A domain whose policy lists exactly its MX hosts, or `patterns`."""
    mx = tuple((10 * (i + 1), host) for i, host in enumerate(hosts))
    return domain(label, title, mx=mx, policy=Policy(mx=patterns or hosts), problems=problems or {}, **more)


def web_fault(label, title, reason, **how):
    """A domain whose policy host has one fault."""
    return domain(label, title, web=(Web(**how),), problems={"policy_fetch": reason} if reason else {})


def bad_policy(label, title, reason, text):
    return domain(label, title, policy=Policy(raw=text, reason=reason), problems={"policy_syntax": reason})


def with_record(label, title, reason, *rrs, **more):
    txt = Txt(rrs, reason=reason, **more)
    return domain(label, title, record=txt, problems={"record": reason} if reason else {})


def with_tlsrpt(label, title, reason, *rrs, **more):
    return domain(label, title, tlsrpt=Txt(rrs, reason=reason, **more), problems={"tlsrpt": reason} if reason else {})
