#include "exporter/judge/plan.h"

#include <catch2/catch.hpp>

#include "exporter/base/time_text.h"
#include "exporter/formats/sts_record.h"
#include "exporter/judge/next_policy.h"
#include "tests/unit/judge/past_builders.h"

using mta_sts::Reason;
using mta_sts::WallTime;
using mta_sts::judge::MxChange;
using mta_sts::judge::NewHost;
using mta_sts::judge::Past;
using mta_sts::judge::Plan;
using mta_sts::judge::PlanAnswer;
using mta_sts::judge::PlanStep;
using mta_sts::judge::StepKind;
using namespace mta_sts::testing;

namespace {

const std::string kOld = "mx.example.org";
const std::string kNew = "new.example.net";
constexpr std::chrono::seconds kWeek{604800};

/// A domain that is looked at on day 100, with the past that the exporter has of it: served the same all the time.
struct Domain {
  explicit Domain(const std::string& mode = "enforce", std::vector<std::string> mx = {kOld}) {
    serve(mode, mx);
    past.policies = {served(policy(mode, mx), {kStart, now(), true}, {"a1"})};
    past.ids = {{"a1", {kStart, now(), true}, {}}};
    past.mx_sets = {{{{10, kOld}}, {kStart, now(), true}}};
    past.live = policy(mode, mx);
    past.sts_seen = true;
  }

  void serve(const std::string& mode, const std::vector<std::string>& mx, int max_age = 604800) {
    story.seen.policy_host = policy_host({serves("192.0.2.1", policy_text(mode, mx, max_age))});
    change.served = {policy(mode, mx, max_age)};
  }
  void earlier(const std::string& mode, const std::vector<std::string>& mx, WallTime last, const std::string& id,
               int max_age = 604800) {
    past.policies.insert(past.policies.begin(), served(policy(mode, mx, max_age), between(kStart, last), {id}));
  }

  static WallTime now() { return kStart + 100 * kDay; }
  Plan plan() {
    const auto state = story.look(now() - story.now());
    REQUIRE(state.last_probe == now());
    return plan_mx_change(past, state, change, now());
  }

  Story story;
  Past past;
  MxChange change{{{kNew, true, ""}}, {}, {}};
};

std::vector<StepKind> kinds(const Plan& plan) {
  std::vector<StepKind> all;
  for (const PlanStep& step : plan.steps) all.push_back(step.kind);
  return all;
}
const PlanStep& step(const Plan& plan, StepKind kind) {
  for (const PlanStep& one : plan.steps) {
    if (one.kind == kind) return one;
  }
  FAIL("no such step: " << to_text(kind));
  return plan.steps.front();
}
bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
bool has_note(const Plan& plan, std::string_view part) {
  for (const std::string& note : plan.notes) {
    if (has(note, part)) return true;
  }
  return false;
}
using Kinds = std::vector<StepKind>;

}  // namespace

TEST_CASE("plan: without MTA-STS the MX may change now", "[judge][plan]") {
  Domain domain;
  domain.past = {};
  domain.story.seen.record = txt({});
  domain.story.seen.policy_host.reset();
  domain.change.served.reset();
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::Now);
  CHECK(plan.reason == "the domain shows no MTA-STS: no sender refuses an MX host for it");
  CHECK(kinds(plan) == Kinds{StepKind::SwitchMx});
  CHECK_FALSE(plan.steps[0].when);
  CHECK(plan.notes.empty());
}

TEST_CASE("plan: a live enforce policy that does not name the new host has five steps (RFC 8461 §8.1)",
          "[judge][plan]") {
  Domain domain;
  domain.change.txt_ttl = std::chrono::seconds(300);
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::NotYet);
  CHECK(
      plan.reason ==
      "the enforce policy that is served does not name new.example.net: a sender that holds it delivers nothing there");
  REQUIRE(kinds(plan) == Kinds{StepKind::PublishPolicy, StepKind::PublishRecord, StepKind::Wait, StepKind::SwitchMx,
                               StepKind::DropOldHosts});
  CHECK(plan.steps[0].policy == policy_text("enforce", {kOld, kNew}));
  CHECK_FALSE(plan.steps[0].when);
  CHECK(plan.steps[1].record == "v=STSv1; id=20250923150640;");
  CHECK(plan.steps[2].when == Domain::now() + kWeek);
  CHECK(plan.steps[2].text ==
        "wait until every policy that refuses a new host has run out and the TTL of the TXT record (300 s) has passed");
  CHECK(has_note(plan, "The times are counted from now"));
  CHECK(plan.steps[3].when == Domain::now() + kWeek);
  CHECK(plan.steps[4].policy == policy_text("enforce", {kNew}));
  CHECK(plan.steps[4].record == "v=STSv1; id=20250930150640;");
  CHECK(plan.steps[4].when == Domain::now() + kWeek);
}

TEST_CASE("plan: a TXT TTL longer than max_age decides when", "[judge][plan]") {
  Domain domain;
  domain.serve("enforce", {kOld}, 3600);
  domain.past.policies = {served(policy("enforce", {kOld}, 3600), {kStart, Domain::now(), true}, {"a1"})};
  domain.change.txt_ttl = std::chrono::seconds(86400);
  CHECK(step(domain.plan(), StepKind::SwitchMx).when == Domain::now() + kDay);
}

TEST_CASE("plan: a wildcard that matches the new host is kept and nothing is to be published", "[judge][plan]") {
  Domain domain("enforce", {kOld, "*.example.net"});
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::Now);
  CHECK(plan.reason == "every enforce policy that a sender may hold names all new hosts");
  REQUIRE(kinds(plan) == Kinds{StepKind::SwitchMx, StepKind::DropOldHosts});
  CHECK_FALSE(plan.steps[0].when);
  CHECK(plan.steps[1].policy == policy_text("enforce", {"*.example.net"}));
}

TEST_CASE("plan: every new host must be named, one is not enough", "[judge][plan]") {
  Domain domain("enforce", {kOld, kNew});
  domain.change.hosts.push_back({"b." + kNew, true, ""});
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::NotYet);
  CHECK(step(plan, StepKind::PublishPolicy).policy == policy_text("enforce", {kOld, kNew, "b." + kNew}));
}

TEST_CASE("plan: an earlier enforce policy is waited for until its own max_age has passed", "[judge][plan]") {
  Domain domain("enforce", {kOld, kNew});
  const WallTime last = Domain::now() - 3 * kDay;
  domain.earlier("enforce", {kOld}, last, "a0", 30 * 86400);
  domain.earlier("enforce", {"x.example"}, Domain::now() - kDay, "a00", 2 * 86400);
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::NotYet);
  CHECK(plan.reason ==
        "an earlier enforce policy that senders may still hold does not name new.example.net: a sender that "
        "holds it delivers nothing there");
  REQUIRE(kinds(plan) == Kinds{StepKind::Wait, StepKind::SwitchMx, StepKind::DropOldHosts});
  CHECK(plan.steps[0].when == last + 30 * kDay);
  CHECK(plan.steps[1].when == last + 30 * kDay);
  CHECK(step(plan, StepKind::DropOldHosts).record == "v=STSv1; id=20251020150640;");
}

TEST_CASE("plan: an earlier policy that has run out, or does not enforce, refuses nothing", "[judge][plan]") {
  Domain domain("enforce", {kOld, kNew});
  domain.earlier("enforce", {kOld}, Domain::now() - kWeek, "a0");
  domain.earlier("testing", {kOld}, Domain::now() - kDay, "a0");
  CHECK(domain.plan().answer == PlanAnswer::Now);
}

TEST_CASE("plan: an enforce policy that is held counts also when the live mode is testing or none", "[judge][plan]") {
  for (const std::string mode : {"testing", "none"}) {
    CAPTURE(mode);
    Domain domain(mode, {kOld, kNew});
    CHECK(domain.plan().answer == PlanAnswer::Now);
    domain.earlier("enforce", {kOld}, Domain::now() - kDay, "a0");
    const auto plan = domain.plan();
    CHECK(plan.answer == PlanAnswer::NotYet);
    CHECK(step(plan, StepKind::SwitchMx).when == Domain::now() + 6 * kDay);
  }
}

TEST_CASE("plan: mode testing without the new host is now, with the policy to publish for its reports",
          "[judge][plan]") {
  Domain domain("testing");
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::Now);
  CHECK(plan.reason == "the policy has mode testing, and no enforce policy is known that a sender may still hold");
  CHECK(kinds(plan) ==
        Kinds{StepKind::PublishPolicy, StepKind::PublishRecord, StepKind::SwitchMx, StepKind::DropOldHosts});
  CHECK(plan.steps[0].policy == policy_text("testing", {kOld, kNew}));
  CHECK_FALSE(step(plan, StepKind::SwitchMx).when);
}

TEST_CASE("plan: an id that was served with another policy is replaced first", "[judge][plan]") {
  Domain domain("enforce", {kOld, kNew});
  domain.earlier("enforce", {kOld, kNew, "third.example"}, Domain::now() - kDay, "a1");
  auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::NotYet);
  CHECK(has(plan.reason, "the present id was served with another policy"));
  REQUIRE(kinds(plan) == Kinds{StepKind::PublishRecord, StepKind::Wait, StepKind::SwitchMx, StepKind::DropOldHosts});
  CHECK(plan.steps[1].text == "wait until the TTL of the TXT record has passed");
  CHECK_FALSE(plan.steps[1].when);
  domain.change.txt_ttl = std::chrono::seconds(300);
  CHECK(step(domain.plan(), StepKind::SwitchMx).when == Domain::now() + std::chrono::seconds(300));
}

TEST_CASE("plan: a policy under the present id that ran out is a note: some senders renew it", "[judge][plan]") {
  Domain domain("enforce", {kOld, kNew});
  domain.earlier("enforce", {kOld}, Domain::now() - 50 * kDay, "a1");
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::Now);
  CHECK(has_note(plan, "publish a new id before the change"));
}

TEST_CASE("plan: an id is never one that was seen, and within the grammar (RFC 8461 §3.1)", "[judge][plan]") {
  Domain domain;
  domain.past.ids.insert(domain.past.ids.begin(), {"20250923150640", between(kStart, kStart), {}});
  domain.past.policies[0].ids["202509231506401"] = between(kStart, kStart);
  const auto plan = domain.plan();
  const std::string& record = step(plan, StepKind::PublishRecord).record;
  CHECK(record == "v=STSv1; id=202509231506402;");
  CHECK(mta_sts::formats::parse_sts_records({record}).valid());
  std::vector<std::string> taken{"20250615150640"};
  for (int i = 0; i < 200; ++i) taken.push_back(mta_sts::judge::fresh_id(taken, kStart));
  CHECK(taken.back() == "20250615150640200");
}

TEST_CASE("plan: a new host that fails its look is mended first", "[judge][plan]") {
  Domain domain("enforce", {kOld, kNew});
  domain.change.hosts = {{kNew, false, "192.0.2.9, cert_expired"}};
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::NotYet);
  REQUIRE(kinds(plan).front() == StepKind::MendHost);
  CHECK(has(plan.steps[0].text, "mend new.example.net (192.0.2.9, cert_expired)"));
}

TEST_CASE("plan: a new host that fails is a note where nothing enforces", "[judge][plan]") {
  Domain domain("testing", {kOld, kNew});
  domain.change.hosts = {{kNew, false, "cert_expired"}};
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::Now);
  CHECK(has_note(plan, "new.example.net would not pass under an enforce policy (cert_expired)"));
}

TEST_CASE("plan: a host that could not be seen is a note", "[judge][plan]") {
  Domain domain("enforce", {kOld, kNew});
  domain.change.hosts = {{kNew, {}, "connect_timeout"}};
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::Now);
  CHECK(has_note(plan, "STARTTLS and certificate of new.example.net were not seen (connect_timeout)."));
}

TEST_CASE("plan: without a history of a domain that enforces it is unknown, and said from when on it would be known",
          "[judge][plan]") {
  Domain domain("enforce", {kOld, kNew});
  domain.past = {};
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::Unknown);
  CHECK(plan.reason == "the domain enforces, and earlier policies are not known: there is no history of it");
  REQUIRE(kinds(plan) == Kinds{StepKind::PublishRecord, StepKind::Wait, StepKind::SwitchMx, StepKind::DropOldHosts});
  CHECK(step(plan, StepKind::SwitchMx).when == Domain::now() + kWeek);
  CHECK(has_note(plan, "From 2025-09-30T15:06:40Z on it covers every earlier policy"));
  CHECK(has_note(plan, "can be held until 2026-09-23T21:06:40Z at the latest (max_age is at most 31557600 s)"));
}

TEST_CASE("plan: a first look less than max_age ago leaves earlier policies unknown", "[judge][plan]") {
  Domain domain("enforce", {kOld, kNew});
  const WallTime begin = Domain::now() - kWeek + std::chrono::seconds(1);
  for (auto* sight : {&domain.past.policies[0].served, &domain.past.ids[0].seen, &domain.past.mx_sets[0].seen}) {
    sight->first = begin;
  }
  auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::Unknown);
  CHECK(has(plan.reason, "the first look was at 2025-09-16T15:06:41Z, less than max_age ago"));
  CHECK(step(plan, StepKind::Wait).when == begin + kWeek);
  // One second more and it is known.
  domain.past.mx_sets[0].seen.first = begin - std::chrono::seconds(1);
  CHECK(domain.plan().answer == PlanAnswer::Now);
}

TEST_CASE("plan: without a history a policy that refuses the new host is still not yet", "[judge][plan]") {
  Domain domain;
  domain.past = {};
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::NotYet);
  CHECK(kinds(plan).size() == 5);
  CHECK(has_note(plan, "Nothing is known of before this look"));
}

TEST_CASE("plan: a policy that could not be seen is unknown, with the steps from what was live last", "[judge][plan]") {
  Domain domain("enforce", {kOld, kNew});
  domain.story.seen.policy_host = policy_host({breaks("192.0.2.1", Reason::EgressBlocked)});
  domain.change.served.reset();
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::Unknown);
  CHECK(plan.reason == "it could not be seen which policy senders find now");
  CHECK(kinds(plan) == Kinds{StepKind::Look, StepKind::SwitchMx, StepKind::DropOldHosts});
}

TEST_CASE("plan: where nothing is known at all the steps are still there, in words", "[judge][plan]") {
  Domain domain;
  domain.past = {};
  domain.change.served.reset();
  domain.story.seen.record = no_txt(Reason::DnsTimeout);
  domain.story.seen.policy_host.reset();
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::Unknown);
  CHECK(kinds(plan) == Kinds{StepKind::Look, StepKind::PublishPolicy, StepKind::Wait, StepKind::SwitchMx});
  CHECK(has(plan.steps[1].text, "if it does not name new.example.net, publish a policy"));
  CHECK(has_note(plan, "can be held until 2026-09-23T21:06:40Z at the latest"));
}

TEST_CASE("plan: a record that could not be seen is unknown, but what was served last may refuse", "[judge][plan]") {
  Domain domain;
  domain.story.seen.record = no_txt(Reason::DnsTimeout);
  domain.story.seen.policy_host.reset();
  domain.change.served.reset();
  domain.past.policies[0].served.last = Domain::now() - kWeek;
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::NotYet);
  CHECK(kinds(plan).front() == StepKind::Look);
  CHECK(step(plan, StepKind::SwitchMx).when == Domain::now() + kWeek);
  CHECK(step(plan, StepKind::PublishPolicy).policy == policy_text("enforce", {kOld, kNew}));
}

TEST_CASE("plan: a policy that was taken away is held on, and nothing can be published before it runs out",
          "[judge][plan]") {
  Domain domain;
  domain.story.seen.record = txt({});
  domain.story.seen.policy_host = policy_host({answers("192.0.2.1", 404)});
  domain.change.served = std::vector<mta_sts::formats::StsPolicy>{};
  domain.past.policies[0].served = between(kStart, Domain::now() - kDay);
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::NotYet);
  CHECK(kinds(plan) == Kinds{StepKind::Wait, StepKind::SwitchMx});
  CHECK(plan.steps[1].when == Domain::now() + 6 * kDay);
  CHECK(has_note(plan, "Senders find no policy to learn better from"));
}

TEST_CASE("plan: a policy that is served without a record is held on and corrected (RFC 8461 §10.2)", "[judge][plan]") {
  Domain domain;
  domain.story.seen.record = txt({});
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::NotYet);
  CHECK(step(plan, StepKind::PublishPolicy).policy == policy_text("enforce", {kOld, kNew}));
  CHECK(step(plan, StepKind::SwitchMx).when == Domain::now() + kWeek);
}

TEST_CASE("plan: what one server of several still serves counts", "[judge][plan]") {
  Domain domain("enforce", {kOld, kNew});
  domain.story.seen.policy_host = policy_host({serves("192.0.2.1", policy_text("enforce", {kOld, kNew})),
                                               serves("192.0.2.2", policy_text("enforce", {kOld, kNew})),
                                               serves("192.0.2.3", policy_text("enforce", {kOld}, 86400))});
  domain.change.served->push_back(policy("enforce", {kOld}, 86400));
  const auto plan = domain.plan();
  CHECK(plan.answer == PlanAnswer::NotYet);
  CHECK(step(plan, StepKind::PublishPolicy).policy == policy_text("enforce", {kOld, kNew}));
  CHECK(step(plan, StepKind::SwitchMx).when == Domain::now() + kDay);
  CHECK(has_note(plan, "serve different policies"));
}

TEST_CASE("plan: a present MX host that the policy does not name is named by the next one", "[judge][plan]") {
  Domain domain;
  domain.story.seen.mx = mx_set({mx_host(kOld, found({"192.0.2.25"})), mx_host("mx2.example.org", found({}))});
  CHECK(step(domain.plan(), StepKind::PublishPolicy).policy == policy_text("enforce", {kOld, "mx2.example.org", kNew}));
}
