#include "exporter/schedule/address_gate.h"

#include <algorithm>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mta_sts::schedule {

namespace asio = boost::asio;

namespace {

MonoTime now() { return std::chrono::steady_clock::now(); }

}  // namespace

/// Woken on its own executor, by whoever leaves.
struct AddressGate::Waiter {
  explicit Waiter(const asio::any_io_executor& executor) : timer(executor, MonoTime::max()) {}
  asio::steady_timer timer;
  bool has_place = false;  ///< it was given one and has not taken it yet; under the lock of the gates
};

/// Takes a waiter out of the row whatever becomes of it.
class AddressGate::Turn {
 public:
  Turn(AddressGate& gate, const IpAddress& address, const std::shared_ptr<Waiter>& waiter)
      : gate_(gate), address_(address), waiter_(waiter) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { gate_.give_up(address_, waiter_); }

 private:
  AddressGate& gate_;
  const IpAddress& address_;
  const std::shared_ptr<Waiter>& waiter_;
};

void AddressGate::set_limits(std::chrono::nanoseconds interval, unsigned connections) {
  state_.with([&](State& state) {
    state.interval = std::chrono::duration_cast<MonoTime::duration>(interval);
    state.connections = connections;
  });
}

asio::awaitable<AddressGate::Pass> AddressGate::enter(IpAddress address, Waits::Fetch& fetch) {
  const auto self = shared_from_this();
  const auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor);
  const Turn turn(*self, address, waiter);
  while (!take_place(address, waiter)) {
    // A wake-up is posted, so that it cannot come before the wait.
    waiter->timer.expires_at(MonoTime::max());
    const Waits::Waiting waiting(fetch);
    co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  Pass pass(self, address);
  if (const auto at = reserve(address)) {
    waiter->timer.expires_at(*at);
    const Waits::Waiting waiting(fetch);
    co_await waiter->timer.async_wait(asio::use_awaitable);
  }
  co_return pass;
}

/// When the connection may begin; nothing for at once.
std::optional<MonoTime> AddressGate::reserve(const IpAddress& address) {
  return state_.with([&](State& state) -> std::optional<MonoTime> {
    Gate& gate = state.gates.at(address);
    const MonoTime present = now();
    const MonoTime at = std::max(present, gate.open_from);
    gate.open_from = at + state.interval;
    return at > present ? std::optional(at) : std::nullopt;
  });
}

/// Otherwise it stands in the row, at its end if it is new.
bool AddressGate::take_place(const IpAddress& address, const std::shared_ptr<Waiter>& waiter) {
  return state_.with([&](State& state) {
    if (std::exchange(waiter->has_place, false)) return true;
    Gate& gate = state.gates[address];
    if (gate.waiting.empty() && gate.inside < state.connections) {
      ++gate.inside;
      return true;
    }
    if (std::find(gate.waiting.begin(), gate.waiting.end(), waiter) == gate.waiting.end())
      gate.waiting.push_back(waiter);
    return false;
  });
}

void AddressGate::leave(const IpAddress& address) {
  state_.with([&](State& state) { hand_on(state, address); });
}

void AddressGate::give_up(const IpAddress& address, const std::shared_ptr<Waiter>& waiter) {
  state_.with([&](State& state) {
    const auto found = state.gates.find(address);
    if (found != state.gates.end()) std::erase(found->second.waiting, waiter);
    if (waiter->has_place) hand_on(state, address);
  });
}

/// A place that is free goes to who waits longest: nobody comes between. More may be, or fewer, than a reload allows
/// now.
void AddressGate::hand_on(State& state, const IpAddress& address) {
  Gate& gate = state.gates.at(address);
  --gate.inside;
  while (!gate.waiting.empty() && gate.inside < state.connections) call_next(gate);
  if (gate.inside == 0) forget_idle(state.gates, address);
}

void AddressGate::call_next(Gate& gate) {
  ++gate.inside;
  const auto next = std::move(gate.waiting.front());
  gate.waiting.pop_front();
  next->has_place = true;
  asio::post(next->timer.get_executor(), [next] { next->timer.cancel(); });
}

/// One that is still closed is needed until it opens, and goes with many others then.
void AddressGate::forget_idle(Gates& gates, const IpAddress& address) {
  const auto idle = [time = now()](const auto& entry) {
    return entry.second.inside == 0 && entry.second.waiting.empty() && entry.second.open_from <= time;
  };
  if (gates.size() > kMaxIdle) {
    std::erase_if(gates, idle);
  } else if (const auto found = gates.find(address); idle(*found)) {
    gates.erase(found);
  }
}

}  // namespace mta_sts::schedule
