#include <catch2/catch.hpp>

#include "tests/unit/judge/builders.h"

using mta_sts::Reason;
using mta_sts::judge::DomainState;
using mta_sts::judge::PolicyFetch;
namespace t = mta_sts::testing;
using t::shown;

namespace {

const std::string kA = t::policy_text("enforce", {"mx.example.org"});
const std::string kB = t::policy_text("testing", {"mx.example.org"});
const std::string kC = t::policy_text("none", {});

DomainState with_policy(mta_sts::judge::PolicyHost host) {
  t::Story story;
  story.seen.policy_host = std::move(host);
  return story.look();
}
DomainState with_servers(std::vector<PolicyFetch> fetches) { return with_policy(t::policy_host(std::move(fetches))); }

std::string live_mode(const DomainState& state) {
  return state.policy.live ? std::string(to_text(state.policy.live->mode)) : "-";
}

}  // namespace

TEST_CASE("policy: one address with a valid policy passes all three checks that apply", "[judge][policy]") {
  const auto state = with_servers({t::serves("192.0.2.1", kA)});
  CHECK(shown(state.policy.fetch) == "1");
  CHECK(shown(state.policy.syntax) == "1");
  CHECK(shown(state.policy.servers) == "-");
  CHECK(shown(state.policy.present) == "1");
  CHECK(shown(state.policy.cert_valid) == "1");
  CHECK(shown(state.policy.consistent) == "-");
  CHECK(state.policy.addresses == 1u);
  CHECK(state.policy.addresses_ok == 1u);
  CHECK(state.policy.http_status == 200);
  CHECK(live_mode(state) == "enforce");
}

TEST_CASE("policy: without a valid record there is no policy for a sender, the rest goes on (RFC 8461 §3.1)",
          "[judge][policy]") {
  t::Story story;
  story.seen.record = t::no_txt(Reason::DnsNxdomain);
  const auto state = story.look();
  CHECK(shown(state.policy.present) == "0");
  CHECK(live_mode(state) == "-");
  CHECK(shown(state.policy.fetch) == "-");
  CHECK(shown(state.policy.syntax) == "-");
  CHECK(shown(state.policy.servers) == "-");
  CHECK(state.policy.cert.has_value());
  CHECK(state.policy.addresses_ok == 1u);
  CHECK(state.policy.last_success == story.now());
}

TEST_CASE("policy: the policy host without an address fails, whoever asks finds no policy (RFC 8461 §3.3)",
          "[judge][policy]") {
  for (const Reason reason : {Reason::DnsNxdomain, Reason::DnsNodata, Reason::DnsBogus}) {
    const auto state = with_policy(t::policy_host_without_address(reason));
    CHECK(shown(state.policy.fetch) == t::fails(reason));
    CHECK(shown(state.policy.present) == "0");
    CHECK_FALSE(state.policy.http_status);
  }
  for (const Reason reason : {Reason::DnsServfail, Reason::DnsTimeout, Reason::DnsRefused, Reason::DnsMalformed}) {
    const auto state = with_policy(t::policy_host_without_address(reason));
    CHECK(shown(state.policy.fetch) == t::silent(reason));
    CHECK(shown(state.policy.present) == "-");
  }
}

TEST_CASE("policy: no route to any address is this machine's trouble", "[judge][policy]") {
  auto host = t::policy_host({});
  host.lookup = t::found({"2001:db8::1"});
  const auto state = with_policy(host);
  CHECK(shown(state.policy.fetch) == t::silent(Reason::NoRoute));
  CHECK(shown(state.policy.present) == "-");
}

TEST_CASE("policy: the fault of the only address is the fetch's, inconclusive ones only if they are ours",
          "[judge][policy]") {
  for (const Reason reason : {Reason::AddressNotPublic, Reason::ConnectRefused, Reason::ConnectTimeout,
                              Reason::ConnectError, Reason::TlsVersion, Reason::TlsTimeout, Reason::HttpTimeout}) {
    const auto state = with_servers({t::breaks("192.0.2.1", reason)});
    CHECK(shown(state.policy.fetch) == t::fails(reason));
    CHECK(shown(state.policy.present) == "0");
    CHECK(shown(state.policy.syntax) == "-");
  }
  for (const Reason reason : {Reason::AddressDenied, Reason::EgressBlocked}) {
    CHECK(shown(with_servers({t::breaks("192.0.2.1", reason)}).policy.fetch) == t::silent(reason));
  }
}

TEST_CASE("policy: a fetched text that is no policy passes policy_fetch and fails policy_syntax", "[judge][policy]") {
  const auto state = with_servers({t::serves("192.0.2.1", "<html>")});
  CHECK(shown(state.policy.fetch) == "1");
  CHECK(shown(state.policy.syntax) == t::fails(Reason::PolicySyntax));
  CHECK(shown(state.policy.present) == "0");
  CHECK(state.policy.addresses_ok == 0u);
}

TEST_CASE("policy: one passing address is enough for fetch and syntax, policy_servers tells of the others",
          "[judge][policy]") {
  const auto state = with_servers(
      {t::breaks("192.0.2.1", Reason::ConnectRefused), t::serves("192.0.2.2", "<html>"), t::serves("192.0.2.3", kA)});
  CHECK(shown(state.policy.fetch) == "1");
  CHECK(shown(state.policy.syntax) == "1");
  CHECK(shown(state.policy.servers) == t::fails(Reason::ConnectRefused));
  CHECK(shown(state.policy.present) == "1");
  CHECK(state.policy.addresses == 3u);
  CHECK(state.policy.addresses_ok == 1u);
}

TEST_CASE("policy_servers: of several failing addresses the lowest is shown", "[judge][policy]") {
  const auto state = with_servers(
      {t::serves("192.0.2.1", "<html>"), t::breaks("192.0.2.2", Reason::ConnectRefused), t::serves("192.0.2.3", kA)});
  CHECK(shown(state.policy.servers) == t::fails(Reason::PolicySyntax));
}

TEST_CASE("policy_servers: the same meaning is the same policy, another one is not", "[judge][policy]") {
  const auto same = with_servers(
      {t::serves("192.0.2.1", "version: STSv1\nmode: enforce\nmx: a.example\nmx: *.B.example\nmax_age: 60\n"),
       t::serves("192.0.2.2",
                 "version: STSv1\r\nmax_age: 60\r\nmx: *.b.example\r\nmx: A.example\r\nmode: enforce\r\n")});
  CHECK(shown(same.policy.servers) == "1");
  CHECK(shown(same.policy.consistent) == "1");
  for (const auto& other : {kB, kC, t::policy_text("enforce", {"mx.example.org"}, 604801),
                            t::policy_text("enforce", {"mx.example.org", "b.example"})}) {
    const auto state = with_servers({t::serves("192.0.2.1", kA), t::serves("192.0.2.2", other)});
    CHECK(shown(state.policy.servers) == t::fails(Reason::PolicyInconsistent));
    CHECK(shown(state.policy.consistent) == "0");
  }
}

TEST_CASE("policy_servers: a fault of an address comes before their disagreement", "[judge][policy]") {
  const auto state = with_servers(
      {t::serves("192.0.2.1", kA), t::serves("192.0.2.2", kB), t::breaks("192.0.2.3", Reason::TlsHandshake)});
  CHECK(shown(state.policy.servers) == t::fails(Reason::TlsHandshake));
  CHECK(shown(state.policy.consistent) == "0");
}

TEST_CASE("policy_servers: an address that only we do not reach is inconclusive", "[judge][policy]") {
  const auto state = with_servers({t::serves("192.0.2.1", kA), t::breaks("192.0.2.2", Reason::AddressDenied)});
  CHECK(shown(state.policy.servers) == t::silent(Reason::AddressDenied));
  CHECK(shown(state.policy.fetch) == "1");
  CHECK_FALSE(state.policy.addresses_ok);
}

TEST_CASE("live policy: the one that most addresses serve", "[judge][policy]") {
  CHECK(live_mode(with_servers({t::serves("192.0.2.1", kA), t::serves("192.0.2.2", kB), t::serves("192.0.2.3", kB)})) ==
        "testing");
}

TEST_CASE("live policy: on a tie that of the lowest address, IPv4 before IPv6", "[judge][policy]") {
  CHECK(live_mode(with_servers({t::serves("192.0.2.9", kB), t::serves("192.0.2.10", kA)})) == "testing");
  CHECK(live_mode(with_servers({t::serves("192.0.2.1", kB), t::serves("2001:db8::1", kA)})) == "testing");
}

TEST_CASE("live policy: on a tie the one that was live stays, a majority takes over", "[judge][policy]") {
  t::Story story;
  story.seen.policy_host = t::policy_host({t::serves("192.0.2.1", kB), t::serves("192.0.2.2", kB)});
  CHECK(live_mode(story.look()) == "testing");
  story.seen.policy_host = t::policy_host({t::serves("192.0.2.1", kA), t::serves("192.0.2.2", kB)});
  CHECK(live_mode(story.look()) == "testing");
  story.seen.policy_host =
      t::policy_host({t::serves("192.0.2.1", kA), t::serves("192.0.2.2", kB), t::serves("192.0.2.3", kA)});
  CHECK(live_mode(story.look()) == "enforce");
  story.seen.policy_host = t::policy_host({t::serves("192.0.2.1", kC), t::serves("192.0.2.2", kB)});
  CHECK(live_mode(story.look()) == "none");
}

TEST_CASE("deciding answer: that of the live policy's lowest address", "[judge][policy]") {
  auto second = t::serves("192.0.2.2", kB);
  second.duration = std::chrono::milliseconds(777);
  const auto state = with_servers({t::serves("192.0.2.1", kA), second, t::serves("192.0.2.3", kB)});
  CHECK(live_mode(state) == "testing");
  CHECK(state.policy.fetch_duration == std::chrono::milliseconds(777));
}

TEST_CASE("deciding answer: without a policy that of the address where a sender came furthest, lowest first",
          "[judge][policy]") {
  const auto status =
      with_servers({t::breaks("192.0.2.1", Reason::ConnectRefused), t::answers("192.0.2.2", 404),
                    t::answers("192.0.2.3", 500), t::refuses_certificate("192.0.2.4", {Reason::CertExpired})});
  CHECK(shown(status.policy.fetch) == t::fails(Reason::HttpStatus));
  CHECK(status.policy.http_status == 404);
  const auto syntax = with_servers({t::answers("192.0.2.1", 404), t::serves("192.0.2.2", "")});
  CHECK(shown(syntax.policy.fetch) == "1");
  CHECK(shown(syntax.policy.syntax) == t::fails(Reason::PolicyEmpty));
  CHECK(syntax.policy.http_status == 200);
}

TEST_CASE("deciding answer: a fault before an answer shows no status", "[judge][policy]") {
  const auto state = with_servers({t::breaks("192.0.2.1", Reason::ConnectRefused)});
  CHECK_FALSE(state.policy.http_status);
  CHECK(state.policy.fetch_duration.has_value());
}

TEST_CASE("policy certificate: of the address whose leaf ends first, the chain's earliest end over all",
          "[judge][policy]") {
  const auto in = [](int hours) { return t::kStart + std::chrono::hours(hours); };
  auto first = t::serves("192.0.2.1", kA);
  first.tls = t::tls_with({{t::leaf("0a", in(500))}, in(400), {}});
  auto second = t::serves("192.0.2.2", kA);
  second.tls = t::tls_with({{t::leaf("0b", in(300))}, in(600), {}});
  const auto state = with_servers({first, second});
  REQUIRE(state.policy.cert);
  CHECK(state.policy.cert->serial == "0b");
  CHECK(state.policy.chain_not_after == in(400));
  CHECK(shown(state.policy.cert_valid) == "1");
}

TEST_CASE("policy certificate: one that fails at one address is not valid, and is shown all the same",
          "[judge][policy]") {
  const auto state =
      with_servers({t::serves("192.0.2.1", kA), t::refuses_certificate("192.0.2.2", {Reason::CertNameMismatch})});
  CHECK(shown(state.policy.cert_valid) == "0");
  CHECK(state.policy.cert.has_value());
}

TEST_CASE("policy certificate: while none is seen the dates stay and the judgement goes", "[judge][policy]") {
  t::Story story;
  const auto before = story.look();
  story.seen.policy_host = t::policy_host({t::breaks("192.0.2.1", Reason::ConnectRefused)});
  const auto after = story.look(std::chrono::hours(48));
  CHECK(shown(after.policy.cert_valid) == "-");
  CHECK(after.policy.cert == before.policy.cert);
  CHECK(after.policy.chain_not_after == before.policy.chain_not_after);
}

TEST_CASE("policy host: last success is the last time that a valid policy was served", "[judge][policy]") {
  t::Story story;
  const auto served = story.look();
  CHECK(served.policy.last_success == story.now());
  story.seen.policy_host = t::policy_host({t::answers("192.0.2.1", 500)});
  CHECK(story.look().policy.last_success == served.policy.last_success);
  story.seen.policy_host = t::policy_host({t::breaks("192.0.2.1", Reason::EgressBlocked)});
  CHECK(story.look().policy.last_success == served.policy.last_success);
}

TEST_CASE("policy host: that it is gone is believed when two looks at it found it so; a kept failure is no look",
          "[judge][policy]") {
  t::Story story;
  story.look();
  story.seen.policy_host = t::policy_host({t::answers("192.0.2.1", 404)});
  CHECK(shown(story.look().cached.lifecycle) == "1");
  story.policy_host_kept = true;
  CHECK(shown(story.look(std::chrono::minutes(11)).cached.lifecycle) == "1");
  story.policy_host_kept = false;
  CHECK(shown(story.look().cached.lifecycle) == t::fails(Reason::RemovedWithoutNone));
}
