#include "exporter/board/sorted_entries.h"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace mta_sts::board {
namespace {

struct Named {
  std::string name;
  int value = 0;
};
const std::string& key_of(const Named& entry) { return entry.name; }

SortedEntries<Named>::Pointer named(std::string name, int value) {
  return std::make_shared<const Named>(Named{std::move(name), value});
}

std::vector<int> values(const SortedEntries<Named>& entries) {
  std::vector<SortedEntries<Named>::Pointer> list;
  entries.append_to(list);
  std::vector<int> values;
  for (const auto& entry : list) values.push_back(entry->value);
  return values;
}

}  // namespace

TEST_CASE("sorted_entries: they stand in the order of their keys, however they came", "[board][sorted_entries]") {
  SortedEntries<Named> entries;
  std::vector<int> expected;
  for (int i = 0; i < 50; ++i) expected.push_back(i);
  for (int i = 0; i < 50; ++i) {
    const int value = i * 37 % 50;
    CHECK_FALSE(entries.put(named(std::string(1, static_cast<char>('0' + value)), value)));
  }
  CHECK(values(entries) == expected);
  CHECK(entries.size() == 50);
}

TEST_CASE("sorted_entries: of one key there is the latest, and what was there is given back",
          "[board][sorted_entries]") {
  SortedEntries<Named> entries;
  entries.put(named("a", 1));
  entries.put(named("b", 2));
  const auto before = entries.put(named("a", 3));
  REQUIRE(before);
  CHECK(before->value == 1);
  CHECK(values(entries) == std::vector<int>{3, 2});
  CHECK(entries.find(std::string("a"))->value == 3);
}

TEST_CASE("sorted_entries: what is not there is neither found nor taken", "[board][sorted_entries]") {
  SortedEntries<Named> entries;
  CHECK_FALSE(entries.take(std::string("a")));
  entries.put(named("b", 2));
  entries.put(named("d", 4));
  for (const std::string key : {"a", "c", "e"}) {
    CHECK_FALSE(entries.find(key));
    CHECK_FALSE(entries.take(key));
  }
  const auto taken = entries.take(std::string("b"));
  REQUIRE(taken);
  CHECK(taken->value == 2);
  CHECK(values(entries) == std::vector<int>{4});
  CHECK_FALSE(entries.find(std::string("b")));
}

}  // namespace mta_sts::board
