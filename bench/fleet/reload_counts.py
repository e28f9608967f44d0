"""What is counted of an exchange of domains, and what it must be."""

from asked import WINDOW_SECONDS, allowed, most
from report import spread, table
from seen import looks_in

SLACK_SECONDS = 5  # a look begins so much later than it is due, where the machine is busy
CLOCK_SECONDS = 0.1  # and never earlier: of two clocks, and of how times are rounded
MEMORY_GROWTH = 1.1
IN_FLIGHT_OCTETS = 16 << 20  # beside it: what looks in flight at a scrape take, which weighs in a small fleet
MEGA = 1e6
IN_FLIGHT = 'probes_in_flight{kind="domain"}'


class Counts:
    def __init__(self, exchange, scrapes, asked, replaced, status):
        self._exchange, self._asked, self._replaced, self._scrapes = exchange, asked, replaced, scrapes
        self._before = [seen for seen in self._scrapes if seen.wall < replaced]
        self._since = [seen for seen in self._scrapes if seen.wall >= replaced]
        self.faults, self._rows = [], []
        self._judge_series()
        self._judge_rates()
        self._judge_stayers()
        self._judge_new()
        self._judge_counters()
        self._judge_end(status)

    def tables(self):
        return table(["", "required", "counted"], self._rows) + "\n" + self._scrape_table()

    def _require(self, what, required, counted, good):
        self._rows.append([what, required, counted])
        if not good:
            self.faults.append(f"{what}: {counted}, required {required}")

    def _judge_series(self):
        went, came, stay = self._exchange.went, self._exchange.came, self._exchange.stay
        had = self._before[-1].series_of(went)
        a_domain = had / len(went)
        self._require("series of those that go, before", "more than 0 each", f"{had}", had > 0)
        wanted = len(stay) + len(came)
        done = [seen for seen in self._since if seen.own_value("domains") == wanted]
        self._require(
            "scrapes after the list was replaced in which `mta_sts_exporter_domains` is the new count",
            f"all {len(self._since)}, or all but the first",
            len(done),
            len(done) >= len(self._since) - 1,
        )
        if not done:
            return
        left = done[0].series_of(went)
        self._require("series of those that went, in the first such scrape", 0, left, left == 0)
        later = sum(seen.series_of(went) for seen in done[1:])
        self._require("in all later ones", 0, later, later == 0)
        shown = sum(1 for number in came if done[-1].series[number])
        self._require("domains that came and have series, in the last", len(came), shown, shown == len(came))
        lost = min(sum(1 for number in stay if seen.series[number]) for seen in self._scrapes)
        self._require("domains that stay and have series, in each scrape", len(stay), lost, lost == len(stay))
        got = done[-1].series_of(came) / len(came)
        self._require("series a domain that came, in the last", f"{a_domain:.2f}", f"{got:.2f}", got == a_domain)

    def _judge_rates(self):
        """Later: those that came are looked at for the second time, spread over half an interval."""
        plan, begin, end = self._exchange, self._scrapes[0].wall, self._scrapes[-1].wall
        steady, again = plan.steady_rate, len(plan.came) / (plan.interval / 2)
        new_until = self._replaced + self._new_due() + WINDOW_SECONDS + 2 * SLACK_SECONDS
        spans = (
            ("before", begin, self._replaced, steady),
            ("while the new ones come", self._replaced - WINDOW_SECONDS, new_until, steady + plan.first_rate),
            ("later", new_until, end, steady + again),
        )
        for name, since, until, rate in spans:
            samples = self._asked.between(since, until)
            looks, seconds = most(samples, WINDOW_SECONDS)
            limit = allowed(rate, seconds)
            self._require(
                f"looks at domains in the fullest {seconds:.1f} s {name} (fullest second: {most(samples, 1)[0]})",
                f"{limit:.0f} at most: {rate:.0f} a second are due",
                looks,
                0 < looks <= limit,
            )

    def _new_due(self):
        """Seconds until the last new one is looked at."""
        return len(self._exchange.came) / self._exchange.first_rate

    def _judge_stayers(self):
        interval = self._exchange.interval
        gaps, silent = [], 0
        for number in self._exchange.stay:
            looks = looks_in(self._scrapes, number)
            gaps += [later - earlier for earlier, later in zip(looks, looks[1:])]
            silent += len(looks) < 3
        self._require(
            "seconds from the beginning of a look at a domain that stays to the next",
            f"{interval:.0f} to {interval + SLACK_SECONDS:.0f}",
            f"{min(gaps):.2f} to {max(gaps):.2f}",
            interval - CLOCK_SECONDS <= min(gaps) and max(gaps) <= interval + SLACK_SECONDS,
        )
        soon = sum(1 for gap in gaps if gap < interval - CLOCK_SECONDS)
        self._require(f"of these {len(gaps)} spans, shorter", 0, soon, soon == 0)
        late = sum(1 for gap in gaps if gap > interval + SLACK_SECONDS)
        self._require("longer", 0, late, late == 0)
        self._require("domains that stay with fewer than 3 looks shown", 0, silent, silent == 0)
        # A scrape shows looks that have ended: one that is due and under way is not among them yet.
        oldest = max(seen.wall - seen.begun[number] for seen in self._scrapes for number in self._exchange.stay)
        self._require(
            "age of the oldest look at them in any scrape, seconds",
            f"{interval + 2 * SLACK_SECONDS:.0f} at most",
            f"{oldest:.1f}",
            oldest <= interval + 2 * SLACK_SECONDS,
        )
        lag = max(seen.own_value('schedule_lag_seconds{kind="domain"}') for seen in self._scrapes)
        self._rows.append(["greatest `mta_sts_exporter_schedule_lag_seconds`", "", f"{lag:.2f}"])

    def _judge_new(self):
        interval, rate = self._exchange.interval, self._exchange.first_rate
        looks = [looks_in(self._since, number) for number in self._exchange.came]
        firsts = sorted(times[0] for times in looks if times)
        self._require("domains that came and were looked at", len(looks), len(firsts), len(firsts) == len(looks))
        gaps = [times[1] - times[0] for times in looks if len(times) > 1]
        soon = sum(1 for gap in gaps if gap < interval - CLOCK_SECONDS)
        self._require("of them looked at again before an interval was over", 0, soon, soon == 0)
        late = sum(1 for gap in gaps if gap > 1.5 * interval + SLACK_SECONDS) + sum(1 for t in looks if len(t) == 1)
        self._require("of them not looked at again after one and a half", 0, late, late == 0)
        # In the order of the list one is due after the other; so no burst of them is too small to be seen.
        off = [times[0] - self._replaced - place / rate for place, times in enumerate(looks) if times]
        early = sum(1 for seconds in off if seconds < -CLOCK_SECONDS)
        what = f"of them looked at before their place, {rate:.0f} a second from the new list on"
        self._require(what, 0, early, early == 0)
        late = sum(1 for seconds in off if seconds > 2 * SLACK_SECONDS)
        self._require(f"more than {2 * SLACK_SECONDS} s after it", 0, late, late == 0)
        if firsts:
            took, due = f"{firsts[-1] - self._replaced:.1f}", f"{self._new_due():.1f} are due"
            self._rows.append(["seconds from the new list to the last first look", due, took])

    def _judge_counters(self):
        """A look that no timestamp shows, since another one followed soon, is in the counter. The scrape in which the
        list changed is left out: looks at domains that went meanwhile are in the counter only."""
        for name, phase in (("before", self._before), ("after", self._since[1:])):
            counted, seen, first, last = 0, 0, phase[0], phase[-1]
            for earlier, later in zip(phase, phase[1:]):
                series = 'probes_total{kind="domain"}'
                counted += later.own_value(series) - earlier.own_value(series)
                seen += sum(1 for a, b in zip(earlier.begun, later.begun) if a != b)
            begun = counted + last.own_value(IN_FLIGHT) - first.own_value(IN_FLIGHT)
            slack, more = self._exchange.steady_rate, last.asked - first.asked - begun
            self._require(
                f"looks {name} that `mta_sts_exporter_probes_total` counts beyond the {seen} that the timestamps show",
                f"{slack:.0f} at most, a second's",
                f"{counted - seen:+.0f}",
                abs(counted - seen) <= slack,
            )
            slack *= 1 + first.seconds + last.seconds  # the scrape's number is that of its beginning
            self._require(
                f"MX questions {name} beyond those of looks that ended or are in flight",
                f"{slack:.0f} at most",
                f"{more:+.0f}",
                abs(more) <= slack,
            )

    def _judge_end(self, status):
        wanted = len(self._exchange.stay) + len(self._exchange.came)
        good = status["verdicts"]["ok"] == wanted and status["mx_endpoints"] == wanted
        told = f"{status['verdicts']['ok']}, {status['mx_endpoints']}"
        self._require("domains in order at the end, MX endpoints", f"{wanted}, {wanted}", told, good)
        before, after = (max(seen.memory for seen in phase) for phase in (self._before, self._phases()[-1][1]))
        self._require(
            "RSS after, of that before",
            f"{MEMORY_GROWTH} and {IN_FLIGHT_OCTETS >> 20} MiB at most",
            f"{after / before:.3f}",
            after <= before * MEMORY_GROWTH + IN_FLIGHT_OCTETS,
        )

    def _phases(self):
        turn = self._replaced + self._exchange.interval
        return (("before", self._before),
                ("the interval of the change", [seen for seen in self._since if seen.wall < turn]),
                ("the one after", [seen for seen in self._since if seen.wall >= turn]))

    def _scrape_table(self):
        rows = []
        for name, phase in self._phases():
            rows.append([name, len(phase), *spread([seen.seconds for seen in phase]),
                         f"{max(seen.wire for seen in phase) / MEGA:.2f}",
                         f"{max(seen.text for seen in phase) / MEGA:.2f}",
                         " to ".join(f"{f(seen.memory for seen in phase) / MEGA:.0f}" for f in (min, max))])
        return table(["", "scrapes", "seconds: least", "median", "most", "MB on the wire, most", "MB of text, most",
                      "RSS, MB"], rows)
