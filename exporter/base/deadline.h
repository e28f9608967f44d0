#pragma once

#include <algorithm>
#include <chrono>

#include "exporter/base/clock.h"

namespace mta_sts {

/// A point of monotonic time by which a network operation has ended. Passed by value through the calls, so that parts
/// share the time of the whole.
class Deadline {
 public:
  static Deadline after(std::chrono::nanoseconds span) {
    return Deadline(std::chrono::steady_clock::now() + std::chrono::duration_cast<MonoTime::duration>(span));
  }
  explicit Deadline(MonoTime at) : at_(at) {}

  MonoTime at() const { return at_; }
  bool passed() const { return remaining() <= std::chrono::nanoseconds::zero(); }
  std::chrono::nanoseconds remaining() const { return at_ - std::chrono::steady_clock::now(); }
  /// The earlier of this deadline and now + span.
  Deadline within(std::chrono::nanoseconds span) const { return Deadline(std::min(at_, after(span).at_)); }

 private:
  MonoTime at_;
};

}  // namespace mta_sts
