#include <catch2/catch.hpp>

#include "tests/unit/schedule/test_fleet.h"

namespace mta_sts::schedule {
namespace {

using net::QueryType;
using std::chrono::hours;
using std::chrono::milliseconds;

const std::string kPolicyHost = "mta-sts.d0.example";

TEST_CASE("retry: a policy host that failed is asked again in the next look, if that is as far off as it is to be",
          "[schedule][retry]") {
  constexpr milliseconds kInterval{1500};
  TestFleet fleet(1);
  fleet.settings.probe.domain_interval = fleet.settings.probe.policy_retry_interval = kInterval;
  auto not_found = testing::policy_result("");
  not_found.status = 404;
  fleet.world.serve(kPolicyHost, not_found);
  // The fetch ends some time after the begin of its look.
  fleet.world.hold(kPolicyHost);
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return looks(fleet, "d0.example") == 1; });
  const MonoTime begun = fleet.clock.mono_now();
  wait_until([&] { return fleet.clock.mono_now() - begun > kInterval / 5; });
  fleet.world.release(kPolicyHost);
  wait_until([&] { return fleet.world.fetches(kPolicyHost) == 2; });
  CHECK(looks(fleet, "d0.example") == 2);
  scheduler.stop();
}

TEST_CASE("retry: a policy host that failed is left alone by looks that come sooner", "[schedule][retry]") {
  TestFleet fleet(1);
  fleet.settings.probe.policy_retry_interval = hours(1);
  fleet.world.serve(kPolicyHost, testing::policy_result("no policy"));
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return looks(fleet, "d0.example") >= 5; });
  CHECK(fleet.world.fetches(kPolicyHost) == 1);
  scheduler.stop();
}

TEST_CASE("retry: a policy host whose name has no answer is asked for again soon, since nobody fetched anything",
          "[schedule][retry]") {
  TestFleet fleet(1);
  fleet.settings.probe.domain_interval = fleet.settings.probe.policy_retry_interval = hours(1);
  fleet.settings.probe.retry_interval = milliseconds(20);
  for (const auto type : {QueryType::A, QueryType::Aaaa})
    fleet.world.answer(type, kPolicyHost, testing::fault_answer(Reason::DnsServfail));
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return fleet.world.questions(QueryType::A, kPolicyHost) >= 4; });
  CHECK(fleet.world.fetches(kPolicyHost) == 0);
  fleet.world.answer(QueryType::A, kPolicyHost, testing::address_answer("192.0.2.1"));
  fleet.world.answer(QueryType::Aaaa, kPolicyHost, testing::fault_answer(Reason::DnsNodata));
  wait_until([&] { return fleet.delivery_ok("d0.example") == true; });
  scheduler.stop();
}

}  // namespace
}  // namespace mta_sts::schedule
