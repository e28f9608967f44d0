#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "exporter/base/clock.h"
#include "exporter/base/ip.h"

namespace mta_sts::schedule {

/// How connections to one address are limited.
struct AddressLimits {
  std::chrono::nanoseconds interval{};  ///< between the beginnings of two
  unsigned connections = 1;             ///< at a time
  /// How long an address is left alone that is too busy for us (421, 4xx): the first time, then twice as long each
  /// time up to the last, until it is busy no longer.
  std::chrono::nanoseconds first_pause{};
  std::chrono::nanoseconds longest_pause{};
};

/// Connections to one address, of all MX names that lead to it. Who may not enter now stands in a row, of which the
/// first is called: it is told when to ask again, the others when they are. An address belongs to one worker, so this
/// needs no lock; the clock is the caller's.
template <typename Waiter>
class Politeness {
 public:
  /// No address is connected to before `open_from`: it may be one that an earlier process was just connected to.
  Politeness(AddressLimits limits, MonoTime open_from) : limits_(limits), open_from_(open_from) {}

  /// They count for who comes next.
  void set_limits(AddressLimits limits) { limits_ = limits; }

  /// Who is called, and when it asks.
  struct Call {
    Waiter waiter;
    MonoTime at;
  };
  struct Answer {
    bool enter = false;        ///< it has a place
    std::optional<Call> call;  ///< it itself, or who is next in the row
  };
  Answer enter(const IpAddress& address, MonoTime now, const Waiter& waiter) {
    Gate& gate = gates_.try_emplace(address, Gate{open_from_}).first->second;
    if (gate.called != waiter) {
      if (gate.called || gate.inside >= limits_.connections) {
        gate.row.push_back(waiter);
        return {};
      }
      gate.called = waiter;
    }
    if (now < gate.open_from) return {false, Call{waiter, gate.open_from}};
    gate.called.reset();
    ++gate.inside;
    gate.open_from = std::max(gate.open_from, now + limits_.interval);
    return {true, call_next(gate)};
  }

  /// Gives the place back. `begun`: when it was taken; `busy`: the address said so.
  std::optional<Call> leave(const IpAddress& address, MonoTime begun, MonoTime now, bool busy) {
    Gate& gate = gates_.at(address);
    --gate.inside;
    if (busy) {
      pause(gate, begun, now);
    } else if (begun >= gate.paused_at) {
      gate.pauses = 0;
    }
    auto call = call_next(gate);
    forget_idle(now);
    return call;
  }

  /// It does not enter after all, although it may be called.
  std::optional<Call> give_up(const IpAddress& address, const Waiter& waiter) {
    const auto found = gates_.find(address);
    if (found == gates_.end()) return std::nullopt;
    Gate& gate = found->second;
    std::erase(gate.row, waiter);
    if (gate.called != waiter) return std::nullopt;
    gate.called.reset();
    return call_next(gate);
  }

  /// Addresses that are left alone for being busy.
  std::size_t paused(MonoTime now) {
    pauses_end_.erase(pauses_end_.begin(), pauses_end_.upper_bound(now));
    return pauses_end_.size();
  }

 private:
  struct Gate {
    MonoTime open_from;
    unsigned inside = 0;
    unsigned pauses = 0;  ///< in a row
    MonoTime paused_at{};
    std::optional<Waiter> called{};
    std::list<Waiter> row{};  ///< behind it; empty while nobody is called and there is room
  };

  std::optional<Call> call_next(Gate& gate) {
    if (gate.called || gate.row.empty() || gate.inside >= limits_.connections) return std::nullopt;
    gate.called = std::move(gate.row.front());
    gate.row.pop_front();
    return Call{*gate.called, gate.open_from};
  }

  /// Connections that were under way when it was paused say nothing more than the one that it was paused for.
  void pause(Gate& gate, MonoTime begun, MonoTime now) {
    if (gate.pauses > 0 && begun < gate.paused_at) return;
    auto span = limits_.first_pause;
    for (unsigned i = 0; i < gate.pauses && span < limits_.longest_pause; ++i) span *= 2;
    ++gate.pauses;
    gate.paused_at = now;
    gate.open_from = std::max(gate.open_from, now + std::min(span, limits_.longest_pause));
    pauses_end_.insert(gate.open_from);
  }

  /// An address where nobody is and that is open is like one that was never seen, unless it was busy: most are so, most
  /// of the time.
  void forget_idle(MonoTime now) {
    if (gates_.size() < sweep_at_) return;
    std::erase_if(gates_, [&](const auto& entry) {
      const Gate& gate = entry.second;
      return gate.inside == 0 && !gate.called &&
             gate.open_from + (gate.pauses == 0 ? MonoTime::duration::zero() : limits_.longest_pause) <= now;
    });
    sweep_at_ = std::max(kFirstSweep, 2 * gates_.size());
  }

  static constexpr std::size_t kFirstSweep = 256;
  AddressLimits limits_;
  MonoTime open_from_;
  std::map<IpAddress, Gate> gates_;
  std::multiset<MonoTime> pauses_end_;  // one an address: nobody enters it before the end
  std::size_t sweep_at_ = kFirstSweep;
};

}  // namespace mta_sts::schedule
