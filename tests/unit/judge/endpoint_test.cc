#include <catch2/catch.hpp>

#include "tests/unit/judge/builders.h"

using mta_sts::Reason;
using mta_sts::judge::EndpointState;
namespace t = mta_sts::testing;
using std::chrono::hours;
using std::chrono::minutes;
using t::shown;

TEST_CASE("endpoint: a dialogue that goes through passes and shows its TLS", "[judge][endpoint]") {
  const auto state = t::EndpointStory().look(t::delivers());
  CHECK(shown(state.passes) == "1");
  CHECK(shown(state.reachable) == "1");
  CHECK(shown(state.starttls) == "1");
  CHECK(shown(state.cert_valid) == "1");
  CHECK(state.tls->version == "TLSv1.3");
  CHECK(state.problems.empty());
  CHECK(state.last_conclusive == state.last_probe);
  CHECK(state.duration.has_value());
}

TEST_CASE("endpoint: reachable tells of a 220 greeting and is absent where this machine was not let through",
          "[judge][endpoint]") {
  for (const Reason reason : {Reason::EgressBlocked, Reason::NoRoute, Reason::AddressDenied}) {
    const auto state = t::EndpointStory().look(t::not_greeted(reason));
    CHECK(shown(state.reachable) == "-");
    CHECK_FALSE(state.duration);
  }
  for (const Reason reason : {Reason::ConnectRefused, Reason::ConnectTimeout, Reason::ConnectError,
                              Reason::AddressNotPublic, Reason::SmtpClosed, Reason::SmtpRejected, Reason::SmtpBusy}) {
    CHECK(shown(t::EndpointStory().look(t::not_greeted(reason)).reachable) == "0");
  }
  CHECK(shown(t::EndpointStory().look(t::fails_after_greeting(Reason::StarttlsMissing)).reachable) == "1");
}

TEST_CASE("endpoint: starttls is 0 where it was not offered or refused, absent where nobody came that far",
          "[judge][endpoint]") {
  CHECK(shown(t::EndpointStory().look(t::fails_after_greeting(Reason::StarttlsMissing)).starttls) == "0");
  CHECK(shown(t::EndpointStory().look(t::fails_after_greeting(Reason::StarttlsRefused)).starttls) == "0");
  CHECK(shown(t::EndpointStory().look(t::fails_after_greeting(Reason::SmtpProtocol)).starttls) == "-");
  CHECK(shown(t::EndpointStory().look(t::not_greeted(Reason::ConnectRefused)).starttls) == "-");
}

TEST_CASE("endpoint: of several certificate faults the first is shown, before what broke later", "[judge][endpoint]") {
  auto seen = t::refused_certificate({Reason::CertSelfSigned, Reason::CertNameMismatch});
  seen.fault = t::fault(Reason::TlsHandshake);
  const auto state = t::EndpointStory().look(seen);
  CHECK(shown(state.problems) == " fail:cert_self_signed");
  CHECK(shown(state.passes) == "0");
  CHECK(shown(state.cert_valid) == "0");
  CHECK(state.cert.has_value());
}

TEST_CASE("endpoint: an inconclusive look keeps the fail beside it until hold has passed", "[judge][endpoint][hold]") {
  t::EndpointStory story;
  const auto failed = story.look(t::refused_certificate({Reason::CertExpired}));
  const auto held = story.look(t::not_greeted(Reason::ConnectTimeout), t::kHold);
  CHECK(shown(held.problems) == " fail:cert_expired inconclusive:connect_timeout");
  CHECK(shown(held.passes) == "0");
  CHECK(shown(held.cert_valid) == "0");
  CHECK(shown(held.starttls) == "1");
  CHECK(held.last_conclusive == failed.last_probe);

  const auto gone = story.look(t::not_greeted(Reason::ConnectTimeout), minutes(1));
  CHECK(shown(gone.problems) == " inconclusive:connect_timeout");
  CHECK(shown(gone.passes) == "-");
  CHECK(shown(gone.cert_valid) == "-");
  CHECK(shown(gone.starttls) == "-");
}

TEST_CASE("endpoint: certificate dates and the last conclusive time stay however long nothing is seen",
          "[judge][endpoint][hold]") {
  t::EndpointStory story;
  const auto first = story.look(t::delivers());
  const auto late = story.look(t::not_greeted(Reason::SmtpBusy), hours(240));
  REQUIRE(late.cert);
  CHECK(late.cert == first.cert);
  CHECK(late.chain_not_after == first.chain_not_after);
  CHECK(late.last_conclusive == first.last_probe);
}

TEST_CASE("endpoint: reachable and duration are of the last look, never held", "[judge][endpoint][hold]") {
  t::EndpointStory story;
  story.look(t::delivers());
  const auto refused = story.look(t::not_greeted(Reason::ConnectRefused));
  CHECK(shown(refused.reachable) == "0");
  CHECK(shown(refused.passes) == "1");
  const auto blocked = story.look(t::not_greeted(Reason::EgressBlocked));
  CHECK(shown(blocked.reachable) == "-");
  CHECK_FALSE(blocked.duration);
}

TEST_CASE("endpoint: a conclusive look without a certificate keeps the dates and drops the judgement",
          "[judge][endpoint]") {
  t::EndpointStory story;
  story.look(t::delivers());
  const auto state = story.look(t::fails_after_greeting(Reason::StarttlsMissing));
  CHECK(state.cert.has_value());
  CHECK(shown(state.cert_valid) == "-");
  CHECK(shown(state.problems) == " fail:starttls_missing");
}

TEST_CASE("endpoint: never conclusive shows the problem and nothing else", "[judge][endpoint]") {
  const auto state = t::EndpointStory().look(t::not_greeted(Reason::SmtpTimeout));
  CHECK(shown(state.problems) == " inconclusive:smtp_timeout");
  CHECK(shown(state.passes) == "-");
  CHECK_FALSE(state.last_conclusive);
  CHECK_FALSE(state.cert);
}

TEST_CASE("endpoint: standing differs when passing or problems differ", "[judge][endpoint]") {
  const auto passing = t::EndpointStory().look(t::delivers());
  const auto failing = t::EndpointStory().look(t::fails_after_greeting(Reason::StarttlsMissing));
  const auto silent = t::EndpointStory().look(t::not_greeted(Reason::SmtpBusy));
  CHECK(same_standing(passing, t::EndpointStory().look(t::delivers(), hours(1))));
  CHECK_FALSE(same_standing(passing, failing));
  CHECK_FALSE(same_standing(passing, silent));
}
