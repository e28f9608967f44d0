#pragma once

#include <chrono>
#include <functional>
#include <memory>
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

/// What another thread knows: `begin` hands it an Answer. Ends with nothing after the limit, or if the answer is
/// nothing; an answer that comes later is dropped.
template <typename T>
boost::asio::awaitable<std::optional<T>> ask(std::function<void(Answer<T>)> begin, std::chrono::milliseconds limit) {
  struct Slot {
    boost::asio::steady_timer answered;
    std::optional<T> value;
  };
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto slot = std::make_shared<Slot>(Slot{boost::asio::steady_timer(executor, limit), std::nullopt});
  // The other thread must not keep the timer of a server that has gone.
  begin([waiting = std::weak_ptr<Slot>(slot)](std::optional<T> value) {
    const auto asked = waiting.lock();
    if (!asked) return;
    boost::asio::post(asked->answered.get_executor(), [asked, value = std::move(value)]() mutable {
      asked->value = std::move(value);
      asked->answered.cancel();
    });
  });
  co_await slot->answered.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  co_return std::move(slot->value);
}

}  // namespace mta_sts::web
