"""The exporter on a fleet: as it is by default but for what the bench says, and never two passes in one measurement."""

import json
import re
import socket
import time
import urllib.request

import pinned
from fleet import DNS_ADDRESS
from process import LabError, wait_until

POLL_SECONDS = 0.2  # seldom: what the exporter answers is counted as its work
STATUS_SECONDS = 1
PROGRESS_SECONDS = 30
STILL_SECONDS = 2.5  # the history is written once a second
FAR = "7d"  # no second look while a first pass is measured
AT_ONCE = 100_000  # domains a second: the most that can be configured


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_list(file, domains):
    """In Prometheus' file_sd format; beside it and renamed, as configuration management does."""
    beside = file.with_suffix(".new")
    beside.write_text(json.dumps([{"targets": domains}]))
    beside.rename(file)


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

    def __init__(self, program, lab, domains, history="memory:", listed=False, **overrides):
        """Listed: the domains come from domain_files, which `domain_list` is."""
        folder = lab.directory / f"exporter-{time.monotonic_ns()}"
        folder.mkdir()
        if history == "sqlite":
            history = f"sqlite://{folder}/history.db"
        self._config = folder / "config.yml"  # YAML contains JSON, and Python writes that at once
        settings = settings_for(lab, domains, history, overrides)
        if listed:
            self.domain_list = folder / "domains.json"
            write_list(self.domain_list, domains)
            settings |= {"domains": [], "domain_files": [str(self.domain_list)]}
        self._config.write_text(json.dumps(settings))
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

    def _says(self, path, word):
        self.process.check_alive()
        try:
            return self.get(path).startswith(word)
        except OSError:
            return False

    def is_alive(self):
        return self._says("/-/healthy", b"")

    def is_ready(self):
        return self._says("/-/ready", b"Ready")

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

    def status(self):
        return json.loads(self.get("/api/v1/status"))

    def require_all_ok(self, endpoints):
        """Every domain, and so many addresses of MX hosts."""
        status = self.status()
        if status["verdicts"]["ok"] != self._count or status["mx_endpoints"] != endpoints:
            raise LabError(f"not all in order: {status}")

    def wait_status(self, what, reached, seconds):
        """Until `reached` of the status; for first passes of more than two intervals, after which the exporter is
        ready anyway."""
        wait_until(self.is_alive, 60, "the exporter answers")
        told = time.monotonic()
        deadline = told + seconds
        while not reached(status := self.status()):
            now = time.monotonic()
            if now > deadline:
                raise LabError(f"not within {seconds} s: {what}")
            if now - told > PROGRESS_SECONDS:
                told = now
                looked_at = f"{status['verdicts']['ok']} domains in order, {status['mx_endpoints']} MX hosts"
                print(f"{what}: {looked_at}", flush=True)
            time.sleep(STATUS_SECONDS)

    def wait_in_order(self, endpoints, seconds):
        """Until every domain is in order, its MX hosts looked at as well."""
        expected = (self._count, endpoints)
        self.wait_status("first pass", lambda now: (now["verdicts"]["ok"], now["mx_endpoints"]) == expected, seconds)

    def require_all_written(self):
        """What a look changed is in the history. To be asked when all is measured: it makes a scrape."""
        waiting = re.search(rb"^mta_sts_exporter_history_queue_length (\d+)$", self.get("/metrics"), re.M)
        if waiting and int(waiting[1]):
            raise LabError(f"{int(waiting[1])} changes wait to be written to the history")
