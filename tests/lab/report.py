"""What the runs of the lab have in common: a list of checks with their faults, and the command line."""

import argparse
import sys

from compare import print_rows
from process import LabError


class Report:
    def __init__(self):
        self.failed = 0

    def check(self, what, faults):
        faults = list(faults)
        self.failed += bool(faults)
        print(f"{'FAIL' if faults else 'ok  '} {what}")
        for fault in faults[:40]:
            print(f"       {fault}")

    def rows(self, what, rows, quiet=False):
        """Prints the whole table, or with `quiet` only what is wrong."""
        bad = [row for row in rows if row.faults]
        print_rows(bad if quiet else rows)
        self.check(f"{what}: {len(rows)} subjects, {sum(r.series for r in rows)} series", [r.name for r in bad])

    def explain(self, lab, exporter):
        """After a failure: what the programs said, and the directory stays."""
        if self.failed:
            print(f"--- {exporter.log_file}\n{exporter.process.log_tail(60)}")
            lab.print_logs()
            lab.keep()


def run_script(about, name, run, flags=None):
    """Calls run(program, keep, *flags), which says how many checks failed; the exit code."""
    arguments = argparse.ArgumentParser(description=about)
    arguments.add_argument("--exporter", required=True, help="path of the daemon")
    arguments.add_argument("--keep", action="store_true", help="keep the temporary directory")
    for flag, meaning in (flags or {}).items():
        arguments.add_argument(flag, action="store_true", help=meaning)
    options = vars(arguments.parse_args())
    program, keep = options.pop("exporter"), options.pop("keep")
    try:
        failed = run(program, keep, *options.values())
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    print(f"{name}: {failed} failed" if failed else f"{name}: all as expected")
    return 1 if failed else 0
