#include "exporter/daemon/configuration.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "tests/unit/history/directory.h"

namespace mta_sts::daemon {
namespace {

struct Checked {
  int code = 0;
  std::string out, err;
};

struct Files {
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(directory.file(name)) << text;
    return directory.file(name);
  }
  Checked check(const std::string& text) const {
    std::ostringstream out, err;
    const int code = check_configuration(write("c.yml", text), "", out, err);
    return {code, out.str(), err.str()};
  }
  testing::Directory directory;
};

TEST_CASE("configuration: metrics.families names families that there are", "[daemon][configuration]") {
  const Files files;
  const auto bad = files.write("bad.yml", "metrics:\n  families: [mta_sts_check_ok, mta_sts_chek_ok]\n");
  const auto loaded = load_configuration(bad);
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().message ==
        bad +
            ":2:32: item 2 of metrics.families is \"mta_sts_chek_ok\"; expected the name of a family such as "
            "mta_sts_check_ok");
  // Of a domain, of an MX host, and of the exporter, which is shown in any case.
  CHECK(load_configuration(files.write(
      "good.yml", "metrics: {families: [mta_sts_domain_info, mta_sts_mx_problem, mta_sts_exporter_build_info]}")));
}

TEST_CASE("configuration: a CA file that a start refuses is found by the check", "[daemon][configuration]") {
  const Files files;
  const auto checked = files.check("domains: [a.example]\ntls: {ca_file: /nowhere/roots.pem}\n");
  CHECK(checked.code == 1);
  CHECK(checked.out.empty());
  CHECK(checked.err.starts_with(files.directory.file("c.yml") + ":2:16: tls.ca_file: cannot read the CA bundle"));
  CHECK(std::count(checked.err.begin(), checked.err.end(), '\n') == 1);
}

TEST_CASE("configuration: check looks at a domain of domain_files with what is expected of it there",
          "[daemon][configuration]") {
  const Files files;
  files.write("list.yml", "- targets: [a.example, b.example]\n  labels: {__mta_sts_expect: enforce}\n");
  const auto configuration =
      "domains: [{domain: b.example, expect: none}]\ndomain_files: [" + files.directory.file("list.yml") + "]\n";
  CheckOptions options;
  options.config_file = files.write("c.yml", configuration);
  for (const auto* name : {"a.example", "b.example", "c.example"})
    options.domains.push_back(*formats::DomainName::parse(name));
  const auto prepared = prepare_check(options);
  REQUIRE(prepared);
  CHECK(prepared->domains.at(0).expect == settings::Expectation::Enforce);
  CHECK(prepared->domains.at(1).expect == settings::Expectation::None);
  CHECK_FALSE(prepared->domains.at(2).expect);
}

TEST_CASE("configuration: addresses that check is allowed take the place of those that are configured",
          "[daemon][configuration]") {
  const Files files;
  CheckOptions options;
  options.config_file = files.write("c.yml", "egress: {allow: [192.0.2.0/24]}\n");
  CHECK(prepare_check(options)->settings.egress.allow.size() == 1);
  options.egress_allow = {*IpPrefix::parse("198.51.100.0/24"), *IpPrefix::parse("203.0.113.0/24")};
  CHECK(prepare_check(options)->settings.egress.allow == options.egress_allow);
}

}  // namespace
}  // namespace mta_sts::daemon
