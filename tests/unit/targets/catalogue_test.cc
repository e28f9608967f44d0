#include "exporter/targets/catalogue.h"

#include <catch2/catch.hpp>

namespace mta_sts::targets {
namespace {

settings::DomainSetting domain(const std::string& name, const std::string& team = "") {
  settings::DomainSetting setting{formats::DomainName::from_ascii(name).value(), {}, {}};
  if (!team.empty()) setting.labels["team"] = team;
  return setting;
}

TEST_CASE("catalogue: of a domain that two lists have the first counts, and it is told", "[targets][catalogue]") {
  const auto catalogue = merge(
      {{"domains", {domain("a.example", "one")}}, {"/etc/b.yml", {domain("b.example"), domain("a.example", "two")}}});
  REQUIRE(catalogue.domains.size() == 2);
  CHECK(catalogue.domains[0]->labels.at("team") == "one");
  CHECK(catalogue.domains[1]->name.text() == "b.example");
  CHECK(catalogue.warnings ==
        std::vector<std::string>{"the domain a.example of /etc/b.yml is that of domains already, which counts"});
}

TEST_CASE("catalogue: a list that repeats another one does not fill the log", "[targets][catalogue]") {
  std::vector<Shared<settings::DomainSetting>> many;
  for (int i = 0; i < 1000; ++i) many.push_back(domain("d" + std::to_string(i) + ".example"));
  const auto catalogue = merge({{"a", many}, {"b", many}});
  CHECK(catalogue.domains.size() == 1000);
  REQUIRE(catalogue.warnings.size() == kMaxWarnings + 1);
  CHECK(catalogue.warnings.back() == "980 more domains are given again");
}

}  // namespace
}  // namespace mta_sts::targets
