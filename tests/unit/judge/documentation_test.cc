#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "exporter/judge/advisory.h"
#include "exporter/judge/outcome.h"

using mta_sts::kReasonCount;
using mta_sts::Reason;
using mta_sts::judge::kAdvisoryCount;
using mta_sts::judge::outcome_of;
using mta_sts::judge::Place;

namespace {

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(SOURCE_DIR "/" + path);
  REQUIRE(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

/// The parts of one section, by their label: "- **Fix:** text" is "Fix".
using Section = std::map<std::string, std::string>;

struct Page {
  std::map<std::string, Section> sections;  // by heading
  std::vector<std::string> twice;           // headings, and parts of a section
};

Page read_findings() {
  static const std::regex part("- \\*\\*([A-Z][A-Za-z ]*):\\*\\* (.+)");
  Page page;
  Section* section = nullptr;
  std::string heading;
  for (const auto& line : lines_of("docs/findings.md")) {
    if (line.rfind("## ", 0) == 0) section = nullptr;
    if (line.rfind("### ", 0) == 0) {
      heading = line.substr(4);
      const auto [at, added] = page.sections.try_emplace(heading);
      if (!added) page.twice.push_back(heading);
      section = &at->second;
    }
    std::smatch match;
    if (section == nullptr || !std::regex_match(line, match, part)) continue;
    if (!section->try_emplace(match[1], match[2]).second) page.twice.push_back(heading + " " + match[1].str());
  }
  return page;
}

std::set<std::string> reasons() {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kReasonCount; ++i) names.emplace(to_text(static_cast<Reason>(i)));
  return names;
}

std::set<std::string> names_in_code() {
  auto names = reasons();
  for (std::size_t i = 0; i < kAdvisoryCount; ++i) names.emplace(to_text(static_cast<mta_sts::judge::Advisory>(i)));
  return names;
}

std::vector<std::string> matches_of(const std::string& text, const std::regex& pattern) {
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

/// The cells of a table row, without the blanks around them.
std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> cells;
  for (std::size_t at = 1; at < row.size();) {
    const std::size_t end = std::min(row.find('|', at), row.size());
    std::string cell = row.substr(at, end - at);
    cell.erase(0, cell.find_first_not_of(' '));
    cell.erase(cell.find_last_not_of(' ') + 1);
    cells.push_back(cell);
    at = end + 1;
  }
  return cells;
}

/// "fail", "inconclusive" or "-": what stands before a remark in brackets.
std::string outcome_in(const std::string& cell) { return cell.substr(0, cell.find(' ')); }

}  // namespace

TEST_CASE("docs/findings.md: every reason and every advisory of the code has one section, and nothing else has",
          "[judge][documentation]") {
  const Page page = read_findings();
  CHECK(page.twice == std::vector<std::string>{});
  std::set<std::string> documented;
  for (const auto& [name, section] : page.sections) documented.insert(name);
  CHECK(documented == names_in_code());
}

TEST_CASE("docs/findings.md: every section says what it means, what a sender does, how to see it and how to fix it",
          "[judge][documentation]") {
  for (const auto& [name, section] : read_findings().sections) {
    for (const char* part : {"Meaning", "Sender", "By hand", "Fix", "Clause"}) {
      INFO(name << ": " << part);
      CHECK(section.count(part) == 1);
    }
  }
}

TEST_CASE("docs/findings.md: every reason says how RFC 8460 4.3 reports it, in its words", "[judge][documentation]") {
  const std::set<std::string> result_types = {
      "starttls-not-supported", "certificate-host-mismatch", "certificate-expired", "certificate-not-trusted",
      "validation-failure",     "sts-policy-fetch-error",    "sts-policy-invalid",  "sts-webpki-invalid"};
  const Page page = read_findings();
  for (const std::string& name : reasons()) {
    INFO(name);
    const auto section = page.sections.find(name);
    if (section == page.sections.end() || section->second.count("Report") == 0) {
      FAIL_CHECK("no report");
      continue;
    }
    const std::string& report = section->second.at("Report");
    const auto named = matches_of(report, std::regex("`([^`]*)`"));
    CHECK((!named.empty() || report.find("not reported") != std::string::npos));
    for (const auto& type : named) CHECK(result_types.count(type) == 1);
  }
}

TEST_CASE("docs/findings.md: its links lead to sections of it", "[judge][documentation]") {
  const Page page = read_findings();
  std::size_t links = 0;
  for (const auto& line : lines_of("docs/findings.md")) {
    for (const auto& target : matches_of(line, std::regex("\\]\\(#([^)]*)\\)"))) {
      INFO(target);
      CHECK(page.sections.count(target) == 1);
      ++links;
    }
  }
  CHECK(links > 0);
}

TEST_CASE("docs/decisions/0003: the table has every reason once and says at each place what the code does",
          "[judge][documentation]") {
  const std::vector<Place> places = {Place::TxtRecord, Place::PolicyHost, Place::MxSet, Place::Endpoint};
  std::multiset<std::string> listed;
  for (const auto& line : lines_of("docs/decisions/0003-fail-or-inconclusive.md")) {
    if (line.rfind("| `", 0) != 0) continue;
    const auto cells = cells_of(line);
    INFO(line);
    REQUIRE(cells.size() == 2 + places.size() + 1);
    CHECK_FALSE(cells[5].empty());
    CHECK_FALSE(cells[6].empty());
    bool met = false;
    for (const auto& name : matches_of(cells[0], std::regex("`([^`]*)`"))) {
      listed.insert(name);
      const auto reason = mta_sts::parse_reason(name);
      INFO(name);
      REQUIRE(reason);
      for (std::size_t i = 0; i < places.size(); ++i) {
        const std::string outcome = outcome_in(cells[1 + i]);
        if (outcome == "-") continue;
        met = true;
        CHECK(outcome == to_text(outcome_of(places[i], *reason)));
      }
    }
    CHECK(met);
  }
  const auto all = reasons();
  CHECK(listed == std::multiset<std::string>(all.begin(), all.end()));
}
