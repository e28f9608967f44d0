#include "exporter/judge/suggestion.h"

#include <catch2/catch.hpp>

#include "exporter/formats/sts_policy.h"
#include "exporter/formats/sts_record.h"
#include "tests/unit/judge/builders.h"

using mta_sts::Reason;
using mta_sts::judge::Publication;
using mta_sts::judge::Suggestion;
using mta_sts::settings::Expectation;
namespace t = mta_sts::testing;

namespace {

std::vector<Suggestion> suggest(t::Story& story) {
  const auto state = story.look();
  return mta_sts::judge::suggest(state, story.memory().latest(), story.memory().past(), story.now());
}

mta_sts::formats::StsPolicy policy_of(const Suggestion& suggestion) {
  REQUIRE(suggestion.publication == Publication::Policy);
  CHECK(suggestion.where == "https://mta-sts.example.org/.well-known/mta-sts.txt");
  const auto parsed = mta_sts::formats::parse_sts_policy(suggestion.text);
  REQUIRE(parsed.value);
  return *parsed.value;
}

void check_record(const Suggestion& suggestion) {
  CHECK(suggestion.publication == Publication::Record);
  CHECK(suggestion.where == "_mta-sts.example.org");
  CHECK(suggestion.text == "v=STSv1; id=20250615151140;");
}

}  // namespace

TEST_CASE("suggest: a domain without fault needs nothing", "[judge][suggestion]") {
  t::Story story;
  CHECK(suggest(story).empty());
}

TEST_CASE("suggest: an MX host that no pattern names is added to the live policy, and the id changes after it",
          "[judge][suggestion]") {
  t::Story story;
  story.seen.mx = t::mx_set({t::mx_host("mx.example.org", t::found({"192.0.2.25"})),
                             t::mx_host("new.example.org", t::found({"192.0.2.26"}), 20)});
  story.seen.policy_host =
      t::policy_host({t::serves("192.0.2.1", t::policy_text("enforce", {"mx.example.org", "old.example.org"}))});
  const auto suggestions = suggest(story);
  REQUIRE(suggestions.size() == 2);
  // What senders may still deliver to stays named.
  CHECK(suggestions[0].text ==
        "version: STSv1\nmode: enforce\nmx: mx.example.org\nmx: old.example.org\nmx: new.example.org\n"
        "max_age: 604800\n");
  policy_of(suggestions[0]);
  check_record(suggestions[1]);
}

TEST_CASE("suggest: where no policy was ever valid it begins with testing", "[judge][suggestion]") {
  t::Story story;
  SECTION("nothing is served") { story.seen.policy_host = t::policy_host({t::answers("192.0.2.1", 404)}); }
  SECTION("what is served is no policy") { story.seen.policy_host = t::policy_host({t::serves("192.0.2.1", "hello")}); }
  const auto suggestions = suggest(story);
  REQUIRE(suggestions.size() == 2);
  const auto policy = policy_of(suggestions[0]);
  CHECK(policy.mode == mta_sts::formats::Mode::Testing);
  CHECK(mta_sts::formats::matches(policy, "mx.example.org"));
}

TEST_CASE("suggest: a policy that is broken now is mended from the one that was valid last", "[judge][suggestion]") {
  t::Story story;
  story.look();
  story.seen.policy_host = t::policy_host({t::serves("192.0.2.1", "mode: enforce")});
  CHECK(policy_of(suggest(story).at(0)).mode == mta_sts::formats::Mode::Enforce);
}

TEST_CASE("suggest: no text mends a certificate, or an MX set that is not known whole", "[judge][suggestion]") {
  t::Story story;
  SECTION("certificate") {
    story.seen.policy_host = t::policy_host({t::refuses_certificate("192.0.2.1", {Reason::CertExpired})});
  }
  SECTION("MX set") {
    story.seen.policy_host = t::policy_host({t::answers("192.0.2.1", 404)});
    story.seen.mx.too_many = true;
  }
  CHECK(suggest(story).empty());
}

TEST_CASE("suggest: a broken record is replaced by one with an id that was never used", "[judge][suggestion]") {
  t::Story story;
  SECTION("syntax") { story.seen.record = t::txt({"v=STSv1; id="}); }
  SECTION("two") { story.seen.record = t::txt({"v=STSv1; id=a1;", "v=STSv1; id=a2;"}); }
  const auto suggestions = suggest(story);
  REQUIRE(suggestions.size() == 1);
  check_record(suggestions[0]);
}

TEST_CASE("suggest: an id that was used at that very second is not used again", "[judge][suggestion]") {
  t::Story story;
  story.seen.record = t::txt({"v=STSv1; id=20250615151640;"});
  story.look();
  story.seen.record = t::txt({"v=STSv1; id="});
  CHECK(suggest(story).at(0).text == "v=STSv1; id=202506151516401;");
}

TEST_CASE("suggest: a policy that changed under its old id needs a new one", "[judge][suggestion]") {
  t::Story story;
  story.look();
  story.seen.policy_host = t::policy_host({t::serves("192.0.2.1", t::policy_text("testing", {"mx.example.org"}))});
  const auto suggestions = suggest(story);
  REQUIRE(suggestions.size() == 1);
  CHECK(suggestions[0].publication == Publication::Record);
}

TEST_CASE("suggest: what broke is restored, never taken back", "[judge][suggestion]") {
  t::Story story(GENERATE(std::optional<Expectation>(), std::optional(Expectation::Enforce)));
  story.look();
  story.seen.record = t::txt({});
  story.seen.policy_host = t::policy_host({t::answers("192.0.2.1", 404)});
  story.look();
  story.look(std::chrono::hours(25));
  const auto suggestions = suggest(story);
  REQUIRE(suggestions.size() == 2);
  CHECK(policy_of(suggestions[0]).mode == mta_sts::formats::Mode::Enforce);
  CHECK(suggestions[1].publication == Publication::Record);
}

TEST_CASE("suggest: where the record alone went nothing but a record is needed", "[judge][suggestion]") {
  t::Story story(Expectation::Enforce);
  story.look();
  story.seen.record = t::txt({});
  story.look(std::chrono::hours(1));
  const auto suggestions = suggest(story);
  REQUIRE(suggestions.size() == 1);
  CHECK(suggestions[0].publication == Publication::Record);
}

TEST_CASE("suggest: what is to go, and went without mode none, is to publish it", "[judge][suggestion]") {
  t::Story story(Expectation::Absent);
  story.look();
  story.seen.record = t::txt({});
  story.seen.policy_host = t::policy_host({t::answers("192.0.2.1", 404)});
  story.look();
  story.look(std::chrono::hours(25));
  const auto suggestions = suggest(story);
  REQUIRE(suggestions.size() == 2);
  CHECK(suggestions[0].text == "version: STSv1\nmode: none\nmax_age: 86400\n");
  CHECK(suggestions[1].publication == Publication::Record);
}

TEST_CASE("suggest: enforce does not come back once nobody holds it, or where an MX host fails, or none is expected",
          "[judge][suggestion]") {
  std::optional<Expectation> expect;
  auto gone_for = std::chrono::hours(1);
  bool fails = false;
  SECTION("nobody holds it") { gone_for = std::chrono::hours(24 * 8); }
  SECTION("an MX host fails") { fails = true; }
  SECTION("testing is expected") { expect = Expectation::Testing; }
  t::Story story(expect);
  story.look();
  if (fails) story.endpoint("mx.example.org", "192.0.2.25", t::refused_certificate({Reason::CertExpired}));
  story.seen.policy_host = t::policy_host({t::answers("192.0.2.1", 404)});
  story.look(gone_for);
  CHECK(policy_of(suggest(story).at(0)).mode == mta_sts::formats::Mode::Testing);
}

TEST_CASE("suggest: hosts that a policy did not name are named, to be looked at", "[judge][suggestion]") {
  t::Story story;
  story.seen.mx = t::mx_set({t::mx_host("mx.evil.example", t::found({"192.0.2.25"}))});
  CHECK(suggest(story).at(0).why ==
        "names every MX host of the domain, and that anew: mx.evil.example; see that they are yours");
}

TEST_CASE("suggest: what a provider publishes is left to it", "[judge][suggestion]") {
  t::Story story;
  story.seen.record.cname_chain = {"example-org.txt.provider.example"};
  story.look();
  story.seen.policy_host = t::policy_host({t::serves("192.0.2.1", t::policy_text("testing", {"mx.example.org"}))});
  const auto suggestions = suggest(story);
  REQUIRE(suggestions.size() == 1);
  CHECK(suggestions[0].where == "example-org.txt.provider.example");
  CHECK(suggestions[0].why.ends_with("_mta-sts.example.org is a CNAME to there"));
}

TEST_CASE("suggest: no text mends a wrong signature", "[judge][suggestion]") {
  t::Story story;
  story.look();
  story.seen.record = t::no_txt(Reason::DnsBogus);
  story.seen.tlsrpt = t::no_txt(Reason::DnsBogus);
  CHECK(suggest(story).empty());
}

TEST_CASE("suggest: what is not to be there is taken back, never mended", "[judge][suggestion]") {
  t::Story story(Expectation::Absent);
  CHECK(policy_of(suggest(story).at(0)).mode == mta_sts::formats::Mode::None);
}

TEST_CASE("suggest: a domain without MTA-STS is left alone", "[judge][suggestion]") {
  t::Story story;
  story.seen.record = t::txt({});
  story.seen.policy_host.reset();
  story.seen.tlsrpt = t::txt({});
  CHECK(suggest(story).empty());
}

TEST_CASE("suggest: reports are asked for where nobody gets them", "[judge][suggestion]") {
  t::Story story;
  story.seen.tlsrpt = t::txt({});
  const auto suggestions = suggest(story);
  REQUIRE(suggestions.size() == 1);
  CHECK(suggestions[0].where == "_smtp._tls.example.org");
  CHECK(suggestions[0].text == "v=TLSRPTv1; rua=mailto:tls-reports@example.org");
}
