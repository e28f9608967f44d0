#include "exporter/settings/labels.h"

#include <string>

#include <catch2/catch.hpp>

#include "exporter/settings/limits.h"

namespace mta_sts::settings {
namespace {

TEST_CASE("labels: every name that the contract refuses is refused", "[settings][labels]") {
  for (const std::string name : {"domain", "mx", "address", "mode", "check", "reason", "outcome", "kind", "provider",
                                 "target", "job", "instance", "severity", "alertname", "le", "quantile"}) {
    CAPTURE(name);
    CHECK(label_name_problem(name));
  }
}

TEST_CASE("labels: names follow Prometheus' syntax and do not begin with two underscores", "[settings][labels]") {
  for (const std::string name : {"team", "_team", "Team2", "a", "domain_", "Job"}) {
    CAPTURE(name);
    CHECK_FALSE(label_name_problem(name));
  }
  for (const std::string name : {"", "2team", "mail-team", "a.b", "a b", "t\xc3\xa4m", "a\n", "__team", "a:b"}) {
    CAPTURE(name);
    CHECK(label_name_problem(name));
  }
  CHECK_FALSE(label_name_problem(std::string(kMaxLabelName, 'a')));
  CHECK(label_name_problem(std::string(kMaxLabelName + 1, 'a')));
}

TEST_CASE("labels: values are bounded UTF-8 of one line", "[settings][labels]") {
  CHECK_FALSE(label_value_problem(""));
  CHECK_FALSE(label_value_problem("M\xc3\xbcller \"& Co\" \\"));
  CHECK(label_value_problem("a\nb"));
  CHECK(label_value_problem(std::string("a\0b", 3)));
  CHECK(label_value_problem("\xfc"));
  CHECK_FALSE(label_value_problem(std::string(kMaxLabelValue, 'x')));
  CHECK(label_value_problem(std::string(kMaxLabelValue + 1, 'x')));
}

}  // namespace
}  // namespace mta_sts::settings
