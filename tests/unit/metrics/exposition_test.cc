#include "exporter/metrics/exposition.h"

#include <limits>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "exporter/metrics/domain_families.h"
#include "exporter/metrics/mx_families.h"
#include "exporter/metrics/self_metrics.h"

using mta_sts::metrics::append_families;
using mta_sts::metrics::append_header;
using mta_sts::metrics::Exposition;
using mta_sts::metrics::Family;
using mta_sts::metrics::FamilySet;
using mta_sts::metrics::FamilyType;

namespace {

std::string header(const char* name, FamilyType type, Exposition exposition) {
  std::string text;
  append_header(text, Family{name, type, FamilySet::Core, "", "What it is."}, exposition);
  return text;
}

std::vector<Family> all_families() {
  auto families = mta_sts::metrics::self_families();
  for (const auto& family : mta_sts::metrics::domain_families()) families.push_back(family.family);
  for (const auto& family : mta_sts::metrics::mx_families()) families.push_back(family.family);
  return families;
}

prometheus::MetricFamily histogram() {
  prometheus::ClientMetric metric;
  metric.label = {{"kind", "mx"}};
  metric.histogram.sample_count = 3;
  metric.histogram.sample_sum = 1.5;
  metric.histogram.bucket = {{1, 0.25}, {2, 1}, {3, std::numeric_limits<double>::infinity()}};
  return {"h_seconds", "A histogram.", prometheus::MetricType::Histogram, {metric}};
}

}  // namespace

TEST_CASE("exposition: in text 0.0.4 the family has the sample's name and info is a gauge", "[metrics][exposition]") {
  const auto text = Exposition::Text004;
  CHECK(header("a_info", FamilyType::Info, text) == "# TYPE a_info gauge\n# HELP a_info What it is.\n");
  CHECK(header("a_total", FamilyType::Counter, text) == "# TYPE a_total counter\n# HELP a_total What it is.\n");
  CHECK(header("a", FamilyType::Gauge, text) == "# TYPE a gauge\n# HELP a What it is.\n");
}

TEST_CASE("exposition: in OpenMetrics the family's name has no _total and no _info", "[metrics][exposition]") {
  const auto open = Exposition::OpenMetrics100;
  CHECK(header("a_info", FamilyType::Info, open) == "# TYPE a info\n# HELP a What it is.\n");
  CHECK(header("a_total", FamilyType::Counter, open) == "# TYPE a counter\n# HELP a What it is.\n");
  CHECK(header("a_total", FamilyType::Gauge, open) == "# TYPE a_total gauge\n# HELP a_total What it is.\n");
  CHECK(header("a_seconds", FamilyType::Histogram, open) ==
        "# TYPE a_seconds histogram\n# HELP a_seconds What it is.\n");
}

TEST_CASE("exposition: a histogram's bounds are floats and its last bucket is +Inf", "[metrics][exposition]") {
  for (const auto exposition : {Exposition::Text004, Exposition::OpenMetrics100}) {
    std::string text;
    append_families(text, {histogram()}, exposition);
    CHECK(text ==
          "# TYPE h_seconds histogram\n# HELP h_seconds A histogram.\n"
          "h_seconds_bucket{kind=\"mx\",le=\"0.25\"} 1\n"
          "h_seconds_bucket{kind=\"mx\",le=\"1.0\"} 2\n"
          "h_seconds_bucket{kind=\"mx\",le=\"+Inf\"} 3\n"
          "h_seconds_sum{kind=\"mx\"} 1.5\n"
          "h_seconds_count{kind=\"mx\"} 3\n");
  }
}

TEST_CASE("exposition: labels of the exporter itself are not cut", "[metrics][exposition]") {
  const std::string source = "/etc/" + std::string(200, 'd') + "/*.yml";
  prometheus::ClientMetric metric;
  metric.label = {{"source", source}};
  metric.gauge.value = 1;
  std::string text;
  append_families(text, {{"a", "A.", prometheus::MetricType::Gauge, {metric}}}, Exposition::Text004);
  CHECK(text == "# TYPE a gauge\n# HELP a A.\na{source=\"" + source + "\"} 1\n");
}

TEST_CASE("exposition: a family without a sample has no header", "[metrics][exposition]") {
  std::string text;
  append_families(text, {{"a", "A.", prometheus::MetricType::Gauge, {}}}, Exposition::Text004);
  CHECK(text.empty());
}

TEST_CASE("exposition: OpenMetrics ends in EOF, text 0.0.4 in nothing", "[metrics][exposition]") {
  CHECK(trailer(Exposition::OpenMetrics100) == "# EOF\n");
  CHECK(trailer(Exposition::Text004).empty());
  CHECK(content_type(Exposition::Text004) == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(content_type(Exposition::OpenMetrics100) == "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

TEST_CASE("exposition: every family's name fits its type and no HELP needs escaping", "[metrics][exposition]") {
  for (const Family& family : all_families()) {
    INFO(family.name);
    CHECK(family.name.ends_with("_total") == (family.type == FamilyType::Counter));
    CHECK(family.name.ends_with("_info") == (family.type == FamilyType::Info));
    CHECK_FALSE(family.help.empty());
    CHECK(family.help.find_first_of("\\\n\"|") == std::string_view::npos);
  }
}

TEST_CASE("exposition: no two families have one name, in OpenMetrics either", "[metrics][exposition]") {
  std::set<std::string> names;
  for (const Family& family : all_families()) {
    const auto text = header(std::string(family.name).c_str(), family.type, Exposition::OpenMetrics100);
    INFO(family.name);
    CHECK(names.insert(text.substr(7, text.find(' ', 7) - 7)).second);
  }
}
