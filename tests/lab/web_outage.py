"""One of two web servers ends, then comes back: exactly what it served alone is lost, and all of that returns."""

import time

from exposition import MOVING
from outage import LAST_LOOK, observed, wait_for_round
from process import wait_until
from series import key, show

SETTLE_SECONDS = 15

def steady(samples):
    """Without what describes the last look only, or moves with time."""
    return {k: v for k, v in samples.items() if not LAST_LOOK.match(k[0]) and not MOVING.match(k[0])}


def _key(family, **labels):
    return key(f"mta_sts_{family}", labels)


def expected_changes(pair, alone):
    """Series that have a new value once the server of `alone` and of one of the two addresses of `pair` is gone."""
    refused = {"outcome": "fail", "reason": "connect_refused"}
    return {
        _key("check_ok", domain=pair, check="policy_servers"): 0,
        _key("check_problem", domain=pair, check="policy_servers", **refused): 1,
        _key("policy_addresses_ok", domain=pair): 1,
        _key("check_ok", domain=alone, check="policy_fetch"): 0,
        _key("check_problem", domain=alone, check="policy_fetch", **refused): 1,
        _key("policy_addresses_ok", domain=alone): 0,
        _key("policy_present", domain=alone): 0,
    }


def change_faults(before, after, pair, alone):
    """Nothing but the expected changes; what goes is what is absent without a policy, or with one server alone."""
    changed = {k: v for k, v in after.items() if before.get(k) != v}
    expected = expected_changes(pair, alone)
    for k in sorted(changed.keys() | expected.keys()):
        if changed.get(k) != expected.get(k):
            yield f"{show(k)} became {changed.get(k)}, expected {expected.get(k)}"
    for k in before.keys() - after.keys():
        labels = dict(k[1])
        if labels.get("domain") != alone and k != _key("policy_consistent", domain=pair):
            yield f"erased {show(k)}"


def settled_faults(exporter, before, pair, alone):
    """A fetch that the end of the server cut shows the phase in which it was, until the next one."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        faults = list(change_faults(before, steady(observed(exporter)), pair, alone))
        if not faults or time.monotonic() > deadline:
            return faults
        wait_for_round(exporter, "domain")


def web_outage(exporter, server, pair, alone, within):
    """Faults while `server` is down, and if not all is as before `within` seconds after its start."""
    before = steady(observed(exporter))
    server.stop()
    wait_for_round(exporter, "domain")
    faults = settled_faults(exporter, before, pair, alone)
    server.start()
    begin = time.monotonic()
    wait_until(lambda: steady(observed(exporter)) == before, 60, "all is as before the outage")
    took = time.monotonic() - begin
    print(f"       all is back {took:.1f} s after the start")
    return faults + ([f"back after {took:.1f} s, expected {within} s"] if took > within else [])

