#include "exporter/judge/cached.h"

#include <algorithm>

#include "exporter/base/time_text.h"

namespace mta_sts::judge {
namespace {

using formats::Mode;
using formats::StsPolicy;

/// A deletion is believed when two looks so far apart found it (contract/metrics.md, "lifecycle").
constexpr std::chrono::minutes kGoneFor{10};

using Truth = std::optional<bool>;  // absent: unknown

Truth both(Truth a, Truth b) {
  if (a == false || b == false) return false;
  return a && b ? Truth(true) : std::nullopt;
}
Truth either(Truth a, Truth b) {
  if (a == true || b == true) return true;
  return a && b ? Truth(false) : std::nullopt;
}

bool is_live(const PastPolicy& entry, const PolicyState& policy) {
  return policy.live && same_meaning(entry.policy, *policy.live);
}

/// Whether a sender that holds the policy delivers to none of the present MX hosts.
Truth refuses_all(const StsPolicy& policy, const MxState& mx) {
  if (!mx.known) return std::nullopt;
  if (mx.hosts.empty()) return false;  // no mail, none refused
  Truth delivers = mx.whole ? Truth(false) : std::nullopt;
  for (const MxHostState& host : mx.hosts) {
    delivers = either(delivers, matches(policy, host.name) ? host.accepts : Truth(false));
  }
  return delivers ? Truth(!*delivers) : std::nullopt;
}

class Judge {
 public:
  Judge(const Past& past, const RecordState& record, const PolicyState& policy, const MxState& mx, WallTime now)
      : past_(past), record_(record), policy_(policy), mx_(mx), now_(now) {}

  /// The id of the record that is published.
  std::optional<std::string> present_id() const { return record_.valid == true ? record_.id : std::nullopt; }

  Truth id_stale() const {
    const auto id = present_id();
    const StsPolicy* live = live_with_id();
    if (!id || !policy_.live || live == nullptr) return std::nullopt;
    Truth stale;
    for (const PastPolicy& entry : past_.policies) {
      if (!entry.ids.contains(*id)) continue;
      stale = stale == true || (!same_meaning(entry.policy, *live) && entry.held_with(*id, now_));
    }
    return stale;
  }

  /// A sender that holds the policy does not come to know the live one.
  Truth cannot_learn(const PastPolicy& entry) const {
    const auto id = present_id();
    const bool under_id = id && entry.ids.contains(*id);
    const bool replaced_in_silence = under_id && id_may_be_newer_than(entry);
    if (under_id && !replaced_in_silence) return true;
    if (id && !past_.ids.empty()) {
      const PastId& last = past_.ids.back();
      // RFC 8461 §8.1: a resolver may go on giving the former record for its TTL; a record that came in the silence is
      // younger than the last sight of that one.
      if (now_ - (replaced_in_silence ? last.seen.last : last.seen.first) < last.ttl) return true;
    }
    if (policy_.present == false) return true;
    return replaced_in_silence || !policy_.present ? std::nullopt : Truth(false);
  }

  Truth exposed() const {
    return over_held_enforce([&](const PastPolicy& entry) { return refuses_all(entry.policy, mx_); });
  }
  Truth conflict() const {
    return over_held_enforce(
        [&](const PastPolicy& entry) { return both(refuses_all(entry.policy, mx_), cannot_learn(entry)); });
  }

  std::optional<WallTime> enforce_held_until() const {
    return latest_end([](const PastPolicy& entry) { return entry.policy.mode == Mode::Enforce; });
  }
  std::optional<WallTime> expiry() const {
    return latest_end([&](const PastPolicy& entry) { return !is_live(entry, policy_); });
  }
  std::optional<WallTime> mode_since() const {
    if (past_.modes.empty()) return std::nullopt;
    const PastMode& last = past_.modes.back();
    // While the record is silent the live policy may have a mode that was not noted yet. While it is not known whether
    // there is one, a timestamp stays (contract, rule 7).
    const bool is_of_it = policy_.live ? last.mode == policy_.live->mode : !policy_.present && last.seen.open;
    return is_of_it ? not_ahead(last.seen.first) : std::nullopt;
  }
  /// RFC 8461 §8.3: with mode none, once every policy that was served before has run out.
  std::optional<WallTime> removal_safe() const {
    if (!policy_.live || policy_.live->mode != Mode::None) return std::nullopt;
    const auto end = expiry();
    return end ? end : mode_since();
  }

  std::optional<WallTime> not_ahead(std::optional<WallTime> at) const {
    return at ? std::optional(std::min(*at, now_)) : std::nullopt;
  }

  CheckState id_fresh() const {
    const Truth stale = id_stale();
    if (!stale) return {};
    if (!*stale) return passed();
    return failed(Reason::IdStale, "another policy was served under the id \"" + *present_id() +
                                       "\", and senders that hold it see no new one");
  }

  CheckState lifecycle() const {
    if (!past_.sts_seen || !record_.present) return {};
    // A record that is there says nothing of a policy host that may be gone.
    if (*record_.present && policy_.asked && !policy_.known) return {};
    const auto held = enforce_held_until();
    const bool gone = past_.gone && past_.gone->last - past_.gone->first >= kGoneFor;
    if (!gone || !held || *held <= now_) return passed();
    return failed(Reason::RemovedWithoutNone, "senders may hold a policy with mode enforce until " + utc_text(*held));
  }

 private:
  /// The policy that was live in the look that the id is of; nullptr: there was none. While the record is silent, one
  /// that is fetched now may have another id: what the last look that could tell showed stays (contract, rule 7).
  const StsPolicy* live_with_id() const {
    if (!record_.check.inconclusive()) return policy_.live.get();
    const bool was_live = !past_.modes.empty() && past_.modes.back().seen.open;
    return was_live ? past_.live.get() : nullptr;
  }
  /// The policy was live when the record was last heard: another one, that is live now, may have another id.
  bool id_may_be_newer_than(const PastPolicy& entry) const {
    const StsPolicy* live = record_.check.inconclusive() ? live_with_id() : nullptr;
    return live != nullptr && same_meaning(entry.policy, *live);
  }

  /// A last sight that lies ahead is the mark of a clock that was wrong: at most it is served now.
  WallTime held_until(const PastPolicy& entry) const {
    return std::min(entry.served.last, now_) + entry.policy.max_age;
  }

  template <typename Says>
  Truth over_held_enforce(Says says) const {
    Truth any = false;
    for (const PastPolicy& entry : past_.policies) {
      const bool held = entry.policy.mode == Mode::Enforce && held_until(entry) > now_;
      if (held && !is_live(entry, policy_)) any = either(any, says(entry));
    }
    return any;
  }

  template <typename Counts>
  std::optional<WallTime> latest_end(Counts counts) const {
    std::optional<WallTime> latest;
    for (const PastPolicy& entry : past_.policies) {
      if (counts(entry)) latest = std::max(latest, std::optional(held_until(entry)));
    }
    return latest;
  }

  const Past& past_;
  const RecordState& record_;
  const PolicyState& policy_;
  const MxState& mx_;
  WallTime now_;
};

}  // namespace

CachedState judge_cached(const Past& past, const RecordState& record, const PolicyState& policy, const MxState& mx,
                         WallTime now) {
  const Judge judge(past, record, policy, mx, now);
  CachedState state;
  state.id_fresh = judge.id_fresh();
  state.lifecycle = judge.lifecycle();
  state.id_stale = judge.id_stale();
  state.conflict = judge.conflict();
  state.exposed = judge.exposed();
  state.expiry = judge.expiry();
  state.enforce_held_until = judge.enforce_held_until();
  state.removal_safe = judge.removal_safe();
  state.policy_changed = judge.not_ahead(past.policy_changed);
  state.id_changed = judge.not_ahead(past.id_changed);
  state.mode_since = judge.mode_since();
  if (mx.enforce_ready == true) state.enforce_ready_since = judge.not_ahead(past.enforce_ready_since);
  return state;
}

bool enforced_for(const Past& past, const std::string& mx, WallTime now) {
  return std::any_of(past.policies.begin(), past.policies.end(), [&](const PastPolicy& entry) {
    return entry.policy.mode == Mode::Enforce && entry.held_until() > now && matches(entry.policy, mx);
  });
}

}  // namespace mta_sts::judge
