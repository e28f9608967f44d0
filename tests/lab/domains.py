"""Every MX host and every domain of the lab, described once. The servers are configured from this table and the
expected metrics are computed from it (model.py); `problems` is written out by hand and checked against both.

A check that is not named in `problems` passes or does not apply. "(i)" marks inconclusive."""

import domains_faults
import domains_texts
from builders import BOTH, ENFORCE, MX1, MX1_ONLY, MX2
from builders import bad_policy, domain, mx_host, web_fault, with_mx, with_record, with_tlsrpt
from facts import GOOD_ID, IPV6, MAIL, NO_RECORD, NO_TLSRPT, OUTSIDE, TLSRPT, WEB
from facts import Domain, Listener, MxHost, Policy, Txt, Web, record

MX_HOSTS = [
    mx_host("mx1.mailhost.test", 1),
    mx_host("mx2.mailhost.test", 2, cert="short_chain"),
    MxHost("six.mailhost.test", (Listener(IPV6),)),
    MxHost("dual.mailhost.test", (Listener(MAIL + "3"), Listener(IPV6))),
    mx_host("a.twin.test", 4),
    mx_host("b.twin.test", 4),
    mx_host("mx.example.co.uk", 5),
    MxHost("alias.aliasmx.test", (Listener(MAIL + "6"),), alias="real.elsewhere.test"),
    mx_host("tls12.goodmx.test", 7, smtp="tls12"),
    mx_host("slow.goodmx.test", 8, smtp="slow"),
    mx_host("expired.badmx.test", 10, cert="expired"),
    mx_host("early.badmx.test", 11, cert="not_yet_valid"),
    mx_host("self.badmx.test", 12, cert="self_signed"),
    mx_host("unknown.badmx.test", 13, cert="unknown_ca"),
    mx_host("incomplete.badmx.test", 14, cert="no_intermediate"),
    mx_host("chain.badmx.test", 15, cert="chain_expired"),
    mx_host("weak.badmx.test", 16, cert="weak"),
    mx_host("purpose.badmx.test", 17, cert="client_only"),
    mx_host("name.badmx.test", 18, cert="wrong_name"),
    mx_host("cn.badmx.test", 19, cert="cn_only"),
    mx_host("plain.badmx.test", 20, smtp="no_starttls"),
    mx_host("refuses.badmx.test", 21, smtp="refuse_starttls"),
    mx_host("busy.badmx.test", 22, smtp="busy"),
    mx_host("rejects.badmx.test", 23, smtp="rejects"),
    mx_host("oldtls.badmx.test", 24, smtp="old_tls"),
    MxHost("half.badmx.test", (Listener(MAIL + "25"), Listener(MAIL + "26", cert="expired"))),
    MxHost("halfdown.goodmx.test", (Listener(MAIL + "27"), Listener(MAIL + "251", listening=False))),
    mx_host("down.badmx.test", 250, listening=False),
    MxHost("private.badmx.test", (Listener(OUTSIDE),)),
    MxHost("nothing.badmx.test"),
    MxHost("lame.badmx.test", dns="servfail"),
    *domains_faults.MX_HOSTS,
]

HEALTHY = [
    domain("healthy", "enforce, two MX", policy=BOTH, mx=(MX1, MX2), labels={"team": "mail"}, expect="enforce"),
    domain("wildcard", "a wildcard pattern matches both MX", policy=Policy(mx=("*.mailhost.test",)), mx=(MX1, MX2)),
    domain(
        "customer",
        "TXT and policy host are CNAMEs to a provider",
        record=record(alias="customer-test.txt.provider.test"),
        web_alias="customer-test.web.provider.test",
    ),
    domain("pages", "policy on a host below a private public suffix", web_alias="owner.github.io"),
    with_mx("six", "IPv6 only: policy host and MX", "six.mailhost.test", web=(Web(IPV6),)),
    with_mx("dual", "IPv4 and IPv6: policy host and MX", "dual.mailhost.test", web=(Web(WEB + "5"), Web(IPV6))),
    domain("testing", "mode testing", policy=Policy("testing", BOTH.mx), mx=(MX1, MX2), expect="testing"),
    domain("none", "mode none without mx", policy=Policy("none"), expect="none"),
    domain("crlf", "policy with CRLF, upper-case pattern", policy=Policy(mx=("MX1.MailHost.Test",), eol="\r\n")),
    domain("unused", "a pattern that matches no MX", policy=Policy(mx=(*MX1_ONLY, "spare.mailhost.test"))),
    domain("nullsts", "null MX with an enforce policy", mx=((0, "."),)),
    Domain(
        "nullmx.test", "null MX, no MTA-STS", NO_RECORD, mx=((0, "."),), web=(), problems={"record": "record_missing"}
    ),
    with_mx("implicit", "implicit MX: an address only", patterns=("implicit.test",), implicit=(Listener(MAIL + "9"),)),
    with_mx("twin", "two MX names at one address", "a.twin.test", "b.twin.test", patterns=("*.twin.test",)),
    with_mx("aliased", "the MX is a CNAME: its own name counts", "alias.aliasmx.test"),
    with_mx("couk", "an MX below a public suffix of two labels", "mx.example.co.uk"),
    with_mx("tls12", "the MX speaks TLS 1.2 only", "tls12.goodmx.test"),
    with_mx("slow", "the MX greets late", "slow.goodmx.test"),
    with_mx("halfdown", "one MX address is down, the other passes", "halfdown.goodmx.test"),
    domain("shortchain", "the intermediate ends before the leaf", web=(Web(cert="short_chain"),)),
    domain("xn--bcher-kva", "configured as a Unicode name"),
    Domain(
        "plain.test",
        "no MTA-STS at all",
        NO_RECORD,
        mx=(MX1,),
        web=(),
        tlsrpt=NO_TLSRPT,
        problems={"record": "record_missing", "tlsrpt": "tlsrpt_missing"},
    ),
    Domain("absent.test", "no MTA-STS, as declared", NO_RECORD, mx=(MX1,), web=(), expect="absent"),
]

RECORDS = [
    with_record("strings", "TXT in three strings", "", ("v=STS", "v1; id=", f"{GOOD_ID};"), id=GOOD_ID),
    with_record("unrelated", "an unrelated TXT beside", "", "v=spf1 -all", f"v=STSv1; id={GOOD_ID};", id=GOOD_ID),
    with_record("spaced", "a blank before the first semicolon", "", "v=STSv1 ; id=a1", id="a1"),
    with_record("double", "two records", "record_multiple", "v=STSv1; id=a;", "v=STSv1; id=b;"),
    with_record("badid", "id=-", "record_id_invalid", "v=STSv1; id=-;"),
    with_record("noid", "no id", "record_id_missing", "v=STSv1; note=x;"),
    with_record("syntax", "two semicolons", "record_syntax", "v=STSv1; id=a;;"),
    with_record("version", "another version", "record_missing", "v=STSv2; id=a;", present=False),
    with_record("unrecorded", "policy served, record missing", "record_missing", present=False),
    domain(
        "expected",
        "expected, policy served, record missing",
        record=NO_RECORD,
        expect="enforce",
        problems={"record": "record_missing", "expectation": "mode_unexpected"},
    ),
    domain(
        "unexpected",
        "MTA-STS where none is declared",
        expect="absent",
        problems={"record": "record_unexpected", "expectation": "policy_unexpected"},
    ),
    domain(
        "notyet",
        "testing where enforce is declared",
        policy=Policy("testing", MX1_ONLY),
        expect="enforce",
        problems={"expectation": "mode_unexpected"},
    ),
    domain(
        "recordlame", "SERVFAIL for the record", record=Txt(dns="servfail"), problems={"record": "dns_servfail (i)"}
    ),
    domain(
        "recordrefused", "REFUSED for the record", record=Txt(dns="refused"), problems={"record": "dns_refused (i)"}
    ),
    domain(
        "recordsilent", "no answer for the record", record=Txt(dns="timeout"), problems={"record": "dns_timeout (i)"}
    ),
]

POLICY_HOSTS = [
    web_fault("certname", "certificate does not cover mta-sts.", "cert_name_mismatch", cert="wrong_name"),
    web_fault("certcn", "name in the common name only", "cert_name_mismatch", cert="cn_only"),
    web_fault("certself", "self-signed", "cert_self_signed", cert="self_signed"),
    web_fault("certexpired", "expired", "cert_expired", cert="expired"),
    web_fault("certearly", "not yet valid", "cert_not_yet_valid", cert="not_yet_valid"),
    web_fault("certunknown", "unknown CA", "cert_untrusted", cert="unknown_ca"),
    web_fault("certlone", "intermediate missing", "cert_untrusted", cert="no_intermediate"),
    web_fault("certchain", "intermediate expired", "cert_chain_expired", cert="chain_expired"),
    web_fault("certweak", "RSA key of 1024 bits", "cert_weak", cert="weak"),
    web_fault("certpurpose", "for TLS clients only", "cert_purpose", cert="client_only"),
    web_fault("notfound", "404", "http_status", answer="404"),
    web_fault("redirect", "301 to a good policy", "http_redirect", answer="301"),
    web_fault("html", "text/html", "http_content_type", answer="html"),
    web_fault("untyped", "no content type", "http_content_type", answer="untyped"),
    web_fault("coded", "content coding that nobody asked for", "http_encoding", answer="coded"),
    web_fault("large", "body over 64 KiB", "http_too_large", answer="large"),
    web_fault("closes", "closed without an answer", "http_protocol", answer="closes"),
    web_fault("rejects", "TLS alert for the name", "tls_handshake", address=WEB + "6", tls="reject"),
    web_fault("oldtls", "TLS 1.1 only", "tls_version", address=WEB + "7", tls="old"),
    web_fault("down", "port 443 closed", "connect_refused", address=WEB + "250", listening=False),
    web_fault("private", "policy host at an address that is not public", "address_not_public", address=OUTSIDE),
    domain("hostgone", "the policy host is NXDOMAIN", web=(), problems={"policy_fetch": "dns_nxdomain"}),
    domain(
        "dangling",
        "CNAME to a name that is gone",
        web=(),
        web_alias="left.web.provider.test",
        problems={"policy_fetch": "dns_nxdomain"},
    ),
    domain(
        "hostlame", "SERVFAIL for the policy host", web_dns="servfail", problems={"policy_fetch": "dns_servfail (i)"}
    ),
    domain("twoweb", "two addresses, same policy", web=(Web(WEB + "2"), Web(WEB + "3"))),
    domain(
        "differs",
        "two addresses, two policies",
        web=(Web(WEB + "2"), Web(WEB + "3", policy=BOTH)),
        problems={"policy_servers": "policy_inconsistent", "id_fresh": "id_stale"},
    ),
    domain(
        "onebad",
        "one of two addresses has an expired certificate",
        web=(Web(WEB + "2", cert="expired"), Web(WEB + "3")),
        problems={"policy_servers": "cert_expired"},
    ),
    domain(
        "onestale",
        "one of two addresses answers 404",
        web=(Web(WEB + "2"), Web(WEB + "3", answer="404")),
        problems={"policy_servers": "http_status"},
    ),
]

_HEAD = "version: STSv1\nmode: enforce\n"
POLICIES = [
    bad_policy(
        "indented",
        "indented lines",
        "policy_syntax",
        "version: STSv1\n  mode: enforce\n  mx: mx1.mailhost.test\n" "  max_age: 86400\n",
    ),
    bad_policy("blank", "a blank line inside", "policy_syntax", f"{_HEAD}\nmx: mx1.mailhost.test\nmax_age: 86400\n"),
    bad_policy("unversioned", "no version", "policy_version", "mode: enforce\nmx: mx1.mailhost.test\nmax_age: 86400\n"),
    bad_policy("modeless", "no mode", "policy_mode_missing", "version: STSv1\nmx: mx1.mailhost.test\nmax_age: 86400\n"),
    bad_policy(
        "badmode",
        "mode: Enforce",
        "policy_mode_invalid",
        "version: STSv1\nmode: Enforce\nmx: mx1.mailhost.test\nmax_age: 86400\n",
    ),
    bad_policy("ageless", "no max_age", "policy_max_age_missing", f"{_HEAD}mx: mx1.mailhost.test\n"),
    bad_policy(
        "badage",
        "max_age above its limit",
        "policy_max_age_invalid",
        f"{_HEAD}mx: mx1.mailhost.test\nmax_age: 31557601\n",
    ),
    bad_policy("mxless", "enforce without mx", "policy_mx_missing", f"{_HEAD}max_age: 86400\n"),
    bad_policy("dotted", "mx with a final dot", "policy_mx_invalid", f"{_HEAD}mx: mx1.mailhost.test.\nmax_age: 86400\n"),
    domain("emptyfile", "an empty file", web=(Web(answer="empty"),), problems={"policy_syntax": "policy_empty"}),
]

MAIL_SERVERS = [
    domain(
        "somemx", "one of two MX is not in the policy", mx=(MX1, MX2), problems={"mx_policy_match": "mx_not_in_policy"}
    ),
    domain(
        "oldmx",
        "policy lists the old MX only",
        policy=Policy(mx=("mx.former.test",)),
        problems={"mx_policy_match": "no_mx_in_policy"},
    ),
    domain(
        "stshost",
        "policy lists mta-sts. as mx",
        policy=Policy(mx=("mta-sts.stshost.test",)),
        problems={"mx_policy_match": "no_mx_in_policy"},
    ),
    domain(
        "deepmx",
        "a wildcard covers one label only",
        policy=Policy(mx=("*.test",)),
        problems={"mx_policy_match": "no_mx_in_policy"},
    ),
    with_mx("mxexpired", "MX certificate expired", "expired.badmx.test", problems={"mx_tls": "cert_expired"}),
    with_mx("mxearly", "MX certificate not yet valid", "early.badmx.test", problems={"mx_tls": "cert_not_yet_valid"}),
    with_mx("mxself", "MX certificate self-signed", "self.badmx.test", problems={"mx_tls": "cert_self_signed"}),
    with_mx(
        "mxunknown", "MX certificate of an unknown CA", "unknown.badmx.test", problems={"mx_tls": "cert_untrusted"}
    ),
    with_mx("mxlone", "MX sends no intermediate", "incomplete.badmx.test", problems={"mx_tls": "cert_untrusted"}),
    with_mx(
        "mxchain", "intermediate of the MX expired", "chain.badmx.test", problems={"mx_tls": "cert_chain_expired"}
    ),
    with_mx("mxweak", "MX certificate with a weak key", "weak.badmx.test", problems={"mx_tls": "cert_weak"}),
    with_mx("mxpurpose", "MX certificate for clients", "purpose.badmx.test", problems={"mx_tls": "cert_purpose"}),
    with_mx("mxname", "MX certificate for another name", "name.badmx.test", problems={"mx_tls": "cert_name_mismatch"}),
    with_mx("mxcn", "MX name in the common name only", "cn.badmx.test", problems={"mx_tls": "cert_name_mismatch"}),
    with_mx("mxplain", "MX without STARTTLS", "plain.badmx.test", problems={"mx_tls": "starttls_missing"}),
    with_mx("mxrefuses", "MX refuses STARTTLS", "refuses.badmx.test", problems={"mx_tls": "starttls_refused"}),
    with_mx("mxoldtls", "MX speaks TLS 1.1 only", "oldtls.badmx.test", problems={"mx_tls": "tls_version"}),
    with_mx("mxbusy", "MX greets with 450", "busy.badmx.test", problems={"mx_tls": "smtp_busy (i)"}),
    with_mx("mxrejects", "MX greets with 5xx", "rejects.badmx.test", problems={"mx_tls": "smtp_rejected (i)"}),
    with_mx("mxdown", "MX port closed", "down.badmx.test", problems={"mx_tls": "connect_refused (i)"}),
    with_mx(
        "mxprivate",
        "MX at an address that is not public",
        "private.badmx.test",
        problems={"mx_tls": "address_not_public (i)"},
    ),
    with_mx("mxhalf", "one of two MX addresses fails", "half.badmx.test", problems={"mx_tls": "cert_expired"}),
    with_mx(
        "mxonebad", "second MX fails", "mx1.mailhost.test", "expired.badmx.test", problems={"mx_tls": "cert_expired"}
    ),
    with_mx(
        "mxworst",
        "fail is shown before inconclusive",
        "busy.badmx.test",
        "self.badmx.test",
        problems={"mx_tls": "cert_self_signed"},
    ),
    with_mx(
        "mxgone",
        "the MX host is NXDOMAIN",
        "gone.badmx.test",
        problems={"mx_lookup": "mx_unresolvable", "mx_tls": "mx_unresolvable"},
    ),
    with_mx(
        "mxonegone",
        "one of two MX hosts is NXDOMAIN",
        "mx1.mailhost.test",
        "gone.badmx.test",
        problems={"mx_tls": "mx_unresolvable"},
    ),
    with_mx(
        "mxnothing",
        "the MX host has no address",
        "nothing.badmx.test",
        problems={"mx_lookup": "mx_no_address", "mx_tls": "mx_no_address"},
    ),
    with_mx(
        "mxlame",
        "SERVFAIL for the MX host",
        "lame.badmx.test",
        problems={"mx_lookup": "dns_servfail (i)", "mx_tls": "dns_servfail (i)"},
    ),
    domain(
        "setlame",
        "SERVFAIL for the whole domain",
        record=Txt(dns="servfail"),
        mx_dns="servfail",
        web_dns="servfail",
        tlsrpt=Txt(dns="servfail"),
        problems={"record": "dns_servfail (i)", "mx_lookup": "dns_servfail (i)", "tlsrpt": "dns_servfail (i)"},
    ),
    domain("nullmixed", "null MX beside another", mx=((0, "."), MX1), problems={"mx_lookup": "mx_null_mixed"}),
    domain("nomx", "no MX and no address", mx=(), problems={"mx_lookup": "mx_none"}),
    Domain(
        "nodomain.test",
        "the domain does not exist",
        NO_RECORD,
        exists=False,
        web=(),
        tlsrpt=NO_TLSRPT,
        problems={"record": "record_missing", "mx_lookup": "mx_none", "tlsrpt": "tlsrpt_missing"},
    ),
]

TLS_REPORTING = [
    with_tlsrpt("rpthttps", "reports by HTTPS", "", "v=TLSRPTv1; rua=https://reports.test/v1"),
    with_tlsrpt("rptmissing", "no TLS-RPT record", "tlsrpt_missing", present=False),
    with_tlsrpt(
        "rptdouble", "two TLS-RPT records", "tlsrpt_multiple", *TLSRPT.rrs, "v=TLSRPTv1; rua=mailto:b@reports.test"
    ),
    with_tlsrpt("rptsyntax", "TLS-RPT without a delimiter", "tlsrpt_syntax", "v=TLSRPTv1; rua=mailto:a@reports.test;;"),
    with_tlsrpt("rptnorua", "TLS-RPT without rua", "tlsrpt_rua_invalid", "v=TLSRPTv1; note=x"),
]

DOMAINS = [
    *HEALTHY,
    *RECORDS,
    *POLICY_HOSTS,
    *POLICIES,
    *MAIL_SERVERS,
    *TLS_REPORTING,
    *domains_texts.DOMAINS,
    *domains_faults.DOMAINS,
]

# A-label -> how it is written in the configuration.
CONFIGURED_AS = {"xn--bcher-kva.test": "bücher.test", "healthy.test": "Healthy.TEST."}
