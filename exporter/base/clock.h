#pragma once

#include <chrono>

namespace mta_sts {

/// Wall time and monotonic time are different types: the first is shown, the second schedules and ends waits.
using WallTime = std::chrono::system_clock::time_point;
using MonoTime = std::chrono::steady_clock::time_point;

/// The seam for time. Real clocks are made by the daemon and the commands only; tests move a FakeClock by hand.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall_now() const = 0;
  virtual MonoTime mono_now() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime wall_now() const override { return std::chrono::system_clock::now(); }
  MonoTime mono_now() const override { return std::chrono::steady_clock::now(); }
};

/// Both hands move together, only by advance().
class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime wall) : wall_(wall) {}
  WallTime wall_now() const override { return wall_; }
  MonoTime mono_now() const override { return mono_; }
  void advance(std::chrono::nanoseconds by) {
    wall_ += std::chrono::duration_cast<WallTime::duration>(by);
    mono_ += std::chrono::duration_cast<MonoTime::duration>(by);
  }

 private:
  WallTime wall_;
  MonoTime mono_{};
};

}  // namespace mta_sts
