#pragma once

#include <chrono>
#include <optional>

#include "exporter/base/clock.h"

namespace mta_sts {

/// Whether the wall clock is to be believed where something is dropped for its age: a jump is no time that passed, and
/// one of the times beside it was wrong. A value, to be told the time often.
class ClockWatch {
 public:
  static constexpr std::chrono::minutes kJump{1};  ///< less does not matter to anything that is kept for days
  /// `after`: how long both clocks must have run evenly.
  explicit ClockWatch(std::chrono::nanoseconds after) : after_(after) {}

  bool believed(WallTime wall, MonoTime mono) {
    if (!last_ || jumped(wall, mono)) even_since_ = mono;
    last_ = {wall, mono};
    return mono - even_since_ >= after_;
  }

 private:
  struct Times {
    WallTime wall;
    MonoTime mono;
  };
  bool jumped(WallTime wall, MonoTime mono) const {
    return std::chrono::abs((wall - last_->wall) - (mono - last_->mono)) > kJump;
  }

  std::chrono::nanoseconds after_;
  std::optional<Times> last_;
  MonoTime even_since_{};
};

}  // namespace mta_sts
