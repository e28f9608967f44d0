#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "exporter/judge/explain.h"
#include "tests/unit/judge/builders.h"

using mta_sts::kReasonCount;
using mta_sts::Reason;
using mta_sts::judge::Check;
using mta_sts::judge::Outcome;
using mta_sts::judge::outcome_of;
using mta_sts::judge::Place;

namespace {

const std::set<Reason> kResolver = {Reason::DnsServfail, Reason::DnsTimeout, Reason::DnsRefused, Reason::DnsMalformed};
const std::set<Reason> kOurMachine = {Reason::AddressDenied, Reason::NoRoute, Reason::EgressBlocked};

std::set<Reason> joined(std::set<Reason> a, const std::set<Reason>& b) {
  a.insert(b.begin(), b.end());
  return a;
}

std::set<Reason> between(Reason first, Reason last) {
  std::set<Reason> reasons;
  for (auto i = static_cast<int>(first); i <= static_cast<int>(last); ++i) reasons.insert(static_cast<Reason>(i));
  return reasons;
}

void check_all(Place place, const std::set<Reason>& reasons, Outcome expected) {
  for (const Reason reason : reasons) {
    INFO(to_text(reason));
    CHECK(outcome_of(place, reason) == expected);
  }
}

const std::set<Reason> kTls = between(Reason::TlsVersion, Reason::CertInvalid);
const std::set<Reason> kConnection = between(Reason::AddressNotPublic, Reason::ConnectError);

}  // namespace

TEST_CASE("outcome: of a TXT lookup only the resolver's trouble is inconclusive", "[judge][outcome]") {
  check_all(Place::TxtRecord, kResolver, Outcome::Inconclusive);
  check_all(Place::TxtRecord, {Reason::DnsNxdomain, Reason::DnsNodata, Reason::DnsBogus}, Outcome::Fail);
  check_all(Place::TxtRecord, between(Reason::RecordMissing, Reason::RecordUnexpected), Outcome::Fail);
  check_all(Place::TxtRecord, between(Reason::TlsrptMissing, Reason::TlsrptRuaInvalid), Outcome::Fail);
}

TEST_CASE("outcome: at the policy host a sender meets what is neither the resolver's nor this machine's trouble",
          "[judge][outcome]") {
  const auto ours = joined(kResolver, kOurMachine);
  check_all(Place::PolicyHost, ours, Outcome::Inconclusive);
  auto theirs = joined(between(Reason::DnsNxdomain, Reason::DnsMalformed), kConnection);
  theirs = joined(theirs, between(Reason::TlsVersion, Reason::PolicyInconsistent));
  for (const Reason reason : ours) theirs.erase(reason);
  check_all(Place::PolicyHost, theirs, Outcome::Fail);
}

TEST_CASE("outcome: every DNS reason of an MX lookup is inconclusive, what it says of the set is a fail",
          "[judge][outcome]") {
  check_all(Place::MxSet, {Reason::DnsBogus, Reason::DnsServfail, Reason::DnsTimeout}, Outcome::Inconclusive);
  check_all(Place::MxSet, {Reason::DnsRefused, Reason::DnsMalformed, Reason::MxTooMany}, Outcome::Inconclusive);
  check_all(Place::MxSet,
            {Reason::MxNone, Reason::MxNullMixed, Reason::MxUnresolvable, Reason::MxNoAddress, Reason::MxNotAHost,
             Reason::MxNotInPolicy, Reason::NoMxInPolicy},
            Outcome::Fail);
}

TEST_CASE("outcome: an MX address that takes no mail says nothing about its TLS", "[judge][outcome]") {
  check_all(Place::Endpoint, kConnection, Outcome::Inconclusive);
  check_all(Place::Endpoint, {Reason::SmtpClosed, Reason::SmtpRejected, Reason::SmtpBusy}, Outcome::Inconclusive);
  check_all(Place::Endpoint, kTls, Outcome::Fail);
  check_all(Place::Endpoint, between(Reason::SmtpProtocol, Reason::StarttlsInjection), Outcome::Fail);
}

TEST_CASE("outcome: smtp_timeout is inconclusive before the greeting and a fail after it", "[judge][outcome]") {
  using mta_sts::testing::fails_after_greeting;
  using mta_sts::testing::not_greeted;
  CHECK(outcome_of(not_greeted(Reason::SmtpTimeout), Reason::SmtpTimeout) == Outcome::Inconclusive);
  CHECK(outcome_of(fails_after_greeting(Reason::SmtpTimeout), Reason::SmtpTimeout) == Outcome::Fail);
}

TEST_CASE("explain: every reason has a meaning and a fix", "[judge][explain]") {
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    INFO(to_text(reason));
    CHECK_FALSE(explain(Check::PolicyFetch, reason).meaning.empty());
    CHECK_FALSE(explain(Check::MxTls, reason).fix.empty());
  }
}

TEST_CASE("explain: the clause of a certificate reason depends on whose certificate it is", "[judge][explain]") {
  CHECK(explain(Check::PolicyFetch, Reason::CertExpired).clause == "RFC 8461 3.3");
  CHECK(explain(Check::MxTls, Reason::CertExpired).clause == "RFC 8461 4.2");
}

TEST_CASE("explain: what a sender does about a handshake depends on whose it is", "[judge][explain]") {
  CHECK(explain(Check::PolicyFetch, Reason::CertExpired).meaning.find("no policy") != std::string_view::npos);
  CHECK(explain(Check::PolicyServers, Reason::CertExpired).meaning.find("this address") != std::string_view::npos);
  CHECK(explain(Check::MxTls, Reason::CertExpired).meaning.find("do not deliver") != std::string_view::npos);
}
