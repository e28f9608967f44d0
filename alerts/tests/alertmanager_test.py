#!/usr/bin/python3
"""The example of Alertmanager: amtool accepts it, each route leads where it should, and the text of a notification can
be read."""

import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ALERTS = Path(__file__).resolve().parents[1]
CONFIG = ALERTS / "alertmanager.example.yml"

# labels -> receiver
ROUTES = [
    ("alertname=MtaStsNoMxDeliverable severity=critical domain=example.com", "pager"),
    ("alertname=MtaStsIdStale severity=warning domain=example.com team=mail", "tickets"),
    ("alertname=MtaStsTlsRptMissing severity=info domain=example.com", "weekly"),
    ("alertname=MtaStsExporterDown severity=critical instance=exporter:8461", "pager"),
    ("alertname=MtaStsNoMxDeliverable severity=critical domain=shop.example team=webshop", "webshop-pager"),
    ("alertname=MtaStsIdStale severity=warning domain=shop.example team=webshop", "webshop-tickets"),
    ("alertname=MtaStsMaxAgeShort severity=info domain=shop.example team=webshop", "weekly"),
    ("alertname=Anything severity=none", "tickets"),
]

DATA = """{"receiver": "pager", "status": "firing", "externalURL": "http://alertmanager.example.net",
 "commonLabels": {"alertname": "MtaStsNoMxDeliverable", "severity": "critical", "provider": "mail.example"},
 "groupLabels": {"alertname": "MtaStsNoMxDeliverable"},
 "commonAnnotations": {"summary": "Mail is being lost.", "runbook_url": "https://docs.example.net/mail.md"},
 "alerts": [
  {"status": "firing", "labels": {"alertname": "MtaStsNoMxDeliverable", "domain": "example.com"},
   "annotations": {"description": "Nothing passes.", "dashboard_url": "https://grafana.example.net/d/x"},
   "startsAt": "2026-11-25T03:00:00Z", "endsAt": "0001-01-01T00:00:00Z"},
  {"status": "resolved", "labels": {"alertname": "MtaStsNoMxDeliverable", "domain": "example.org"},
   "annotations": {}, "startsAt": "2026-11-25T02:00:00Z", "endsAt": "2026-11-25T03:10:00Z"}]}"""

TITLE = "[CRITICAL] MtaStsNoMxDeliverable: 2 alerts at mail.example"
TEXT = """Mail is being lost.

* example.com, since 2026-11-25 03:00 UTC
  Nothing passes.
  Look at it: https://grafana.example.net/d/x

* example.org: resolved 2026-11-25 03:10 UTC

What to do: https://docs.example.net/mail.md
"""


def amtool(*argv):
    done = subprocess.run(["amtool", *map(str, argv)], capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout + done.stderr)


def receivers(route):
    yield route["receiver"]
    for below in route.get("routes", []):
        yield from receivers(below)


def route_faults():
    for labels, receiver in ROUTES:
        argv = ["config", "routes", "test", f"--config.file={CONFIG}", f"--verify.receivers={receiver}"]
        code, text = amtool(*argv, *labels.split())
        if code:
            yield f"{labels}: {text.strip()}"
    route = yaml.safe_load(CONFIG.read_text())["route"]
    for receiver in sorted(set(receivers(route)) - {r for _, r in ROUTES}):
        yield f"no case leads to {receiver}"


def text_faults():
    with tempfile.NamedTemporaryFile("w", suffix=".json") as data:
        data.write(DATA)
        data.flush()
        for name, wanted in (("title", TITLE), ("text", TEXT)):
            argv = ["template", "render", f"--template.glob={ALERTS / 'mta-sts.tmpl'}", f"--template.data={data.name}"]
            _, text = amtool(*argv, f'--template.text={{{{ template "mta_sts.{name}" . }}}}')
            if text.strip() != wanted.strip():
                yield f"mta_sts.{name} is\n{text}\nand not\n{wanted}"


def main():
    code, text = amtool("check-config", CONFIG)
    faults = [text] if code else []
    faults += [*route_faults(), *text_faults()]
    for fault in faults:
        print(f"FAULT {fault}")
    print(f"{len(ROUTES)} routes, 2 texts: {len(faults) or 'no'} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
