#!/usr/bin/python3
"""Kills the writer of the history with SIGKILL again and again, and asserts each time that the database is whole and that every change
recorded before the last `last_write` it told is there, or a newer one of the same domain."""

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LONGEST_RUN = 0.5  # seconds until the kill
LONGEST_START = 10
NUMBERS_A_RUN = 1_000_000  # each run goes on above those of the one before


def wait_for_word(process, told):
    """Until the writer has told something: on a busy machine its start alone may take longer than a run."""
    deadline = time.monotonic() + LONGEST_START
    while os.fstat(told.fileno()).st_size == 0 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)


def run_and_kill(writer, file, first, delay, from_start):
    """What the writer told until it was killed."""
    with tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen([writer, file, str(first)], stdout=told)
        try:
            if not from_start:
                wait_for_word(process, told)
            time.sleep(delay)
            if process.poll() is not None:
                raise SystemExit(f"the writer ended by itself with {process.returncode}")
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=10)
        told.seek(0)
        lines = told.read().split("\n")
    return lines[:-1]  # the last one may be cut


def promised(lines):
    """The last number of each domain that must be stored, and whether there was any promise."""
    changes, last_write = [], None
    for line in lines:
        kind, *values = line.split(" ")
        if kind == "change":
            changes.append((values[0], int(values[1]), int(values[2])))
        else:
            last_write = int(values[0])
    if last_write is None:
        return {}
    return {domain: number for domain, number, at in changes if at < last_write}


def stored(file):
    database = sqlite3.connect(f"file:{file}?mode=rw", uri=True)
    try:
        verdict = database.execute("pragma integrity_check").fetchall()
        assert verdict == [("ok",)], f"integrity_check: {verdict}"
        rows = database.execute("select d.name, d.past, d.looks from domain d join domain_beat b on b.id = d.id").fetchall()
        assert len(rows) == database.execute("select count(*) from domain").fetchone()[0], "a domain without a beat"
    finally:
        database.close()
    numbers = {}
    for name, past, looks in rows:
        assert past == looks, f"{name}: two documents of one row differ"
        numbers[name] = json.loads(past)["number"]
    return numbers


def check(file, expected):
    numbers = stored(file)
    for domain, number in expected.items():
        assert numbers.get(domain, -1) >= number, f"{domain}: change {number} is lost, {numbers.get(domain)} is stored"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writer", required=True)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    chance = random.Random(options.seed)
    known, promises, runs_with_promise = {}, 0, 0
    with tempfile.TemporaryDirectory(prefix="history-crash-") as directory:
        file = str(Path(directory) / "history.db")
        for run in range(options.kills):
            lines = run_and_kill(options.writer, file, run * NUMBERS_A_RUN, chance.uniform(0, LONGEST_RUN), run % 2 == 0)
            expected = promised(lines)
            known.update(expected)
            promises += len(expected)
            runs_with_promise += bool(expected)
            if Path(file).exists() and known:
                check(file, known)
    print(f"{options.kills} kills, {runs_with_promise} of them after a promise, {promises} domains with a promised change: all kept")
    assert runs_with_promise >= options.kills // 4, "too few runs promised anything: the test shows little"


if __name__ == "__main__":
    sys.exit(main())
