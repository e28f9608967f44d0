#pragma once

#include <algorithm>
#include <chrono>

#include "exporter/base/clock.h"
#include "exporter/web/config.h"

namespace mta_sts::web {

/// A token bucket that begins full: `burst` requests at once, then one each `interval`. Pure.
class RateLimiter {
 public:
  explicit RateLimiter(RateLimit limit) : limit_(limit) {}

  const RateLimit& limit() const { return limit_; }

  /// Whether there is a token at `now`; it is taken. Times never go back.
  bool take(MonoTime now) {
    const MonoTime full = std::max(full_at_, now);
    if (full - now > limit_.interval * (limit_.burst - 1)) return false;
    full_at_ = full + limit_.interval;
    return true;
  }

 private:
  RateLimit limit_;
  MonoTime full_at_{};  ///< when the bucket will be full again: what is missing, in time
};

}  // namespace mta_sts::web
