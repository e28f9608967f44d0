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
  CHECK(checked.err.starts_with(files.directory.file("c.yml") + ": tls.ca_file: cannot read the CA bundle /nowhere"));
  CHECK(std::count(checked.err.begin(), checked.err.end(), '\n') == 1);
}

}  // namespace
}  // namespace mta_sts::daemon
