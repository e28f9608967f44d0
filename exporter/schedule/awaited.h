#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace mta_sts::schedule {

/// Held, as a FirstPass, by all that one asked-for look leads to: the look at the domain, those at the endpoints that
/// it named, the judgement that follows. Who waits is answered when the last of them has let go, on whichever thread.
class Awaited {
 public:
  static constexpr std::size_t kMaxWaiting = 256;
  using Answer = std::function<void(bool looked)>;

  Awaited() = default;
  Awaited(const Awaited&) = delete;
  Awaited& operator=(const Awaited&) = delete;
  ~Awaited() {
    for (const Answer& answer : waiting_) answer(true);
  }

  /// Where too many wait already, the answer is no, at once.
  void add(Answer answer) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() < kMaxWaiting) {
        waiting_.push_back(std::move(answer));
        return;
      }
    }
    answer(false);
  }

 private:
  std::mutex mutex_;
  std::vector<Answer> waiting_;
};

}  // namespace mta_sts::schedule
