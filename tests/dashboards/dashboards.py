"""What a dashboard is made of, for the tests: panels, queries, selectors, families. Reads files only."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("fleet", "domain", "mx", "exporter")

_STRING = r'"(?:\\.|[^"\\])*"'
_SELECTOR = re.compile(rf"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*\{{((?:[^{{}}\"]|{_STRING})*)\}}")
_FAMILY = re.compile(r"\b((?:mta_sts|process)_[a-z0-9_]+)")
_HISTOGRAM = re.compile(r"_(bucket|sum|count)$")


@dataclass(frozen=True)
class Query:
    """One expression and the place where it stands."""

    place: str
    expr: str
    panel: dict = None  # None: of an annotation
    target: dict = None


def load(folder=ROOT / "dashboards"):
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in NAMES}


def all_panels(dashboard):
    """Rows, and what is inside collapsed ones, as well."""
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", [])


def panels(dashboard):
    """Those that show data."""
    return [p for p in all_panels(dashboard) if p["type"] not in ("row", "text")]


def queries(dashboard):
    for panel in panels(dashboard):
        for target in panel.get("targets", []):
            place = f'panel "{panel["title"]}" {target.get("refId")}'
            yield Query(place, target.get("expr", ""), panel, target)
    for annotation in annotations(dashboard):
        yield Query(f'annotation "{annotation["name"]}"', annotation["expr"])


def annotations(dashboard):
    return [a for a in dashboard["annotations"]["list"] if not a.get("builtIn")]


def variables(dashboard, kind="query"):
    return [v for v in dashboard["templating"]["list"] if v["type"] == kind]


def selectors(expr):
    """(name, matchers) of every selector with braces."""
    return [(m.group(1), m.group(2)) for m in _SELECTOR.finditer(expr)]


def bare_families(expr):
    """Families that stand without braces."""
    text = re.sub(_STRING, '""', expr)
    return [m.group(1) for m in _FAMILY.finditer(text) if not text[m.end() :].lstrip().startswith("{")]


def texts(dashboard):
    """All that is asked of Prometheus: expressions and the queries of variables."""
    asked = [query.expr for query in queries(dashboard)] + [v["query"]["query"] for v in variables(dashboard)]
    return "\n".join(asked)


def families(text, known):
    """Families named anywhere in a text: queries, variables, rules."""
    found = set()
    for name in _FAMILY.findall(text):
        found.add(name if name in known else _HISTOGRAM.sub("", name))
    return found


def documented_families():
    text = (ROOT / "docs/metrics.md").read_text()
    return set(re.findall(r"^\| `([a-z_]+)` \| (?:gauge|counter|info|histogram) \|", text, re.M))


def expanded(expr):
    """Sample values for the variables, as Grafana would fill in."""
    values = {"__rate_interval": "5m", "__range": "1h", "__interval": "1m"}
    return re.sub(r"\$\{?(\w+)\}?", lambda m: values.get(m.group(1), "x"), expr)
