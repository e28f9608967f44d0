#include "exporter/schedule/cadence.h"

#include <string>

#include <catch2/catch.hpp>

namespace mta_sts::schedule {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Cadence kCadence{minutes(30), minutes(1)};

TEST_CASE("cadence: later looks are exactly one interval apart", "[schedule][cadence]") {
  CHECK(kCadence.after_success(Look::Later, seconds(0), 0.0) == minutes(30));
  CHECK(kCadence.after_success(Look::Later, seconds(0), 0.99) == minutes(30));
  CHECK(kCadence.after_success(Look::Later, seconds(5), 0.99) == minutes(30));
  CHECK(Cadence{seconds(10), seconds(1)}.after_success(Look::Later, seconds(1), 0.99) == seconds(10));
}

TEST_CASE("cadence: looks that were late together drift apart again, over as long as they were late",
          "[schedule][cadence]") {
  CHECK(kCadence.after_success(Look::Later, minutes(20), 0.0) == minutes(30));
  CHECK(kCadence.after_success(Look::Later, seconds(30), 0.5) == minutes(30) + seconds(15));
  CHECK(kCadence.after_success(Look::Later, minutes(20), 0.5) == minutes(40));
  CHECK(kCadence.after_success(Look::Later, minutes(600), 0.5) == minutes(45));
}

TEST_CASE("cadence: an object waits for an interval unless it is a retry, a first look or was recalled",
          "[schedule][cadence]") {
  const MonoTime begun(minutes(1000));
  CHECK(waits_for(Look::Later, begun, begun + minutes(30), minutes(30)) == WaitsFor::Interval);
  CHECK(waits_for(Look::Later, begun, begun + minutes(29), minutes(30)) == WaitsFor::Sooner);
  CHECK(waits_for(Look::First, begun, begun + minutes(30), minutes(30)) == WaitsFor::Sooner);
  CHECK(waits_for(Look::Later, MonoTime(), begun, minutes(30)) == WaitsFor::Sooner);
}

TEST_CASE("cadence: with a shorter interval nothing is due later than it, in the order of the shares",
          "[schedule][cadence]") {
  const Cadence shorter{minutes(5), minutes(1)};
  const MonoTime now(minutes(1000));
  CHECK(moved(now + minutes(4), WaitsFor::Interval, kCadence, shorter, now, 0.5) == now + minutes(4));
  CHECK(moved(now + minutes(29), WaitsFor::Interval, kCadence, shorter, now, 0.5) == now + seconds(150));
  CHECK(moved(now + minutes(29), WaitsFor::Sooner, kCadence, shorter, now, 0.5) == now + seconds(150));
}

TEST_CASE("cadence: with a longer interval what waits for its end is spread over it, a retry stays where it is",
          "[schedule][cadence]") {
  const Cadence longer{minutes(60), minutes(1)};
  const MonoTime now(minutes(1000));
  CHECK(moved(now + minutes(10), WaitsFor::Interval, kCadence, longer, now, 0.0) == now + minutes(10));
  CHECK(moved(now + minutes(10), WaitsFor::Interval, kCadence, longer, now, 0.5) == now + minutes(25));
  CHECK(moved(now + minutes(10), WaitsFor::Sooner, kCadence, longer, now, 0.5) == now + minutes(10));
  CHECK(moved(now + minutes(10), WaitsFor::Interval, kCadence, kCadence, now, 0.5) == now + minutes(10));
}

TEST_CASE("cadence: the gap after the first look spreads objects and is never shorter than the interval",
          "[schedule][cadence]") {
  CHECK(kCadence.after_success(Look::First, seconds(0), 0.0) == minutes(30));
  CHECK(kCadence.after_success(Look::First, seconds(0), 0.5) == minutes(37) + seconds(30));
  CHECK(kCadence.after_success(Look::First, seconds(0), 0.999) < minutes(45));
}

TEST_CASE("cadence: retries double up to the interval", "[schedule][cadence]") {
  CHECK(kCadence.after_failure(1, 0) == minutes(1));
  CHECK(kCadence.after_failure(2, 0) == minutes(2));
  CHECK(kCadence.after_failure(3, 0) == minutes(4));
  CHECK(kCadence.after_failure(6, 0) == minutes(30));
  CHECK(kCadence.after_failure(4'000'000'000u, 0) == minutes(30));
}

TEST_CASE("cadence: a retry is capped first and then shortened, so that capped retries do not fall together",
          "[schedule][cadence]") {
  CHECK(kCadence.after_failure(50, 0.0) == minutes(30));
  CHECK(kCadence.after_failure(50, 0.5) < minutes(30));
  CHECK(kCadence.after_failure(50, 0.999) > minutes(26));
}

TEST_CASE("cadence: a retry interval above the interval counts as the interval", "[schedule][cadence]") {
  CHECK(Cadence{seconds(10), minutes(1)}.after_failure(1, 0) == seconds(10));
}

TEST_CASE("cadence: first looks come at the start rate, or faster where one interval would not do",
          "[schedule][cadence]") {
  CHECK(first_look_gap(10, 100, minutes(5)) == std::chrono::milliseconds(10));
  CHECK(first_look_gap(60'000, 100, minutes(5)) == std::chrono::milliseconds(5));
  CHECK(first_look_gap(0, 100, {}) == std::chrono::milliseconds(10));
}

TEST_CASE("cadence: names that share an address are looked at no sooner than the address lets them through",
          "[schedule][cadence]") {
  CHECK(stretched_interval(minutes(30), 1, seconds(1)) == minutes(30));
  CHECK(stretched_interval(minutes(30), 1800, seconds(1)) == minutes(30));
  CHECK(stretched_interval(minutes(30), 7200, seconds(1)) == minutes(120));
  CHECK(stretched_interval(minutes(30), 7200, seconds(0)) == minutes(30));
}

TEST_CASE("cadence: a look is held for three intervals, 15 minutes at least, or as configured", "[schedule][cadence]") {
  using std::chrono::milliseconds;
  CHECK(hold_of(milliseconds(0), minutes(30)) == minutes(90));
  CHECK(hold_of(milliseconds(0), minutes(1)) == minutes(15));
  CHECK(hold_of(seconds(7), minutes(30)) == seconds(7));
}

TEST_CASE("cadence: the share of a key is stable, lies in [0, 1) and spreads evenly", "[schedule][cadence]") {
  constexpr int kKeys = 10'000;
  constexpr int kBins = 10;
  int bins[kBins] = {};
  for (int i = 0; i < kKeys; ++i) {
    const std::string key = "domain" + std::to_string(i) + ".example";
    const double share = spread_of(key);
    REQUIRE(share >= 0);
    REQUIRE(share < 1);
    REQUIRE(share == spread_of(key));
    ++bins[static_cast<int>(share * kBins)];
  }
  for (const int count : bins) CHECK(count == Approx(kKeys / kBins).margin(200));
}

}  // namespace
}  // namespace mta_sts::schedule
