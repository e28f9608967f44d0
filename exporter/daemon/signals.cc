#include "exporter/daemon/signals.h"

#include <pthread.h>

namespace mta_sts::daemon {

Signals::Signals() {
  sigemptyset(&taken_);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&taken_, signal);
  pthread_sigmask(SIG_BLOCK, &taken_, &before_);
  // A peer that closes while we write is a fact, not a reason to end.
  std::signal(SIGPIPE, SIG_IGN);
}

Signals::~Signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

std::optional<int> Signals::wait(std::chrono::milliseconds span) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(span);
  const auto rest = std::chrono::nanoseconds(span - seconds);
  const timespec timeout{static_cast<time_t>(seconds.count()), static_cast<long>(rest.count())};
  const int signal = sigtimedwait(&taken_, nullptr, &timeout);
  return signal < 0 ? std::nullopt : std::optional(signal);
}

}  // namespace mta_sts::daemon
