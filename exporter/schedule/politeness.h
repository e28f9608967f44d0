#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "exporter/base/clock.h"
#include "exporter/base/ip.h"

namespace mta_sts::schedule {

/// Limits of connections to one address, of all MX names that lead to it: at most so many at a time, and so far apart.
/// Waiters keep their order. An address belongs to one worker, so this needs no lock; the clock is the caller's.
template <typename Waiter>
class Politeness {
 public:
  Politeness(std::chrono::nanoseconds interval, unsigned connections)
      : interval_(interval), connections_(connections) {}

  /// They count for who comes next.
  void set_limits(std::chrono::nanoseconds interval, unsigned connections) {
    interval_ = interval;
    connections_ = connections;
  }

  /// Takes a place at `now`. Otherwise tells when to ask again, or keeps the waiter until leave() hands it back.
  struct Answer {
    bool enter = false;
    std::optional<MonoTime> ask_again;
  };
  Answer enter(const IpAddress& address, MonoTime now, const Waiter& waiter) {
    Gate& gate = gates_[address];
    if (gate.inside >= connections_) {
      gate.waiting.push_back(waiter);
      return {};
    }
    if (gate.open_from && now < *gate.open_from) return {false, gate.open_from};
    ++gate.inside;
    gate.open_from = now + interval_;
    return {true, std::nullopt};
  }

  /// Gives the place back; delivers the waiter that is next, which asks anew.
  std::optional<Waiter> leave(const IpAddress& address) {
    const auto found = gates_.find(address);
    if (found == gates_.end()) return std::nullopt;
    Gate& gate = found->second;
    --gate.inside;
    return take_waiting(gate);
  }

  /// Who waits next, if there is a place: for who was handed back by leave() and does not enter.
  std::optional<Waiter> next_if_free(const IpAddress& address) {
    const auto found = gates_.find(address);
    if (found == gates_.end() || found->second.inside >= connections_) return std::nullopt;
    return take_waiting(found->second);
  }

  /// When no name leads to the address any more. The pause is kept: the address may be back before it is over.
  void forget(const IpAddress& address, MonoTime now) {
    const auto found = gates_.find(address);
    if (found == gates_.end()) return;
    const Gate& gate = found->second;
    if (gate.inside == 0 && gate.waiting.empty() && (!gate.open_from || *gate.open_from <= now)) gates_.erase(found);
  }

 private:
  struct Gate {
    unsigned inside = 0;
    std::optional<MonoTime> open_from;
    std::deque<Waiter> waiting;
  };

  static std::optional<Waiter> take_waiting(Gate& gate) {
    if (gate.waiting.empty()) return std::nullopt;
    Waiter next = std::move(gate.waiting.front());
    gate.waiting.pop_front();
    return next;
  }

  std::chrono::nanoseconds interval_;
  unsigned connections_;
  std::map<IpAddress, Gate> gates_;
};

}  // namespace mta_sts::schedule
