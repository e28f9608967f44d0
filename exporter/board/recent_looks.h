#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/base/clock.h"
#include "exporter/base/guarded.h"
#include "exporter/judge/domain.h"

namespace mta_sts::board {

/// Why a look was made.
enum class AskedBy : std::uint8_t { Schedule, Probe };
std::string_view to_text(AskedBy asked_by);

/// How one look at a domain ended.
struct LookResult {
  std::string domain;
  WallTime finished;
  std::chrono::nanoseconds duration{0};
  judge::Verdict verdict{};
  AskedBy asked_by = AskedBy::Schedule;
};

/// How the last looks ended: the latest kRecent of all, and of those before them the latest kFailures that were not ok,
/// which would soon be gone among the others. For people who look into a fault; no state follows from it. Thread-safe.
class RecentLooks {
 public:
  static constexpr std::size_t kRecent = 100;
  static constexpr std::size_t kFailures = 100;

  void add(LookResult result);
  std::vector<LookResult> newest_first() const;

 private:
  struct Kept {
    std::deque<LookResult> recent;
    std::deque<LookResult> failures;  // older than all of `recent`
  };
  Guarded<Kept> kept_;
};

}  // namespace mta_sts::board
