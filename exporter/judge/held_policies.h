#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporter/judge/past.h"

namespace mta_sts::judge {

/// An enforce policy by which a sender may judge MX hosts.
struct HeldPolicy {
  formats::StsPolicy policy;
  bool served = false;  ///< now: the time at which it runs out moves on
  WallTime until;       ///< last moment at which a sender can hold it, if it is served no longer than now
};

/// Every enforce policy of the past that may still be held and every one of `served`, which are those of this look.
/// `served` is absent where the look could not tell: then what was served last counts as still served.
std::vector<HeldPolicy> held_enforce_policies(const Past& past,
                                              const std::optional<std::vector<formats::StsPolicy>>& served,
                                              WallTime now);

/// Whether a policy of other meaning than `live` was served under the id and may still be held: a sender that holds it
/// sees no change and does not ask again (RFC 8461 3.3).
bool id_is_stale(const Past& past, const formats::StsPolicy& live, const std::string& id, WallTime now);

/// Since when the past is known; absent if nothing is.
std::optional<WallTime> begin_of(const Past& past);

}  // namespace mta_sts::judge
