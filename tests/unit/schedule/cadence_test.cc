#include "exporter/schedule/cadence.h"

#include <string>

#include <catch2/catch.hpp>

namespace mta_sts::schedule {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Cadence kCadence{minutes(30), minutes(1)};

TEST_CASE("cadence: later looks are exactly one interval apart", "[schedule][cadence]") {
  CHECK(kCadence.after_success(Look::Later, 0.0) == minutes(30));
  CHECK(kCadence.after_success(Look::Later, 0.99) == minutes(30));
}

TEST_CASE("cadence: the gap after the first look spreads objects and is never shorter than the interval",
          "[schedule][cadence]") {
  CHECK(kCadence.after_success(Look::First, 0.0) == minutes(30));
  CHECK(kCadence.after_success(Look::First, 0.5) == minutes(37) + seconds(30));
  CHECK(kCadence.after_success(Look::First, 0.999) < minutes(45));
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
