"""The complete comparison: each domain, each MX host and address, and nothing beside them."""

import time
from dataclasses import dataclass

from exposition import parse_text
from model import DomainModel
from model_endpoints import mail_series
from series import differences, show


@dataclass(frozen=True)
class World:
    """What the model needs of the running lab."""

    hosts: dict  # name -> MxHost
    web_certificates: dict
    mx_certificates: dict
    started: float


@dataclass(frozen=True)
class Row:
    """One subject of the result table."""

    name: str
    title: str
    expected: str
    got: str
    series: int
    faults: tuple


def table_faults(models):
    """Where the hand-written `problems` of the table and the model disagree: one of them misreads the contract."""
    return [
        f"{m.domain.name}: the table says {m.domain.problems}, the model {m.problems()}"
        for m in models
        if m.domain.problems != m.problems()
    ]


def _subject(sample_key):
    """Whose series it is: (domain,), (mx,) or (mx, address); None: the exporter's own."""
    labels = dict(sample_key[1])
    if "domain" in labels:
        return "domain", labels["domain"]
    if "mx" in labels:
        return "mx", labels["mx"], labels.get("address", "")
    return None


def _group(samples):
    groups = {}
    for sample_key, value in samples.items():
        groups.setdefault(_subject(sample_key), {})[sample_key] = value
    return groups


def _problems_shown(samples, family, name):
    """The problem series of a subject as text, in one order for expected and got."""
    shown = []
    for shown_family, labels in samples:
        if shown_family == f"mta_sts_{family}":
            labels = dict(labels)
            mark = " (i)" if labels.get("outcome") == "inconclusive" else ""
            shown.append(f"{labels.get(name, '')} {labels.get('reason')}{mark}".strip())
    return ", ".join(sorted(shown)) or "all pass"


class Comparison:
    def __init__(self, domains, world):
        self.models = [DomainModel(d, world) for d in domains]
        self._expected = {("domain", m.domain.name): m.series() for m in self.models}
        self._titles = {("domain", m.domain.name): m.domain.title for m in self.models}
        self.endpoints = 0
        for subject, series in mail_series(self.models, world).items():
            self._expected["mx", subject[0], subject[1] if len(subject) > 1 else ""] = series
            self.endpoints += len(subject) > 1

    def rows(self, samples, now):
        groups = _group(samples)
        groups.pop(None, None)
        rows = [self._row(subject, series, groups.pop(subject, {}), now) for subject, series in self._expected.items()]
        for subject, shown in groups.items():
            faults = tuple(f"unexpected  {show(k)}" for k in shown)
            rows.append(Row(" ".join(subject[1:]), "not in the lab", "nothing", "shown", 0, faults))
        return rows

    def _row(self, subject, series, shown, now):
        family, name = ("check_problem", "check") if subject[0] == "domain" else ("mx_problem", "")
        faults = differences(series, shown, now)
        expected = _problems_shown([s.key for s in series], family, name)
        title = self._titles.get(subject, "MX host" if subject[-1] == "" else "MX address")
        got = _problems_shown(shown, family, name)
        return Row(" ".join(subject[1:]), title, expected, got, len(series), tuple(faults))


def settle(comparison, scrape, seconds, reported=frozenset()):
    """Scrapes until all is as expected, or the time is over: the rows of the last scrape, without the names in
    `reported`, which were found wrong before."""
    deadline = time.monotonic() + seconds
    while True:
        rows = comparison.rows(parse_text(scrape()), time.time())
        rows = [row for row in rows if row.name not in reported]
        if not any(row.faults for row in rows) or time.monotonic() > deadline:
            return rows
        time.sleep(0.5)


def print_rows(rows):
    for row in sorted(rows, key=lambda r: bool(r.faults)):
        mark = "FAIL" if row.faults else "ok  "
        got = "same" if row.got == row.expected else row.got
        print(f"{mark} {row.name:<34.34} {row.title:<46.46} {row.series:>3}  {row.expected}  |  {got}")
        for fault in row.faults:
            print(f"       {fault}")
