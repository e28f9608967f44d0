"""npm's packages of a harness, exactly those of its lock file, in a folder of the build."""

import hashlib
import shutil
import subprocess
from pathlib import Path

PROGRAMS = {"node": "nodejs", "npm": "npm", "/usr/bin/chromium": "chromium"}
INSTALL_SECONDS = 240
SKIPPED = 77  # the exit code that tells ctest that a test was not tried


class NodeError(Exception):
    """The harness itself does not work: nothing is said about what it looks at."""


class Unreachable(NodeError):
    """npm's packages are not here, and there is no way to them."""


def run(argv, folder, seconds, what):
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        raise NodeError(f"{what}: not within {seconds} s") from None
    if done.returncode != 0:
        raise NodeError(f"{what} failed with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")


def prepare(harness, folder):
    """Copies the harness into the folder and installs its packages there; they are kept until the lock file changes."""
    missing = [package for program, package in PROGRAMS.items() if not shutil.which(program)]
    if missing:
        raise NodeError(f"not installed: {', '.join(missing)} (packaging/apt-packages.txt)")
    folder = Path(folder).resolve()
    shutil.copytree(harness, folder, dirs_exist_ok=True)
    wanted = hashlib.sha256((harness / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".lock-file-sha256"
    if stamp.exists() and stamp.read_text() == wanted:
        return folder
    argv = ["npm", "ci", "--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        run(argv, folder, INSTALL_SECONDS, "npm ci")
    except NodeError as error:
        raise Unreachable(
            f"the npm packages of {harness} are not in {folder}/node_modules, and npm cannot get them: NOTHING was"
            f" looked at. Is there a way to the registry (npm config get registry)?\n{error}"
        ) from None
    stamp.write_text(wanted)
    return folder
