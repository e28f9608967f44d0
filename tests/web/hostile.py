"""A domain whose every text is meant for whoever shows it unescaped, and what must never reach a person or a parser."""

import json
import os
import pty
import re
import subprocess

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from exporter import OPENMETRICS
from exposition import promtool_faults
from facts import HOSTILE, MAIL, Domain, Listener, MxHost, Policy, Txt

NAME = "hostile.test"
MX = "mx.hostile.test"
ODD_MX = r"\060script\062\034\039.hostile.test"  # a name that no policy can hold
LARGE = 64 * 1024
TXT_OCTETS = 60_000  # with what else is in the answer, the 64 KiB of a DNS message

# Controls other than the end of a line, and what reorders or hides (UAX #9), as UTF-8 and as a lone octet.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
COLOUR = re.compile(r"\x1b\[(0|1|2|31|32|33)m")

STRING = 80  # characters; a character-string has 255 octets at most


def _strings(text):
    return tuple(text[i : i + STRING] for i in range(0, len(text), STRING))


def _large(size):
    """Text of so many octets, or a little less."""
    return f"{HOSTILE} " * (size // len(f"{HOSTILE} ".encode()))


def _policy():
    return HOSTILE + "\n" + f"{HOSTILE}\n" * (LARGE // len(f"{HOSTILE}\n".encode()) - 2)


def domain():
    return Domain(
        NAME,
        "every text is hostile",
        record=Txt((_strings(f"v=STSv1; id=a1; x={HOSTILE}"), _strings(_large(TXT_OCTETS))), reason="record_syntax"),
        tlsrpt=Txt((_strings(f"v=TLSRPTv1; rua={HOSTILE}"),), reason="tlsrpt_rua_invalid"),
        policy=Policy(raw=_policy(), reason="policy_syntax"),
        mx=((10, MX), (20, ODD_MX)),
        expect="enforce",
        labels={"team": "<script>window.hacked=3</script>\"{}"},
    )


MX_HOST = MxHost(MX, (Listener(f"{MAIL}190", cert="hostile", smtp="hostile"),))


def unsafe(what, text):
    found = UNSAFE.search(text)
    if found:
        yield f"{what} has {found.group()!r} in {text[max(0, found.start() - 60) : found.end() + 20]!r}"


def _texts(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def api_faults(exporter, name):
    """JSON of one line, and no text in it is unsafe once it is decoded."""
    for path in (f"/api/v1/domains/{name}", f"/api/v1/domains?q={name}", f"/api/v1/mx/{MX}", "/api/v1/mx"):
        _, headers, body = exporter.get(path)
        yield from unsafe(path, body.decode())
        if headers["Content-Type"] != "application/json" or headers["X-Content-Type-Options"] != "nosniff":
            yield f"{path} may be taken for a page"
        for text in _texts(json.loads(body)):
            # Our own policy texts have lines.
            yield from unsafe(path, text)


def evidence_faults(exporter, name):
    """Nothing was left out for being hostile: each field is there, as text."""
    _, _, body = exporter.get(f"/api/v1/domains/{name}")
    page = json.loads(body)
    endpoint = page["mx"][0]["endpoints"][0]
    shown = {
        "TXT": page["record"]["txt"],
        "policy": page["policy_host"]["fetches"][0]["lines"],
        "EHLO and greeting": endpoint["smtp"],
        "subject": [endpoint["tls"]["chain"][0]["subject"]],
        "issuer": [endpoint["tls"]["chain"][0]["issuer"]],
        "dNSName": endpoint["tls"]["chain"][0]["dns_names"],
        "detail of a problem": [p["detail"] for c in page["checks"].values() for p in c["problems"]],
        "label": page["labels"].values(),
    }
    for field, texts in shown.items():
        if not any("window.hacked" in text for text in texts):
            yield f"{field} is not shown: {str(list(texts))[:200]}"
    if sum(map(len, page["record"]["txt"])) < TXT_OCTETS - len(HOSTILE.encode()):
        yield "the large TXT record is cut"


def metrics_faults(exporter):
    text = exporter.scrape()
    yield from unsafe("/metrics", text)
    yield from promtool_faults(text)
    list(text_string_to_metric_families(exporter.scrape(accept=OPENMETRICS)))


def log_faults(exporter):
    text = exporter.log_file.read_text()
    yield from unsafe("the log", text)
    for line in text.splitlines():
        if not line.startswith("ts="):
            yield f"a line of the log does not begin as one: {line[:200]!r}"
    if "<script>" in text and "level=error" in re.sub(r'"(\\.|[^"\\])*"', "", text):
        yield "a domain wrote an error into the log"


def terminal_faults(program, config_file, name):
    """`check` on a terminal: our own colours, and nothing else that a terminal obeys."""
    main, peer = pty.openpty()
    process = subprocess.Popen(
        [program, "check", f"--config.file={config_file}", name], stdin=subprocess.DEVNULL, stdout=peer, stderr=peer
    )
    os.close(peer)
    octets = b""
    try:
        while chunk := os.read(main, 65536):
            octets += chunk
    except OSError:
        pass  # the other side closed
    os.close(main)
    if process.wait(30) != 1:
        yield f"check exits with {process.returncode}"
    text = octets.decode().replace("\r\n", "\n")
    if not COLOUR.search(text):
        yield "check did not know that this is a terminal"
    if "<script>" not in text:
        yield "check shows nothing of it"
    yield from unsafe("the terminal", COLOUR.sub("", text))
