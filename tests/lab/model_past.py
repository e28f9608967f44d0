"""What follows from policies that senders may still hold, for a domain that nobody changed since the exporter began."""

from series import NOW, ONE, ZERO, Value


def both(a, b):
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def any_of(truths):
    """Three-valued: None is unknown."""
    truths = list(truths)
    if True in truths:
        return True
    return None if None in truths else False


class PastModel:
    def __init__(self, model):
        self.model = model
        served = {f.policy.meaning(): f.policy for f in model.valid}
        live = model.live.meaning() if model.live else None
        self.policies = list(served.values())
        self.others = [policy for meaning, policy in served.items() if meaning != live]
        self.held_enforce = [p for p in self.policies if p.mode == "enforce" and p.max_age > 0]

    @property
    def id_stale(self):
        """All that is served is served under the present id."""
        return any(p.max_age > 0 for p in self.others) if self.model.live else None

    def enforces(self, host):
        """Whether a sender may hold a policy that names the MX host."""
        return any(self.model.matches(p, host) for p in self.held_enforce)

    @property
    def sts_seen(self):
        return self.model.record_valid or bool(self.policies)

    def _refuses_all(self, policy):
        model = self.model
        if not model.mx_known:
            return None
        if not model.hosts:
            return False
        delivers = any_of([*(model.delivers(policy, h) for h in model.hosts), None if model.too_many_mx else False])
        return None if delivers is None else not delivers

    @property
    def _cannot_learn(self):
        """Whoever holds a policy that is not live; with a valid record it has the present id."""
        return True if self.model.record_known else None

    def _over_held_enforce(self, says):
        return any_of(says(p) for p in self.others if p in self.held_enforce)

    def _last_served(self, policies):
        """Plus the longest max_age."""
        return Value(low=self.model.world.started, high=NOW, ahead=max(p.max_age for p in policies))

    def series(self):
        one, live = self.model._one, self.model.live
        enforce = [p for p in self.policies if p.mode == "enforce"]
        if enforce:
            yield one("enforce_held_until_timestamp_seconds", self._last_served(enforce))
        if self.others:
            yield one("cached_policy_expiry_timestamp_seconds", self._last_served(self.others))
        exposed = self._over_held_enforce(self._refuses_all)
        conflict = self._over_held_enforce(lambda p: both(self._refuses_all(p), self._cannot_learn))
        for family, truth in (("exposed", exposed), ("conflict", conflict), ("id_stale", self.id_stale)):
            if truth is not None:
                name = family if family == "id_stale" else f"cached_policy_{family}"
                yield one(name, ONE if truth else ZERO)
        if not live:
            return
        since = one("policy_mode_since_timestamp_seconds", Value(low=self.model.world.started, high=NOW))
        yield since
        if live.mode == "none":
            end = self._last_served(self.others) if self.others else Value(same_as=since.key)
            yield one("removal_safe_timestamp_seconds", end)
