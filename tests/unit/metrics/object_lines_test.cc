#include "exporter/metrics/object_lines.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/unit/metrics/lines.h"

using mta_sts::metrics::ObjectLines;
using mta_sts::testing::lines_of;

namespace {

void add(ObjectLines::Writer& lines, std::size_t family, const char* rest) { lines.begin_line(family).append(rest); }

/// With families 0, 2 and 10, whose index is the octet LF, and 200.
ObjectLines some() {
  ObjectLines::Writer lines("a=\"1\"");
  add(lines, 0, "} 0\n");
  add(lines, 2, ",b=\"x\"} 1\n");
  add(lines, 2, ",b=\"y\"} 0\n");
  add(lines, 10, "} 10\n");
  add(lines, 10, ",b=\"z\"} 11\n");
  add(lines, 200, "} 200\n");
  return lines.lines();
}

}  // namespace

TEST_CASE("object_lines: each line is whole again, with its family's name and the object's labels", "[metrics]") {
  const auto lines = some();
  CHECK(lines_of(lines, 0, "first") == "first{a=\"1\"} 0\n");
  CHECK(lines_of(lines, 2, "third") == "third{a=\"1\",b=\"x\"} 1\nthird{a=\"1\",b=\"y\"} 0\n");
  CHECK(lines_of(lines, 10, "tenth") == "tenth{a=\"1\"} 10\ntenth{a=\"1\",b=\"z\"} 11\n");
  CHECK(lines_of(lines, 200, "last") == "last{a=\"1\"} 200\n");
}

TEST_CASE("object_lines: a family without lines has none, wherever it would stand", "[metrics]") {
  const auto lines = some();
  for (const std::size_t family : {1, 3, 9, 11, 254}) CHECK(lines_of(lines, family, "name").empty());
  CHECK(lines_of(ObjectLines::Writer("a=\"1\"").lines(), 0, "name").empty());
  CHECK(lines_of(ObjectLines(), 0, "name").empty());
}

TEST_CASE("object_lines: who reads family after family goes over the object once", "[metrics]") {
  const auto lines = some();
  ObjectLines::Place place;
  std::string text;
  std::vector<std::size_t> asked;
  for (std::size_t family = 0; family < ObjectLines::kMaxFamilies; ++family) {
    // What is not wanted is passed over by the next that is.
    if (family == 2 || !place.may_have(family)) continue;
    asked.push_back(family);
    lines.append(text, "# ", family, std::to_string(family), place);
  }
  CHECK(text == "# 0{a=\"1\"} 0\n# 10{a=\"1\"} 10\n10{a=\"1\",b=\"z\"} 11\n# 200{a=\"1\"} 200\n");
  CHECK(asked == std::vector<std::size_t>{0, 3, 10, 200});
}
