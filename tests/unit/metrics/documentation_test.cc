#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "exporter/metrics/domain_families.h"
#include "exporter/metrics/mx_families.h"
#include "exporter/metrics/self_metrics.h"

using mta_sts::metrics::Family;
using mta_sts::metrics::FamilySet;
using mta_sts::metrics::FamilyType;

namespace {

std::vector<Family> exposed() {
  std::vector<Family> families;
  for (const auto& family : mta_sts::metrics::domain_families()) families.push_back(family.family);
  for (const auto& family : mta_sts::metrics::mx_families()) families.push_back(family.family);
  for (const auto& family : mta_sts::metrics::self_families()) families.push_back(family);
  return families;
}

std::string type_text(FamilyType type) {
  switch (type) {
    case FamilyType::Gauge:
      return "gauge";
    case FamilyType::Counter:
      return "counter";
    case FamilyType::Histogram:
      return "histogram";
    case FamilyType::Info:
      return "info";
  }
  return "";
}

std::string set_text(FamilySet set) {
  switch (set) {
    case FamilySet::Core:
      return "core";
    case FamilySet::Detail:
      return "detail";
    case FamilySet::Exporter:
      return "exporter";
  }
  return "";
}

std::string trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(' '));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

/// The cells of a table row whose first is a family in backquotes; a "|" inside backquotes is text. Empty: no such row.
std::vector<std::string> cells_of(const std::string& line) {
  if (line.rfind("| `", 0) != 0) return {};
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (const char c : line.substr(1)) {
    if (c == '`') {
      quoted = !quoted;
    } else if (c == '|' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  cells.pop_back();
  for (auto& cell : cells) cell = trimmed(cell);
  return cells;
}

struct Page {
  std::map<std::string, std::vector<std::string>> families;  // name: type, set, labels, meaning
  std::map<std::string, std::string> queries;
  std::vector<std::string> twice;
};

Page read_page() {
  std::ifstream file(SOURCE_DIR "/docs/metrics.md");
  REQUIRE(file);
  Page page;
  for (std::string line; std::getline(file, line);) {
    const auto cells = cells_of(line);
    if (cells.empty()) continue;
    const std::string& name = cells.front();
    bool added = true;
    if (cells.size() == 5) added = page.families.try_emplace(name, cells.begin() + 1, cells.end()).second;
    if (cells.size() == 2) added = page.queries.try_emplace(name, cells[1]).second;
    if (!added) page.twice.push_back(name);
  }
  return page;
}

}  // namespace

TEST_CASE("docs/metrics.md: it has every family of the code, with type, set and labels, and no other",
          "[metrics][documentation]") {
  const Page page = read_page();
  CHECK(page.twice.empty());
  std::set<std::string> names;
  for (const Family& family : exposed()) {
    const std::string name(family.name);
    names.insert(name);
    INFO(name);
    const auto found = page.families.find(name);
    CHECK(found != page.families.end());
    if (found == page.families.end()) continue;
    CHECK(found->second[0] == type_text(family.type));
    CHECK(found->second[1] == set_text(family.set));
    CHECK(found->second[2] == family.labels);
    CHECK(found->second[3] == family.help);
  }
  for (const auto& [name, row] : page.families) {
    INFO(name << " is documented and not exposed");
    CHECK(names.count(name) == 1);
  }
}

TEST_CASE("docs/metrics.md: every family has an example query that uses it", "[metrics][documentation]") {
  const Page page = read_page();
  for (const Family& family : exposed()) {
    const std::string name(family.name);
    INFO(name);
    const auto found = page.queries.find(name);
    CHECK(found != page.queries.end());
    if (found != page.queries.end()) CHECK(found->second.find(name) != std::string::npos);
  }
}

TEST_CASE("docs/metrics.md: every check of the code is named", "[metrics][documentation]") {
  std::ifstream file(SOURCE_DIR "/docs/metrics.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::string checks = page.substr(page.find("## Checks"));
  for (std::size_t i = 0; i < mta_sts::judge::kCheckCount; ++i) {
    const auto name = "`" + std::string(to_text(static_cast<mta_sts::judge::Check>(i))) + "`";
    INFO(name);
    CHECK(checks.find(name) != std::string::npos);
  }
}

// The sets as the contract with users has them: what dashboards and rules for `metrics.families: core` rely on.
TEST_CASE("families: record_valid and record_info are detail, record_present is core", "[metrics][documentation]") {
  std::map<std::string, FamilySet> sets;
  for (const Family& family : exposed()) sets.emplace(family.name, family.set);
  CHECK(sets.at("mta_sts_record_present") == FamilySet::Core);
  CHECK(sets.at("mta_sts_record_valid") == FamilySet::Detail);
  CHECK(sets.at("mta_sts_record_info") == FamilySet::Detail);
}
