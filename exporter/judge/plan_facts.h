#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporter/judge/held_policies.h"
#include "exporter/judge/plan.h"

namespace mta_sts::judge {

/// What decides about a change of MX hosts.
struct PlanFacts {
  std::vector<std::string> hosts;    ///< the new ones
  std::vector<HeldPolicy> held;      ///< enforce policies
  std::vector<HeldPolicy> refusing;  ///< those of them that do not name every new host
  /// What the next policy is made from: the live one; without, one that is served whatever the record says; while that
  /// cannot be told, the one that was live last.
  Shared<formats::StsPolicy> base;
  bool undecided = false;  ///< whether senders find a policy could not be told
  bool stale_id = false;
  bool record_valid = false;
  std::optional<WallTime> begin;  ///< of what is known
  std::optional<WallTime> known;  ///< when all that may be held will be known, unless an earlier max_age was longer
  std::vector<NewHost> failing;   ///< under an enforce policy

  bool enforced() const { return !held.empty(); }
  bool blind(WallTime now) const { return known && *known > now; }
};

PlanFacts plan_facts(const Past& past, const DomainState& state, const MxChange& change, WallTime now);

}  // namespace mta_sts::judge
