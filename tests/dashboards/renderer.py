"""The rendering harness (render/): made ready in a folder of the build, and asked for pictures and reports."""

import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "lab"))

import npm  # noqa: E402

HARNESS = Path(__file__).parent / "render"
RENDER_SECONDS = 90


class Renderer:
    def __init__(self, folder):
        self.folder = npm.prepare(HARNESS, folder)
        npm.run(["node", "build.mjs"], self.folder, 60, "bundling the harness")

    def render(self, dashboard, picture, prometheus, window, theme="dark", variables=None, may_be_empty=()):
        """(exit code, report, output). `window`: from, to in seconds; `may_be_empty`: ids of panels."""
        picture.parent.mkdir(parents=True, exist_ok=True)
        source, report = picture.with_suffix(".dashboard.json"), picture.with_suffix(".report.json")
        source.write_text(json.dumps(dashboard))
        report.unlink(missing_ok=True)
        argv = ["node", "render.mjs", source, picture, "--theme", theme, "--prometheus", prometheus, "--report", report]
        begin, end = (time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment)) for moment in window)
        argv += ["--from", begin, "--to", end, "--scrape", "2s"]
        argv += ["--allow-empty", ",".join(str(i) for i in may_be_empty)]
        for name, value in (variables or {}).items():
            argv += ["--var", f"{name}={value}"]
        try:
            done = subprocess.run(
                [str(a) for a in argv], cwd=self.folder, capture_output=True, text=True, timeout=RENDER_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise npm.NodeError(f"{picture.name}: not drawn within {RENDER_SECONDS} s") from None
        if not report.exists():
            raise npm.NodeError(f"{picture.name}: no report:\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.returncode, json.loads(report.read_text()), done.stdout
