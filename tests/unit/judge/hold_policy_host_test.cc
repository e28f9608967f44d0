#include <catch2/catch.hpp>

#include "tests/unit/judge/builders.h"

using mta_sts::Reason;
namespace t = mta_sts::testing;
using std::chrono::hours;
using std::chrono::minutes;
using t::shown;

// contract: "An inconclusive probe erases nothing" until probe.hold after the end of the last conclusive one.

TEST_CASE("hold: a silent policy host keeps policy and checks, not the last look's status and duration",
          "[judge][hold]") {
  t::Story story;
  const auto before = story.look();
  story.seen.policy_host = t::policy_host({t::breaks("192.0.2.1", Reason::EgressBlocked)});
  const auto held = story.look();
  CHECK(shown(held.policy.fetch) == "1 inconclusive:egress_blocked");
  CHECK(shown(held.policy.syntax) == "1");
  CHECK(shown(held.policy.present) == "1");
  CHECK(held.policy.live.has_value());
  CHECK(shown(held.policy.cert_valid) == "1");
  CHECK(held.policy.addresses_ok == 1u);
  CHECK_FALSE(held.policy.http_status);
  CHECK_FALSE(held.policy.fetch_duration);
  CHECK_FALSE(held.last_conclusive == held.last_probe);

  const auto gone = story.look(t::kHold);
  CHECK(shown(gone.policy.fetch) == "- inconclusive:egress_blocked");
  CHECK(shown(gone.policy.syntax) == "-");
  CHECK(shown(gone.policy.present) == "-");
  CHECK_FALSE(gone.policy.live);
  CHECK(shown(gone.policy.cert_valid) == "-");
  CHECK(gone.policy.cert == before.policy.cert);
  CHECK(gone.policy.chain_not_after == before.policy.chain_not_after);
  CHECK(gone.policy.last_success == before.policy.last_success);
  CHECK(shown(gone.mx.tls) == "-");
  CHECK(shown(gone.mx.enforce_ready) == "-");
}

TEST_CASE("hold: a silent lookup of the policy host's name keeps what its addresses served", "[judge][hold]") {
  t::Story story;
  story.look();
  story.seen.policy_host = t::policy_host_without_address(Reason::DnsTimeout);
  const auto held = story.look();
  CHECK(shown(held.policy.fetch) == "1 inconclusive:dns_timeout");
  CHECK(shown(held.policy.present) == "1");
  CHECK(held.policy.addresses == 1u);
  CHECK_FALSE(held.policy.http_status);
  CHECK(shown(story.look(t::kHold).policy.present) == "-");
}

TEST_CASE("hold: a held fail of the fetch stays beside the silence", "[judge][hold]") {
  t::Story story;
  story.seen.policy_host = t::policy_host({t::answers("192.0.2.1", 404)});
  story.look();
  story.seen.policy_host = t::policy_host({t::breaks("192.0.2.1", Reason::EgressBlocked)});
  const auto held = story.look();
  CHECK(shown(held.policy.fetch) == "0 fail:http_status inconclusive:egress_blocked");
  CHECK(shown(held.policy.present) == "0");
  CHECK_FALSE(held.policy.http_status);
}

TEST_CASE("hold: a conclusive fail erases the policy at once", "[judge][hold]") {
  t::Story story;
  story.look();
  story.seen.policy_host = t::policy_host({t::answers("192.0.2.1", 404)});
  const auto state = story.look();
  CHECK(shown(state.policy.fetch) == t::fails(Reason::HttpStatus));
  CHECK(shown(state.policy.present) == "0");
  CHECK_FALSE(state.policy.live);
}

TEST_CASE("hold: one address that passes now leaves the fetch without a problem", "[judge][hold]") {
  const auto policy = t::policy_text("enforce", {"mx.example.org"});
  t::Story story;
  story.seen.policy_host = t::policy_host({t::serves("192.0.2.1", policy), t::serves("192.0.2.2", policy)});
  story.look();
  story.seen.policy_host =
      t::policy_host({t::breaks("192.0.2.1", Reason::EgressBlocked), t::serves("192.0.2.2", policy)});
  const auto state = story.look();
  CHECK(shown(state.policy.fetch) == "1");
  CHECK(shown(state.policy.servers) == "1 inconclusive:egress_blocked");
  CHECK(shown(state.policy.consistent) == "1");
}

TEST_CASE("hold: a policy host whose new address only we cannot reach keeps what the old ones served",
          "[judge][hold]") {
  t::Story story;
  story.look();
  story.seen.policy_host = t::policy_host({t::breaks("192.0.2.9", Reason::EgressBlocked)});
  const auto held = story.look();
  CHECK(shown(held.policy.fetch) == "1 inconclusive:egress_blocked");
  CHECK(shown(held.policy.present) == "1");
  CHECK(held.policy.addresses == 1u);
  CHECK(held.policy.addresses_ok == 1u);
  const auto gone = story.look(t::kHold);
  CHECK(shown(gone.policy.fetch) == "- inconclusive:egress_blocked");
  CHECK(gone.policy.target == "mta-sts.example.org");
}

TEST_CASE("hold: a blame that turns out to be a lost uplink is taken back", "[judge][hold]") {
  t::Story story;
  story.look();
  story.seen.policy_host = t::policy_host({t::breaks("192.0.2.1", Reason::ConnectTimeout)});
  CHECK(shown(story.look().policy.fetch) == t::fails(Reason::ConnectTimeout));
  CHECK(shown(story.look().policy.fetch) == t::fails(Reason::ConnectTimeout));
  story.seen.policy_host = t::policy_host({t::breaks("192.0.2.1", Reason::EgressBlocked)});
  const auto state = story.look();
  CHECK(shown(state.policy.fetch) == "1 inconclusive:egress_blocked");
  CHECK(shown(state.policy.present) == "1");
}

TEST_CASE("hold: a blame that came before the way out last worked is no lost uplink", "[judge][hold]") {
  t::Story story;
  story.look();
  story.seen.policy_host = t::policy_host({t::breaks("192.0.2.1", Reason::ConnectRefused)});
  story.look();
  const auto worked = story.now() + minutes(1);
  story.seen.policy_host = t::policy_host({t::breaks("192.0.2.1", Reason::EgressBlocked)});
  story.seen.policy_host->egress_worked = worked;
  CHECK(shown(story.look().policy.fetch) == "0 fail:connect_refused inconclusive:egress_blocked");
}

TEST_CASE("hold: a blame that is taken back from a host never seen before leaves nothing", "[judge][hold]") {
  t::Story story;
  story.seen.policy_host = t::policy_host({t::breaks("192.0.2.1", Reason::ConnectTimeout)});
  CHECK(shown(story.look().policy.fetch) == t::fails(Reason::ConnectTimeout));
  story.seen.policy_host = t::policy_host({t::breaks("192.0.2.1", Reason::EgressBlocked)});
  const auto state = story.look();
  CHECK(shown(state.policy.fetch) == t::silent(Reason::EgressBlocked));
  CHECK(shown(state.policy.present) == "-");
}

TEST_CASE("hold: a held fail of the fetch outlives a silent new address", "[judge][hold]") {
  t::Story story;
  story.seen.policy_host = t::policy_host({t::answers("192.0.2.1", 404)});
  story.look();
  story.seen.policy_host =
      t::policy_host({t::answers("192.0.2.1", 404), t::breaks("192.0.2.9", Reason::AddressDenied)});
  CHECK(shown(story.look().policy.fetch) == "0 fail:http_status inconclusive:address_denied");
}

TEST_CASE("hold: addresses that fail while the other family cannot be asked leave the fetch open", "[judge][hold]") {
  t::Story story;
  story.look();
  auto host = t::policy_host({t::breaks("192.0.2.1", Reason::ConnectRefused)});
  host.lookup.fault = t::fault(Reason::DnsTimeout);
  story.seen.policy_host = host;
  const auto state = story.look();
  CHECK(shown(state.policy.fetch) == "1 inconclusive:dns_timeout");
  CHECK(shown(state.policy.present) == "1");
  CHECK(state.policy.live.has_value());
  CHECK(shown(story.look(t::kHold).policy.fetch) == "- inconclusive:dns_timeout");
}

TEST_CASE("hold: a first look that leaves the fetch open says neither 0 nor how many addresses there are",
          "[judge][hold]") {
  auto host = t::policy_host({t::breaks("192.0.2.1", Reason::ConnectRefused)});
  host.lookup.fault = t::fault(Reason::DnsTimeout);
  t::Story story;
  story.seen.policy_host = host;
  const auto open = story.look();
  CHECK(shown(open.policy.fetch) == t::silent(Reason::DnsTimeout));
  CHECK(shown(open.policy.present) == "-");
  CHECK_FALSE(open.policy.addresses.has_value());
  story.seen.policy_host->lookup.fault.reset();
  CHECK(shown(story.look().policy.fetch) == t::fails(Reason::ConnectRefused));
}

TEST_CASE("hold: looks that decide nothing never keep a later one from being seen", "[judge][hold]") {
  t::Story story;
  story.seen.policy_host = t::policy_host({t::breaks("192.0.2.1", Reason::AddressDenied)});
  story.look();
  story.seen.policy_host =
      t::policy_host({t::breaks("192.0.2.2", Reason::AddressDenied), t::breaks("192.0.2.3", Reason::ConnectRefused)});
  const auto state = story.look();
  CHECK(state.policy.addresses == 2u);
  CHECK(shown(state.policy.servers) == t::fails(Reason::ConnectRefused));
  CHECK(shown(state.policy.fetch) == t::silent(Reason::AddressDenied));
}

TEST_CASE("hold: a bogus address family is no family that could not be asked", "[judge][hold]") {
  t::Story story;
  story.look();
  auto host = t::policy_host({t::breaks("192.0.2.1", Reason::ConnectRefused)});
  host.lookup.fault = t::fault(Reason::DnsBogus);
  story.seen.policy_host = host;
  CHECK(shown(story.look().policy.fetch) == t::fails(Reason::ConnectRefused));
}

TEST_CASE("hold: without any route and with a silent family, the family is what is missing", "[judge][hold]") {
  auto host = t::policy_host({});
  host.lookup.addresses = {t::ip("2001:db8::1")};
  host.lookup.fault = t::fault(Reason::DnsTimeout);
  t::Story story;
  story.seen.policy_host = host;
  CHECK(shown(story.look().policy.fetch) == t::silent(Reason::DnsTimeout));
}

TEST_CASE("hold: of a silent family the addresses are held, of the other only the present ones count",
          "[judge][hold]") {
  const auto policy = t::policy_text("enforce", {"mx.example.org"});
  t::Story story;
  story.seen.policy_host = t::policy_host({t::serves("192.0.2.1", policy), t::serves("2001:db8::1", policy)});
  const auto both = story.look();
  auto only_v4 = t::policy_host({t::serves("192.0.2.2", policy)});
  only_v4.lookup.fault = t::fault(Reason::DnsTimeout);
  story.seen.policy_host = only_v4;
  for (int i = 0; i < 3; ++i) {
    const auto held = story.look();
    CHECK(held.policy.addresses == 2u);
    CHECK(held.policy.addresses_ok == 2u);
    CHECK(shown(held.policy.servers) == "1 inconclusive:dns_timeout");
    CHECK(held.policy.cert == both.policy.cert);
  }
  // Its own time counts, not that of the looks that could not ask it.
  const auto gone = story.look();
  CHECK_FALSE(gone.policy.addresses.has_value());
  CHECK(shown(gone.policy.servers) == "-");
  CHECK(shown(gone.policy.fetch) == "1");
}

TEST_CASE("hold: a silent family's certificate keeps its dates", "[judge][hold]") {
  const auto policy = t::policy_text("enforce", {"mx.example.org"});
  auto v6 = t::serves("2001:db8::1", policy);
  v6.tls = t::tls_with({{t::leaf("06", t::kStart + hours(1))}, t::kStart + hours(1), {}});
  t::Story story;
  story.seen.policy_host = t::policy_host({t::serves("192.0.2.1", policy), v6});
  REQUIRE(story.look().policy.cert->serial == "06");
  story.seen.policy_host = t::policy_host({t::serves("192.0.2.1", policy)});
  story.seen.policy_host->lookup.fault = t::fault(Reason::DnsTimeout);
  CHECK(story.look().policy.cert->serial == "06");
  story.seen.policy_host->lookup.fault.reset();
  CHECK(story.look().policy.cert->serial == "01");
}

TEST_CASE("policy_servers: a fresh fail is shown before a held one of a lower address", "[judge][hold]") {
  const auto policy = t::policy_text("enforce", {"mx.example.org"});
  t::Story story;
  story.seen.policy_host =
      t::policy_host({t::answers("192.0.2.1", 404), t::serves("192.0.2.2", policy), t::serves("192.0.2.3", policy)});
  story.look();
  story.seen.policy_host =
      t::policy_host({t::breaks("192.0.2.1", Reason::AddressDenied), t::breaks("192.0.2.2", Reason::ConnectRefused),
                      t::serves("192.0.2.3", policy)});
  CHECK(shown(story.look().policy.servers) == t::fails(Reason::ConnectRefused));
}
