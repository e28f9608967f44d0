#include "exporter/judge/advice.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

#include <catch2/catch.hpp>

#include "tests/unit/judge/builders.h"

using mta_sts::Reason;
using mta_sts::WallTime;
using mta_sts::judge::Advice;
using mta_sts::judge::advise;
using mta_sts::judge::kAdvisoryCount;
using mta_sts::judge::Verdict;
using namespace mta_sts::testing;
using std::chrono::hours;
using std::chrono::seconds;

namespace {

std::string names_of(const std::vector<Advice>& advice) {
  std::string names;
  for (const Advice& found : advice) names += (names.empty() ? "" : " ") + std::string(to_text(found.advisory));
  return names;
}

/// A domain whose policy and certificates give no cause for advice.
Story sound() {
  Story story;
  story.seen.policy_host = policy_host({serves("192.0.2.1", policy_text("enforce", {"mx.example.org"}, 1209600))});
  return story;
}

std::vector<Advice> advice_at(Story& story, WallTime now) {
  const auto state = story.look();
  return advise(state, story.memory(), story.finder(), now);
}
std::string advice_of(Story& story) { return names_of(advice_at(story, kStart)); }

void serve(Story& story, std::string_view mode, const std::vector<std::string>& mx, int max_age) {
  story.seen.policy_host = policy_host({serves("192.0.2.1", policy_text(mode, mx, max_age))});
}

}  // namespace

TEST_CASE("advice: a sound domain gets none", "[judge][advice]") {
  auto story = sound();
  CHECK(advice_of(story).empty());
}

TEST_CASE("advice: an id that changed before the policy did is told with both times, while someone may hold it",
          "[judge][advice]") {
  auto story = sound();
  story.look();
  story.seen.record = txt({"v=STSv1; id=a2"});
  story.look();
  serve(story, "enforce", {"mx.example.org", "mx2.example.org"}, 1209600);
  const auto advice = advice_at(story, story.now());
  REQUIRE_FALSE(advice.empty());
  CHECK(advice.front().advisory == mta_sts::judge::Advisory::PolicyAfterId);
  CHECK(advice.front().text.find(
            "the id changed at 2025-06-15 15:16 UTC and the policy only at 2025-06-15 15:21 UTC") != std::string::npos);
  for (int i = 0; i < 2; ++i) story.look(hours(24 * 8));
  CHECK(advice_of(story) == "policy_mx_unused");
}

TEST_CASE("advice: the policy first and then the id is the right order", "[judge][advice]") {
  auto story = sound();
  story.look();
  serve(story, "enforce", {"mx.example.org", "*.example.org"}, 1209600);
  story.look();
  story.seen.record = txt({"v=STSv1; id=a2"});
  CHECK(advice_of(story).find("policy_after_id") == std::string::npos);
}

TEST_CASE("advice: an id that comes back after the policy changed is not called the wrong order", "[judge][advice]") {
  auto story = sound();
  story.look();
  story.seen.record = txt({"v=STSv1; id=a2"});
  story.look();
  serve(story, "enforce", {"mx.example.org", "*.example.org"}, 1209600);
  story.look();
  story.seen.record = txt({"v=STSv1; id=a1"});
  CHECK(advice_of(story).find("policy_after_id") == std::string::npos);
}

TEST_CASE("advice: a policy that changes days after the id is another change", "[judge][advice]") {
  for (const auto& [later, told] : {std::pair{hours(23), true}, {hours(25), false}}) {
    auto story = sound();
    story.look();
    story.seen.record = txt({"v=STSv1; id=a2"});
    story.look();
    serve(story, "enforce", {"mx.example.org", "*.example.org"}, 1209600);
    story.look(later);
    CHECK((advice_of(story).find("policy_after_id") != std::string::npos) == told);
  }
}

TEST_CASE("advice: a policy file that is newer than an id that reads as a date is worth a look, at first sight only",
          "[judge][advice]") {
  const auto seen_with = [](std::string id, std::string modified) {
    auto story = sound();
    story.seen.record = txt({"v=STSv1; id=" + id});
    story.seen.policy_host->fetches[0].last_modified = std::move(modified);
    return story;
  };
  auto newer = seen_with("20250301T120000", "Sun, 15 Jun 2025 12:00:00 GMT");
  CHECK(advice_of(newer) == "policy_newer_than_id");
  newer.seen.record = txt({"v=STSv1; id=20250302"});
  CHECK(advice_of(newer).empty());
  auto edited = seen_with("20250301", "Sun, 15 Jun 2025 12:00:00 GMT");
  edited.look();
  edited.seen.policy_host->fetches[0].body = policy_text("enforce", {"mx.example.org"}, 1209601);
  CHECK(advice_of(edited).empty());
  auto same_day = seen_with("20250301", "Sun, 02 Mar 2025 10:00:00 GMT");
  CHECK(advice_of(same_day).empty());
  auto no_date = seen_with("policy1", "Sun, 15 Jun 2025 12:00:00 GMT");
  CHECK(advice_of(no_date).empty());
  auto other_number = seen_with("19990101", "Sun, 15 Jun 2025 12:00:00 GMT");
  CHECK(advice_of(other_number).empty());
  auto garbage = seen_with("20250301", "yesterday");
  CHECK(advice_of(garbage).empty());
}

TEST_CASE("advice: mode testing is worth a look and changes no verdict", "[judge][advice]") {
  auto story = sound();
  serve(story, "testing", {"mx.example.org"}, 1209600);
  CHECK(advice_of(story) == "policy_mode_testing");
  CHECK(verdict_of(story.look()) == Verdict::Ok);
}

TEST_CASE("advice: max_age under a day in any mode, under two weeks with enforce only", "[judge][advice]") {
  auto story = sound();
  serve(story, "enforce", {"mx.example.org"}, 86399);
  CHECK(advice_of(story) == "policy_max_age_short");
  serve(story, "testing", {"mx.example.org"}, 86399);
  CHECK(advice_of(story) == "policy_mode_testing policy_max_age_short");
  serve(story, "enforce", {"mx.example.org"}, 86400);
  CHECK(advice_of(story) == "policy_max_age_under_two_weeks");
  serve(story, "testing", {"mx.example.org"}, 86400);
  CHECK(advice_of(story) == "policy_mode_testing");
  serve(story, "enforce", {"mx.example.org"}, 1209600);
  CHECK(advice_of(story).empty());
  serve(story, "enforce", {"mx.example.org"}, 0);
  CHECK(advice_of(story) == "policy_max_age_zero");
}

TEST_CASE("advice: a pattern that matches no MX host is named", "[judge][advice]") {
  auto story = sound();
  serve(story, "enforce", {"mx.example.org", "*.example.net", "old.example.org"}, 1209600);
  const auto advice = advice_at(story, kStart);
  REQUIRE(names_of(advice) == "policy_mx_unused");
  CHECK(advice[0].text == "no MX host is matched by the pattern \"*.example.net\", \"old.example.org\"");
  CHECK(advice[0].clause == "RFC 8461 4.1");
}

TEST_CASE("advice: of many unused patterns a few are named and the rest is counted", "[judge][advice]") {
  auto story = sound();
  std::vector<std::string> patterns = {"mx.example.org"};
  for (int i = 10; i < 40; ++i) patterns.push_back("mx" + std::to_string(i) + ".example.org");
  serve(story, "enforce", patterns, 1209600);
  const auto advice = advice_at(story, kStart);
  REQUIRE(names_of(advice) == "policy_mx_unused");
  CHECK(advice[0].text.find("\"mx19.example.org\" and 20 more") != std::string::npos);
}

TEST_CASE("advice: the policy host as mx is told once, not as unused as well", "[judge][advice]") {
  auto story = sound();
  serve(story, "enforce", {"mx.example.org", "mta-sts.example.org"}, 1209600);
  CHECK(advice_of(story) == "policy_mx_policy_host");
}

TEST_CASE("advice: no pattern is called unused while the MX set is unknown", "[judge][advice]") {
  auto story = sound();
  story.seen.mx = no_mx_set(Reason::DnsTimeout);
  CHECK(advice_of(story).empty());
}

TEST_CASE("advice: no TLS-RPT record, and none while it cannot be seen", "[judge][advice]") {
  auto story = sound();
  story.seen.tlsrpt = txt({});
  CHECK(advice_of(story) == "tlsrpt_absent");
  auto silent = sound();
  silent.seen.tlsrpt = no_txt(Reason::DnsTimeout);
  CHECK(advice_of(silent).empty());
}

TEST_CASE("advice: a CNAME on one of record and policy host only (RFC 8461 8.2)", "[judge][advice]") {
  auto story = sound();
  story.seen.record.cname_chain = {"_mta-sts.provider.example"};
  CHECK(advice_of(story) == "delegation_mixed");
  story.seen.policy_host->target = "mta-sts.provider.example";
  CHECK(advice_of(story).empty());
  story.seen.record.cname_chain.clear();
  const auto advice = advice_at(story, kStart);
  REQUIRE(names_of(advice) == "delegation_mixed");
  CHECK(advice[0].text.find("\"mta-sts.provider.example\"") != std::string::npos);
}

TEST_CASE("advice: a CNAME of the policy host that leads nowhere is a problem of the fetch and no advice",
          "[judge][advice]") {
  auto story = sound();
  story.seen.policy_host = policy_host_without_address(Reason::DnsNxdomain);
  story.seen.policy_host->target = "gone.provider.example";
  CHECK(advice_of(story).empty());
}

// The builders' certificates begin 24 h before kStart and end 720 h after it: the last third is 248 h long.
TEST_CASE("advice: certificates with less than a third of their lifetime left", "[judge][advice]") {
  auto story = sound();
  const WallTime end = kStart + hours(720);
  CHECK(advice_at(story, end - hours(248)).empty());
  const auto advice = advice_at(story, end - hours(248) + seconds(1));
  REQUIRE(names_of(advice) == "policy_cert_ending mx_cert_ending");
  CHECK(advice[0].text == "the certificate of the policy host ends in 10 d; its whole lifetime is 31 d");
  CHECK(advice[1].text == "the certificate of mx.example.org [192.0.2.25] ends in 10 d; its whole lifetime is 31 d");
  CHECK(names_of(advice_at(story, end - seconds(1))) == "policy_cert_ending mx_cert_ending");
  CHECK(advice_at(story, end).empty());
}

TEST_CASE("advice: a certificate without bounds does not overflow", "[judge][advice]") {
  auto story = sound();
  auto fetch = serves("192.0.2.1", policy_text("enforce", {"mx.example.org"}, 1209600));
  fetch.tls = dated(fetch.tls, WallTime::min(), WallTime::max());
  story.seen.policy_host = policy_host({fetch});
  CHECK(advice_of(story).empty());
}

TEST_CASE("advice: of an MX host with several addresses the certificate that ends first", "[judge][advice]") {
  auto story = sound();
  auto ending = delivers();
  ending.tls = dated(ending.tls, kStart - hours(24), kStart + hours(1));
  story.seen.mx = mx_set({mx_host("mx.example.org", found({"192.0.2.25", "192.0.2.26"}))});
  story.endpoint("mx.example.org", "192.0.2.26", ending);
  const auto advice = advice_at(story, kStart);
  REQUIRE(names_of(advice) == "mx_cert_ending");
  CHECK(advice[0].text.find("[192.0.2.26] ends in 1 h") != std::string::npos);
}

TEST_CASE("advice: MX certificates are nobody's business without MTA-STS", "[judge][advice]") {
  auto story = sound();
  story.seen.record = txt({});
  story.seen.policy_host.reset();
  CHECK(names_of(advice_at(story, kStart + hours(719))).empty());
}

TEST_CASE("advice: what a parser advises comes under its own name, once for the live policy", "[judge][advice]") {
  auto story = sound();
  story.seen.record = txt({"v=STSv1; id=a1; x=1"});
  story.seen.tlsrpt = txt({"v=TLSRPTv1; rua=mailto:tls@example.org; x=1"});
  const std::string text = policy_text("enforce", {"mx.example.org"}, 1209600) + "note: x\n";
  story.seen.policy_host = policy_host({serves("192.0.2.1", text), serves("192.0.2.2", text)});
  CHECK(advice_of(story) == "record_unknown_field policy_unknown_field tlsrpt_unknown_field");
}

TEST_CASE("advisory: each has a name of its own and a fix", "[judge][advice]") {
  for (std::size_t i = 0; i < kAdvisoryCount; ++i) {
    const auto advisory = static_cast<mta_sts::judge::Advisory>(i);
    INFO(to_text(advisory));
    CHECK(mta_sts::judge::parse_advisory(to_text(advisory)) == advisory);
    CHECK_FALSE(mta_sts::parse_reason(to_text(advisory)));
    CHECK_FALSE(fix_of(advisory).empty());
  }
  CHECK_FALSE(mta_sts::judge::parse_advisory(""));
}

// A name that only a parser knows would be lost on the way to the report.
TEST_CASE("advisory: every name that a parser of published texts gives is one", "[judge][advice]") {
  const std::regex name("\"((?:record|policy|tlsrpt)_[a-z_]+)\"");
  std::size_t found = 0;
  for (const char* file : {"sts_record.cc", "sts_policy.cc", "tlsrpt_record.cc"}) {
    std::ifstream stream(std::string(SOURCE_DIR "/exporter/formats/") + file);
    REQUIRE(stream);
    const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    for (std::sregex_iterator match(text.begin(), text.end(), name), end; match != end; ++match, ++found) {
      INFO(file << ": " << (*match)[1]);
      CHECK(mta_sts::judge::parse_advisory((*match)[1].str()));
    }
  }
  CHECK(found > 15);
}
