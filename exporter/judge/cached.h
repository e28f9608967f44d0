#pragma once

#include <optional>

#include "exporter/judge/check.h"
#include "exporter/judge/mx.h"
#include "exporter/judge/past.h"
#include "exporter/judge/policy.h"

namespace mta_sts::judge {

/// What follows from the policies that senders may still hold (RFC 8461 3.2, 8.1, 8.3, 10.2). The meanings are those of
/// the families of the same names in contract/metrics.md.
struct CachedState {
  CheckState id_fresh;
  CheckState lifecycle;
  std::optional<bool> id_stale;
  std::optional<bool> conflict;
  std::optional<bool> exposed;
  std::optional<WallTime> expiry;
  std::optional<WallTime> enforce_held_until;
  std::optional<WallTime> removal_safe;
  std::optional<WallTime> policy_changed;
  std::optional<WallTime> id_changed;
  std::optional<WallTime> mode_since;
  std::optional<WallTime> enforce_ready_since;
};

/// At `now`, the end of the look that the states describe.
CachedState judge_cached(const Past& past, const RecordState& record, const PolicyState& policy, const MxState& mx,
                         WallTime now);

/// Whether some sender may hold a policy with mode enforce that names the MX host.
bool enforced_for(const Past& past, const std::string& mx, WallTime now);

}  // namespace mta_sts::judge
