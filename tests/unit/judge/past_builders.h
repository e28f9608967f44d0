#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/judge/past.h"
#include "tests/unit/judge/builders.h"

namespace mta_sts::testing {

inline constexpr std::chrono::hours kDay{24};

inline formats::StsPolicy policy(std::string_view mode, const std::vector<std::string>& mx, int max_age = 604800) {
  return formats::parse_sts_policy(policy_text(mode, mx, max_age)).value.value();
}

inline judge::Sight since(WallTime first) { return {first, first, true}; }
inline judge::Sight between(WallTime first, WallTime last) { return {first, last, false}; }

/// A policy with the ids that it was served under all the time.
inline judge::PastPolicy served(formats::StsPolicy policy, judge::Sight sight, const std::vector<std::string>& ids) {
  judge::PastPolicy past;
  past.policy = std::move(policy);
  past.served = sight;
  for (const std::string& id : ids) past.ids[id] = sight;
  return past;
}

}  // namespace mta_sts::testing
