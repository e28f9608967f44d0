#!/usr/bin/python3
"""Starts a PostgreSQL server of its own on a socket in a temporary directory and runs the tests of the history that need one."""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

USER = "postgres"  # the server refuses to run as root


def command(*words):
    return (["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []) + [str(word) for word in words]


def call(*words):
    done = subprocess.run(command(*words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
    if done.returncode != 0:
        sys.exit(f"{words[0]}: {done.stdout}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=Path, required=True, help="the directory of initdb and pg_ctl")
    parser.add_argument("--tests", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="history-pg-") as directory:
        os.chmod(directory, 0o777)
        data = Path(directory) / "data"
        call(options.programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
        call(options.programs / "pg_ctl", "-D", data, "-w", "-l", Path(directory) / "log", "-o",
             f"-c listen_addresses= -c unix_socket_directories={directory} -c fsync=off", "start")
        try:
            url = f"postgresql:///postgres?host={directory}&user={USER}"
            tests = subprocess.run([options.tests, "[postgresql]"], env=os.environ | {"HISTORY_POSTGRESQL_URL": url}, timeout=60)
        finally:
            call(options.programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    return tests.returncode


if __name__ == "__main__":
    sys.exit(main())
