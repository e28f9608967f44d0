"""The daemon under test: its configuration for the lab, start, scrapes, end."""

import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import yaml

from facts import ALLOWED, DNS_FRONT
from process import LabError, Process, wait_until

LAUNCHER = Path(__file__).with_name("pass_socket.py")
TEXT = "text/plain;version=0.0.4"
INTERVAL_SECONDS = 4
TIMEOUT_SECONDS = 6  # of one SMTP look, the longest of all timeouts
OPENMETRICS = "application/openmetrics-text;version=1.0.0"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def configuration(domains, ca_file, history="memory:", **overrides):
    """Domains: names, or mappings as in the configuration file. Overrides: section -> values, over quick defaults."""
    settings = {
        "domains": domains,
        "probe": {
            "domain_interval": f"{INTERVAL_SECONDS}s",
            "mx_interval": f"{INTERVAL_SECONDS}s",
            "retry_interval": "2s",
            "policy_retry_interval": "4s",
            "start_rate": 200,
        },
        "dns": {"servers": [f"{DNS_FRONT}:53"], "timeout": "1s", "tries": 2},
        "https": {"timeout": "4s"},
        "smtp": {"helo_name": "probe.lab.test", "timeout": f"{TIMEOUT_SECONDS}s", "per_address_interval": "200ms"},
        "tls": {"ca_file": str(ca_file)},
        "egress": {"allow": ALLOWED},
        "history": {"url": history},
    }
    for section, values in overrides.items():
        settings[section] = {**settings[section], **values}
    return settings


class Exporter:
    def __init__(self, program, directory, settings, listen=None, environment=None, flags=(), passed_socket=False):
        self.directory = directory / "exporter"
        self.directory.mkdir(parents=True, exist_ok=True)
        self.config_file = self.directory / "config.yml"
        self.config_file.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False))
        self.listen = listen or f"127.0.0.1:{free_port()}"
        self.log_file = self.directory / "log"
        listening = "--web.systemd-socket" if passed_socket else f"--web.listen-address={self.listen}"
        argv = [program, f"--config.file={self.config_file}", listening, *flags]
        if passed_socket:
            argv = [sys.executable, str(LAUNCHER), self.listen, *argv]
        self.started = time.time() - 1  # timestamps may be cut to whole seconds
        argv += ["--log.level=debug"]
        self.process = Process("mta_sts_exporter", argv, self.log_file, environment)

    def get(self, path, **headers):
        """(status, headers, body)."""
        request = urllib.request.Request(f"http://{self.listen}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, reply.headers, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def scrape(self, accept=TEXT, path="/metrics", **headers):
        status, _, body = self.get(path, Accept=accept, **headers)
        if status != 200:
            raise LabError(f"{path} answered {status}")
        return body.decode()

    def wait_ready(self, seconds):
        wait_until(lambda: self._says_yes("/-/ready"), seconds, "/-/ready answers 200")

    def wait_alive(self, seconds=10):
        wait_until(lambda: self._says_yes("/-/healthy"), seconds, "the daemon answers")

    def _says_yes(self, path):
        self.process.check_alive()
        try:
            return self.get(path)[0] == 200
        except OSError:
            return False

    def stop(self):
        self.process.stop()
