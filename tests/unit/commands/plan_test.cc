#include "exporter/commands/plan.h"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "exporter/web/plan_report.h"
#include "tests/unit/judge/past_builders.h"

using mta_sts::Reason;
using mta_sts::Result;
using mta_sts::commands::LookedDomain;
using mta_sts::commands::LookedHost;
using mta_sts::commands::make_plan;
using mta_sts::commands::new_host;
using mta_sts::judge::EndpointObservation;
using mta_sts::judge::Past;
using mta_sts::judge::PlanAnswer;
using mta_sts::judge::StepKind;
using mta_sts::web::MadePlan;
using namespace mta_sts::testing;

namespace {

LookedDomain looked_at(Story& story) {
  auto state = story.look();
  return {story.memory(), std::move(state), {}, {}};
}

LookedHost host_with(const std::vector<EndpointObservation>& seen) {
  std::vector<std::string> addresses;
  LookedHost host;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    addresses.push_back("192.0.2." + std::to_string(50 + i));
    host.endpoints.push_back(EndpointStory("new.example.net", addresses.back()).look(seen[i]));
  }
  host.host = mx_host("new.example.net", found(addresses), 0);
  return host;
}

Past watched() {
  Past past;
  const mta_sts::judge::Sight always{kStart - 400 * kDay, kStart, true};
  past.policies = {served(policy("enforce", {"mx.example.org"}), always, {"a1"})};
  past.ids = {{"a1", always, std::chrono::seconds(300)}};
  past.sts_seen = true;
  return past;
}

MadePlan sample() {
  Story story;
  return make_plan(looked_at(story), {host_with({delivers()})}, std::optional(watched()));
}

}  // namespace

TEST_CASE("plan: the report has answer, steps with what to copy at the line's begin, and times", "[commands][plan]") {
  CHECK(mta_sts::web::plan_text(sample()) ==
        "example.org, MX to be: new.example.net\n"
        "\n"
        "  May the MX records change? not yet: the enforce policy that is served does not name new.example.net: a "
        "sender that holds it delivers nothing there.\n"
        "\n"
        "  1. publish this policy, which names old and new hosts, on every server of the policy host\n"
        "\n"
        "version: STSv1\n"
        "mode: enforce\n"
        "mx: mx.example.org\n"
        "mx: new.example.net\n"
        "max_age: 604800\n"
        "\n"
        "  2. as soon as every server serves it, publish this record, so that senders fetch the policy again\n"
        "\n"
        "_mta-sts.example.org. IN TXT \"v=STSv1; id=20250615151140;\"\n"
        "\n"
        "  3. wait until every policy that refuses a new host has run out and the TTL of the TXT record (300 s) has "
        "passed, that is until 2025-06-22T15:11:40Z\n"
        "  4. change the MX records to new.example.net, not before 2025-06-22T15:11:40Z\n"
        "  5. when the TTL of the former MX records has passed and no mail comes in at the old hosts, take them out: "
        "publish this policy, then this record, not before 2025-06-22T15:11:40Z\n"
        "\n"
        "version: STSv1\n"
        "mode: enforce\n"
        "mx: new.example.net\n"
        "max_age: 604800\n"
        "\n"
        "_mta-sts.example.org. IN TXT \"v=STSv1; id=20250622151140;\"\n"
        "\n"
        "  note  The times are counted from now: they move by as long as the policy that refuses a new host is served "
        "from here on.\n");
}

TEST_CASE("plan: JSON says the same", "[commands][plan]") {
  const auto object = mta_sts::web::plan_json(sample());
  CHECK(object.at("domain") == "example.org");
  CHECK(object.at("answer") == "not_yet");
  CHECK(object.at("mx") == boost::json::parse(R"([{"name":"new.example.net","passes":true,"problem":""}])"));
  CHECK(object.at("notes").as_array().size() == 1);
  const auto& steps = object.at("steps").as_array();
  REQUIRE(steps.size() == 5);
  CHECK(steps[0].at("step") == "publish_policy");
  CHECK(steps[0].at("policy").as_string() == policy_text("enforce", {"mx.example.org", "new.example.net"}));
  CHECK(steps[0].at("record").is_null());
  CHECK(steps[0].at("when").is_null());
  CHECK(steps[1].at("record") == "v=STSv1; id=20250615151140;");
  CHECK(steps[3].at("step") == "switch_mx");
  CHECK(steps[3].at("when") == "2025-06-22T15:11:40Z");
}

TEST_CASE("plan: a missing history is told first, and the answer rests on the look", "[commands][plan]") {
  Story story;
  story.seen.policy_host = policy_host({serves("192.0.2.1", policy_text("enforce", {"*.example.net"}))});
  const auto looked = looked_at(story);
  const auto unread = make_plan(looked, {host_with({delivers()})}, mta_sts::fail("no\nstore"));
  CHECK(unread.plan.answer == PlanAnswer::Unknown);
  REQUIRE_FALSE(unread.plan.notes.empty());
  CHECK(unread.plan.notes[0] == "No history was read: no\\x0astore.");
  const auto unknown = make_plan(looked, {host_with({delivers()})}, std::optional<Past>());
  CHECK(unknown.plan.notes[0] == "No history was read: it does not know the domain.");
}

TEST_CASE("plan: a policy host that says nothing leaves what was served last as served", "[commands][plan]") {
  Story story;
  story.seen.policy_host = policy_host({breaks("192.0.2.1", Reason::EgressBlocked)});
  const auto made = make_plan(looked_at(story), {host_with({delivers()})}, std::optional(watched()));
  CHECK(made.plan.answer == PlanAnswer::NotYet);
  CHECK(made.plan.steps.front().kind == StepKind::Look);
  story.seen.policy_host = policy_host({answers("192.0.2.1", 404)});
  const auto gone = make_plan(looked_at(story), {host_with({delivers()})}, std::optional(watched()));
  CHECK(gone.plan.steps.front().kind == StepKind::Wait);
}

TEST_CASE("plan: a new host passes only with every address", "[commands][plan]") {
  CHECK(new_host(host_with({delivers(), delivers()})).passes == true);
  const auto failing = new_host(host_with({delivers(), refused_certificate({Reason::CertExpired})}));
  CHECK(failing.passes == false);
  CHECK(failing.problem == "192.0.2.51, cert_expired: why cert_expired");
  const auto silent = new_host(host_with({delivers(), not_greeted(Reason::ConnectTimeout)}));
  CHECK_FALSE(silent.passes);
  CHECK(silent.problem == "192.0.2.51, connect_timeout: why connect_timeout");
}

TEST_CASE("plan: a new host without an address fails, one whose addresses could not be asked is not seen",
          "[commands][plan]") {
  const auto none = new_host({mx_host("new.example.net", not_found(Reason::DnsNxdomain), 0), {}});
  CHECK(none.passes == false);
  CHECK(none.problem == "mx_unresolvable: new.example.net does not exist");
  const auto silent = new_host({mx_host("new.example.net", not_found(Reason::DnsTimeout), 0), {}});
  CHECK_FALSE(silent.passes);
  CHECK(silent.problem == "dns_timeout: why dns_timeout");
  LookedHost disabled = host_with({});
  disabled.host = mx_host("new.example.net", found({"192.0.2.50"}), 0);
  CHECK_FALSE(new_host(disabled).passes);
  CHECK(new_host(disabled).problem == "not looked at");
}

TEST_CASE("plan: exit codes are those of the contract", "[commands][plan]") {
  using mta_sts::commands::exit_code;
  CHECK(exit_code(PlanAnswer::Now) == 0);
  CHECK(exit_code(PlanAnswer::NotYet) == 1);
  CHECK(exit_code(PlanAnswer::Unknown) == 2);
}
