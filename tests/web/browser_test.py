#!/usr/bin/python3
"""The status pages as a person uses them: Chromium in front of the daemon in front of the lab's real servers, with a
domain whose every text is hostile, and a second daemon that watches 20,000 more. Run as root.

Pictures and figures stay in the folder of --build."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "lab"))

import hostile  # noqa: E402
import npm  # noqa: E402
from domains import DOMAINS, MX_HOSTS  # noqa: E402
from exporter import Exporter, configuration, free_port  # noqa: E402
from facts import DNS_RECURSIVE  # noqa: E402
from lab import Lab  # noqa: E402
from process import LabError, wait_until  # noqa: E402
from report import Report  # noqa: E402
from run import configured  # noqa: E402

HARNESS = Path(__file__).parent / "browser"
MANY = 20_000
BROWSER_SECONDS = 240
WALKED = ["healthy.test", "certname.test", "deepmx.test", "mxexpired.test"]
PREFIX = "/watch"  # the second daemon stands below it


class ManyDomains(Exporter):
    """The lab's domains and many more that do not exist, below a prefix."""

    def __init__(self, program, directory, settings):
        directory.mkdir()
        super().__init__(program, directory, settings, environment={"MTA_STS_EXPORTER_WEB_ROUTE_PREFIX": PREFIX})

    def get(self, path, **headers):
        return super().get(PREFIX + path, **headers)


def seldom(settings):
    """What was looked at well stays as it is while the browser walks; what was not is looked at again soon."""
    settings["probe"] = {**settings["probe"], "domain_interval": "1h", "mx_interval": "1h"}
    settings["dns"] = {**settings["dns"], "timeout": "3s"}
    return settings


def many_settings(lab):
    names = [f"customer{i:05}.test" for i in range(MANY)]
    servers = {"servers": [f"{DNS_RECURSIVE}:53"]}
    settings = seldom(configuration([*configured(DOMAINS), *names], lab.pki.ca_file, dns=servers))
    settings["probe"]["start_rate"] = 2000
    return settings


def api(exporter, path):
    _, _, body = exporter.get(f"/api/v1/{path}")
    return json.loads(body)


def all_looked_at(exporter):
    return api(exporter, "status")["domains"] == len(DOMAINS) + MANY


def well_looked_at(exporter, names):
    """Nothing but what is broken on purpose keeps the pages that are walked from being what they should."""
    for name in names:
        page = api(exporter, f"domains/{name}")
        met = {p["reason"] for check in page.get("checks", {}).values() for p in check["problems"]}
        endpoints = [e for host in page.get("mx", []) for e in host["endpoints"]]
        if not endpoints or "dns_timeout" in met or any("passes" not in e for e in endpoints):
            return False
    return True


def check_texts(report, program, exporter):
    report.check("hostile texts: the API shows all of them", hostile.evidence_faults(exporter, hostile.NAME))
    report.check("hostile texts: no answer of the API is unsafe", hostile.api_faults(exporter, hostile.NAME))
    report.check("hostile texts: /metrics parses and is safe", hostile.metrics_faults(exporter))
    report.check("hostile texts: the log keeps its lines", hostile.log_faults(exporter))
    faults = hostile.terminal_faults(program, exporter.config_file, hostile.NAME)
    report.check("hostile texts: a terminal obeys none of them", faults)


def browse(report, folder, program, exporter, many):
    """One check for each line that the browser's script prints."""
    argv = ["node", "browser.mjs", f"http://{exporter.listen}/", f"http://{many.listen}{PREFIX}/", program]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=BROWSER_SECONDS)
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for result in results:
        report.check(result["what"], result["faults"])
        for line in result.get("figures", []):
            print(f"       {line}")
    ended = [] if done.returncode == 0 and results else [f"exit code {done.returncode}: {done.stderr[-2000:]}"]
    report.check("the browser's script ended by itself", ended)


def run(options):
    report = Report()
    folder = npm.prepare(HARNESS, options.build)
    program = str(Path(options.exporter).resolve())
    with Lab([*DOMAINS, hostile.domain()], [*MX_HOSTS, hostile.MX_HOST]) as lab:
        settings = seldom(configuration(list(configured(lab.domains)), lab.pki.ca_file))
        exporter = Exporter(program, lab.directory, settings)
        many = ManyDomains(program, lab.directory / "many", many_settings(lab))
        try:
            exporter.wait_ready(90)
            wait_until(lambda: all_looked_at(many), 120, f"{MANY} more domains are looked at")
            whole = "the pages to walk are whole"
            wait_until(lambda: well_looked_at(exporter, [*WALKED, hostile.NAME]), 60, whole)
            wait_until(lambda: well_looked_at(many, WALKED), 60, whole)
            check_texts(report, program, exporter)
            browse(report, folder, program, exporter, many)
        finally:
            exporter.stop()
            many.stop()
        report.explain(lab, exporter)
    print(f"pictures: {folder}/pictures")
    return report.failed


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--exporter", required=True, help="path of the daemon")
    arguments.add_argument("--build", required=True, help="folder for npm's packages and pictures")
    try:
        failed = run(arguments.parse_args())
    except npm.Unreachable as error:
        print(f"browser_test: {error}", file=sys.stderr)
        return npm.SKIPPED
    except (LabError, npm.NodeError) as error:
        print(f"browser_test: {error}", file=sys.stderr)
        return 1
    print(f"browser: {failed} failed" if failed else "browser: all as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
