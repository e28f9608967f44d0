#include "exporter/board/scrape.h"

#include <algorithm>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "exporter/metrics/self_metrics.h"
#include "tests/unit/board/states.h"
#include "tests/unit/metrics/lines.h"

using mta_sts::board::Board;
using mta_sts::board::scrape;
using mta_sts::board::ScrapeText;
using mta_sts::metrics::Exposition;
using mta_sts::metrics::Family;
using mta_sts::metrics::FamilySet;
using mta_sts::testing::domain_state;
using mta_sts::testing::endpoint_state;

namespace {

bool all(const Family&) { return true; }
bool core(const Family& family) { return family.set != FamilySet::Detail; }

/// Two domains that share an MX host, whose endpoint and whose name both have a problem.
mta_sts::board::Snapshot some() {
  using mta_sts::Reason;
  using mta_sts::judge::Outcome;
  Board board;
  auto a = domain_state("a.example", {"mx.example.net"});
  a.mx.hosts.front().problems.inconclusive = mta_sts::judge::Problem{Outcome::Inconclusive, Reason::DnsTimeout, "", ""};
  a.record.id = "1";
  board.publish(a);
  auto b = domain_state("b.example", {"mx.example.net"});
  b.mx.hosts = a.mx.hosts;
  board.publish(b);
  auto endpoint = endpoint_state("mx.example.net", "192.0.2.25");
  endpoint.problems = {{Outcome::Fail, Reason::StarttlsMissing, "", ""}};
  board.publish(endpoint);
  return board.snapshot();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The names in the TYPE lines, in their order.
std::vector<std::string> families_of(const std::string& text) {
  std::vector<std::string> names;
  for (const auto& line : lines_of(text)) {
    if (line.rfind("# TYPE ", 0) == 0) names.push_back(line.substr(7, line.find(' ', 7) - 7));
  }
  return names;
}

/// What is wrong with the form of a text: a header without samples, a family in two places, a sample outside its
/// family.
std::string form_faults(const std::string& text) {
  std::string faults;
  std::set<std::string> seen;
  std::string family;
  std::size_t samples = 1;
  const auto lines = lines_of(text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    if (line.rfind("# TYPE ", 0) == 0) {
      if (samples == 0) faults += family + " has no sample; ";
      family = line.substr(7, line.find(' ', 7) - 7);
      if (!seen.insert(family).second) faults += family + " twice; ";
      if (i + 1 == lines.size() || lines[i + 1].rfind("# HELP " + family + " ", 0) != 0)
        faults += family + " no HELP; ";
      samples = 0;
    } else if (line.rfind("#", 0) != 0) {
      if (line.rfind(family, 0) != 0) faults += line + " is not in " + family + "; ";
      ++samples;
    }
  }
  if (samples == 0) faults += family + " has no sample; ";
  return faults;
}

}  // namespace

TEST_CASE("scrape: every family once, with TYPE, HELP and all of its lines together", "[board][scrape]") {
  const auto self = mta_sts::metrics::SelfMetrics({"1", "", ""}).collect();
  for (const auto exposition : {Exposition::Text004, Exposition::OpenMetrics100}) {
    const auto text = scrape({some(), self}, all, exposition);
    CHECK(form_faults(text).empty());
    CHECK(families_of(text).size() > 20);
  }
}

TEST_CASE("scrape: lines of endpoint and of host stand in one family", "[board][scrape]") {
  const auto text = scrape({some(), {}}, all, Exposition::Text004);
  const std::string together =
      "mta_sts_mx_problem{mx=\"mx.example.net\",address=\"192.0.2.25\",outcome=\"fail\",reason=\"starttls_missing\"} "
      "1\n"
      "mta_sts_mx_problem{mx=\"mx.example.net\",address=\"\",outcome=\"inconclusive\",reason=\"dns_timeout\"} 1\n";
  CHECK(text.find(together) != std::string::npos);
  CHECK(text.find("mta_sts_mx_domains{mx=\"mx.example.net\"} 2\n") != std::string::npos);
}

TEST_CASE("scrape: a family without a sample is not shown", "[board][scrape]") {
  const auto text = scrape({some(), {}}, all, Exposition::Text004);
  CHECK(text.find("mta_sts_policy_mode") == std::string::npos);
  CHECK(scrape({Board().snapshot(), {}}, all, Exposition::Text004).empty());
}

TEST_CASE("scrape: the filter leaves out domain and MX families, never those of the exporter", "[board][scrape]") {
  const auto self = mta_sts::metrics::SelfMetrics({"1", "", ""}).collect();
  const auto families = families_of(scrape({some(), self}, core, Exposition::Text004));
  const std::set<std::string> shown(families.begin(), families.end());
  CHECK(shown.count("mta_sts_record_present") == 1);
  CHECK(shown.count("mta_sts_domain_probe_duration_seconds") == 0);
  CHECK(shown.count("mta_sts_mx_last_probe_timestamp_seconds") == 0);
  CHECK(shown.count("mta_sts_exporter_domains") == 1);
  const auto none = scrape({some(), self}, [](const Family&) { return false; }, Exposition::Text004);
  CHECK(families_of(none).size() == self.size());
}

TEST_CASE("scrape: OpenMetrics ends in EOF, text 0.0.4 does not", "[board][scrape]") {
  const auto open = scrape({some(), {}}, all, Exposition::OpenMetrics100);
  CHECK(open.ends_with("\n# EOF\n"));
  CHECK(open.find("# TYPE mta_sts_domain info\n") != std::string::npos);
  CHECK(scrape({Board().snapshot(), {}}, all, Exposition::OpenMetrics100) == "# EOF\n");
  const auto text = scrape({some(), {}}, all, Exposition::Text004);
  CHECK(text.find("# EOF") == std::string::npos);
  CHECK(text.find("# TYPE mta_sts_domain_info gauge\n") != std::string::npos);
}

namespace {

/// Domains with an MX host each, of which every third was looked at.
mta_sts::board::Snapshot fleet(int domains) {
  Board board;
  for (int i = 0; i < domains; ++i) {
    const std::string mx = "mx" + std::to_string(i) + ".example.net";
    board.publish(domain_state("d" + std::to_string(i) + ".example", {mx}));
    if (i % 3 == 0) board.publish(endpoint_state(mx, "192.0.2.25"));
  }
  return board.snapshot();
}

/// The text as contract/metrics.md describes it, with no regard to size.
std::string plain_text(const mta_sts::board::Moment& moment, Exposition exposition) {
  std::string text;
  const auto add = [&](const Family& family, const std::string& lines) {
    if (!lines.empty()) mta_sts::metrics::append_header(text, family, exposition);
    text += lines;
  };
  const auto lines_of = [](std::size_t index, const Family& family, const auto&... lists) {
    std::string lines;
    const auto take = [&](const auto& list) {
      for (const auto& entry : list) lines += mta_sts::testing::lines_of(entry->lines, index, family.name);
    };
    (take(lists), ...);
    return lines;
  };
  const auto& all = moment.snapshot;
  const auto domain_table = mta_sts::metrics::domain_families();
  for (std::size_t i = 0; i < domain_table.size(); ++i) {
    const Family& family = domain_table[i].family;
    add(family, lines_of(i, family, all.domains));
  }
  const auto mx_table = mta_sts::metrics::mx_families();
  for (std::size_t i = 0; i < mx_table.size(); ++i) {
    const Family& family = mx_table[i].family;
    add(family, lines_of(i, family, all.endpoints, all.mx_hosts));
  }
  mta_sts::metrics::append_families(text, moment.exporter, exposition);
  return text.append(mta_sts::metrics::trailer(exposition));
}

}  // namespace

TEST_CASE("scrape: pieces of bounded size make up the whole text", "[board][scrape]") {
  constexpr std::size_t kObject = 16 * 1024;  // more than one of these has, header included
  const auto self = mta_sts::metrics::SelfMetrics({"1", "", ""}).collect();
  const auto moment = std::make_shared<const mta_sts::board::Moment>(mta_sts::board::Moment{fleet(2000), self});
  for (const auto exposition : {Exposition::Text004, Exposition::OpenMetrics100}) {
    ScrapeText pieces(moment, all, exposition);
    std::string text;
    std::size_t largest = 0;
    while (!pieces.ended()) {
      const auto piece = pieces.next();
      largest = std::max(largest, piece.size());
      text += piece;
    }
    CHECK(largest < ScrapeText::kPiece + kObject);
    CHECK(text.size() > 4 * largest);
    CHECK((text == plain_text(*moment, exposition)));  // in brackets: not to be printed
  }
}

TEST_CASE("scrape: objects without lines are no longer in one turn than others", "[board][scrape]") {
  const auto snapshot = fleet(static_cast<int>(ScrapeText::kLooks) + 10);
  const auto moment = std::make_shared<const mta_sts::board::Moment>(mta_sts::board::Moment{snapshot, {}});
  const auto mode = [](const Family& family) { return family.name == "mta_sts_policy_mode"; };
  ScrapeText pieces(moment, mode, Exposition::Text004);
  CHECK(pieces.next().empty());
  CHECK_FALSE(pieces.ended());
  CHECK(pieces.next().empty());
  CHECK(pieces.ended());
}
