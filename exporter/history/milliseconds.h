#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "exporter/base/clock.h"

namespace mta_sts::history {

/// Times as they are stored: whole milliseconds since the epoch, rounded down.
inline std::int64_t to_milliseconds(WallTime time) {
  constexpr std::int64_t kTicks = WallTime::period::den / 1000;
  const std::int64_t ticks = time.time_since_epoch().count();
  return ticks / kTicks - (ticks % kTicks < 0 ? 1 : 0);
}

/// What no WallTime can hold becomes the nearest that it can.
inline WallTime from_milliseconds(std::int64_t milliseconds) {
  constexpr std::int64_t kMost =
      std::chrono::duration_cast<std::chrono::milliseconds>(WallTime::duration::max()).count();
  return WallTime(std::chrono::milliseconds(std::clamp(milliseconds, -kMost, kMost)));
}

}  // namespace mta_sts::history
