#include "exporter/judge/plan_facts.h"

#include <algorithm>
#include <iterator>

#include "exporter/judge/next_policy.h"

namespace mta_sts::judge {
namespace {

using formats::StsPolicy;

Shared<StsPolicy> base_of(const Past& past, const DomainState& state, const MxChange& change) {
  if (state.policy.live) return state.policy.live;
  if (change.served && !change.served->empty()) return change.served->front();
  return state.policy.present ? Shared<StsPolicy>() : past.live;
}

bool enforces(const Shared<StsPolicy>& policy) { return policy && policy->mode == formats::Mode::Enforce; }

/// A policy from before the first look may be held for its max_age, which is unknown: taken to be that of the live one.
std::optional<WallTime> known_from(const PlanFacts& facts, WallTime now) {
  if (!enforces(facts.base)) return std::nullopt;
  return facts.begin.value_or(now) + facts.base->max_age;
}

}  // namespace

PlanFacts plan_facts(const Past& past, const DomainState& state, const MxChange& change, WallTime now) {
  PlanFacts facts;
  for (const NewHost& host : change.hosts) facts.hosts.push_back(host.name);
  facts.held = held_enforce_policies(past, change.served, now);
  std::copy_if(facts.held.begin(), facts.held.end(), std::back_inserter(facts.refusing),
               [&](const HeldPolicy& held) { return !names_all(held.policy, facts.hosts); });
  facts.base = base_of(past, state, change);
  facts.undecided = !state.policy.present;
  facts.record_valid = state.record.valid == true;
  if (facts.base && state.record.id && facts.enforced()) {
    facts.stale_id = id_is_stale(past, *facts.base, *state.record.id, now);
  }
  facts.begin = begin_of(past);
  facts.known = known_from(facts, now);
  if (facts.enforced() || facts.undecided) {
    std::copy_if(change.hosts.begin(), change.hosts.end(), std::back_inserter(facts.failing),
                 [](const NewHost& host) { return host.passes == false; });
  }
  return facts;
}

}  // namespace mta_sts::judge
