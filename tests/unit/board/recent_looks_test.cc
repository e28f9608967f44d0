#include "exporter/board/recent_looks.h"

#include <catch2/catch.hpp>

namespace mta_sts::board {
namespace {

LookResult result(std::size_t number, judge::Verdict verdict) {
  return {"d" + std::to_string(number) + ".example", WallTime(std::chrono::seconds(number)), {}, verdict, {}};
}

TEST_CASE("recent looks: the newest stand first, and no more than the limit", "[board][looks]") {
  RecentLooks looks;
  CHECK(looks.newest_first().empty());
  for (std::size_t i = 0; i < 3 * RecentLooks::kRecent; ++i) looks.add(result(i, judge::Verdict::Ok));
  const auto all = looks.newest_first();
  REQUIRE(all.size() == RecentLooks::kRecent);
  CHECK(all.front().domain == "d299.example");
  CHECK(all.back().domain == "d200.example");
}

TEST_CASE("recent looks: what was not ok outlives what was, up to its own limit", "[board][looks]") {
  RecentLooks looks;
  looks.add(result(0, judge::Verdict::Fail));
  looks.add(result(1, judge::Verdict::Ok));
  looks.add(result(2, judge::Verdict::Inconclusive));
  for (std::size_t i = 3; i < 3 + RecentLooks::kRecent; ++i) looks.add(result(i, judge::Verdict::Ok));
  auto all = looks.newest_first();
  REQUIRE(all.size() == RecentLooks::kRecent + 2);
  CHECK(all[RecentLooks::kRecent].domain == "d2.example");
  CHECK(all[RecentLooks::kRecent + 1].domain == "d0.example");
  for (std::size_t i = 0; i < 3 * RecentLooks::kFailures; ++i) looks.add(result(1000 + i, judge::Verdict::Fail));
  all = looks.newest_first();
  CHECK(all.size() == RecentLooks::kRecent + RecentLooks::kFailures);
  CHECK(all.back().domain == "d1100.example");
}

}  // namespace
}  // namespace mta_sts::board
