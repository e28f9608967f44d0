"""Which reasons of the contract a run produced, and by whom."""

import re
from pathlib import Path

# The daemon's own list: the contract's reasons, each once.
LIST = Path(__file__).parents[2] / "exporter/base/reason.cc"

# What one lab cannot show: it takes a history, or a machine without routes or with a firewall.
ELSEWHERE = {"id_stale", "removed_without_none", "no_route", "egress_blocked", "address_denied"}

FAMILIES = ("mta_sts_check_problem", "mta_sts_mx_problem")


def all_reasons():
    """In the order in which a sender meets them."""
    return re.findall(r'^ *return "([a-z_]+)";$', LIST.read_text(), re.M)


def produced(sample_keys):
    """reason -> sorted subjects."""
    subjects = {}
    for family, labels in sample_keys:
        labels = dict(labels)
        if family in FAMILIES:
            name = labels.get("domain") or f"{labels['mx']} {labels.get('address', '')}".strip()
            subjects.setdefault(labels["reason"], set()).add(name)
    return {reason: sorted(names) for reason, names in subjects.items()}


def missing(by_reason):
    return [reason for reason in all_reasons() if reason not in by_reason and reason not in ELSEWHERE]


def print_table(by_reason):
    for reason in all_reasons():
        names = by_reason.get(reason, [])
        shown = ", ".join(names) or ("not here" if reason in ELSEWHERE else "nobody")
        print(f"     {reason:<24} {len(names):>3}  {shown:.90}{'...' if len(shown) > 90 else ''}")
