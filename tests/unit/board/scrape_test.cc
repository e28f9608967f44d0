#include "exporter/board/scrape.h"

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "exporter/metrics/self_metrics.h"
#include "tests/unit/board/states.h"

using mta_sts::board::Board;
using mta_sts::board::scrape;
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
    const auto text = scrape(some(), self, all, exposition);
    CHECK(form_faults(text).empty());
    CHECK(families_of(text).size() > 20);
  }
}

TEST_CASE("scrape: lines of endpoint and of host stand in one family", "[board][scrape]") {
  const auto text = scrape(some(), {}, all, Exposition::Text004);
  const std::string together =
      "mta_sts_mx_problem{mx=\"mx.example.net\",address=\"192.0.2.25\",outcome=\"fail\",reason=\"starttls_missing\"} "
      "1\n"
      "mta_sts_mx_problem{mx=\"mx.example.net\",address=\"\",outcome=\"inconclusive\",reason=\"dns_timeout\"} 1\n";
  CHECK(text.find(together) != std::string::npos);
  CHECK(text.find("mta_sts_mx_domains{mx=\"mx.example.net\"} 2\n") != std::string::npos);
}

TEST_CASE("scrape: a family without a sample is not shown", "[board][scrape]") {
  const auto text = scrape(some(), {}, all, Exposition::Text004);
  CHECK(text.find("mta_sts_policy_mode") == std::string::npos);
  CHECK(scrape(Board().snapshot(), {}, all, Exposition::Text004).empty());
}

TEST_CASE("scrape: the filter leaves out domain and MX families, never those of the exporter", "[board][scrape]") {
  const auto self = mta_sts::metrics::SelfMetrics({"1", "", ""}).collect();
  const auto families = families_of(scrape(some(), self, core, Exposition::Text004));
  const std::set<std::string> shown(families.begin(), families.end());
  CHECK(shown.count("mta_sts_record_present") == 1);
  CHECK(shown.count("mta_sts_domain_probe_duration_seconds") == 0);
  CHECK(shown.count("mta_sts_mx_last_probe_timestamp_seconds") == 0);
  CHECK(shown.count("mta_sts_exporter_domains") == 1);
  const auto none = scrape(some(), self, [](const Family&) { return false; }, Exposition::Text004);
  CHECK(families_of(none).size() == self.size());
}

TEST_CASE("scrape: OpenMetrics ends in EOF, text 0.0.4 does not", "[board][scrape]") {
  const auto open = scrape(some(), {}, all, Exposition::OpenMetrics100);
  CHECK(open.ends_with("\n# EOF\n"));
  CHECK(open.find("# TYPE mta_sts_domain info\n") != std::string::npos);
  CHECK(scrape(Board().snapshot(), {}, all, Exposition::OpenMetrics100) == "# EOF\n");
  const auto text = scrape(some(), {}, all, Exposition::Text004);
  CHECK(text.find("# EOF") == std::string::npos);
  CHECK(text.find("# TYPE mta_sts_domain_info gauge\n") != std::string::npos);
}
