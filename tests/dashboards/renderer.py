"""The rendering harness (render/): made ready in a folder of the build, and asked for pictures and reports."""

import hashlib
import json
import shutil
import subprocess
import time
from pathlib import Path

HARNESS = Path(__file__).parent / "render"
PROGRAMS = {"node": "nodejs", "npm": "npm", "/usr/bin/chromium": "chromium"}
INSTALL_SECONDS = 240
RENDER_SECONDS = 90


class RenderError(Exception):
    """The harness itself does not work: nothing is said about the dashboards."""


class Unreachable(RenderError):
    """npm's packages are not here, and there is no way to them."""


def _run(argv, folder, seconds, what):
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise RenderError(f"{what}: not within {seconds} s") from None
    if done.returncode != 0:
        raise RenderError(f"{what} failed with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")


class Renderer:
    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        missing = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
        if missing:
            raise RenderError(f"not installed: {', '.join(missing)} (packaging/apt-packages.txt)")
        shutil.copytree(HARNESS, self.folder, dirs_exist_ok=True)
        self._install()
        _run(["node", "build.mjs"], self.folder, 60, "bundling the harness")

    def _install(self):
        """npm's packages, exactly those of the lock file; kept until it changes."""
        wanted = hashlib.sha256((HARNESS / "package-lock.json").read_bytes()).hexdigest()
        stamp = self.folder / "node_modules" / ".lock-file-sha256"
        if stamp.exists() and stamp.read_text() == wanted:
            return
        argv = ["npm", "ci", "--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            _run(argv, self.folder, INSTALL_SECONDS, "npm ci")
        except RenderError as error:
            raise Unreachable(
                f"the npm packages of tests/dashboards/render are not in {self.folder}/node_modules, and npm cannot get"
                " them. The dashboards were NOT rendered. Is there a way to the registry (npm config get registry)?"
                f"\n{error}"
            ) from None
        stamp.write_text(wanted)

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
            raise RenderError(f"{picture.name}: not drawn within {RENDER_SECONDS} s") from None
        if not report.exists():
            raise RenderError(f"{picture.name}: no report:\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.returncode, json.loads(report.read_text()), done.stdout
