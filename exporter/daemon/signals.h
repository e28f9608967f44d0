#pragma once

#include <chrono>
#include <csignal>
#include <optional>

namespace mta_sts::daemon {

/// SIGTERM, SIGINT and SIGHUP are taken from here instead of interrupting the program. To be made before any thread,
/// which inherits the mask; puts the old mask back at the end.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// The next signal; nothing after `span` without one.
  std::optional<int> wait(std::chrono::milliseconds span) const;

 private:
  sigset_t taken_{};
  sigset_t before_{};
};

}  // namespace mta_sts::daemon
