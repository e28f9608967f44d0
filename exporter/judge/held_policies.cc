#include "exporter/judge/held_policies.h"

#include <algorithm>

namespace mta_sts::judge {
namespace {

using formats::StsPolicy;

bool has(const std::vector<StsPolicy>& policies, const StsPolicy& meaning) {
  return std::any_of(policies.begin(), policies.end(),
                     [&](const StsPolicy& policy) { return formats::same_meaning(policy, meaning); });
}

}  // namespace

std::vector<HeldPolicy> held_enforce_policies(const Past& past, const std::optional<std::vector<StsPolicy>>& served,
                                              WallTime now) {
  std::vector<HeldPolicy> held;
  const auto add_served = [&](const StsPolicy& policy) { held.push_back({policy, true, now + policy.max_age}); };
  for (const PastPolicy& old : past.policies) {
    if (old.policy.mode != formats::Mode::Enforce) continue;
    const bool still_served = served ? has(*served, old.policy) : old.served.open;
    if (still_served) {
      add_served(old.policy);
    } else if (old.held_until() > now) {
      held.push_back({old.policy, false, old.held_until()});
    }
  }
  for (const StsPolicy& policy : served.value_or(std::vector<StsPolicy>{})) {
    const bool known = std::any_of(held.begin(), held.end(),
                                   [&](const HeldPolicy& one) { return formats::same_meaning(one.policy, policy); });
    if (policy.mode == formats::Mode::Enforce && !known) add_served(policy);
  }
  return held;
}

bool id_is_stale(const Past& past, const StsPolicy& live, const std::string& id, WallTime now) {
  return std::any_of(past.policies.begin(), past.policies.end(), [&](const PastPolicy& old) {
    return !formats::same_meaning(old.policy, live) && old.held_with(id, now);
  });
}

std::optional<WallTime> begin_of(const Past& past) {
  std::optional<WallTime> begin;
  const auto add = [&](const auto& entries, const auto& sight_of) {
    for (const auto& entry : entries) begin = std::min(begin.value_or(WallTime::max()), sight_of(entry).first);
  };
  const auto seen = [](const auto& entry) { return entry.seen; };
  add(past.policies, [](const PastPolicy& entry) { return entry.served; });
  add(past.ids, seen);
  add(past.mx_sets, seen);
  add(past.modes, seen);
  return begin;
}

}  // namespace mta_sts::judge
