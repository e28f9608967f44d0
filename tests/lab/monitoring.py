"""Debian's Prometheus and Alertmanager with the rules and the examples of this project, and someone to be notified."""

import json
import subprocess
import threading
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from exporter import free_port
from process import LabError, Process, wait_until

ROOT = Path(__file__).resolve().parents[2]
ALERTS = ROOT / "alerts"


def _get_json(url):
    with urllib.request.urlopen(url, timeout=10) as reply:
        return json.load(reply)


def _answers(process, url):
    process.check_alive()
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False


def make_rules(directory, divisor):
    """The rules with shorter `for` (config.libsonnet, forDivisor); their expressions are those that are shipped."""
    if divisor == 1:
        return ALERTS / "mta-sts.rules.yml"
    argv = ["jsonnet", "-S", "--tla-code", f"forDivisor={divisor}", ROOT / "mixin/rules.jsonnet"]
    made = subprocess.run(argv, capture_output=True, text=True, check=False)
    if made.returncode:
        raise LabError(f"jsonnet: {made.stderr}")
    expressions = (_expressions(text) for text in ((ALERTS / "mta-sts.rules.yml").read_text(), made.stdout))
    for shipped, quick in zip(*expressions, strict=True):
        if shipped != quick:
            raise LabError(f"expressions differ: {shipped} and {quick}")
    path = directory / "quick.rules.yml"
    path.write_text(made.stdout)
    return path


def _expressions(text):
    return [(r.get("alert") or r["record"], r["expr"]) for g in yaml.safe_load(text)["groups"] for r in g["rules"]]


class Prometheus:
    """config/prometheus.example.yml with quick intervals."""

    def __init__(self, directory, exporter, rules, alertmanager, interval="1s", listen=None):
        self.directory = directory / "prometheus"
        self.directory.mkdir()
        self.listen = listen or f"127.0.0.1:{free_port()}"
        config = yaml.safe_load((ROOT / "config/prometheus.example.yml").read_text())
        config["global"]["evaluation_interval"] = interval
        config["rule_files"] = [str(rules)]
        config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [alertmanager]
        job = config["scrape_configs"][0]
        job["scrape_interval"] = job["scrape_timeout"] = interval
        job["static_configs"][0]["targets"] = [exporter]
        file = self.directory / "prometheus.yml"
        file.write_text(yaml.safe_dump(config))
        argv = ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={self.directory}/data"]
        argv += [f"--web.listen-address={self.listen}", "--log.level=warn"]
        self.process = Process("prometheus", argv, self.directory / "log")
        wait_until(lambda: _answers(self.process, f"http://{self.listen}/-/ready"), 30, "Prometheus is ready")

    def query(self, expression):
        """[(labels, value)]"""
        url = f"http://{self.listen}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
        return [(r["metric"], float(r["value"][1])) for r in _get_json(url)["data"]["result"]]

    def stop(self):
        self.process.stop()


class Alertmanager:
    """alerts/alertmanager.example.yml; receivers become webhooks where a base URL is given, waits become short."""

    def __init__(self, directory, webhooks=None, wait="4s", listen=None):
        self.directory = directory / "alertmanager"
        self.directory.mkdir()
        self.listen = listen or f"127.0.0.1:{free_port()}"
        config = yaml.safe_load((ALERTS / "alertmanager.example.yml").read_text())
        config["templates"] = [str(ALERTS / "mta-sts.tmpl")]
        for route in _routes(config["route"]):
            route.update({k: wait for k in ("group_wait", "group_interval") if k in route})
        config["receivers"] = [_webhook(r["name"], webhooks) for r in config["receivers"]]
        file = self.directory / "alertmanager.yml"
        file.write_text(yaml.safe_dump(config))
        argv = ["prometheus-alertmanager", f"--config.file={file}", f"--storage.path={self.directory}/data"]
        argv += [f"--web.listen-address={self.listen}", "--cluster.listen-address=", "--log.level=warn"]
        self.process = Process("alertmanager", argv, self.directory / "log")
        wait_until(lambda: _answers(self.process, f"http://{self.listen}/-/ready"), 30, "Alertmanager is ready")

    def active(self):
        """Labels of the alerts that are neither silenced nor inhibited."""
        url = f"http://{self.listen}/api/v2/alerts?active=true&silenced=false&inhibited=false"
        return [alert["labels"] for alert in _get_json(url)]

    def stop(self):
        self.process.stop()


def _routes(route):
    yield route
    for below in route.get("routes", []):
        yield from _routes(below)


def _webhook(name, base):
    if not base:
        return {"name": name}
    return {"name": name, "webhook_configs": [{"url": f"{base}/{name}", "send_resolved": True}]}


class Receiver:
    """A webhook that remembers each notification: (receiver, status, labels, annotations)."""

    def __init__(self):
        self._lock, self._notes = threading.Lock(), []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with receiver._lock:
                    receiver._notes += [
                        (self.path.strip("/"), alert["status"], alert["labels"], alert["annotations"])
                        for alert in body["alerts"]
                    ]
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def notes(self):
        with self._lock:
            return list(self._notes)

    def forget(self):
        with self._lock:
            self._notes = []

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
