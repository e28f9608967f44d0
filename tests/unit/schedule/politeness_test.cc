#include "exporter/schedule/politeness.h"

#include <catch2/catch.hpp>

namespace mta_sts::schedule {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

MonoTime at(int second) { return MonoTime(seconds(second)); }
const IpAddress kOne = boost::asio::ip::make_address("192.0.2.1");
const IpAddress kOther = boost::asio::ip::make_address("192.0.2.2");

AddressLimits limits(seconds interval, unsigned connections) {
  return {interval, connections, seconds(60), seconds(240)};
}
Politeness<int> gate_with(seconds interval, unsigned connections) { return {limits(interval, connections), at(0)}; }

/// When the one that `call` names asks; nobody else is meant.
std::optional<MonoTime> when(const std::optional<Politeness<int>::Call>& call, int waiter) {
  return call && call->waiter == waiter ? std::optional(call->at) : std::nullopt;
}

TEST_CASE("politeness: two connections to one address are at least the interval apart", "[schedule][politeness]") {
  auto gate = gate_with(seconds(10), 5);
  CHECK(gate.enter(kOne, at(0), 1).enter);
  const auto early = gate.enter(kOne, at(3), 2);
  CHECK_FALSE(early.enter);
  CHECK(when(early.call, 2) == at(10));
  CHECK(gate.enter(kOne, at(10), 2).enter);
}

TEST_CASE("politeness: the interval counts from the begin of a connection, also after it has ended",
          "[schedule][politeness]") {
  auto gate = gate_with(seconds(10), 1);
  CHECK(gate.enter(kOne, at(0), 1).enter);
  CHECK_FALSE(gate.leave(kOne, at(0), at(1), false));
  CHECK(when(gate.enter(kOne, at(1), 2).call, 2) == at(10));
}

TEST_CASE("politeness: over the limit of connections a waiter is called when a place is free, in order",
          "[schedule][politeness]") {
  auto gate = gate_with(seconds(0), 1);
  CHECK(gate.enter(kOne, at(0), 1).enter);
  for (const int waiter : {2, 3}) {
    const auto answer = gate.enter(kOne, at(1), waiter);
    CHECK_FALSE(answer.enter);
    CHECK_FALSE(answer.call);
  }
  CHECK(when(gate.leave(kOne, at(0), at(2), false), 2));
  CHECK(gate.enter(kOne, at(2), 2).enter);
  CHECK(when(gate.leave(kOne, at(2), at(3), false), 3));
}

TEST_CASE("politeness: of those that wait for an address one asks again, and nobody comes before it",
          "[schedule][politeness]") {
  auto gate = gate_with(seconds(10), 5);
  CHECK(gate.enter(kOne, at(0), 1).enter);
  CHECK(when(gate.enter(kOne, at(1), 2).call, 2) == at(10));
  CHECK_FALSE(gate.enter(kOne, at(2), 3).call);
  // A newcomer at the very moment stands behind both.
  CHECK_FALSE(gate.enter(kOne, at(10), 4).enter);
  const auto second = gate.enter(kOne, at(10), 2);
  CHECK(second.enter);
  CHECK(when(second.call, 3) == at(20));
  const auto third = gate.enter(kOne, at(20), 3);
  CHECK(third.enter);
  CHECK(when(third.call, 4) == at(30));
}

TEST_CASE("politeness: who is called and does not come gives its turn to the next", "[schedule][politeness]") {
  auto gate = gate_with(seconds(10), 5);
  CHECK(gate.enter(kOne, at(0), 1).enter);
  CHECK(gate.enter(kOne, at(1), 2).call);
  CHECK_FALSE(gate.enter(kOne, at(1), 3).call);
  CHECK_FALSE(gate.enter(kOne, at(1), 4).call);
  CHECK_FALSE(gate.give_up(kOne, 3));
  CHECK(when(gate.give_up(kOne, 2), 4) == at(10));
}

TEST_CASE("politeness: addresses do not wait for each other", "[schedule][politeness]") {
  auto gate = gate_with(seconds(10), 1);
  CHECK(gate.enter(kOne, at(0), 1).enter);
  CHECK(gate.enter(kOther, at(0), 2).enter);
}

TEST_CASE("politeness: of many addresses none that is in use, closed or was busy is forgotten",
          "[schedule][politeness]") {
  auto gate = gate_with(seconds(10), 1);
  const auto inside = boost::asio::ip::make_address("192.0.2.101");
  const auto closed = boost::asio::ip::make_address("192.0.2.102");
  const auto busy = boost::asio::ip::make_address("192.0.2.103");
  CHECK(gate.enter(inside, at(0), 1).enter);
  CHECK(gate.enter(busy, at(0), 1).enter);
  gate.leave(busy, at(0), at(0), true);
  CHECK(gate.enter(closed, at(95), 1).enter);
  gate.leave(closed, at(95), at(96), false);
  for (unsigned i = 0; i < 2000; ++i) {
    const IpAddress other = boost::asio::ip::address_v4(0x0a000000u + i);
    CHECK(gate.enter(other, at(0), 1).enter);
    gate.leave(other, at(0), at(100), false);
  }
  CHECK_FALSE(gate.enter(inside, at(100), 2).enter);
  CHECK(when(gate.enter(closed, at(100), 2).call, 2) == at(105));
  CHECK(gate.enter(busy, at(100), 2).enter);
  gate.leave(busy, at(100), at(100), true);
  CHECK(when(gate.enter(busy, at(100), 2).call, 2) == at(220));
}

TEST_CASE("politeness: a new process leaves every address alone for one interval", "[schedule][politeness]") {
  Politeness<int> gate(limits(seconds(10), 1), at(10));
  CHECK(when(gate.enter(kOne, at(0), 1).call, 1) == at(10));
  CHECK(gate.enter(kOne, at(10), 1).enter);
}

TEST_CASE("politeness: an address that is too busy is left alone, twice as long each time, up to a limit",
          "[schedule][politeness]") {
  auto gate = gate_with(seconds(1), 1);
  int now = 0;
  for (const int pause : {60, 120, 240, 240}) {
    CHECK(gate.enter(kOne, at(now), 1).enter);
    gate.leave(kOne, at(now), at(now), true);
    CHECK(gate.paused(at(now)) == 1);
    CHECK(when(gate.enter(kOne, at(now), 1).call, 1) == at(now + pause));
    now += pause;
    CHECK(gate.paused(at(now)) == 0);
  }
  SECTION("one that is busy no longer begins anew") {
    CHECK(gate.enter(kOne, at(now), 1).enter);
    gate.leave(kOne, at(now), at(now), false);
    CHECK(gate.enter(kOne, at(now + 1), 1).enter);
    gate.leave(kOne, at(now + 1), at(now + 1), true);
    CHECK(when(gate.enter(kOne, at(now + 2), 1).call, 1) == at(now + 61));
  }
}

TEST_CASE("politeness: connections that were under way when an address was paused do not lengthen its pause",
          "[schedule][politeness]") {
  auto gate = gate_with(seconds(0), 3);
  for (const int waiter : {1, 2, 3}) CHECK(gate.enter(kOne, at(0), waiter).enter);
  gate.leave(kOne, at(0), at(5), true);
  gate.leave(kOne, at(0), at(6), true);
  gate.leave(kOne, at(0), at(7), false);
  CHECK(when(gate.enter(kOne, at(8), 4).call, 4) == at(65));
  CHECK(gate.enter(kOne, at(65), 4).enter);
  gate.leave(kOne, at(65), at(66), true);
  CHECK(when(gate.enter(kOne, at(66), 4).call, 4) == at(186));
}

}  // namespace
}  // namespace mta_sts::schedule
