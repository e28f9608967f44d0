#include "exporter/schedule/waits.h"

#include <optional>

#include <catch2/catch.hpp>

namespace mta_sts::schedule {
namespace {

TEST_CASE("waits: a look that fetches from several addresses waits when all of its fetches do, and is one",
          "[schedule][waits]") {
  const auto waits = std::make_shared<Waits>();
  int grown = 0;
  waits->grown = [&] { ++grown; };
  Waits::Fetch a(waits, "mta-sts.a.example");
  std::optional<Waits::Fetch> other(std::in_place, waits, "mta-sts.a.example");
  std::optional<Waits::Waiting> waiting(std::in_place, a);
  CHECK(waits->looks() == 0);
  {
    const Waits::Waiting other_waits(*other);
    CHECK(waits->looks() == 1);
  }
  CHECK(waits->looks() == 0);
  // The other one ends, and only the one that waits is left.
  other.reset();
  CHECK(waits->looks() == 1);
  CHECK(grown == 2);
  waiting.reset();
  CHECK(waits->looks() == 0);
}

TEST_CASE("waits: looks are told apart by their hosts", "[schedule][waits]") {
  const auto waits = std::make_shared<Waits>();
  Waits::Fetch a(waits, "mta-sts.a.example");
  Waits::Fetch b(waits, "mta-sts.b.example");
  const Waits::Waiting a_waits(a);
  const Waits::Waiting b_waits(b);
  CHECK(waits->looks() == 2);
}

}  // namespace
}  // namespace mta_sts::schedule
