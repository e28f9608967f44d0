#pragma once

#include <exception>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mta_sts::net {

/// Runs all at once on the caller's executor and delivers their results in order when the last has ended. Cancellation
/// reaches each. The first exception among them, a bug of ours, is thrown on after all have ended.
template <typename T>
boost::asio::awaitable<std::vector<T>> gather(std::vector<boost::asio::awaitable<T>> tasks) {
  namespace asio = boost::asio;
  if (tasks.empty()) co_return std::vector<T>();
  const auto executor = co_await asio::this_coro::executor;
  using Operation = decltype(asio::co_spawn(executor, std::declval<asio::awaitable<T>>(), asio::deferred));
  std::vector<Operation> operations;
  for (auto& task : tasks) operations.push_back(asio::co_spawn(executor, std::move(task), asio::deferred));
  auto [order, failures, results] = co_await asio::experimental::make_parallel_group(std::move(operations))
                                        .async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
  co_return std::move(results);
}

}  // namespace mta_sts::net
