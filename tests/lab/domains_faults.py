"""What only the fault servers (faults.py, dns_front.py) and special certificates show: DNS, policy hosts, MX hosts."""

from builders import ENFORCE, MX1, MX1_ONLY, domain, mx_host, web_fault, with_mx
from facts import MAIL, MULTICAST, WEB, Domain, Listener, MxHost, Policy, Txt, Web, record
from faults import BLACK_HOLE

DNS = [
    *(
        domain(f"record{fault}", title, record=Txt(dns=fault), problems={"record": reason})
        for fault, title, reason in (
            ("loop", "the record is a CNAME loop", "dns_servfail (i)"),
            ("bogus", "the signature of the record does not hold", "dns_bogus"),
            ("ede", "the resolver calls the record bogus", "dns_bogus"),
            ("malformed", "the record's answer cannot be read", "dns_malformed (i)"),
        )
    ),
    *(
        domain(f"host{fault}", title, web=(), web_dns=fault, problems={"policy_fetch": reason})
        for fault, title, reason in (
            ("nodata", "the policy host has no address", "dns_nodata"),
            ("loop", "the policy host is a CNAME loop", "dns_servfail (i)"),
            ("refused", "REFUSED for the policy host", "dns_refused (i)"),
            ("timeout", "no answer for the policy host", "dns_timeout (i)"),
            ("malformed", "the policy host's answer cannot be read", "dns_malformed (i)"),
        )
    ),
    domain("hostbogus", "the policy host is bogus", web_dns="bogus", problems={"policy_fetch": "dns_bogus"}),
    domain("setmalformed", "the MX answer cannot be read", mx_dns="malformed", problems={"mx_lookup": "dns_malformed (i)"}),
    domain("setbogus", "the MX set is bogus", mx_dns="ede", problems={"mx_lookup": "dns_bogus (i)"}),
    domain("rptbogus", "the TLS-RPT record is bogus", tlsrpt=Txt(dns="bogus"), problems={"tlsrpt": "dns_bogus"}),
]


def _spot(octet, label, title, reason, fault):
    return web_fault(label, title, reason, address=f"{WEB}{octet}", fault=fault)


POLICY_HOSTS = [
    _spot(40, "webhole", "connections never stand", "connect_timeout", BLACK_HOLE),
    web_fault("webmulti", "the kernel refuses to connect", "connect_error", address=MULTICAST, listening=False),
    _spot(41, "websilent", "accepts and never speaks", "tls_timeout", "silent"),
    _spot(42, "webreset", "reset after the ClientHello", "tls_handshake", "resets"),
    _spot(43, "webend", "closed after the ClientHello", "tls_handshake", "closes_tls"),
    _spot(44, "webalert", "an alert for the ClientHello", "tls_handshake", "alerts"),
    _spot(45, "webplain", "plain HTTP at port 443", "tls_handshake", "plain_http"),
    _spot(46, "webmute", "silent after the handshake", "http_timeout", "silent_inside"),
    _spot(47, "webdrip", "an octet a second", "http_timeout", "drips"),
    _spot(48, "webendless", "a body without end", "http_too_large", "endless"),
    _spot(49, "webcut", "a body shorter than announced", "http_protocol", "truncated"),
    _spot(50, "webgarbage", "something else than HTTP", "http_protocol", "garbage"),
    _spot(51, "webold", "HTTP/1.0", "", "http_1_0"),
    web_fault("charset", "text/plain with a charset", "", answer="charset"),
    web_fault("nocontent", "204", "http_status", answer="204"),
    web_fault("partial", "206", "http_status", answer="206"),
    web_fault("broken", "500", "http_status", answer="500"),
    web_fault("certwild", "a wildcard certificate", "", cert="wildcard"),
    web_fault("deep.certwild", "one label too deep for the wildcard", "cert_name_mismatch", cert="wildcard_above"),
    web_fault("certrsa", "an RSA certificate", "", cert="rsa"),
    web_fault("certending", "five days left", "", cert="ending"),
    web_fault("certcritical", "an unknown critical extension", "cert_invalid", cert="critical"),
    web_fault("certnoca", "issued by what is no CA", "cert_invalid", cert="no_ca"),
    domain(
        "onehole",
        "one of two addresses never answers",
        web=(Web(WEB + "2"), Web(WEB + "52", fault=BLACK_HOLE)),
        problems={"policy_servers": "connect_timeout"},
    ),
    domain(
        "furthest",
        "the fault that a sender meets last decides",
        web=(Web(WEB + "2", answer="404"), Web(WEB + "53", fault="silent")),
        problems={"policy_fetch": "http_status", "policy_servers": "http_status"},
    ),
]

# behaviour of faults_smtp.py -> (title, what mx_tls says); each has an MX host and a domain of its own.
_SMTP = {
    "late": ("a greeting of three lines, late", ""),
    "last_line": ("STARTTLS in the last line", ""),
    "sni_only": ("the certificate depends on SNI", ""),
    "silent": ("no greeting", "smtp_timeout (i)"),
    "closes": ("closes at once", "smtp_closed (i)"),
    "resets": ("resets before the greeting", "smtp_closed (i)"),
    "drips": ("a greeting of an octet a second", "smtp_timeout (i)"),
    "greets_421": ("greets with 421", "smtp_busy (i)"),
    "greets_nonsense": ("a greeting that is no reply", "smtp_protocol"),
    "greets_endlessly": ("a greeting without end", "smtp_protocol"),
    "closes_at_ehlo": ("closes at EHLO", "smtp_protocol"),
    "silent_at_ehlo": ("silent at EHLO", "smtp_timeout"),
    "endless_ehlo": ("extensions without end", "smtp_protocol"),
    "endless_line": ("a line without end", "smtp_protocol"),
    "helo_only": ("knows HELO only", "starttls_missing"),
    "refuses_ehlo": ("refuses EHLO", "starttls_missing"),
    "closes_with_5xx": ("refuses EHLO and closes", "smtp_protocol"),
    "busy_421": ("421 to EHLO", "smtp_busy (i)"),
    "busy_451": ("451 to EHLO", "smtp_busy (i)"),
    "refuses_454": ("454 to STARTTLS", "starttls_refused"),
    "refuses_501": ("501 to STARTTLS", "starttls_refused"),
    "closes_at_starttls": ("closes at STARTTLS", "smtp_protocol"),
    "silent_tls": ("silent after STARTTLS", "tls_timeout"),
    "garbage_tls": ("no TLS after STARTTLS", "tls_handshake"),
    "alert_tls": ("an alert for the ClientHello", "tls_handshake"),
    "resets_tls": ("reset after the ClientHello", "tls_handshake"),
    "injects": ("plaintext behind the reply to STARTTLS", "starttls_injection"),
    "silent_inside": ("silent after the handshake", "smtp_timeout"),
    BLACK_HOLE: ("connections never stand", "connect_timeout (i)"),
}

_CERTIFICATES = {
    "rsa": ("an RSA certificate", ""),
    "ending": ("five days left", ""),
    "wildcard": ("a wildcard certificate", ""),
    "critical": ("an unknown critical extension", "cert_invalid"),
    "no_ca": ("issued by what is no CA", "cert_invalid"),
}


def _name(what):
    return what.replace("_", "-")


_MANY = [f"mx{i:02}.many.test" for i in range(65)]

MX_HOSTS = [
    *(mx_host(f"{_name(what)}.faults.test", 40 + i, smtp=what) for i, what in enumerate(_SMTP)),
    *(mx_host(f"{_name(what)}.certs.test", 80 + i, cert=what) for i, what in enumerate(_CERTIFICATES)),
    mx_host("too.deep.certs.test", 90, cert="wildcard_above"),
    MxHost("multicast.faults.test", (Listener(MULTICAST, listening=False),)),
    MxHost("twice.faults.test", (Listener(MAIL + "91", smtp="good"), Listener(MAIL + "92", smtp="alert_tls"))),
    MxHost("malformed.faults.test", dns="malformed"),
    MxHost("bogus.faults.test", dns="ede"),
    *(mx_host(name, 100 + i % 8, smtp="good") for i, name in enumerate(_MANY)),
]


def _tls(reason):
    return {"mx_tls": reason} if reason else {}


def _mx_dns(label, title, host, reason):
    return with_mx(label, title, host, problems={"mx_lookup": reason, "mx_tls": reason})


MAIL_SERVERS = [
    *(
        with_mx(f"smtp-{_name(what)}", title, f"{_name(what)}.faults.test", problems=_tls(reason))
        for what, (title, reason) in _SMTP.items()
    ),
    *(
        with_mx(f"mx-{_name(what)}", title, f"{_name(what)}.certs.test", problems=_tls(reason))
        for what, (title, reason) in _CERTIFICATES.items()
    ),
    with_mx("mx-deep", "too deep for its wildcard", "too.deep.certs.test", problems=_tls("cert_name_mismatch")),
    with_mx("mx-multi", "the kernel refuses to connect", "multicast.faults.test", problems=_tls("connect_error (i)")),
    with_mx("mx-twice", "the second address breaks TLS", "twice.faults.test", problems=_tls("tls_handshake")),
    _mx_dns("mx-malformed", "the MX host's answer cannot be read", "malformed.faults.test", "dns_malformed (i)"),
    _mx_dns("mx-bogus", "the MX host is bogus", "bogus.faults.test", "dns_bogus (i)"),
    domain(
        "mxequal",
        "of equal preferences the first name is shown",
        mx=((10, "self.badmx.test"), (10, "expired.badmx.test")),
        policy=Policy(mx=("*.badmx.test",)),
        problems={"mx_tls": "cert_expired"},
    ),
    domain("mxsame", "one MX with two preferences", mx=((30, MX1[1]), MX1)),
    domain(
        "literal",
        "an IP address as MX",
        mx=((10, "192.0.2.1"),),
        problems={
            "mx_lookup": "mx_no_address",
            "mx_policy_match": "no_mx_in_policy",
            "mx_tls": "mx_not_a_host",
        },
    ),
    domain(
        "literalbeside",
        "an IP address as second MX",
        mx=(MX1, (20, "192.0.2.1")),
        problems={"mx_policy_match": "mx_not_in_policy", "mx_tls": "mx_not_a_host"},
    ),
    domain(
        "toomany",
        "65 MX hosts",
        mx=tuple((10, name) for name in _MANY),
        policy=Policy(mx=("*.many.test",)),
        problems={"mx_lookup": "mx_too_many (i)"},
    ),
]

DOMAINS = [*DNS, *POLICY_HOSTS, *MAIL_SERVERS]
