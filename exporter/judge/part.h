#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "exporter/base/clock.h"
#include "exporter/base/reason.h"

namespace mta_sts::judge {

/// What was seen in one part of a look, which it shares, with what was read in it.
template <typename Seen, typename Read>
struct Part {
  std::shared_ptr<const Seen> seen;
  Read read;
};

/// Whether what was found at that time still counts. One that lies ahead by more than the hold was written before the
/// clock was set back: nothing is known of its age. By less, the clock may have been set by a second, which takes
/// nothing away.
inline bool is_held(WallTime at, WallTime now, std::chrono::milliseconds hold) {
  return std::chrono::abs(now - at) <= hold;
}

/// A part as judging uses it: the last conclusive one while it is held (contract/metrics.md, rule 7), and beside it why
/// the latest look says nothing.
template <typename T>
struct Look {
  const T* used = nullptr;            ///< nullptr: never conclusive, or held too long
  std::optional<Fault> inconclusive;  ///< of the latest look
};

}  // namespace mta_sts::judge
