#include "exporter/schedule/politeness.h"

#include <catch2/catch.hpp>

namespace mta_sts::schedule {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

MonoTime at(int second) { return MonoTime(seconds(second)); }
const IpAddress kOne = boost::asio::ip::make_address("192.0.2.1");
const IpAddress kOther = boost::asio::ip::make_address("192.0.2.2");

TEST_CASE("politeness: two connections to one address are at least the interval apart", "[schedule][politeness]") {
  Politeness<int> gate(seconds(10), 5);
  CHECK(gate.enter(kOne, at(0), 1).enter);
  const auto early = gate.enter(kOne, at(3), 2);
  CHECK_FALSE(early.enter);
  CHECK(early.ask_again == at(10));
  CHECK(gate.enter(kOne, at(10), 2).enter);
}

TEST_CASE("politeness: the interval counts from the begin of a connection, also after it has ended",
          "[schedule][politeness]") {
  Politeness<int> gate(seconds(10), 1);
  CHECK(gate.enter(kOne, at(0), 1).enter);
  CHECK_FALSE(gate.leave(kOne).has_value());
  CHECK(gate.enter(kOne, at(1), 2).ask_again == at(10));
}

TEST_CASE("politeness: over the limit of connections a waiter is handed on when a place is free, in order",
          "[schedule][politeness]") {
  Politeness<int> gate(seconds(0), 1);
  CHECK(gate.enter(kOne, at(0), 1).enter);
  for (const int waiter : {2, 3}) {
    const auto answer = gate.enter(kOne, at(1), waiter);
    CHECK_FALSE(answer.enter);
    CHECK_FALSE(answer.ask_again.has_value());
  }
  CHECK(gate.leave(kOne) == 2);
  CHECK(gate.enter(kOne, at(2), 2).enter);
  CHECK(gate.leave(kOne) == 3);
}

TEST_CASE("politeness: addresses do not wait for each other", "[schedule][politeness]") {
  Politeness<int> gate(seconds(10), 1);
  CHECK(gate.enter(kOne, at(0), 1).enter);
  CHECK(gate.enter(kOther, at(0), 2).enter);
}

TEST_CASE("politeness: an address in use is not forgotten", "[schedule][politeness]") {
  Politeness<int> gate(seconds(10), 1);
  CHECK(gate.enter(kOne, at(0), 1).enter);
  gate.forget(kOne, MonoTime::max());
  CHECK_FALSE(gate.enter(kOne, at(1), 2).enter);
}

}  // namespace
}  // namespace mta_sts::schedule
