#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mta_sts::web {

/// Takes an answer, once, on any thread.
template <typename T>
using Answer = std::function<void(std::optional<T>)>;

/// Where the answer of another thread meets the timer of who waits. That thread may keep it for longer than the loop
/// of the timer lives: it touches the timer only while somebody waits.
template <typename T>
class Slot {
 public:
  explicit Slot(boost::asio::steady_timer& waiting) : waiting_(&waiting) {}

  /// On any thread. Wakes who waits, on the loop of the timer.
  static void put(const std::shared_ptr<Slot>& slot, std::optional<T> value) {
    const std::lock_guard lock(slot->mutex_);
    if (slot->waiting_ == nullptr) return;
    slot->value_ = std::move(value);
    boost::asio::post(slot->waiting_->get_executor(), [slot] { slot->wake(); });
  }
  /// Nobody waits any more.
  std::optional<T> close() {
    const std::lock_guard lock(mutex_);
    waiting_ = nullptr;
    return std::move(value_);
  }

 private:
  void wake() {
    const std::lock_guard lock(mutex_);
    if (waiting_ != nullptr) waiting_->cancel();
  }

  std::mutex mutex_;
  boost::asio::steady_timer* waiting_;
  std::optional<T> value_;
};

/// What another thread knows: `begin` hands it an Answer. Ends with nothing after the limit, or if the answer is
/// nothing; an answer that comes later is dropped.
template <typename T>
boost::asio::awaitable<std::optional<T>> ask(std::function<void(Answer<T>)> begin, std::chrono::milliseconds limit) {
  boost::asio::steady_timer waiting(co_await boost::asio::this_coro::executor, limit);
  // Also where this frame is destroyed while it is suspended.
  struct Closed {
    std::shared_ptr<Slot<T>> slot;
    ~Closed() { slot->close(); }
  } const closed{std::make_shared<Slot<T>>(waiting)};
  begin([slot = closed.slot](std::optional<T> value) { Slot<T>::put(slot, std::move(value)); });
  co_await waiting.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  co_return closed.slot->close();
}

}  // namespace mta_sts::web
