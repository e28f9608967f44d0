#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "exporter/base/clock.h"
#include "exporter/base/guarded.h"
#include "exporter/base/ip.h"
#include "exporter/schedule/waits.h"

namespace mta_sts::schedule {

/// Limits of connections to one address over all workers: at most so many at a time, and their beginnings so far apart.
/// A domain lives on one worker and the address of its policy host may be that of thousands, so that no worker
/// can keep them alone (as with MX endpoints, politeness.h). Who waits keeps its order. Held by shared_ptr.
class AddressGate : public std::enable_shared_from_this<AddressGate> {
 public:
  AddressGate(std::chrono::nanoseconds interval, unsigned connections) { set_limits(interval, connections); }

  /// They count for who comes next.
  void set_limits(std::chrono::nanoseconds interval, unsigned connections);

  /// A place at an address, given back when it goes.
  class Pass {
   public:
    Pass(std::shared_ptr<AddressGate> gate, IpAddress address) : gate_(std::move(gate)), address_(std::move(address)) {}
    Pass(Pass&& other) noexcept = default;
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_) gate_->leave(address_);
    }

   private:
    std::shared_ptr<AddressGate> gate_;
    IpAddress address_;
  };

  /// On the thread of the caller's executor; `fetch`, which outlives this, waits while it stands in a row. Ends early
  /// by cancellation only.
  boost::asio::awaitable<Pass> enter(IpAddress address, Waits::Fetch& fetch);

 private:
  static constexpr std::size_t kMaxIdle = 4096;  ///< gates that are kept although nobody is there
  struct Waiter;
  class Turn;
  struct Gate {
    unsigned inside = 0;
    MonoTime open_from{};                         ///< for who comes next
    std::deque<std::shared_ptr<Waiter>> waiting;  ///< for a place
  };
  using Gates = std::map<IpAddress, Gate>;
  struct State {
    MonoTime::duration interval{};
    unsigned connections = 1;
    Gates gates;
  };

  std::optional<MonoTime> reserve(const IpAddress& address);
  bool take_place(const IpAddress& address, const std::shared_ptr<Waiter>& waiter);
  void leave(const IpAddress& address);
  void give_up(const IpAddress& address, const std::shared_ptr<Waiter>& waiter);
  static void hand_on(State& state, const IpAddress& address);
  static void call_next(Gate& gate);
  static void forget_idle(Gates& gates, const IpAddress& address);

  Guarded<State> state_;
};

}  // namespace mta_sts::schedule
