#pragma once

#include <mutex>
#include <utility>

namespace mta_sts {

/// A mutex and the data it guards in one type: the data can be reached under the lock only.
template <typename T>
class Guarded {
 public:
  template <typename... Args>
  explicit Guarded(Args&&... args) : data_(std::forward<Args>(args)...) {}

  /// Runs `use(data)` under the lock. References into the data must not outlive the call.
  template <typename Use>
  auto with(Use&& use) {
    const std::lock_guard lock(mutex_);
    return std::forward<Use>(use)(data_);
  }
  template <typename Use>
  auto with(Use&& use) const {
    const std::lock_guard lock(mutex_);
    return std::forward<Use>(use)(data_);
  }

 private:
  mutable std::mutex mutex_;
  T data_;
};

}  // namespace mta_sts
