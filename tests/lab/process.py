"""Processes of the lab: started in the foreground as children, ended by their own pid, and never outliving this one."""

import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1


class LabError(Exception):
    """The lab itself does not work: nothing is said about the exporter."""


def wait_until(condition, seconds, what):
    """Polls until `condition` returns something true and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise LabError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    """One child whose output goes to a file."""

    def __init__(self, name, argv, log_file, environment=None):
        self.name = name
        self.log_file = Path(log_file)
        with open(self.log_file, "ab") as log:
            self._child = subprocess.Popen(
                [str(a) for a in argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(environment or {})},
                preexec_fn=_die_with_parent,
            )

    @property
    def pid(self):
        return self._child.pid

    def exit_code(self):
        return self._child.poll()

    def check_alive(self):
        if self.exit_code() is not None:
            raise LabError(f"{self.name} ended with {self.exit_code()}:\n{self.log_tail()}")
        return True

    def send(self, number):
        self._child.send_signal(number)

    def wait(self, seconds):
        """The exit code, or None if it still runs."""
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self, seconds=5):
        if self.exit_code() is None:
            self.send(signal.SIGTERM)
            if self.wait(seconds) is None:
                self.send(signal.SIGKILL)
                self.wait(seconds)

    def log_tail(self, lines=40):
        text = self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


def run_tool(argv):
    """A short command that must succeed; its output."""
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise LabError(f"{argv[0]} failed with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout
