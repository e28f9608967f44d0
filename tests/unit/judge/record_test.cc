#include <catch2/catch.hpp>

#include "tests/unit/judge/builders.h"

using mta_sts::Reason;
using mta_sts::judge::Check;
using mta_sts::settings::Expectation;
namespace t = mta_sts::testing;
using t::shown;

namespace {

mta_sts::judge::DomainState with_record(mta_sts::judge::TxtLookup record, std::optional<Expectation> expect = {}) {
  t::Story story(expect);
  story.seen.record = std::move(record);
  return story.look();
}

std::string expectation(Expectation expect, const std::string& mode) {
  t::Story story(expect);
  story.seen.policy_host = t::policy_host({t::serves("192.0.2.1", t::policy_text(mode, {"mx.example.org"}))});
  return shown(story.look().expectation);
}

}  // namespace

TEST_CASE("record: exactly one valid record passes and shows its id (RFC 8461 §3.1)", "[judge][record]") {
  const auto state = with_record(t::txt({"v=STSv1; id=20260101"}));
  CHECK(shown(state.record.check) == "1");
  CHECK(shown(state.record.present) == "1");
  CHECK(shown(state.record.valid) == "1");
  CHECK(state.record.id == "20260101");
}

TEST_CASE("record: NXDOMAIN, no data and other TXT records are record_missing", "[judge][record]") {
  for (const auto& lookup :
       {t::no_txt(Reason::DnsNxdomain), t::no_txt(Reason::DnsNodata), t::txt({}), t::txt({"v=spf1 -all", "x"})}) {
    const auto state = with_record(lookup);
    CHECK(shown(state.record.check) == t::fails(Reason::RecordMissing));
    CHECK(shown(state.record.present) == "0");
    CHECK(shown(state.record.valid) == "0");
    CHECK(shown(state.policy.present) == "0");
    CHECK_FALSE(state.record.id);
  }
}

TEST_CASE("record: each fault of the text has its reason (RFC 8461 §3.1)", "[judge][record]") {
  const std::pair<std::vector<std::string>, Reason> rows[] = {
      {{"v=STSv1; id=a", "v=STSv1; id=b"}, Reason::RecordMultiple},
      {{"v=STSv1; id=a;; x"}, Reason::RecordSyntax},
      {{"v=STSv1;"}, Reason::RecordIdMissing},
      {{"v=STSv1; id=a-b"}, Reason::RecordIdInvalid},
  };
  for (const auto& [rrs, reason] : rows) {
    const auto state = with_record(t::txt(rrs));
    CHECK(shown(state.record.check) == t::fails(reason));
    CHECK(shown(state.record.present) == "1");
    CHECK(shown(state.record.valid) == "0");
    CHECK(shown(state.policy.present) == "0");
  }
}

TEST_CASE("record: a bogus answer fails, validating senders find no policy", "[judge][record]") {
  const auto state = with_record(t::no_txt(Reason::DnsBogus));
  CHECK(shown(state.record.check) == t::fails(Reason::DnsBogus));
  CHECK(shown(state.record.present) == "-");
  CHECK(shown(state.policy.present) == "0");
}

TEST_CASE("record: the resolver's trouble is inconclusive and says nothing of the policy", "[judge][record]") {
  for (const Reason reason : {Reason::DnsServfail, Reason::DnsTimeout, Reason::DnsRefused, Reason::DnsMalformed}) {
    const auto state = with_record(t::no_txt(reason));
    CHECK(shown(state.record.check) == t::silent(reason));
    CHECK(shown(state.record.present) == "-");
    CHECK(shown(state.policy.present) == "-");
    CHECK(shown(state.policy.fetch) == "-");
    CHECK_FALSE(state.last_conclusive);
  }
}

TEST_CASE("record: with expect absent a record is unexpected and none is right", "[judge][record]") {
  CHECK(shown(with_record(t::txt({"v=STSv1; id=a"}), Expectation::Absent).record.check) ==
        t::fails(Reason::RecordUnexpected));
  CHECK(shown(with_record(t::txt({"v=STSv1;"}), Expectation::Absent).record.check) ==
        t::fails(Reason::RecordUnexpected));
  CHECK(shown(with_record(t::no_txt(Reason::DnsNxdomain), Expectation::Absent).record.check) == "1");
}

TEST_CASE("expectation: it applies where it is declared", "[judge][expectation]") {
  CHECK(shown(t::Story().look().expectation) == "-");
}

TEST_CASE("expectation: the live mode is the expected one or it is not", "[judge][expectation]") {
  const std::pair<Expectation, std::string> modes[] = {
      {Expectation::Enforce, "enforce"}, {Expectation::Testing, "testing"}, {Expectation::None, "none"}};
  for (const auto& [expect, text] : modes) {
    for (const auto& [other, mode] : modes) {
      INFO(text << " " << mode);
      CHECK(expectation(expect, mode) == (expect == other ? "1" : t::fails(Reason::ModeUnexpected)));
    }
  }
}

TEST_CASE("expectation: a policy that senders do not find is not the expected mode", "[judge][expectation]") {
  t::Story story(Expectation::Enforce);
  story.seen.record = t::no_txt(Reason::DnsNxdomain);
  CHECK(shown(story.look().expectation) == t::fails(Reason::ModeUnexpected));
}

TEST_CASE("expectation: what cannot be judged for want of the record or the policy shows no problem",
          "[judge][expectation]") {
  t::Story silent_record(Expectation::Enforce);
  silent_record.seen.record = t::no_txt(Reason::DnsTimeout);
  CHECK(shown(silent_record.look().expectation) == "-");
  t::Story silent_policy(Expectation::Enforce);
  silent_policy.seen.policy_host = t::policy_host({t::breaks("192.0.2.1", Reason::EgressBlocked)});
  CHECK(shown(silent_policy.look().expectation) == "-");
}

TEST_CASE("expectation: absent means no record and no policy", "[judge][expectation]") {
  t::Story nothing(Expectation::Absent);
  nothing.seen.record = t::no_txt(Reason::DnsNxdomain);
  nothing.seen.policy_host = t::policy_host_without_address(Reason::DnsNxdomain);
  CHECK(shown(nothing.look().expectation) == "1");
  t::Story record_only(Expectation::Absent);
  record_only.seen.policy_host = t::policy_host_without_address(Reason::DnsNxdomain);
  CHECK(shown(record_only.look().expectation) == t::fails(Reason::PolicyUnexpected));
  t::Story policy_only(Expectation::Absent);
  policy_only.seen.record = t::no_txt(Reason::DnsNodata);
  CHECK(shown(policy_only.look().expectation) == t::fails(Reason::PolicyUnexpected));
}

TEST_CASE("tlsrpt: one valid record passes, each fault has its reason (RFC 8460 §3)", "[judge][tlsrpt]") {
  const std::pair<mta_sts::judge::TxtLookup, std::string> rows[] = {
      {t::txt({"v=TLSRPTv1; rua=mailto:a@example.org"}), "1"},
      {t::txt({}), t::fails(Reason::TlsrptMissing)},
      {t::no_txt(Reason::DnsNxdomain), t::fails(Reason::TlsrptMissing)},
      {t::txt({"v=TLSRPTv1; rua=mailto:a@example.org", "v=TLSRPTv1; rua=mailto:b@example.org"}),
       t::fails(Reason::TlsrptMultiple)},
      {t::txt({"v=TLSRPTv1; rua=mailto:a@example.org;; x"}), t::fails(Reason::TlsrptSyntax)},
      {t::txt({"v=TLSRPTv1;"}), t::fails(Reason::TlsrptRuaInvalid)},
      {t::no_txt(Reason::DnsBogus), t::fails(Reason::DnsBogus)},
      {t::no_txt(Reason::DnsServfail), t::silent(Reason::DnsServfail)},
  };
  for (const auto& [lookup, expected] : rows) {
    t::Story story;
    story.seen.tlsrpt = lookup;
    const auto state = story.look();
    CHECK(shown(state.tlsrpt.check) == expected);
    // It never keeps a look from being conclusive.
    CHECK(state.last_conclusive == story.now());
  }
}
