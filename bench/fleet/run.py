#!/usr/bin/env python3
"""Runs the benches that are named, or all but the long one, and writes their tables into docs/performance.md. Started by
scripts/bench, which builds what is measured and gives it a network of its own."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(1, str(ROOT / "tests/lab"))  # process.py, web.py

import cpu  # noqa: E402
import machine  # noqa: E402
import report  # noqa: E402
from fleet_lab import require_own_network  # noqa: E402
from process import LabError  # noqa: E402

# name -> a function of the options that gives sections of the page: name -> tables
BENCHES = {"cpu": cpu.own, "shared": cpu.shared}
LONG = {"pace"}


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; {', '.join(LONG)} is long")
    parser.add_argument("--domains", type=int, help="instead of each bench's own number; for a try")
    parser.add_argument("--rounds", type=int, default=3, help="of what is compared with peers")
    parser.add_argument("--print", action="store_true", dest="only_print", help="leave docs/performance.md as it is")
    parser.add_argument("--exporter", type=Path, default=ROOT / "build/release/exporter/mta_sts_exporter")
    parser.add_argument("--bare-client", type=Path, default=ROOT / "build/release/bench/bench_bare_client")
    parser.add_argument("--kept", type=Path, default=ROOT / "build/bench-fleet", help="where certificates are kept")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(BENCHES)
    if unknown:
        parser.error(f"no bench of this name: {', '.join(sorted(unknown))}")
    return options


def main():
    options = options_of(sys.argv[1:])
    require_own_network()
    for name in options.names or [name for name in BENCHES if name not in LONG]:
        print(f"== {name}", flush=True)
        meanwhile = machine.Meanwhile()
        sections = BENCHES[name](options)
        command = " ".join(["scripts/bench", name, *(a for a in sys.argv[1:] if a.startswith(("--domains", "--rounds")))])
        state = f"`{command}`: {machine.state(options.exporter, meanwhile)}\n\n"
        for section, text in sections.items():
            print(state + text, flush=True)
            if not options.only_print:
                report.write(section, state + text)


try:
    main()
except LabError as error:
    sys.exit(f"bench: {error}")
