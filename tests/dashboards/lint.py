#!/usr/bin/python3
"""Lints dashboards/*.json: the rules of grafana/dashboard-linter that apply, under their names, and our own. Exit code 1
and one line a fault."""

import json
import re
import subprocess
import sys
import tempfile
from itertools import combinations
from pathlib import Path

from dashboards import ROOT, all_panels, annotations, bare_families, documented_families, expanded, families, load
from dashboards import panels, queries, selectors, texts, variables

SCHEMA_VERSION = 39  # what every Grafana from 10 on takes; later ones migrate it on load
UIDS = {"fleet": "mtasts-fleet", "domain": "mtasts-domain", "mx": "mtasts-mx", "exporter": "mtasts-exporter"}
UNITS = {"none", "short", "percentunit", "bytes", "s", "ops", "dtdurations", "dateTimeFromNow", "string", "suffix: days"}
COLUMNS = 24
FLEET_POINTS = 60  # of a query over time that reads a series of every domain or MX host

RULES = []  # of one dashboard: (name, dashboard) -> faults
SHARED_RULES = []  # of all together


def rule(function):
    RULES.append(function)
    return function


def shared_rule(function):
    SHARED_RULES.append(function)
    return function


# --- dashboard-linter ---


@rule
def template_datasource(_name, dashboard):
    found = [(v["name"], v.get("label")) for v in variables(dashboard, "datasource")]
    if found != [("datasource", "Data source")]:
        yield f"one variable datasource with the label Data source is needed, found {found}"


@rule
def template_job_and_instance(_name, dashboard):
    by_name = {v["name"]: v for v in variables(dashboard)}
    for name, label in (("job", "Job"), ("instance", "Instance")):
        variable = by_name.get(name, {})
        wanted = {"label": label, "multi": True, "includeAll": True, "allValue": ".+"}
        got = {key: variable.get(key) for key in wanted}
        if got != wanted or variable.get("datasource", {}).get("uid") != "${datasource}":
            yield f"variable {name}: {got}"


@rule
def template_label_promql(_name, dashboard):
    for variable in variables(dashboard):
        text = variable["query"]["query"]
        if not re.fullmatch(r"label_values\([a-z_]+(\{.*\})?, [a-z_]+\)", text):
            yield f"variable {variable['name']}: {text}"


@rule
def template_on_time_change_reload(_name, dashboard):
    for variable in variables(dashboard):
        if variable["refresh"] != 2:
            yield f"variable {variable['name']} is not read again when the time range changes"


@rule
def panel_datasource(_name, dashboard):
    for panel in panels(dashboard):
        references = [panel.get("datasource"), *(t.get("datasource") for t in panel.get("targets", []))]
        if any((r or {}).get("uid") != "${datasource}" for r in references):
            yield f'panel "{panel["title"]}" does not use ${{datasource}}'


@rule
def panel_title_description(_name, dashboard):
    for panel in panels(dashboard):
        if not panel.get("title") or not panel.get("description"):
            yield f'panel {panel["id"]} "{panel.get("title")}" needs a title and a description'


@rule
def panel_units(_name, dashboard):
    for panel in panels(dashboard):
        defaults = panel["fieldConfig"]["defaults"]
        if panel["type"] in ("state-timeline", "heatmap") or defaults.get("mappings"):
            continue
        overrides = [p for o in panel["fieldConfig"]["overrides"] for p in o["properties"] if p["id"] == "unit"]
        for unit in [defaults.get("unit"), *(o["value"] for o in overrides)]:
            if unit not in UNITS:
                yield f'panel "{panel["title"]}": unit {unit}'


@rule
def panel_no_targets(_name, dashboard):
    for panel in panels(dashboard):
        if not panel.get("targets"):
            yield f'panel "{panel["title"]}" asks nothing'


@rule
def target_rate_interval(_name, dashboard):
    for query in queries(dashboard):
        for function, window in re.findall(r"\b(rate|irate)\([^\[\]]*\[([^\]]*)\]", query.expr):
            if window != "$__rate_interval":
                yield f"{query.place}: {function} over [{window}]"


def _without_matcher(name, dashboard_queries):
    matcher = f'{name}=~"${name}"'
    for query in dashboard_queries:
        if not selectors(query.expr):
            yield f"{query.place} has no selector"
        for family, matchers in selectors(query.expr):
            if matcher not in matchers:
                yield f"{query.place}: {family} without {matcher}"
        for family in bare_families(query.expr):
            yield f"{query.place}: {family} without {matcher}"


@rule
def target_job(_name, dashboard):
    yield from _without_matcher("job", queries(dashboard))


@rule
def target_instance(_name, dashboard):
    yield from _without_matcher("instance", queries(dashboard))


@rule
def target_counter_agg(_name, dashboard):
    for query in queries(dashboard):
        counted = re.sub(r"\b(rate|irate|increase)\([^\[\]]*\[[^\]]*\]", "", query.expr)
        for family, _ in selectors(counted):
            if family.endswith("_total"):
                yield f"{query.place}: the counter {family} without rate or increase"


@rule
def uneditable_dashboard(_name, dashboard):
    if dashboard.get("editable") is not False:
        yield "is editable"


# --- ours ---


@rule
def general(name, dashboard):
    wanted = {"uid": UIDS[name], "id": None, "schemaVersion": SCHEMA_VERSION, "graphTooltip": 1, "tags": ["mta-sts"]}
    for key, value in wanted.items():
        if dashboard.get(key) != value:
            yield f"{key} is {dashboard.get(key)}, not {value}"
    if not isinstance(dashboard.get("refresh"), str) or "time_options" in dashboard.get("timepicker", {}):
        yield "refresh must be a text and time_options absent (schema versions 40, 41)"
    if not dashboard["title"].startswith("MTA-STS / "):
        yield f'title {dashboard["title"]}'


@rule
def ids_and_titles(_name, dashboard):
    """Titles too: the render test finds panels by title."""
    for what in ("id", "title"):
        seen = [p[what] for p in all_panels(dashboard) if what == "id" or p["type"] != "row"]
        for twice in sorted({str(x) for x in seen if seen.count(x) > 1}):
            yield f"{what} {twice} stands twice"


@rule
def grid(_name, dashboard):
    def box(panel):
        g = panel["gridPos"]
        return g["x"], g["y"], g["x"] + g["w"], g["y"] + g["h"]

    placed = list(all_panels(dashboard))
    for panel in placed:
        left, _, right, _ = box(panel)
        if left < 0 or right > COLUMNS or panel["gridPos"]["w"] < 1:
            yield f'panel "{panel["title"]}" leaves the grid'
    for a, b in combinations(placed, 2):
        (l1, t1, r1, b1), (l2, t2, r2, b2) = box(a), box(b)
        if l1 < r2 and l2 < r1 and t1 < b2 and t2 < b1:
            yield f'panels "{a["title"]}" and "{b["title"]}" overlap'


@rule
def full_rows(_name, dashboard):
    """What stands side by side fills the width: no hole at the right edge."""
    width = {}
    for panel in all_panels(dashboard):
        y = panel["gridPos"]["y"]
        width[y] = width.get(y, 0) + panel["gridPos"]["w"]
    for y, w in width.items():
        if w != COLUMNS:
            yield f"the panels at y={y} are {w} columns wide"


@rule
def words_for_nothing(_name, dashboard):
    for panel in panels(dashboard):
        if panel["type"] != "heatmap" and not panel["fieldConfig"]["defaults"].get("noValue"):
            yield f'panel "{panel["title"]}" has no text for "nothing" (noValue)'


@rule
def states_have_text_and_colour(_name, dashboard):
    for panel in panels(dashboard):
        config = panel["fieldConfig"]
        overrides = [p["value"] for o in config["overrides"] for p in o["properties"] if p["id"] == "mappings"]
        for mappings in [config["defaults"].get("mappings", []), *overrides]:
            for mapping in mappings:
                for value, result in mapping["options"].items():
                    if not result.get("text") or not result.get("color"):
                        yield f'panel "{panel["title"]}": state {value} needs a text and a colour'


@rule
def tables_name_their_columns(_name, dashboard):
    """Only listed columns are shown, each under a name of its own: no Time, job or Value #A."""
    for panel in panels(dashboard):
        if panel["type"] != "table":
            continue
        steps = {t["id"]: t["options"] for t in panel.get("transformations", [])}
        shown = steps.get("filterFieldsByName", {}).get("include", {}).get("names", [])
        names = steps.get("organize", {}).get("renameByName", {})
        if not shown or any(not names.get(field) for field in shown):
            yield f'table "{panel["title"]}" shows columns without a name'
        elif panel["options"]["sortBy"][0]["displayName"] not in names.values():
            yield f'table "{panel["title"]}" is sorted by a column that it does not have'


@rule
def large_fleets(name, dashboard):
    """A query over time must not read every domain at a thousand points (50,000 domains, query.max-samples)."""
    if name not in ("fleet", "mx"):
        return
    for query in queries(dashboard):
        if query.target and query.target.get("range") and query.panel.get("maxDataPoints", 1000) > FLEET_POINTS:
            yield f"{query.place} asks for more than {FLEET_POINTS} points"


@rule
def annotations_of_fleets_are_off(name, dashboard):
    for annotation in annotations(dashboard):
        if name in ("fleet", "mx") and "mta_sts_" in annotation["expr"] and annotation["enable"]:
            yield f'annotation "{annotation["name"]}" reads every domain'


@shared_rule
def links_resolve(dashboards):
    for name, dashboard in dashboards.items():
        text = json.dumps(dashboard)
        for uid in re.findall(r'"/d/([^?/"]*)', text):
            target = next((d for d in dashboards.values() if d["uid"] == uid), None)
            if not target:
                yield f"{name}: a link to {uid}, which is no dashboard of ours"
        for uid, variable in re.findall(r'"/d/([^?/"]*)\?[^"]*var-(\w+)=\$\{__value', text):
            target = next((d for d in dashboards.values() if d["uid"] == uid), {"templating": {"list": []}})
            if variable not in [v["name"] for v in target["templating"]["list"]]:
                yield f"{name}: a link sets the variable {variable}, which {uid} does not have"


@shared_rule
def uids_unique(dashboards):
    uids = [d["uid"] for d in dashboards.values()]
    if len(set(uids)) != len(uids):
        yield f"a uid stands twice: {uids}"


@shared_rule
def metrics_exist(dashboards):
    known = documented_families()
    for name, dashboard in dashboards.items():
        for family in sorted(families(texts(dashboard), known) - known):
            yield f"{name}: {family} is not in docs/metrics.md"


def exempt():
    """family -> reason, of exempt.txt."""
    lines = (Path(__file__).parent / "exempt.txt").read_text().splitlines()
    return dict(line.split(None, 1) for line in lines if line and not line.startswith("#"))


@shared_rule
def metrics_used(dashboards):
    known = documented_families()
    used = set().union(*(families(texts(d), known) for d in dashboards.values()))
    rules = ROOT / "alerts" / "mta-sts.rules.yml"
    if rules.exists():
        used |= families(rules.read_text(), known)
    for family in sorted(known - used - exempt().keys()):
        yield f"{family} is used nowhere: use it, or say in exempt.txt why not"
    for family in sorted(exempt().keys() & used):
        yield f"{family} is used: delete it from exempt.txt"
    for family in sorted(exempt().keys() - known):
        yield f"exempt.txt names {family}, which is not in docs/metrics.md"


@shared_rule
def target_promql(dashboards):
    """Prometheus' own parser, over all expressions in one file of rules."""
    asked = [(name, query) for name, d in dashboards.items() for query in queries(d)]
    rules = [{"record": f"q:{i}", "expr": expanded(query.expr)} for i, (_, query) in enumerate(asked)]
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        json.dump({"groups": [{"name": "dashboards", "rules": rules}]}, file)
        file.flush()
        try:
            done = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True, timeout=60)
        except FileNotFoundError:
            yield "promtool is not installed: packaging/apt-packages.txt"
            return
    if done.returncode == 0:
        return
    for line in (done.stdout + done.stderr).splitlines():
        found = re.search(r'rule (\d+), "q:\d+": (.*)', line)
        if found:
            name, query = asked[int(found.group(1)) - 1]
            yield f"{name}: {query.place}: {found.group(2)}"
    if not re.search(r'rule \d+, "q:', done.stdout + done.stderr):
        yield f"promtool: {done.stdout}{done.stderr}"


def faults(dashboards):
    for check in RULES:
        for name, dashboard in dashboards.items():
            yield from (f"{check.__name__}: {name}: {fault}" for fault in check(name, dashboard))
    for check in SHARED_RULES:
        yield from (f"{check.__name__}: {fault}" for fault in check(dashboards))


def main():
    dashboards = load()
    found = list(faults(dashboards))
    print("\n".join(found) if found else f"{len(dashboards)} dashboards, {len(RULES) + len(SHARED_RULES)} rules: ok")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
