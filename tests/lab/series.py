"""Expected series: a family, labels and a rule for the value; and the comparison with what was scraped."""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Value:
    """What a value must be: exactly `exactly`, or within a range, or the same as another series."""

    exactly: float | None = None
    low: float = float("-inf")
    high: float = float("inf")
    same_as: tuple | None = None  # key of another series
    ahead: float = 0  # the range is that of the value less this

    def fault(self, value, samples, now):
        """Why `value` breaks the rule, or nothing."""
        if self.exactly is not None:
            return "" if value == self.exactly else f"is {value:.17g}, expected {self.exactly:.17g}"
        if self.same_as is not None:
            other = samples.get(self.same_as)
            return "" if value == other else f"is {value:.17g}, expected the value of {show(self.same_as)}: {other}"
        high = min(self.high, now + 1) if self.high == NOW else self.high
        return "" if self.low <= value - self.ahead <= high else f"is {value:.17g}, expected {self.low:.17g} to {high:.17g}"


NOW = 1e18  # as Value.high: not later than the scrape

ONE, ZERO = Value(1), Value(0)
# Under load the end is noticed late; whether a second is kept is looked at by endless_test.py.
LATE = 5
FETCH_DURATION = Value(low=0, high=60 + LATE)
DURATION = Value(low=1e-6, high=75 + LATE)  # 15 s of DNS, then 60 s of HTTPS


@dataclass(frozen=True)
class Series:
    family: str
    labels: dict  # text, or a compiled pattern where the text is not ours to choose
    value: Value = field(default=ONE)
    optional: bool = False  # the contract leaves open whether it is shown

    @property
    def key(self):
        return key(self.family, self.labels)

    def has_patterns(self):
        return any(isinstance(text, re.Pattern) for text in self.labels.values())

    def matches(self, sample_key):
        family, labels = sample_key
        labels = dict(labels)
        if family != self.family or set(labels) != set(self.labels):
            return False
        return all(
            want.fullmatch(labels[name]) if isinstance(want, re.Pattern) else want == labels[name]
            for name, want in self.labels.items()
        )


def key(family, labels):
    """An empty label is no label (Prometheus data model)."""
    return family, tuple(sorted((name, text) for name, text in labels.items() if text != ""))


def show(sample_key):
    family, labels = sample_key
    inner = ",".join(f'{name}="{text.pattern if isinstance(text, re.Pattern) else text}"' for name, text in labels)
    return f"{family}{{{inner}}}"


def differences(expected, samples, now):
    """Lines: not expected but shown, expected but not shown, and values that break their rule. `samples`: of the same
    subject only."""
    lines, left = [], dict(samples)
    for series in expected:
        found = series.key if series.key in left else None
        if series.has_patterns():
            found = next((k for k in left if series.matches(k)), None)
        if found is None:
            lines += [] if series.optional else [f"missing     {show(series.key)}"]
            continue
        fault = series.value.fault(left.pop(found), samples, now)
        lines += [f"wrong value {show(found)} {fault}"] if fault else []
    return lines + [f"unexpected  {show(k)} {value:.17g}" for k, value in left.items()]
