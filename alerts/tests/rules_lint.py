#!/usr/bin/python3
"""What holds for every alert, and that the documentation, the runbooks, the dashboards and the example of Alertmanager
name what is there."""

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = ("Meaning", "Impact", "Diagnosis", "Mitigation")
FAMILY = re.compile(r"(?<![:/\w])(?:mta_sts|process)_\w+")


def alerts():
    groups = yaml.safe_load((ROOT / "alerts/mta-sts.rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def families():
    return set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/metrics.md").read_text(), re.M))


def style_faults(rule, known):
    notes = rule["annotations"]
    if rule["labels"]["severity"] not in ("critical", "warning", "info"):
        yield "severity"
    if "{{" in notes["summary"] or not notes["summary"].endswith("."):
        yield "the summary is not a static sentence"
    if "problem" in rule["expr"]:
        yield "a reason that changes would begin `for` anew: problems belong in the text only"
    for text in (rule["expr"], notes["description"]):
        for family in sorted(set(FAMILY.findall(text)) - known):
            yield f"{family} is not in docs/metrics.md"


def documented():
    """alert -> (severity, for)"""
    rows = re.findall(r"^\| (MtaSts\w+) \| (\w+) \| (\w+) \|", (ROOT / "docs/alerts.md").read_text(), re.M)
    return {name: (severity, wait) for name, severity, wait in rows}


def runbook_faults(rule):
    path, _, anchor = rule["annotations"]["runbook_url"].partition("/docs/")[2].partition("#")
    text = (ROOT / "docs" / path).read_text()
    section = re.search(rf"^## {rule['alert']}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    if anchor != rule["alert"].lower() or not section:
        yield f"no section in docs/{path}"
        return
    for name in SECTIONS:
        if f"**{name}.**" not in section[1]:
            yield f"docs/{path} has no {name}"


def dashboard_faults(rule):
    uid = re.search(r"/d/([\w-]+)", rule["annotations"]["dashboard_url"])[1]
    shipped = "".join(p.read_text() for p in (ROOT / "dashboards").glob("*.json"))
    if f'"uid": "{uid}"' not in shipped:
        yield f"no dashboard {uid}"


def named_in_alertmanager():
    """Names of alerts in matchers; patterns such as MtaSts.* name nobody in particular."""
    text = (ROOT / "alerts/alertmanager.example.yml").read_text()
    for pattern in re.findall(r'alertname=~?"([^"]+)"', text):
        yield from (name for name in pattern.split("|") if "*" not in name)


def main():
    known, rows, faults = families(), documented(), []
    rules = alerts()
    for rule in rules:
        found = [*style_faults(rule, known), *runbook_faults(rule), *dashboard_faults(rule)]
        stated = (rule["labels"]["severity"], rule.get("for", "0s"))
        if rows.get(rule["alert"]) != stated:
            found.append(f"docs/alerts.md says {rows.get(rule['alert'])}, the rule {stated}")
        faults += [f"{rule['alert']}: {fault}" for fault in found]
    names = {rule["alert"] for rule in rules}
    faults += [f"docs/alerts.md has {name}, which is no alert" for name in sorted(rows.keys() - names)]
    unknown = sorted(set(named_in_alertmanager()) - names)
    faults += [f"alertmanager.example.yml names {name}, which is no alert" for name in unknown]
    for fault in faults:
        print(f"FAULT {fault}")
    print(f"{len(rules)} alerts: {len(faults) or 'no'} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
