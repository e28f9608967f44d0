#!/usr/bin/python3
"""The dashboards as a person sees them: the lab's real servers, the daemon, a real Prometheus that scrapes it while two
things change, and every dashboard drawn in a browser in both themes. Run as root.

Pictures and reports stay in the folder of --build; --pictures copies those of the README."""

import argparse
import copy
import json
import re
import shutil
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "lab"))

import exposition  # noqa: E402
from changes import Changes  # noqa: E402
from expected import FLEET, FURTHER, SHOWN  # noqa: E402
from exporter import Exporter, configuration, free_port  # noqa: E402
from lab import Lab  # noqa: E402
from dashboards import annotations, load, panels  # noqa: E402
from process import LabError, Process, wait_until  # noqa: E402
from npm import SKIPPED, NodeError, Unreachable  # noqa: E402
from renderer import Renderer  # noqa: E402
from report import Report  # noqa: E402
from run import configured  # noqa: E402

SCRAPE_SECONDS = 2
BEFORE_SECONDS = 25  # from readiness to the first change: rate() needs four scrapes, the egress watch an interval
BETWEEN_SECONDS = 20
AFTER_SECONDS = 25
IN_LIST = 6  # domains
WINDOW_SECONDS = BEFORE_SECONDS + BETWEEN_SECONDS + AFTER_SECONDS + 10

# Raw names that must not reach a person.
JUNK = re.compile(r"__name__|Value #|\bjob=|\binstance=|\bundefined\b|\bNaN\b|\[object")
TESTING = "version: STSv1\nmode: testing\nmx: mx1.mailhost.test\nmx: mx2.mailhost.test\nmax_age: 604800\n"


class Prometheus:
    def __init__(self, directory, target):
        self.listen = f"127.0.0.1:{free_port()}"
        settings = {
            "global": {"scrape_interval": f"{SCRAPE_SECONDS}s"},
            "scrape_configs": [{"job_name": "mta-sts", "static_configs": [{"targets": [target]}]}],
        }
        file = directory / "prometheus.yml"
        file.write_text(json.dumps(settings))
        argv = ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={directory}/tsdb"]
        argv += [f"--web.listen-address={self.listen}"]
        self.process = Process("prometheus", argv, directory / "prometheus.log")

    @property
    def url(self):
        return f"http://{self.listen}"

    def query(self, expr, moment):
        """Number of series; Prometheus' own error as LabError."""
        asked = urllib.parse.urlencode({"query": expr, "time": moment})
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/query?{asked}", timeout=30) as reply:
                return len(json.load(reply)["data"]["result"])
        except urllib.error.HTTPError as error:
            raise LabError(f"{expr}: {error.read().decode()}") from None

    def ready(self):
        self.process.check_alive()
        try:
            return urllib.request.urlopen(f"{self.url}/-/ready", timeout=5).status == 200
        except OSError:
            return False


def live_through(lab, exporter):
    """What happens while Prometheus looks."""
    changes = Changes(lab)
    time.sleep(BEFORE_SECONDS)
    changes.policy("healthy.test", TESTING)  # under the old id: stale
    changes.mx_certificate("tls12.goodmx.test", "expired")
    time.sleep(BETWEEN_SECONDS)
    changes.record("healthy.test", "v=STSv1; id=0020261231;")
    time.sleep(AFTER_SECONDS)
    return exposition.parse_text(exporter.scrape())


def move_to_list(settings, directory):
    """Some domains come from a file of domain_files."""
    listed = [d for d in settings["domains"] if isinstance(d, str)][-IN_LIST:]
    settings["domains"] = [d for d in settings["domains"] if d not in listed]
    (directory / "list.yml").write_text(json.dumps([{"targets": listed}]))
    settings["domain_files"] = [f"{directory}/list.yml"]


def gather(program, lab, report):
    """(samples of the last scrape, Prometheus that has seen it all, the end)."""
    history = {"history": f"sqlite://{lab.directory}/history.db"}
    settings = configuration(list(configured(lab.domains)), lab.pki.ca_file, **history)
    move_to_list(settings, lab.directory)
    exporter = Exporter(program, lab.directory, settings)
    prometheus = Prometheus(lab.directory, exporter.listen)
    try:
        exporter.wait_ready(90)
        wait_until(prometheus.ready, 30, "Prometheus is ready")
        samples = live_through(lab, exporter)
        return samples, prometheus, time.time()
    except BaseException:
        prometheus.process.stop()
        raise
    finally:
        exporter.stop()
        ended = exporter.process.exit_code() == 0
        report.check("the daemon ended by itself", [] if ended else [exporter.process.log_tail()])


def ids_of(dashboard, titles):
    return [p["id"] for p in panels(dashboard) if p["title"] in titles]


def shown_panels(report):
    return {p["title"]: p for p in report["panels"]}


def word_faults(view, rendered):
    shown = shown_panels(rendered)
    for title, words in view.words.items():
        text = shown.get(title, {}).get("text") or ""
        for word in words:
            if word not in text:
                yield f'"{title}" does not show {word!r}: {text[:300]!r}'
    for title, panel in shown.items():
        found = JUNK.search(panel.get("text") or "")
        if found:
            yield f'"{title}" shows {found.group(0)!r}: {panel["text"][:300]!r}'


def empty_faults(view, dashboard, rendered):
    """A panel that may be empty must be, and then it says so in its own words."""
    by_title = {p["title"]: p for p in panels(dashboard)}
    for title in view.empty:
        panel = shown_panels(rendered)[title]
        wanted = by_title[title]["fieldConfig"]["defaults"]["noValue"]
        if panel["rows"]:
            yield f'"{title}" has {panel["rows"]} rows: take it off the list of the empty ones'
        elif wanted not in (panel["text"] or ""):
            yield f'"{title}" is empty and does not say {wanted!r}: {panel["text"]!r}'


def check_view(report, renderer, dashboards, view, theme, where):
    dashboard = dashboards[view.dashboard]
    code, rendered, output = renderer.render(
        dashboard,
        where.folder / f"{view.name}-{theme}.png",
        where.prometheus.url,
        where.window,
        theme,
        view.variables,
        ids_of(dashboard, view.empty),
    )
    faults = [line for line in output.splitlines() if line.startswith("BAD")]
    if code and not faults:
        faults = output.splitlines()[-15:]
    faults += [*word_faults(view, rendered), *empty_faults(view, dashboard, rendered)]
    report.check(f"{view.name}, {theme}: {len(rendered['panels'])} panels", faults)
    return rendered


class Where:
    def __init__(self, folder, prometheus, end):
        self.folder, self.prometheus, self.window = folder, prometheus, (end - WINDOW_SECONDS, end)


def headline(samples):
    """The numbers of the fleet, counted from the exporter's own text."""
    held = [v for (name, _), v in samples.items() if name == "mta_sts_enforce_held_until_timestamp_seconds"]
    count = Counter((name, value) for (name, _), value in samples.items())
    return {
        "Losing mail now": count["mta_sts_delivery_ok", 0],
        "Stale ids": count["mta_sts_id_stale", 1],
        "Held policy refuses MX": count["mta_sts_cached_policy_conflict", 1],
        "Domains": count["mta_sts_domain_info", 1],
        "In enforce": sum(until > time.time() for until in held),
        "Without a policy": count["mta_sts_policy_present", 0],
    }


def headline_faults(samples, rendered):
    shown = shown_panels(rendered)
    for title, number in headline(samples).items():
        text = shown[title]["text"].removeprefix(title).strip()
        if text != str(number):
            yield f'"{title}" shows {text!r}, the exporter {number}'


def annotation_faults(dashboards, where):
    """The harness draws none: their queries are asked here, with the domain of the picture."""
    for name, dashboard in dashboards.items():
        for annotation in annotations(dashboard):
            expr = annotation["expr"]
            for variable, value in (("$domain", "healthy.test"), ("$job", ".+"), ("$instance", ".+")):
                expr = expr.replace(variable, value)
            if not where.prometheus.query(expr, where.window[1]):
                yield f'{name}: annotation "{annotation["name"]}" finds nothing'


def negative_faults(renderer, dashboards, where):
    """A broken query and one of a family that nobody exposes must be told, each with its panel."""
    dashboard = copy.deepcopy(dashboards["fleet"])
    broken = {"Losing mail now": "sum(", "Stale ids": "mta_sts_no_such_family"}
    for panel in panels(dashboard):
        if panel["title"] in broken:
            panel["targets"][0]["expr"] = broken[panel["title"]]
    code, _, output = renderer.render(dashboard, where.folder / "negative.png", where.prometheus.url, where.window)
    if code == 0:
        yield "exit code 0"
    bad = [line for line in output.splitlines() if line.startswith("BAD")]
    for title in broken:
        if not any(f'"{title}"' in line for line in bad):
            yield f'"{title}" passed'
    if len(bad) != len(broken):
        yield f"{len(bad)} panels are told, not {len(broken)}"


def silence_faults(renderer, dashboards, where):
    """Where no exporter answers, no panel may say 0, let alone a green one: each says its own words for nothing."""
    text = json.dumps(dashboards["fleet"])
    dashboard = json.loads(text.replace('instance=~\\"$instance\\"', 'instance=\\"gone\\"'))
    everything = [p["id"] for p in panels(dashboard)]
    picture = where.folder / "fleet-silent.png"
    _, rendered, _ = renderer.render(dashboard, picture, where.prometheus.url, where.window, may_be_empty=everything)
    shown = shown_panels(rendered)
    for panel in panels(dashboard):
        wanted = f'{panel["title"]} {panel["fieldConfig"]["defaults"]["noValue"]}'
        text = shown[panel["title"]]["text"]
        if text != wanted:
            yield f"{text[:200]!r} is shown, not {wanted!r}"


def draw(report, renderer, dashboards, samples, where):
    for view in SHOWN:
        for theme in ("dark", "light"):
            rendered = check_view(report, renderer, dashboards, view, theme, where)
            if view is FLEET and theme == "dark":
                report.check("the headline counts what the exporter shows", headline_faults(samples, rendered))
    for view in FURTHER:
        check_view(report, renderer, dashboards, view, "dark", where)
    report.check("annotations", annotation_faults(dashboards, where))
    report.check("no exporter: every panel of the fleet says so, none says 0", silence_faults(renderer, dashboards, where))
    report.check("a broken query is told", negative_faults(renderer, dashboards, where))


def run(options):
    report, dashboards = Report(), load()
    renderer = Renderer(options.build)
    folder = renderer.folder / "pictures"
    with Lab() as lab:
        samples, prometheus, end = gather(options.exporter, lab, report)
        try:
            draw(report, renderer, dashboards, samples, Where(folder, prometheus, end))
        finally:
            prometheus.process.stop()
    if options.pictures:
        for view in SHOWN:
            shutil.copy(folder / f"{view.name}-dark.png", Path(options.pictures) / f"{view.dashboard}.png")
    print(f"pictures: {folder}")
    return report.failed


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--exporter", required=True, help="path of the daemon")
    arguments.add_argument("--build", required=True, help="folder for npm's packages, pictures and reports")
    arguments.add_argument("--pictures", help="copy the dark pictures to this folder")
    try:
        failed = run(arguments.parse_args())
    except Unreachable as error:
        print(f"render_test: {error}", file=sys.stderr)
        return SKIPPED
    except (LabError, NodeError) as error:
        print(f"render_test: {error}", file=sys.stderr)
        return 1
    print(f"dashboards: {failed} failed" if failed else "dashboards: all as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
