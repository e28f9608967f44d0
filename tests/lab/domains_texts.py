"""Texts of records and policies on which senders in use disagree, each as a strict sender reads it (RFC 8461 3.1, 3.2,
4.1, RFC 8460 3, docs/decisions/0001)."""

from builders import MX1_ONLY, bad_policy, domain, with_record, with_tlsrpt
from facts import GOOD_ID, Policy, Txt


def _valid(label, title, *rrs, text_id="a1"):
    return with_record(label, title, "", *rrs, id=text_id)


def _no_record(label, title, *rrs, **more):
    return with_record(label, title, "record_missing", *rrs, present=False, **more)


RECORDS = [
    _valid("unended", "no final semicolon", "v=STSv1; id=a1"),
    _valid("letters", "one character a string", tuple(f"v=STSv1; id={GOOD_ID};"), text_id=GOOD_ID),
    _valid("bigset", "too many TXT for UDP", "v=STSv1; id=a1;", *(f"{i} {'x' * 240}" for i in range(9))),
    _valid("longer", "v=STSv12 beside it", "v=STSv1; id=a1;", "v=STSv12; id=b2;"),
    _valid("firstid", "two ids, the first counts", "v=STSv1; id=a1; id=b2;"),
    _valid("twice", "the version twice", "v=STSv1; v=STSv1; id=a1;"),
    _valid("extended", "an unknown field", "v=STSv1; x-note=hello; id=a1;"),
    _no_record("longeralone", "v=STSv12 alone", "v=STSv12; id=a1;"),
    _no_record("spacedmany", "a blank before the first semicolon, not alone", "v=STSv1 ; id=a1;", "v=spf1 -all"),
    _no_record("leading", "a leading blank", " v=STSv1; id=a1;"),
    _no_record("lowercase", "v=stsv1", "v=stsv1; id=a1;"),
    _no_record("versionlast", "the version is not first", "id=a1; v=STSv1;"),
    _no_record("versiononly", "nothing but the version", "v=STSv1"),
    _no_record("emptyname", "the name exists without TXT", empty=True),
    _no_record("nowhere", "CNAME to a name that is gone", alias="left.txt.provider.test"),
    with_record("doublebad", "two records, one malformed", "record_multiple", "v=STSv1; id=a1;", "v=STSv1; id=-;"),
    with_record("upperid", "ID=", "record_id_missing", "v=STSv1; ID=a1;"),
    with_record("longid", "id of 33 characters", "record_id_invalid", f"v=STSv1; id={'a' * 33};"),
    with_record("gap", "an empty field", "record_syntax", "v=STSv1; ; id=a1;"),
    with_record("trailing", "blanks at the end", "record_syntax", "v=STSv1; id=a1  "),
    with_record("equals", "blanks round =", "record_syntax", "v=STSv1; id = a1;"),
    with_record("flag", "a field without =", "record_syntax", "v=STSv1; id=a1; note;"),
]

_MX = "mx: mx1.mailhost.test\n"
_AGE = "max_age: 86400\n"
_HEAD = "version: STSv1\nmode: enforce\n"


def _good_policy(label, title, text, mx=MX1_ONLY, max_age=86400):
    return domain(label, title, policy=Policy("enforce", mx, max_age, raw=text))


POLICIES = [
    _good_policy("mixedends", "LF and CRLF", f"version: STSv1\r\nmode: enforce\n{_MX}max_age: 86400\r\n"),
    _good_policy("unterminated", "no line end at the end", f"{_HEAD}{_MX}max_age: 86400"),
    _good_policy("trailingblank", "blanks at a line's end", f"version: STSv1 \nmode: enforce\t\n{_MX}{_AGE}"),
    _good_policy("disorder", "version last", f"{_AGE}{_MX}mode: enforce\nversion: STSv1\n"),
    _good_policy("polextended", "an unknown field with colons", f"{_HEAD}note: a:b:c\n{_MX}{_AGE}"),
    _good_policy("twomodes", "two modes, the first counts", f"{_HEAD}mode: none\n{_MX}{_AGE}"),
    _good_policy("badsecond", "the second mode is malformed", f"{_HEAD}mode: enforced\n{_MX}{_AGE}"),
    _good_policy("agezero", "max_age 0", f"{_HEAD}{_MX}max_age: 0\n", max_age=0),
    _good_policy("agelow", "max_age of a minute", f"{_HEAD}{_MX}max_age: 60\n", max_age=60),
    _good_policy(
        "polip", "an IPv4 address as pattern", f"{_HEAD}{_MX}mx: 192.0.2.1\n{_AGE}", mx=(*MX1_ONLY, "192.0.2.1")
    ),
    _good_policy("pollabel", "single label", f"{_HEAD}{_MX}mx: localhost\n{_AGE}", mx=(*MX1_ONLY, "localhost")),
    bad_policy("barecr", "a bare CR", "policy_syntax", f"{_HEAD}note: a\rb\n{_MX}{_AGE}"),
    bad_policy("blankend", "an empty line at the end", "policy_syntax", f"{_HEAD}{_MX}{_AGE}\n"),
    bad_policy("colonblank", "a blank before a colon", "policy_syntax", f"version: STSv1\nmode : enforce\n{_MX}{_AGE}"),
    bad_policy("comment", "a comment", "policy_syntax", f"{_HEAD}# ours\n{_MX}{_AGE}"),
    bad_policy("badname", "a malformed unknown field", "policy_syntax", f"{_HEAD}note!: x\n{_MX}{_AGE}"),
    bad_policy("latin", "an octet that is not UTF-8", "policy_syntax", f"{_HEAD}note: caf\udce9\n{_MX}{_AGE}"),
    bad_policy("page", "HTML as text/plain", "policy_syntax", "<html><body>It works!</body></html>\n"),
    bad_policy("bom", "a byte order mark", "policy_syntax", f"\ufeff{_HEAD}{_MX}{_AGE}"),
    bad_policy("polversion", "version: stsv1", "policy_version", f"version: stsv1\nmode: enforce\n{_MX}{_AGE}"),
    bad_policy("uppermode", "Mode: enforce", "policy_mode_missing", f"version: STSv1\nMode: enforce\n{_MX}{_AGE}"),
    bad_policy("agelong", "11 digits", "policy_max_age_invalid", f"{_HEAD}{_MX}max_age: 00000086400\n"),
    bad_policy("agesign", "a sign", "policy_max_age_invalid", f"{_HEAD}{_MX}max_age: +86400\n"),
    bad_policy("innerstar", "a wildcard inside a label", "policy_mx_invalid", f"{_HEAD}mx: m*.mailhost.test\n{_AGE}"),
    bad_policy("onebadmx", "a bad mx beside a good one", "policy_mx_invalid", f"{_HEAD}{_MX}mx: *.*.test\n{_AGE}"),
    bad_policy("ulabel", "a U-label as mx", "policy_mx_invalid", f"{_HEAD}{_MX}mx: bücher.test\n{_AGE}"),
    bad_policy("leadingdot", "mx with a leading dot", "policy_mx_invalid", f"{_HEAD}mx: .mailhost.test\n{_AGE}"),
    bad_policy("nullpattern", "the null MX as mx", "policy_mx_invalid", f"{_HEAD}mx: .\n{_AGE}"),
    bad_policy("onlyblanks", "nothing but blanks", "policy_empty", " \n"),
]


def _no_match(label, title, pattern, mode="enforce"):
    policy = Policy(mode, (pattern,))
    return domain(label, title, policy=policy, problems={"mx_policy_match": "no_mx_in_policy"})


MATCHING = [
    _no_match("starself", "*.name does not match the name", "*.mx1.mailhost.test"),
    _no_match("unanchored", "the end of a name is no match", "x1.mailhost.test"),
    _no_match("testmatch", "mode testing is judged alike", "mx.former.test", mode="testing"),
]

TLS_REPORTING = [
    with_tlsrpt("rpttwo", "two rua fields", "", "v=TLSRPTv1; rua=mailto:a@reports.test; rua=mailto:b@reports.test"),
    with_tlsrpt("rptscheme", "a scheme nobody reports by", "", "v=TLSRPTv1; rua=ftp://reports.test/"),
    with_tlsrpt("rpttrailing", "blanks at the end", "tlsrpt_syntax", "v=TLSRPTv1; rua=mailto:a@reports.test  "),
    with_tlsrpt("rptflag", "a field without =", "tlsrpt_syntax", "v=TLSRPTv1; rua=mailto:a@reports.test; note"),
    with_tlsrpt("rptsize", "a size behind !", "tlsrpt_rua_invalid", "v=TLSRPTv1; rua=mailto:a@reports.test!10m"),
    with_tlsrpt("rptcase", "v=tlsrptv1", "tlsrpt_missing", "v=tlsrptv1; rua=mailto:a@reports.test", present=False),
    domain(
        "rptsilent", "no answer for TLS-RPT", tlsrpt=Txt(dns="timeout"), problems={"tlsrpt": "dns_timeout (i)"}
    ),
]

DOMAINS = [*RECORDS, *POLICIES, *MATCHING, *TLS_REPORTING]
