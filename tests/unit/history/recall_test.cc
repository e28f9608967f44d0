#include "exporter/history/recall.h"

#include <catch2/catch.hpp>

#include "tests/unit/judge/builders.h"

namespace mta_sts::history {
namespace {

namespace t = mta_sts::testing;
using t::shown;

/// What a process shows that was started a minute after the last look, before it looks at anything.
judge::DomainState restarted(t::Story& story) {
  const auto& before = story.memory();
  const Beat beat = beat_of(before);
  judge::DomainMemory memory(t::kHold);
  recall(memory, read_domain_looks(write_looks(looks_of(before)), beat).value(),
         read_past(write_past(before.past()), beat).value(), story.now() + std::chrono::minutes(1));
  const auto setting = std::make_shared<settings::DomainSetting>(
      settings::DomainSetting{formats::DomainName::from_ascii("example.org").value(), {}, {}});
  return judge::judge_domain(setting, memory, story.finder(), judge::SmtpLooks::Enabled);
}

/// Looks at one of these addresses after another (https.addresses: one).
void look_in_turn(t::Story& story, const std::vector<judge::PolicyFetch>& answers) {
  for (const auto& answer : answers) {
    story.seen.policy_host = t::policy_host(answers);
    story.seen.policy_host->fetches = {answer};
    story.look();
  }
}

TEST_CASE("recall: https.addresses: one: of every address the last answer is known again", "[history][recall]") {
  t::Story story;
  const auto mail = t::policy_text("enforce", {"mx.example.org"});
  auto refused = t::serves("192.0.2.2", mail);
  refused.tls = t::handshake({Reason::CertExpired});
  refused.fault = t::fault(Reason::CertExpired);
  look_in_turn(story, {t::serves("192.0.2.1", mail), refused, t::serves("192.0.2.3", mail)});
  const auto before = story.look();
  REQUIRE(shown(before.policy.cert_valid) == "0");
  const auto after = restarted(story);
  CHECK(shown(after.policy.cert_valid) == "0");
  CHECK(shown(after.policy.servers) == shown(before.policy.servers));
  CHECK(after.policy.addresses_ok == 2u);
  CHECK(shown(after.policy.consistent) == "1");
  CHECK(after.last_conclusive == before.last_conclusive);
}

TEST_CASE("recall: of as many addresses those keep the live policy that had it before", "[history][recall]") {
  t::Story story;
  const auto live = t::policy_text("enforce", {"mx.example.org"});
  story.seen.policy_host = t::policy_host({t::serves("192.0.2.1", live), t::serves("192.0.2.2", live)});
  story.look();
  story.seen.policy_host = t::policy_host(
      {t::serves("192.0.2.1", t::policy_text("enforce", {"mx9.example.org"})), t::serves("192.0.2.2", live)});
  REQUIRE(matches(*story.look().policy.live, "mx.example.org"));
  CHECK(matches(*restarted(story).policy.live, "mx.example.org"));
}

TEST_CASE("recall: parts that were conclusive last in different looks are held, each as it was seen then",
          "[history][recall]") {
  t::Story story;
  const auto conclusive = story.look();
  story.seen.record = t::txt({"v=STSv1; id=b2"});
  story.seen.mx = t::no_mx_set(Reason::DnsServfail);
  story.look();
  story.seen.record = t::no_txt(Reason::DnsServfail);
  story.look(std::chrono::minutes(1));
  const auto after = restarted(story);
  CHECK(after.record.id == "b2");
  CHECK(shown(after.record.check) == "1 inconclusive:dns_servfail");
  CHECK(shown(after.mx.lookup) == "1 inconclusive:dns_servfail");
  CHECK(after.last_conclusive == conclusive.last_probe);
}

TEST_CASE("recall: an MX host that one look could not find keeps the addresses of a later one", "[history][recall]") {
  t::Story story;
  story.look();
  story.seen.mx = t::mx_set({t::mx_host("mx.example.org", t::found({"192.0.2.26"}))});
  story.endpoint("mx.example.org", "192.0.2.26", t::delivers());
  story.seen.record = t::no_txt(Reason::DnsServfail);
  story.look();
  story.seen.mx = t::mx_set({t::mx_host("mx.example.org", t::not_found(Reason::DnsServfail))});
  story.look(std::chrono::minutes(1));
  story.endpoint("mx.example.org", "192.0.2.25", t::fails_after_greeting(Reason::StarttlsMissing));
  CHECK(shown(restarted(story).mx.hosts.at(0).deliverable) == "1");
}

TEST_CASE("recall: where the latest look says it all nothing is stored beside it", "[history][recall]") {
  t::Story story;
  story.look();
  story.look();
  CHECK_FALSE(looks_of(story.memory()).conclusive);
}

}  // namespace
}  // namespace mta_sts::history
