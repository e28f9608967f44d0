"""Every reason of the exporter, and who produced it: a reason that no server of the lab shows is not known to be right."""

import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "exporter/base/reason.cc"
PROBLEMS = ("mta_sts_check_problem", "mta_sts_mx_problem")

# Shown by further_test.py, which needs a network of its own.
ELSEWHERE = {"no_route", "address_denied", "egress_blocked"}
# Shown by history_test.py, which changes what is published.
OVER_TIME = {"removed_without_none"}


def known():
    """All reasons of the code, which has each as one literal."""
    return re.findall(r'return "([a-z_]+)";', SOURCE.read_text())


def produced(samples):
    """reason -> the domains and MX hosts that show it."""
    subjects = {}
    for family, labels in samples:
        if family in PROBLEMS:
            labels = dict(labels)
            subjects.setdefault(labels["reason"], set()).add(labels.get("domain") or labels["mx"])
    return subjects


def print_table(subjects, reasons):
    for reason in reasons:
        names = sorted(subjects.get(reason, ()))
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        print(f"       {reason:<24} {', '.join(names[:3])}{more}")


def reason_faults(samples):
    """Prints who showed each reason; the faults are reasons that nobody showed."""
    subjects = produced(samples)
    wanted = [r for r in known() if r not in ELSEWHERE | OVER_TIME]
    print_table(subjects, wanted)
    return [f"no lab domain or MX host shows {r}" for r in wanted if r not in subjects]
