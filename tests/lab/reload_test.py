#!/usr/bin/python3
"""Domains that come and go while the daemon runs: from files, from a URL, and by a reload of its configuration. Real
servers; every change is seen in the series, and in nothing that it is not about. Run as root."""

import json
import os
import signal
import urllib.error
import urllib.request

import yaml

from exporter import Exporter, configuration
from exposition import parse_text
from lab import Lab
from lists import Lists
from process import LabError, wait_until
from report import Report, run_script
from series import key

SOON = 20  # seconds
LONG = 3600  # seconds: no look but the first falls into the test

STATIC = ["healthy.test", "wildcard.test"]
IN_FILE = ["customer.test", "testing.test"]
IN_URL = ["six.test"]


class World:
    def __init__(self, program, lab):
        self.lab = lab
        self.lists = Lists()
        self.lists.show(*IN_URL, team="web")
        self.folder = lab.directory / "domains.d"
        self.folder.mkdir()
        self.write("a.yml", [{"targets": IN_FILE, "labels": {"team": "file"}}])
        settings = configuration(STATIC, lab.pki.ca_file, f"sqlite://{lab.directory}/history.db")
        settings["domain_files"] = [f"{self.folder}/*.yml"]
        settings["domain_urls"] = [{"url": self.lists.url, "refresh_interval": "1s"}]
        for name in ("domain_interval", "mx_interval", "policy_retry_interval"):
            settings["probe"][name] = f"{LONG}s"
        self.settings = settings
        self.program = program
        self.exporter = self.start()

    def start(self):
        environment = {"MTA_STS_EXPORTER_WEB_ENABLE_LIFECYCLE": "true"}
        exporter = Exporter(self.program, self.lab.directory, self.settings, environment=environment)
        exporter.wait_alive()
        return exporter

    def write(self, name, groups):
        """Beside it and renamed, as configuration management does."""
        beside = self.folder / f".{name}.new"
        beside.write_text(groups if isinstance(groups, str) else json.dumps(groups))
        beside.rename(self.folder / name)

    def samples(self):
        return parse_text(self.exporter.scrape())

    def domains(self):
        return {dict(labels)["domain"] for family, labels in self.samples() if family == "mta_sts_domain_info"}

    def any_series(self, name):
        return sorted({family for family, labels in self.samples() if dict(labels).get("domain") == name})

    def last_probe(self, name):
        return self.samples().get(key("mta_sts_domain_last_probe_timestamp_seconds", {"domain": name}))

    def own(self, family, **labels):
        return self.samples().get(key(f"mta_sts_exporter_{family}", labels))

    def wait_for(self, names):
        """The domains, once they are exactly these."""
        try:
            wait_until(lambda: self.domains() == set(names), SOON, "")
        except LabError:
            yield f"{sorted(self.domains())} are watched, expected {sorted(names)}"

    def wait_own(self, value, family, **labels):
        try:
            wait_until(lambda: self.own(family, **labels) == value, SOON, "")
        except LabError:
            yield f"{family} is {self.own(family, **labels)}, expected {value}"

    def configure(self, text):
        self.exporter.config_file.write_text(text if isinstance(text, str) else yaml.safe_dump(text))

    def reload(self, method="POST"):
        """(status, text)"""
        request = urllib.request.Request(f"http://{self.exporter.listen}/-/reload", method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def stop(self):
        self.exporter.stop()
        self.lists.stop()


def file_faults(world):
    before = {name: world.last_probe(name) for name in STATIC}
    world.write("a.yml", [{"targets": ["testing.test", "pages.test"]}])
    yield from world.wait_for([*STATIC, "testing.test", "pages.test", *IN_URL])
    left = world.any_series("customer.test")
    if left:
        yield f"customer.test went and has {left[:3]}"
    for name, time in before.items():
        if world.last_probe(name) != time:
            yield f"{name} was looked at because of others"


def bad_file_faults(world):
    watched = world.domains()
    source = f"{world.folder}/*.yml"
    for errors, text in ((1, "- targets: [192.0.2.1]"), (2, "")):
        world.write("a.yml", text)
        yield from world.wait_own(errors, "discovery_errors_total", source=source)
        if world.domains() != watched:
            yield f"a bad file changed the domains: {sorted(watched ^ world.domains())}"
    if "a.yml:1:13: \"192.0.2.1\" is an IP address" not in world.exporter.log_file.read_text().replace('\\"', '"'):
        yield "the log does not say what is wrong with the file"
    world.write("a.yml", [{"targets": IN_FILE}])
    yield from world.wait_for([*STATIC, *IN_FILE, *IN_URL])


def url_faults(world):
    if not wait_until(lambda: world.lists.unchanged > 1, SOON, "the list is asked for again"):
        yield "the list is asked for unconditionally"
    world.lists.show("six.test", "dual.test", team="web", __mta_sts_expect="enforce", __meta_row="7")
    yield from world.wait_for([*STATIC, *IN_FILE, "six.test", "dual.test"])
    info = [dict(labels) for family, labels in world.samples() if family == "mta_sts_domain_info"]
    if not any(i["domain"] == "dual.test" and i.get("team") == "web" and "__meta_row" not in i for i in info):
        yield f"labels of the list: {[i for i in info if i['domain'] == 'dual.test']}"
    world.lists.status = 500
    errors = world.own("discovery_errors_total", source=world.lists.url) or 0
    wait_until(lambda: world.own("discovery_errors_total", source=world.lists.url) > errors, SOON, "an error is counted")
    yield from world.wait_for([*STATIC, *IN_FILE, "six.test", "dual.test"])


def restart_faults(world):
    """While the URL still fails."""
    world.exporter.stop()
    world.exporter = world.start()
    yield from world.wait_for([*STATIC, *IN_FILE, "six.test", "dual.test"])
    world.lists.status = 200
    world.lists.show(*IN_URL)
    yield from world.wait_for([*STATIC, *IN_FILE, *IN_URL])


def refusal_faults(world):
    watched = world.domains()
    for text, wanted in (
        ("domains: [healthy.test]\nprobe: {start_rte: 1}\n", ":2:9: unknown key"),
        ("domains: [healthy.test", ":1:"),
        ("tls: {ca_file: /nowhere}\n", "/nowhere"),
    ):
        world.configure(text)
        status, answer = world.reload()
        if status != 500 or wanted not in answer:
            yield f"{status} {answer!r}, expected 500 with {wanted}"
        yield from world.wait_own(0, "config_last_reload_successful")
    if world.domains() != watched:
        yield "a bad configuration changed the domains"
    if world.reload("GET")[0] != 405:
        yield "GET reloads"


def reload_faults(world):
    before = {name: world.last_probe(name) for name in ("healthy.test", *IN_FILE)}
    settings = {**world.settings, "domains": ["healthy.test", {"domain": "none.test", "expect": "none"}]}
    settings["probe"] = {**settings["probe"], "domain_interval": "1800s"}
    world.configure(settings)
    status, answer = world.reload("PUT")
    if status != 200:
        yield f"{status}: {answer}"
    yield from world.wait_for(["healthy.test", "none.test", *IN_FILE, *IN_URL])
    yield from world.wait_own(1, "config_last_reload_successful")
    yield from world.wait_own(1800, "probe_interval_seconds", kind="domain")
    for name, time in before.items():
        if world.last_probe(name) != time:
            yield f"{name} was looked at because of the reload"
    world.configure(world.settings)
    world.exporter.process.send(signal.SIGHUP)
    yield from world.wait_for([*STATIC, *IN_FILE, *IN_URL])
    yield from world.wait_own(LONG, "probe_interval_seconds", kind="domain")


def faster_faults(world):
    """What is due in an hour is not waited for once the interval is four seconds."""
    before = world.last_probe("healthy.test")
    settings = {**world.settings, "probe": {**world.settings["probe"], "domain_interval": "4s"}}
    world.configure(settings)
    world.reload()
    try:
        wait_until(lambda: world.last_probe("healthy.test") > before + 4, SOON, "")
    except LabError:
        yield "the old interval is still waited for"


def run(program, keep):
    report = Report()
    with Lab(keep=keep) as lab:
        world = World(program, lab)
        try:
            report.check("three sources", world.wait_for([*STATIC, *IN_FILE, *IN_URL]))
            world.exporter.wait_ready(30)
            report.check("a file that is replaced", file_faults(world))
            report.check("a bad file changes nothing", bad_file_faults(world))
            report.check("a URL, its labels, and while it fails", url_faults(world))
            report.check("a restart while the URL fails", restart_faults(world))
            world.exporter.wait_ready(30)
            report.check("a bad configuration changes nothing", refusal_faults(world))
            report.check("a reload, by request and by signal", reload_faults(world))
            report.check("a shorter interval", faster_faults(world))
            errors = world.own("internal_errors_total")
            report.check("no internal errors", [f"{errors}"] if errors else [])
        finally:
            world.stop()
        report.explain(lab, world.exporter)
    return report.failed


if __name__ == "__main__":
    os.umask(0o022)
    raise SystemExit(run_script(__doc__, "reload", run))
