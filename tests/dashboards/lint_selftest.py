#!/usr/bin/python3
"""Each rule of lint.py can fail: the shipped dashboards with one fault put in, and the rule that must tell it."""

import copy
import sys

import lint
from dashboards import all_panels, load, panels, variables


def panel(dashboards, kind, name="fleet"):
    return next(p for p in all_panels(dashboards[name]) if p["type"] == kind)


def first_target(dashboards, name="fleet"):
    return panels(dashboards[name])[0]["targets"][0]


def replace_in_expr(name, old, new):
    """In every expression of one dashboard."""

    def change(dashboards):
        for item in panels(dashboards[name]):
            for target in item["targets"]:
                target["expr"] = target["expr"].replace(old, new)

    return change


def setting(path, value, name="fleet"):
    """path: keys from the dashboard on; the last one is set, or deleted with value ..."""

    def change(dashboards):
        node = dashboards[name]
        for step in path[:-1]:
            node = node[step]
        if value is ...:
            del node[path[-1]]
        else:
            node[path[-1]] = value

    return change


def of_panel(kind, change, name="fleet"):
    return lambda dashboards: change(panel(dashboards, kind, name))


def variable(name, key, value):
    def change(dashboards):
        next(v for v in variables(dashboards["fleet"]) if v["name"] == name)[key] = value

    return change


def expr(text, name="fleet"):
    return lambda dashboards: first_target(dashboards, name).update(expr=text)


def without_text(timeline):
    timeline["fieldConfig"]["defaults"]["mappings"][0]["options"]["0"].pop("text")


GOOD = '{job=~"$job",instance=~"$instance"}'
FAULTS = [
    ("template_datasource", setting(["templating", "list", 0, "name"], "ds")),
    ("template_job_and_instance", variable("job", "multi", False)),
    ("template_job_and_instance", variable("instance", "allValue", ".*")),
    ("template_label_promql", variable("job", "query", {"query": "job"})),
    ("template_on_time_change_reload", variable("job", "refresh", 1)),
    ("panel_datasource", of_panel("stat", lambda p: p.update(datasource={"uid": "prometheus"}))),
    ("panel_title_description", of_panel("table", lambda p: p.update(description=""))),
    ("panel_units", of_panel("timeseries", lambda p: p["fieldConfig"]["defaults"].update(unit="furlong"))),
    ("panel_no_targets", of_panel("stat", lambda p: p.update(targets=[]))),
    ("target_rate_interval", replace_in_expr("exporter", "[$__rate_interval]", "[5m]")),
    ("target_job", expr('count(mta_sts_domain_info{instance=~"$instance"})')),
    ("target_job", expr("count(mta_sts_domain_info)")),
    ("target_instance", expr('count(mta_sts_domain_info{job=~"$job"})')),
    ("target_counter_agg", expr(f"sum(mta_sts_exporter_probes_total{GOOD})")),
    ("uneditable_dashboard", setting(["editable"], True)),
    ("general", setting(["uid"], "other")),
    ("general", setting(["refresh"], False)),
    ("ids_and_titles", of_panel("table", lambda p: p.update(id=1))),
    ("ids_and_titles", of_panel("table", lambda p: p.update(title="Stale ids"))),
    ("grid", of_panel("table", lambda p: p["gridPos"].update(y=0))),
    ("grid", of_panel("table", lambda p: p["gridPos"].update(w=30))),
    ("full_rows", of_panel("stat", lambda p: p["gridPos"].update(w=3))),
    ("words_for_nothing", of_panel("table", lambda p: p["fieldConfig"]["defaults"].pop("noValue"))),
    ("states_have_text_and_colour", of_panel("state-timeline", without_text, "domain")),
    ("tables_name_their_columns", of_panel("table", lambda p: p.update(transformations=[]))),
    ("tables_name_their_columns", of_panel("table", lambda p: p["options"].update(sortBy=[{"displayName": "Value"}]))),
    ("large_fleets", of_panel("timeseries", lambda p: p.pop("maxDataPoints"))),
    ("annotations_of_fleets_are_off", setting(["annotations", "list", 2, "enable"], True)),
    (
        "links_resolve",
        of_panel("table", lambda p: p.update(links=[{"url": "/d/mtasts-gone?var-domain=${__value.raw}"}])),
    ),
    (
        "links_resolve",
        of_panel("table", lambda p: p.update(links=[{"url": "/d/mtasts-mx?x&var-domain=${__value.raw}"}])),
    ),
    ("uids_unique", setting(["uid"], "mtasts-mx")),
    ("metrics_exist", expr(f"count(mta_sts_no_such_family{GOOD})")),
    ("metrics_used", replace_in_expr("exporter", "process_threads", "process_open_fds")),
    ("target_promql", expr(f"sum(mta_sts_domain_info{GOOD}")),
]


def main():
    good = load()
    failed = [f"the shipped dashboards: {fault}" for fault in lint.faults(good)]
    for name, change in FAULTS:
        changed = copy.deepcopy(good)
        change(changed)
        told = {fault.split(":")[0] for fault in lint.faults(changed)}
        if name not in told:
            failed.append(f"{name} does not tell its fault; told: {sorted(told)}")
    rules = {rule.__name__ for rule in lint.RULES + lint.SHARED_RULES}
    failed += [f"{name} is never seen to fail" for name in sorted(rules - {name for name, _ in FAULTS})]
    print("\n".join(failed) if failed else f"{len(FAULTS)} faults, each told by its rule")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
