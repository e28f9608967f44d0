#include <utility>

#include <catch2/catch.hpp>

#include "tests/unit/judge/builders.h"

using mta_sts::Reason;
using mta_sts::judge::Verdict;
using mta_sts::judge::verdict_of;
using mta_sts::judge::verdict_of_look;
using mta_sts::settings::Expectation;
namespace t = mta_sts::testing;

TEST_CASE("verdict: a domain without fault is ok", "[judge][verdict]") {
  CHECK(verdict_of(t::Story().look()) == Verdict::Ok);
}

TEST_CASE("verdict: a fail of any check but tlsrpt is a fail, it beats inconclusive", "[judge][verdict]") {
  t::Story story;
  story.seen.tlsrpt = t::txt({});
  CHECK(verdict_of(story.look()) == Verdict::Ok);
  story.seen.tlsrpt = t::no_txt(Reason::DnsTimeout);
  CHECK(verdict_of(story.look()) == Verdict::Ok);
  story.seen.mx = t::no_mx_set(Reason::DnsTimeout);
  CHECK(verdict_of(story.look()) == Verdict::Inconclusive);
  story.seen.policy_host = t::policy_host({t::answers("192.0.2.1", 404)});
  CHECK(verdict_of(story.look()) == Verdict::Fail);
}

TEST_CASE("verdict: an endpoint that fails or is silent counts", "[judge][verdict]") {
  t::Story story;
  story.endpoint("mx.example.org", "192.0.2.25", t::fails_after_greeting(Reason::StarttlsMissing));
  CHECK(verdict_of(story.look()) == Verdict::Fail);
  story.endpoint("mx.example.org", "192.0.2.25", t::not_greeted(Reason::SmtpClosed));
  CHECK(verdict_of(story.look()) == Verdict::Inconclusive);
}

TEST_CASE("verdict: a held fail still counts while a look says nothing", "[judge][verdict]") {
  t::Story story;
  story.seen.record = t::txt({"v=STSv1;"});
  story.look();
  story.seen.record = t::no_txt(Reason::DnsTimeout);
  CHECK(verdict_of(story.look()) == Verdict::Fail);
  CHECK(verdict_of(story.look(t::kHold)) == Verdict::Inconclusive);
}

TEST_CASE("verdict: record_missing counts only if expected or if MTA-STS was seen", "[judge][verdict]") {
  const auto missing = [](std::optional<Expectation> expect) {
    t::Story story(expect);
    story.seen.record = t::no_txt(Reason::DnsNxdomain);
    story.seen.policy_host.reset();
    return story;
  };
  auto plain = missing(std::nullopt);
  const auto state = plain.look();
  CHECK(t::shown(state.record.check) == t::fails(Reason::RecordMissing));
  CHECK(verdict_of(state) == Verdict::Ok);
  CHECK(without_mta_sts(state));
  CHECK(verdict_of(missing(Expectation::Enforce).look()) == Verdict::Fail);
  CHECK(verdict_of(missing(Expectation::Absent).look()) == Verdict::Ok);

  t::Story had_record;
  had_record.seen.policy_host.reset();
  had_record.look();
  had_record.seen.record = t::no_txt(Reason::DnsNxdomain);
  CHECK(verdict_of(had_record.look(std::chrono::hours(9999))) == Verdict::Fail);

  t::Story has_policy;
  has_policy.seen.record = t::no_txt(Reason::DnsNxdomain);
  CHECK(verdict_of(has_policy.look()) == Verdict::Fail);
}

TEST_CASE("verdict: a record that was missing and cannot be asked now is inconclusive", "[judge][verdict]") {
  t::Story story;
  story.seen.record = t::no_txt(Reason::DnsNxdomain);
  story.seen.policy_host.reset();
  story.look();
  story.seen.record = t::no_txt(Reason::DnsTimeout);
  CHECK(verdict_of(story.look()) == Verdict::Inconclusive);
}

TEST_CASE("verdict: other reasons of the record count for everyone", "[judge][verdict]") {
  t::Story story;
  story.seen.record = t::txt({"v=STSv1; id=a", "v=STSv1; id=b"});
  CHECK(verdict_of(story.look()) == Verdict::Fail);
}

TEST_CASE("verdict: before the first look at an MX endpoint that a policy wants to be judged nothing is ok",
          "[judge][verdict]") {
  t::Story story;
  const auto endpoints = std::exchange(story.endpoints, {});
  const auto state = story.look();
  CHECK(t::shown(state.mx.tls) == "-");
  CHECK(verdict_of(state) == Verdict::Inconclusive);
  CHECK(verdict_of_look(state) == Verdict::Ok);
  story.endpoints = endpoints;
  CHECK(verdict_of(story.look()) == Verdict::Ok);

  t::Story without_smtp;
  without_smtp.endpoints.clear();
  without_smtp.smtp = mta_sts::judge::SmtpLooks::Disabled;
  CHECK(verdict_of(without_smtp.look()) == Verdict::Ok);

  t::Story without_policy;
  without_policy.endpoints.clear();
  without_policy.seen.record = t::no_txt(Reason::DnsNxdomain);
  without_policy.seen.policy_host.reset();
  CHECK(verdict_of(without_policy.look()) == Verdict::Ok);
}

TEST_CASE("verdict: a look that is held no longer says nothing, and that is not ok", "[judge][verdict]") {
  t::Story story;
  CHECK(verdict_of(story.look()) == Verdict::Ok);
  const auto state = story.judged_later(t::kHold + t::kInterval);
  CHECK(t::shown(state.record.check) == "-");
  CHECK(verdict_of(state) == Verdict::Inconclusive);
}
