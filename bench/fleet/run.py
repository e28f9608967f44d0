#!/usr/bin/env python3
"""Runs the benches that are named, or all but the long ones, and writes their tables into docs/performance.md or
docs/scale.md. Started by scripts/bench, which builds what is measured and gives it a network of its own."""

import argparse
import os
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(1, str(ROOT / "tests/lab"))  # process.py, web.py

import cpu  # noqa: E402
import machine  # noqa: E402
import pace  # noqa: E402
import pinned  # noqa: E402
import reload  # noqa: E402
import render  # noqa: E402
import report  # noqa: E402
import saturation  # noqa: E402
import series  # noqa: E402
import size  # noqa: E402
from fleet_lab import require_own_network  # noqa: E402
from process import LabError  # noqa: E402

# name -> a function of the options that gives sections of the page: name -> tables
BENCHES = {
    "cpu": cpu.own,
    "shared": cpu.shared,
    "memory": size.memory,
    "flat": size.flat,
    "saturation": saturation.saturation,
    "render": render.render,
    "series": series.series,
    "pace": pace.pace,
    "reload": reload.reload,
}
LONG = ("series", "pace", "reload")
ALSO_CALLED = {"prometheus": "series"}  # two sections of one run


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; {', '.join(LONG)} are long")
    parser.add_argument("--domains", type=int, help="instead of each bench's own number; for a try")
    minutes_help = "an interval of the benches pace and reload; how long series has a Prometheus"
    parser.add_argument("--minutes", type=int, default=5, help=minutes_help)
    parser.add_argument("--rounds", type=int, default=3, help="of what is compared with peers")
    parser.add_argument("--print", action="store_true", dest="only_print", help="leave the pages as they are")
    parser.add_argument("--exporter", type=Path, default=ROOT / "build/release/exporter/mta_sts_exporter")
    parser.add_argument("--bare-client", type=Path, default=ROOT / "build/release/bench/bench_bare_client")
    parser.add_argument("--bench-render", type=Path, default=ROOT / "build/release/bench/bench_render")
    parser.add_argument("--kept", type=Path, default=ROOT / "build/bench-fleet", help="where certificates are kept")
    options = parser.parse_args(arguments)
    options.names = list(dict.fromkeys(ALSO_CALLED.get(name, name) for name in options.names))
    unknown = set(options.names) - set(BENCHES)
    if unknown:
        parser.error(f"no bench of this name: {', '.join(sorted(unknown))}")
    return options


def command_of(name, options):
    """Only with what makes it differ from the plain one."""
    command = f"scripts/bench {name}"
    for option, default in (("domains", None), ("minutes", 5), ("rounds", 3)):
        value = getattr(options, option)
        command += "" if value == default else f" --{option}={value}"
    return command


def main():
    options = options_of(sys.argv[1:])
    require_own_network()
    os.sched_setaffinity(0, {pinned.SERVER_CORE})  # what it drives with threads of its own is not on the measured core
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: ended by SIGTERM"))  # servers and files go with it
    for name in options.names or [name for name in BENCHES if name not in LONG]:
        print(f"== {name}", flush=True)
        meanwhile = machine.Meanwhile()
        try:
            sections = BENCHES[name](options)
        except LabError as error:
            raise LabError(f"{error}\nothers used {meanwhile.others_share():.0%} of the two cores meanwhile") from error
        state = f"`{command_of(name, options)}`: {machine.state(options.exporter, meanwhile)}\n\n"
        for section, text in sections.items():
            print(state + text, flush=True)
            if not options.only_print:
                report.write(section, state + text)


try:
    main()
except LabError as error:
    sys.exit(f"bench: {error}")
