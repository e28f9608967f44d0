#include "exporter/schedule/egress_watch.h"

#include <string>

#include <catch2/catch.hpp>

using namespace mta_sts;
using schedule::EgressWatch;

namespace {

constexpr std::chrono::minutes kInterval{5};
constexpr EgressWatch::Rule kSmtp{3, 3, false, kInterval};
constexpr EgressWatch::Rule kHttps{5, 3, true, kInterval};

struct Attempts {
  explicit Attempts(EgressWatch::Rule rule) : watch(rule) {}

  void at(int target, bool connected, int providers = 10) {
    const std::string name = "host" + std::to_string(target);
    watch.note({name, name, "provider" + std::to_string(target % providers), connected}, now);
  }
  void all(int count, bool connected, int providers = 10) {
    for (int i = 0; i < count; ++i) at(i, connected, providers);
  }
  std::optional<bool> ok() { return watch.ok(now); }
  void pass(std::chrono::nanoseconds time) { now += std::chrono::duration_cast<MonoTime::duration>(time); }

  EgressWatch watch;
  MonoTime now{};
};

}  // namespace

TEST_CASE("egress: fewer hosts or providers than the rule wants tell nothing", "[schedule][egress]") {
  Attempts two(kSmtp);
  two.all(2, false);
  CHECK(two.ok() == std::nullopt);
  Attempts two_that_connect(kSmtp);
  two_that_connect.all(2, true);
  CHECK(two_that_connect.ok() == std::nullopt);
  Attempts two_providers(kSmtp);
  two_providers.all(9, false, 2);
  CHECK(two_providers.ok() == std::nullopt);
}

TEST_CASE("egress: port 25 is blocked when every MX host fails, and free when one answers", "[schedule][egress]") {
  Attempts smtp(kSmtp);
  smtp.all(3, false);
  CHECK(smtp.ok() == false);
  smtp.pass(kInterval);
  smtp.at(1, true);
  CHECK(smtp.ok() == true);
}

TEST_CASE("egress: two addresses of one MX host are one host", "[schedule][egress]") {
  EgressWatch watch(kSmtp);
  for (int i = 0; i < 3; ++i) watch.note({"a" + std::to_string(i), "one", "p" + std::to_string(i), false}, MonoTime{});
  CHECK(watch.ok(MonoTime{}) == std::nullopt);
}

TEST_CASE("egress: policy hosts that never connected do not show a lost uplink", "[schedule][egress]") {
  Attempts https(kHttps);
  https.all(6, false);
  CHECK(https.ok() == std::nullopt);
}

TEST_CASE("egress: the uplink is lost when all policy hosts fail of which some had connected", "[schedule][egress]") {
  Attempts https(kHttps);
  https.all(4, false);
  https.at(4, true);
  CHECK(https.ok() == true);
  https.pass(kInterval);
  https.at(4, false);
  https.all(4, false);
  CHECK(https.ok() == false);
}

TEST_CASE("egress: five hosts that connected and fail in a row show it before the others were tried",
          "[schedule][egress]") {
  Attempts https(kHttps);
  https.all(50, true);
  https.pass(kInterval);
  for (int i = 0; i < 4; ++i) https.at(i, false);
  CHECK(https.ok() == true);
  https.at(4, false);
  CHECK(https.ok() == false);
  https.at(30, true);
  CHECK(https.ok() == true);
}

TEST_CASE("egress: hosts that have long been down never add up to a lost uplink", "[schedule][egress]") {
  Attempts https(kHttps);
  https.all(9, true);
  for (int round = 0; round < 5; ++round) {
    https.pass(kInterval / 2);
    https.at(8, true);
    for (int i = 0; i < 4; ++i) https.at(i, false);
    CHECK(https.ok() == true);
  }
}

TEST_CASE("egress: what was not tried for two intervals no longer counts", "[schedule][egress]") {
  Attempts smtp(kSmtp);
  smtp.all(2, true);
  smtp.pass(kInterval * 2 + std::chrono::seconds(1));
  for (int i = 2; i < 5; ++i) smtp.at(i, false);
  CHECK(smtp.ok() == false);
}

TEST_CASE("egress: that a host connected once is known also when it was not tried for long", "[schedule][egress]") {
  Attempts https(kHttps);
  https.at(9, true);
  https.pass(kInterval * 3);
  https.all(5, false);
  CHECK(https.ok() == false);
}

TEST_CASE("egress: hosts that are no longer tried do not keep the uplink lost", "[schedule][egress]") {
  Attempts https(kHttps);
  https.all(5, true);
  https.all(5, false);
  CHECK(https.ok() == false);
  https.pass(kInterval * 2 + std::chrono::seconds(1));
  CHECK(https.ok() == std::nullopt);
}
