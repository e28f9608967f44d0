"""Debian's prometheus, which scrapes an exporter of the bench and itself."""

import json
import re
import urllib.request
from urllib.parse import quote

import pinned
from fleet_exporter import free_port
from process import LabError, wait_until

PROGRAM = "prometheus"
JOB = "mta-sts"


def _size(directory):
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())


class PrometheusServer:
    """Runs while it is a context."""

    def __init__(self, directory, target, seconds):
        self._folder = directory / f"prometheus-{free_port()}"
        self._folder.mkdir()
        self._data, self._log = self._folder / "data", self._folder / "log"
        self.url = f"http://127.0.0.1:{free_port()}"
        jobs = [
            {"job_name": name, "static_configs": [{"targets": [url.removeprefix("http://")]}]}
            for name, url in ((JOB, target), (PROGRAM, self.url))
        ]
        settings = {"global": {"scrape_interval": f"{seconds}s", "scrape_timeout": f"{seconds}s"}}
        self._config = self._folder / "prometheus.yml"  # YAML contains JSON
        self._config.write_text(json.dumps({**settings, "scrape_configs": jobs}))

    def __enter__(self):
        argv = [PROGRAM, f"--config.file={self._config}", f"--storage.tsdb.path={self._data}"]
        argv += [f"--web.listen-address={self.url.removeprefix('http://')}", "--web.enable-admin-api"]
        self.process = pinned.start(PROGRAM, argv, self._log, pinned.SERVER_CORE)
        wait_until(self._answers, 60, "prometheus answers")
        return self

    def __exit__(self, *_):
        self.process.stop(30)

    def _answers(self):
        self.process.check_alive()
        try:
            return b"Ready" in self._get("/-/ready")
        except OSError:
            return False

    def _get(self, path, method="GET"):
        with urllib.request.urlopen(urllib.request.Request(self.url + path, method=method), timeout=60) as reply:
            return reply.read()

    def own(self, family):
        """Of its own /metrics, all series of the family together."""
        values = re.findall(rf"^{family}(?:{{.*}})? (\S+)$", self._get("/metrics").decode(), re.M)
        if not values:
            raise LabError(f"prometheus has no {family}")
        return sum(map(float, values))

    def query(self, expression):
        """The one value."""
        told = json.loads(self._get(f"/api/v1/query?query={quote(expression)}"))
        (result,) = told["data"]["result"]
        return float(result["value"][1])

    def write_ahead_octets(self):
        return _size(self._data / "wal")

    def block(self):
        """What it holds, written as a block: (samples, series, octets of chunks, octets of the index)."""
        name = json.loads(self._get("/api/v1/admin/tsdb/snapshot", "POST"))["data"]["name"]
        samples = series = chunks = index = 0
        for meta in (self._data / "snapshots" / name).glob("*/meta.json"):
            stats = json.loads(meta.read_text())["stats"]
            samples, series = samples + stats["numSamples"], series + stats["numSeries"]
            chunks, index = chunks + _size(meta.parent / "chunks"), index + (meta.parent / "index").stat().st_size
        return samples, series, chunks, index
