#include "exporter/base/clock_watch.h"

#include <catch2/catch.hpp>

using namespace mta_sts;
using namespace std::chrono_literals;

namespace {

struct Story {
  WallTime wall{1'000'000h};
  MonoTime mono{};
  ClockWatch watch{1h};

  bool pass(std::chrono::minutes time) {
    wall += time;
    mono += time;
    return watch.believed(wall, mono);
  }
};

}  // namespace

TEST_CASE("clock watch: a clock is believed when it has run evenly for the time", "[base][clock]") {
  Story story;
  CHECK_FALSE(story.pass(0min));
  CHECK_FALSE(story.pass(59min));
  CHECK(story.pass(1min));
  CHECK(story.pass(10'000min));
}

TEST_CASE("clock watch: a jump in either direction begins it anew", "[base][clock]") {
  for (const auto jump : {24h, -24h}) {
    Story story;
    story.pass(0min);
    REQUIRE(story.pass(60min));
    story.wall += jump;
    CHECK_FALSE(story.pass(5min));
    CHECK_FALSE(story.pass(59min));
    CHECK(story.pass(1min));
  }
}

TEST_CASE("clock watch: a clock that is corrected by seconds did not jump", "[base][clock]") {
  Story story;
  story.pass(0min);
  story.wall -= 30s;
  CHECK(story.pass(60min));
}
