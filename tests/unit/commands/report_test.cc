#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "exporter/commands/look.h"
#include "exporter/web/domain_json.h"
#include "exporter/web/domain_text.h"
#include "tests/unit/judge/builders.h"

using mta_sts::Reason;
using mta_sts::commands::LookedDomain;
using mta_sts::web::Colours;
using mta_sts::web::domain_json;
using mta_sts::web::domain_text;
using namespace mta_sts::testing;

namespace {

LookedDomain looked_at(Story& story) {
  auto state = story.look();
  auto advice = mta_sts::judge::advise(state, story.memory(), story.finder(), state.last_probe);
  return {story.memory(), std::move(state), std::move(advice), {}};
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

boost::json::object domain_of(const LookedDomain& looked) { return domain_json(looked.facts()); }

}  // namespace

TEST_CASE("report: a problem names its page", "[commands][report]") {
  Story story;
  story.seen.policy_host = policy_host({answers("192.0.2.1", 404)});
  const auto looked = looked_at(story);
  CHECK(has(domain_text(looked.facts(), Colours::Off), "        see    RFC 8461 3.3, docs/findings.md#http_status\n"));
  const auto problem = domain_of(looked).at("checks").at("policy_fetch").at("problems").at(0);
  CHECK(problem.at("doc") == "docs/findings.md#http_status");
}

TEST_CASE("report: a problem has a severity: error, warning, or info where it has no part in the verdict",
          "[commands][report]") {
  Story story;
  story.seen.policy_host = policy_host({answers("192.0.2.1", 404)});
  story.seen.mx = no_mx_set(Reason::DnsTimeout);
  story.seen.tlsrpt = txt({});
  const auto checks = domain_of(looked_at(story)).at("checks");
  const auto severity_of = [&](const char* check) { return checks.at(check).at("problems").at(0).at("severity"); };
  CHECK(severity_of("policy_fetch") == "error");
  CHECK(severity_of("mx_lookup") == "warning");
  CHECK(severity_of("tlsrpt") == "info");
}

TEST_CASE("report: what was not looked at yet is not ok, and the verdict says so", "[commands][report]") {
  Story story;
  story.endpoints.clear();
  CHECK(has(domain_text(looked_at(story).facts(), Colours::Off),
            "Verdict: inconclusive, not known yet: not all of it was looked at\n"));
}

TEST_CASE("report: a reason without a clause still names its page", "[commands][report]") {
  Story story;
  story.seen.mx.too_many = true;
  CHECK(has(domain_text(looked_at(story).facts(), Colours::Off), "        see    docs/findings.md#mx_too_many\n"));
}

TEST_CASE("report: advisories stand behind the problems with fix and page, and leave the verdict alone",
          "[commands][report]") {
  Story story;
  story.seen.policy_host = policy_host({serves("192.0.2.1", policy_text("testing", {"mx.example.org"}, 1209600))});
  const auto looked = looked_at(story);
  const auto text = domain_text(looked.facts(), Colours::Off);
  CHECK(has(text, "  note  policy_mode_testing: mode \"testing\": "));
  CHECK(has(text, "        see    RFC 8461 5, docs/findings.md#policy_mode_testing\n"));
  CHECK(has(text, "Verdict: ok"));
  const auto domain = domain_of(looked);
  CHECK(domain.at("verdict") == "ok");
  const auto& advisories = domain.at("advisories").as_array();
  REQUIRE(advisories.size() == 1);
  CHECK(advisories[0].at("advisory") == "policy_mode_testing");
  CHECK(advisories[0].at("doc") == "docs/findings.md#policy_mode_testing");
  CHECK_FALSE(advisories[0].at("fix").as_string().empty());
}

TEST_CASE("report: a missing TLS-RPT record is advice in the text, told once, and a check in JSON",
          "[commands][report]") {
  Story story;
  story.seen.tlsrpt = txt({});
  const auto looked = looked_at(story);
  const auto text = domain_text(looked.facts(), Colours::Off);
  CHECK(has(text, "note  tlsrpt_absent: "));
  CHECK_FALSE(has(text, "FAIL  tlsrpt"));
  CHECK(domain_of(looked).at("checks").at("tlsrpt").at("problems").at(0).at("reason") == "tlsrpt_missing");
}

TEST_CASE("report: what does not count in the verdict is no FAIL and is not called broken", "[commands][report]") {
  Story story;
  story.seen.record = txt({});
  story.seen.policy_host.reset();
  story.seen.mx = no_mx_set(Reason::DnsNxdomain);
  story.seen.tlsrpt = txt({"v=TLSRPTv1; x"});
  const auto text = domain_text(looked_at(story).facts(), Colours::Off);
  CHECK(has(text, "note  record: record_missing"));
  CHECK(has(text, "note  tlsrpt: tlsrpt_syntax"));
  CHECK(has(text, "FAIL  mx_lookup: mx_none"));
  CHECK(has(text, "Verdict: fail, broken: mx_lookup\n"));
}

TEST_CASE("report: hostile text in an advisory is made printable", "[commands][report]") {
  Story story;
  story.seen.record.cname_chain = {"\x1b[2J\xff.example"};
  const auto looked = looked_at(story);
  REQUIRE(looked.advice.size() == 2);
  CHECK_FALSE(has(domain_text(looked.facts(), Colours::Off), "\x1b"));
  CHECK(boost::json::parse(boost::json::serialize(domain_json(looked.facts()))).is_object());
}
