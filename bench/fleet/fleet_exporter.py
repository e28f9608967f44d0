"""The exporter on a fleet: as it is by default but for what the bench says, and never two passes in one measurement."""

import json
import re
import socket
import time
import urllib.request

import pinned
from fleet import DNS_ADDRESS
from process import LabError

POLL_SECONDS = 0.2  # seldom: what the exporter answers is counted as its work
PROGRESS_SECONDS = 30
STILL_SECONDS = 2.5  # the history is written once a second
FAR = "7d"  # no second look while a first pass is measured
AT_ONCE = 100_000  # domains a second: the most that can be configured


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def settings_for(lab, domains, history, overrides):
    settings = {
        "domains": domains,
        "probe": {"domain_interval": FAR, "mx_interval": FAR, "start_rate": AT_ONCE},
        "dns": {"servers": [f"{DNS_ADDRESS}:53"]},
        "smtp": {"helo_name": "probe.fleet.test"},
        "tls": {"ca_file": str(lab.certificates.ca_file)},
        "egress": {"allow": ["127.0.0.0/8"]},
        "history": {"url": history},
    }
    for section, values in overrides.items():
        settings[section] = {**settings.get(section, {}), **values}
    return settings


class FleetExporter:
    """Runs while it is a context."""

    def __init__(self, program, lab, domains, history="memory:", **overrides):
        folder = lab.directory / f"exporter-{time.monotonic_ns()}"
        folder.mkdir()
        if history == "sqlite":
            history = f"sqlite://{folder}/history.db"
        self._config = folder / "config.yml"  # YAML contains JSON, and Python writes that at once
        self._config.write_text(json.dumps(settings_for(lab, domains, history, overrides)))
        self._log = folder / "log"
        self._program, self._count, self._dns = program, len(domains), lab.dns
        self.url = f"http://127.0.0.1:{free_port()}"

    def __enter__(self):
        listen = self.url.removeprefix("http://")
        argv = [self._program, f"--config.file={self._config}", f"--web.listen-address={listen}"]
        self.process = pinned.start("mta_sts_exporter", argv, self._log, pinned.MEASURED_CORE)
        self._began = time.monotonic()
        return self

    def __exit__(self, *_):
        self.process.stop()

    def _open(self, path, **headers):
        return urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers), timeout=120)

    def get(self, path, **headers):
        with self._open(path, **headers) as reply:
            return reply.read()

    def metrics_octets(self):
        """Of the whole text, of which there may be too much to keep."""
        with self._open("/metrics") as reply:
            return sum(map(len, iter(lambda: reply.read(1 << 20), b"")))

    def is_ready(self):
        self.process.check_alive()
        try:
            return self.get("/-/ready").startswith(b"Ready")
        except OSError:
            return False

    def first_pass(self, seconds):
        """Waits for its end; the seconds since the start of the process."""
        asked, told = self._dns.asked().get("MX", 0), self._began
        while not self.is_ready():
            now = time.monotonic()
            if now - self._began > seconds:
                raise LabError(f"no first pass of {self._count} domains within {seconds} s")
            if now - told > PROGRESS_SECONDS:
                told = now
                print(f"{self._dns.asked()['MX'] - asked} of {self._count} domains", flush=True)
            time.sleep(POLL_SECONDS)
        return time.monotonic() - self._began

    def settled_cpu(self):
        return pinned.settle(self.process, still=STILL_SECONDS)

    def require_all_ok(self, endpoints):
        """Every domain, and so many addresses of MX hosts."""
        status = json.loads(self.get("/api/v1/status"))
        if status["verdicts"]["ok"] != self._count or status["mx_endpoints"] != endpoints:
            raise LabError(f"not all in order: {status}")

    def require_all_written(self):
        """What a look changed is in the history. To be asked when all is measured: it makes a scrape."""
        waiting = re.search(rb"^mta_sts_exporter_history_queue_length (\d+)$", self.get("/metrics"), re.M)
        if waiting and int(waiting[1]):
            raise LabError(f"{int(waiting[1])} changes wait to be written to the history")
