#include "exporter/schedule/address_gate.h"

#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

namespace mta_sts::schedule {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

const IpAddress kAddress = parse_ip("192.0.2.1").value();
const IpAddress kOther = parse_ip("192.0.2.2").value();

/// Who is inside, and in which order they came.
struct Room {
  std::atomic<int> inside = 0, most = 0, visits = 0;
  std::vector<int> order;  // of one thread
};

asio::awaitable<void> visit(std::shared_ptr<AddressGate> gate, IpAddress address, Room& room, int number,
                            milliseconds stay) {
  Waits::Fetch fetch(std::make_shared<Waits>(), std::to_string(number));
  const auto pass = co_await gate->enter(std::move(address), fetch);
  room.order.push_back(number);
  room.most = std::max(room.most.load(), ++room.inside);
  asio::steady_timer timer(co_await asio::this_coro::executor, stay);
  co_await timer.async_wait(asio::use_awaitable);
  --room.inside;
  ++room.visits;
}

TEST_CASE("address gate: no more than allowed are at one address, in the order in which they came",
          "[schedule][gate]") {
  asio::io_context io;
  const auto gate = std::make_shared<AddressGate>(milliseconds(0), 2);
  Room room;
  for (int i = 0; i < 10; ++i) asio::co_spawn(io, visit(gate, kAddress, room, i, milliseconds(2)), asio::detached);
  io.run();
  CHECK(room.visits == 10);
  CHECK(room.most == 2);
  CHECK(room.order == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("address gate: addresses do not wait for one another", "[schedule][gate]") {
  asio::io_context io;
  const auto gate = std::make_shared<AddressGate>(milliseconds(0), 1);
  Room room;
  asio::co_spawn(io, visit(gate, kAddress, room, 0, milliseconds(20)), asio::detached);
  asio::co_spawn(io, visit(gate, kOther, room, 1, milliseconds(20)), asio::detached);
  io.run();
  CHECK(room.most == 2);
}

TEST_CASE("address gate: beginnings are so far apart", "[schedule][gate]") {
  asio::io_context io;
  const auto gate = std::make_shared<AddressGate>(milliseconds(10), 16);
  Room room;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 6; ++i) asio::co_spawn(io, visit(gate, kAddress, room, i, milliseconds(0)), asio::detached);
  io.run();
  CHECK(std::chrono::steady_clock::now() - begin >= milliseconds(50));
  CHECK(room.visits == 6);
}

TEST_CASE("address gate: who waits is told to wait, and more are let in when the limit rises", "[schedule][gate]") {
  asio::io_context io;
  const auto gate = std::make_shared<AddressGate>(milliseconds(0), 1);
  const auto waits = std::make_shared<Waits>();
  std::size_t most = 0;
  waits->grown = [&] { most = std::max(most, waits->looks()); };
  int looks = 0;
  int inside = 0;
  int together = 0;
  const auto stay = [&]() -> asio::awaitable<void> {
    Waits::Fetch fetch(waits, std::to_string(looks++));
    const auto pass = co_await gate->enter(kAddress, fetch);
    together = std::max(together, ++inside);
    asio::steady_timer timer(co_await asio::this_coro::executor, milliseconds(5));
    co_await timer.async_wait(asio::use_awaitable);
    --inside;
  };
  for (int i = 0; i < 7; ++i) asio::co_spawn(io, stay, asio::detached);
  io.poll();
  CHECK(most == 6);
  CHECK(together == 1);
  gate->set_limits(milliseconds(0), 3);
  io.run();
  CHECK(together == 3);
  CHECK(waits->looks() == 0);
}

TEST_CASE("address gate: it holds over threads, and nobody is forgotten", "[schedule][gate]") {
  constexpr int kThreads = 4;
  constexpr int kVisits = 200;
  const auto gate = std::make_shared<AddressGate>(milliseconds(0), 3);
  std::atomic<int> inside = 0, most = 0, visits = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      asio::io_context io;
      const auto visit_once = [&]() -> asio::awaitable<void> {
        Waits::Fetch fetch(std::make_shared<Waits>(), "");
        const auto pass = co_await gate->enter(kAddress, fetch);
        const int now = ++inside;
        int before = most;
        while (before < now && !most.compare_exchange_weak(before, now)) {
        }
        asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::microseconds(50));
        co_await timer.async_wait(asio::use_awaitable);
        --inside;
        ++visits;
      };
      for (int i = 0; i < kVisits; ++i) asio::co_spawn(io, visit_once, asio::detached);
      io.run();
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(visits == kThreads * kVisits);
  CHECK(most <= 3);
  CHECK(most > 1);
}

TEST_CASE("address gate: who is cancelled while it waits keeps no place, and the next has its turn",
          "[schedule][gate]") {
  asio::io_context io;
  const auto gate = std::make_shared<AddressGate>(milliseconds(0), 1);
  Room room;
  asio::cancellation_signal cancelled;
  bool ended_early = false;
  asio::co_spawn(io, visit(gate, kAddress, room, 0, milliseconds(20)), asio::detached);
  asio::co_spawn(io, visit(gate, kAddress, room, 1, milliseconds(0)),
                 asio::bind_cancellation_slot(
                     cancelled.slot(), [&](const std::exception_ptr& failure) { ended_early = failure != nullptr; }));
  asio::co_spawn(io, visit(gate, kAddress, room, 2, milliseconds(0)), asio::detached);
  asio::steady_timer soon(io, milliseconds(5));
  soon.async_wait([&](boost::system::error_code) { cancelled.emit(asio::cancellation_type::terminal); });
  io.run();
  CHECK(ended_early);
  CHECK(room.order == std::vector<int>{0, 2});
}

TEST_CASE("address gate: a place that was given to a loop that has ended goes to the next", "[schedule][gate]") {
  const auto gate = std::make_shared<AddressGate>(milliseconds(0), 1);
  std::optional<AddressGate::Pass> first;
  asio::io_context io;
  const auto keep = [&]() -> asio::awaitable<void> {
    Waits::Fetch fetch(std::make_shared<Waits>(), "");
    first.emplace(co_await gate->enter(kAddress, fetch));
  };
  asio::co_spawn(io, keep, asio::detached);
  io.run();
  io.restart();
  Room room;
  {
    asio::io_context abandoned;
    asio::co_spawn(abandoned, visit(gate, kAddress, room, 1, milliseconds(0)), asio::detached);
    abandoned.poll();
    first.reset();
  }
  asio::co_spawn(io, visit(gate, kAddress, room, 2, milliseconds(0)), asio::detached);
  io.run_for(std::chrono::seconds(5));
  CHECK(room.order == std::vector<int>{2});
}

TEST_CASE("address gate: one that was never left behind lets others in after a loop was given up", "[schedule][gate]") {
  const auto gate = std::make_shared<AddressGate>(milliseconds(0), 1);
  {
    asio::io_context abandoned;
    Room room;
    asio::co_spawn(abandoned, visit(gate, kAddress, room, 0, std::chrono::hours(1)), asio::detached);
    asio::co_spawn(abandoned, visit(gate, kAddress, room, 1, std::chrono::hours(1)), asio::detached);
    abandoned.poll();
    REQUIRE(room.inside == 1);
  }
  asio::io_context io;
  Room room;
  asio::co_spawn(io, visit(gate, kAddress, room, 2, milliseconds(0)), asio::detached);
  io.run_for(std::chrono::seconds(5));
  CHECK(room.visits == 1);
}

}  // namespace
}  // namespace mta_sts::schedule
