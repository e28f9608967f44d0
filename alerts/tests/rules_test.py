#!/usr/bin/python3
"""Tests each alert with promtool, from the cases in cases/: it fires with its exact labels and texts, not a step before
its time, not in the neighbouring healthy states, not on what is unknown; it goes on when things get worse and over a
restart of the exporter. An alert without a case, or a case without one of these, is a fault."""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

HERE = Path(__file__).parent
STEP = 60  # between two scrapes, and between two evaluations
LONG_STEP = 300  # the same, for alerts that wait for hours
LONG = 6 * 3600
BEGIN = 600  # up to here all is well
LATER = 300
GAP = 300  # what a restart takes
TARGET = {"job": "mta-sts", "instance": "exporter:8461"}
KINDS = ("healthy", "unknown", "worse", "restart")  # each with what is to be tried, or with why there is nothing


def seconds(text):
    match = re.fullmatch(r"(\d+)([smhd])", str(text))
    if not match:
        raise ValueError(f"{text} is no duration such as 30m")
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def value_at(value, time):
    """A number, absent, or what is counted from the present: now, now-5m, now+7d; `rising` is a counter."""
    if value is None or isinstance(value, (int, float)):
        return value
    if value == "rising":
        return time
    match = re.fullmatch(r"now(?:([+-])(\w+))?", value)
    if not match:
        raise ValueError(f"{value} is no value")
    shift = seconds(match[2]) if match[2] else 0
    return time + (-shift if match[1] == "-" else shift)


def with_target(selector):
    """The selector with job and instance, unless it names another target."""
    family, _, labels = selector.partition("{")
    labels = labels.rstrip("}")
    target = ",".join(f'{k}="{v}"' for k, v in TARGET.items() if f"{k}=" not in labels)
    return f"{family}{{{','.join(x for x in (labels, target) if x)}}}"


class Story:
    """Series over time: each set of changes holds from its moment on."""

    def __init__(self, base, domains, step):
        self.domains, self.step, self.changes, self.gap = domains, step, [(0, base, domains)], range(0)

    def then(self, time, series, domains=None):
        """From now on; with `domains` for the first of them only."""
        self.changes.append((time, series, domains or self.domains))
        return self

    def restart(self, time):
        self.gap = range(time, time + GAP)
        return self

    def _expanded(self):
        """selector -> [(time, value)], with $domain and $n for each domain."""
        timeline = {}
        for time, series, domains in self.changes:
            for selector, value in series.items():
                for n in range(domains):
                    name = "example.com" if self.domains == 1 else f"d{n}.example"
                    one = with_target(selector.replace("$domain", name).replace("$n", str(n)))
                    timeline.setdefault(one, {})[time] = value
        return timeline

    def input_series(self, end):
        timeline = self._expanded()
        return [{"series": s, "values": " ".join(self._samples(s, steps, end))} for s, steps in timeline.items()]

    def _samples(self, selector, steps, end):
        shown = False
        for time in range(0, end + 1, self.step):
            begun = [t for t in steps if t <= time]
            current = value_at(steps[max(begun)], time) if begun else None
            if time in self.gap and selector.startswith("up{"):
                current = 0
            elif time in self.gap:
                current = None
            if current is None:
                yield "stale" if shown else "_"
                shown = False
            else:
                yield f"{current:.12g}"
                shown = True


class Case:
    def __init__(self, alert, text, base):
        self.alert, self.text, self.base = alert, text, base
        self.wait = seconds(text["for"]) if text["for"] else 0
        self.domains = text.get("domains", 1)
        self.step = LONG_STEP if self.wait >= LONG else STEP
        self.failing = text.get("failing", self.domains)
        self.fires = BEGIN + self.wait + seconds(text.get("sees", "0s"))
        self.tests = []

    def _well(self, changes=None):
        return Story({**self.base, **self.text.get("before", {}), **(changes or {})}, self.domains, self.step)

    def _broken(self, changes=None):
        """`changes` hold from the beginning, whatever breaks."""
        return self._well(changes).then(BEGIN, self.text["series"], self.failing).then(BEGIN, changes or {})

    def _expected(self, **changes):
        labels = {**self.text["labels"]}
        annotations = {**self.text["annotations"], **changes}
        return [{"exp_labels": labels, "exp_annotations": annotations}]

    def _add(self, name, story, *moments):
        """moments: (time, whether it fires); with a description the texts are compared as well."""
        end = max(m[0] for m in moments)
        test = {"name": f"{self.alert}: {name}", "interval": f"{self.step}s", "input_series": story.input_series(end)}
        alerts, samples = [], []
        for time, fires, *changes in moments:
            if fires and not changes:
                labels = ",".join(f'{k}="{v}"' for k, v in self.text["labels"].items())
                shown = f'ALERTS{{alertname="{self.alert}",alertstate="firing",{labels}}}'
                samples.append({"expr": shown, "eval_time": f"{time}s", "exp_samples": [{"labels": shown, "value": 1}]})
            else:
                expected = self._expected(**changes[0]) if fires else []
                alerts.append({"eval_time": f"{time}s", "alertname": self.alert, "exp_alerts": expected})
        test.update({"alert_rule_test": alerts} if alerts else {}, **({"promql_expr_test": samples} if samples else {}))
        self.tests.append(test)

    def make(self):
        fires = self.fires
        before = [(fires - self.step, False)] if self.wait else [(BEGIN - self.step, False)]
        self._add("fires when its time has passed", self._broken(), *before, (fires, True, {}))
        for n, state in enumerate(self.text.get("also", [])):
            self._add(f"fires here, too {n}", self._broken(state), (fires - self.step, False), (fires, True))
        for n, state in enumerate(self._states("healthy")):
            self._add(f"healthy neighbour {n}", self._broken(state), (fires, False), (fires + LATER, False))
        for n, state in enumerate(self._states("unknown")):
            self._add(f"unknown {n}", self._broken().then(BEGIN, state), (fires, False), (fires + LATER, False))
        for n, state in enumerate(self._states("worse")):
            story = self._broken().then(fires + LATER, state["series"])
            changed = [state["annotations"]] if "annotations" in state else []
            self._add(f"goes on when it gets worse {n}", story, *[(fires + LATER * i, True, *changed) for i in (2, 7)])
        for n, state in enumerate(self.text.get("changing", [])):
            middle = BEGIN + self.wait // 2 // self.step * self.step
            story = self._broken().then(middle, state)
            self._add(f"another reason does not begin the wait anew {n}", story, (fires, True))
        if self.text.get("restart", True) is True:
            self._restarts()
        return self.tests

    def _restarts(self):
        fires = self.fires
        moments = [(fires + LATER + after, True) for after in (0, GAP - self.step, GAP, GAP + LATER)]
        self._add("a restart of the exporter does not resolve it", self._broken().restart(fires + LATER), *moments)
        quiet = [(BEGIN + GAP, False), (fires + LATER, False)]
        self._add("a restart of the exporter does not fire it", self._well().restart(BEGIN), *quiet)
        if self.wait > GAP + self.step:
            story = self._broken().restart(BEGIN + self.step)
            self._add("a restart of the exporter does not begin its wait anew", story, (fires, True))

    def _states(self, kind):
        given = self.text[kind]
        return given if isinstance(given, list) else []


def rule_names(rules):
    return [r["alert"] for group in rules["groups"] for r in group["rules"] if "alert" in r]


def gaps(names, cases):
    """What is not tested at all."""
    for name in names:
        if name not in cases:
            yield f"{name} has no case"
    for name, text in cases.items():
        if name not in names:
            yield f"{name} is no alert"
        for kind in KINDS:
            given = text.get(kind)
            if given is None and kind != "restart":
                yield f"{name}: nothing about {kind}; a text says why there is nothing to try"
            if given == [] or (isinstance(given, str) and len(given) < 10):
                yield f"{name}: {kind} is empty"


def load_cases():
    cases = {}
    for file in sorted((HERE / "cases").glob("*.yml")):
        cases.update(yaml.safe_load(file.read_text()))
    return cases


def healthy_fires_nothing(base, names):
    """A healthy domain in enforce, over two days and a restart."""
    end = 2 * 86400
    story = Story(base, 1, LONG_STEP).restart(86400)
    return {
        "name": "a healthy domain fires nothing",
        "interval": f"{LONG_STEP}s",
        "input_series": story.input_series(end),
        "alert_rule_test": [
            {"eval_time": f"{time}s", "alertname": name, "exp_alerts": []}
            for name in names
            for time in (86400, 86400 + GAP, end)
        ],
    }


def fault_of(file):
    done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True, check=False)
    return f"{file.stem}:\n{done.stdout}{done.stderr}" if done.returncode else ""


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rules", default=HERE.parent / "mta-sts.rules.yml", type=Path)
    arguments.add_argument("--keep", type=Path, help="folder for the files that promtool reads")
    arguments.add_argument("only", nargs="*", help="names of alerts")
    options = arguments.parse_args()
    rules = yaml.safe_load(options.rules.read_text())
    names, groups = rule_names(rules), [g["name"] for g in rules["groups"]]
    cases, base = load_cases(), yaml.safe_load((HERE / "healthy.yml").read_text())
    faults = list(gaps(names, cases))
    wanted = options.only or cases
    tests = {name: Case(name, text, base).make() for name, text in cases.items() if name in wanted}
    if not options.only:
        tests["healthy"] = [healthy_fires_nothing(base, names)]
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        files = []
        for name, some in tests.items():
            head = {"rule_files": [str(options.rules.resolve())], "group_eval_order": groups}
            text = {**head, "evaluation_interval": some[0]["interval"], "tests": some}
            files.append(folder / f"{name}.yml")
            files[-1].write_text(yaml.safe_dump(text, sort_keys=False, width=10**6))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            faults += [fault for fault in pool.map(fault_of, files) if fault]
    for fault in faults:
        print(f"FAULT {fault}")
    print(f"{len(names)} alerts, {sum(map(len, tests.values()))} stories: {len(faults) or 'no'} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
