#include <catch2/catch.hpp>

#include "tests/unit/judge/builders.h"

using mta_sts::Reason;
using mta_sts::judge::DomainState;
namespace t = mta_sts::testing;
using std::chrono::hours;
using std::chrono::minutes;
using t::shown;

// contract: "An inconclusive probe erases nothing" until probe.hold after the end of the last conclusive one.

TEST_CASE("hold: a silent record keeps what it showed until hold has passed, then all is absent", "[judge][hold]") {
  t::Story story;
  const auto before = story.look();
  story.seen.record = t::no_txt(Reason::DnsTimeout);
  const auto held = story.look(t::kHold);
  CHECK(shown(held.record.check) == "1 inconclusive:dns_timeout");
  CHECK(shown(held.record.present) == "1");
  CHECK(held.record.id == "a1");
  CHECK(shown(held.policy.present) == "1");
  CHECK(shown(held.mx.delivery_ok) == "1");
  CHECK(held.last_conclusive == before.last_probe);

  const auto gone = story.look(minutes(1));
  CHECK(shown(gone.record.check) == "- inconclusive:dns_timeout");
  CHECK(shown(gone.record.present) == "-");
  CHECK(shown(gone.policy.present) == "-");
  CHECK_FALSE(gone.policy.live);
  CHECK(shown(gone.mx.delivery_ok) == "-");
  CHECK(gone.last_conclusive == before.last_probe);
  CHECK(gone.last_probe == story.now());
}

TEST_CASE("hold: a held fail's series stays beside the inconclusive one, fail first", "[judge][hold]") {
  t::Story story;
  story.seen.record = t::txt({"v=STSv1;"});
  story.look();
  story.seen.record = t::no_txt(Reason::DnsServfail);
  CHECK(shown(story.look().record.check) == "0 fail:record_id_missing inconclusive:dns_servfail");
  CHECK(shown(story.look(t::kHold).record.check) == "- inconclusive:dns_servfail");
}

TEST_CASE("hold: of one probe a fail leaves no place for another outcome", "[judge][hold]") {
  t::Story story;
  story.seen.record = t::no_txt(Reason::DnsServfail);
  story.look();
  story.seen.record = t::txt({"v=STSv1;"});
  CHECK(shown(story.look().record.check) == t::fails(Reason::RecordIdMissing));
}

TEST_CASE("hold: each conclusive look begins it anew", "[judge][hold]") {
  t::Story story;
  story.look();
  story.look(minutes(10));
  story.seen.record = t::no_txt(Reason::DnsTimeout);
  CHECK(shown(story.look(minutes(14)).record.present) == "1");
  CHECK(shown(story.look(minutes(2)).record.present) == "-");
}

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

TEST_CASE("https.addresses: one: the status is that of the address that was asked", "[judge][hold]") {
  const auto policy = t::policy_text("enforce", {"mx.example.org"});
  auto host = t::policy_host({t::serves("192.0.2.1", policy), t::serves("192.0.2.2", policy)});
  t::Story story;
  for (std::size_t i = 0; i < 2; ++i) {
    auto part = host;
    part.fetches = {host.fetches[i]};
    story.seen.policy_host = part;
    CHECK(story.look().policy.http_status == 200);
  }
}

TEST_CASE("https.addresses: one: an address whose last look said nothing is held no longer than any", "[judge][hold]") {
  const auto policy = t::policy_text("enforce", {"mx.example.org"});
  const auto look = [&](std::vector<mta_sts::judge::PolicyFetch> fetches) {
    auto host = t::policy_host({t::serves("192.0.2.1", policy), t::serves("192.0.2.2", policy)});
    host.fetches = std::move(fetches);
    return host;
  };
  t::Story story;
  story.seen.policy_host = look({t::serves("192.0.2.1", policy), t::serves("192.0.2.2", policy)});
  CHECK(story.look().policy.addresses_ok == 2u);
  story.seen.policy_host = look({t::breaks("192.0.2.1", Reason::AddressDenied), t::serves("192.0.2.2", policy)});
  CHECK(story.look().policy.addresses_ok == 2u);
  story.seen.policy_host = look({t::serves("192.0.2.2", policy)});
  CHECK_FALSE(story.look(t::kHold).policy.addresses_ok.has_value());
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

TEST_CASE("https.addresses: one: an address that was not asked counts with its last look however old",
          "[judge][hold]") {
  const auto policy = t::policy_text("enforce", {"mx.example.org"});
  auto host = t::policy_host({t::serves("192.0.2.1", policy), t::serves("192.0.2.2", policy)});
  const auto only = [&](std::size_t i) {
    auto part = host;
    part.fetches = {host.fetches[i]};
    return part;
  };
  t::Story story;
  story.seen.policy_host = only(0);
  CHECK_FALSE(story.look().policy.addresses_ok.has_value());
  story.seen.policy_host = only(1);
  const auto both = story.look(t::kHold * 2);
  CHECK(both.policy.addresses == 2u);
  CHECK(both.policy.addresses_ok == 2u);
  CHECK(shown(both.policy.consistent) == "1");
}

TEST_CASE("hold: infos stay when everything else has gone", "[judge][hold]") {
  t::Story story;
  story.look();
  story.seen.record = t::no_txt(Reason::DnsTimeout);
  story.seen.policy_host = t::policy_host_without_address(Reason::DnsTimeout);
  story.seen.mx = t::no_mx_set(Reason::DnsTimeout);
  story.look();
  const auto gone = story.look(t::kHold);
  CHECK(gone.record.id.has_value());
  CHECK(gone.policy.target == "mta-sts.example.org");
  CHECK(gone.mx.hosts.empty());
  REQUIRE(gone.mx.last_hosts.size() == 1);
  CHECK(gone.mx.last_hosts[0].name == "mx.example.org");
  CHECK(gone.mx.last_hosts[0].provider == "example.org");
}

TEST_CASE("hold: a domain with neither MX nor address has no MX host after it either", "[judge][hold]") {
  t::Story story;
  story.seen.mx = t::implicit_mx(t::not_found(Reason::DnsNodata));
  CHECK(shown(story.look().mx.lookup) == t::fails(Reason::MxNone));
  story.seen.mx = t::implicit_mx(t::not_found(Reason::DnsTimeout));
  CHECK(shown(story.look().mx.lookup) == "0 fail:mx_none inconclusive:dns_timeout");
  story.seen.mx = t::no_mx_set(Reason::DnsTimeout);
  const auto gone = story.look(t::kHold * 2);
  CHECK(gone.mx.last_hosts.empty());
}

TEST_CASE("hold: an MX host that fails at all its addresses stays undeliverable while a family is silent",
          "[judge][hold]") {
  t::Story story;
  story.endpoint("mx.example.org", "192.0.2.25", t::fails_after_greeting(Reason::StarttlsMissing));
  CHECK(shown(story.look().mx.hosts.at(0).deliverable) == "0");
  story.seen.mx.hosts.at(0).lookup.fault = t::fault(Reason::DnsTimeout);
  for (int i = 0; i < 3; ++i) CHECK(shown(story.look().mx.hosts.at(0).deliverable) == "0");
  CHECK(shown(story.look().mx.hosts.at(0).deliverable) == "-");
}

TEST_CASE("hold: a silent family's addresses of an MX host stay, the others are those of the latest look",
          "[judge][hold]") {
  t::Story story;
  story.seen.mx = t::mx_set({t::mx_host("mx.example.org", t::found({"192.0.2.25", "2001:db8::25"}))});
  story.endpoint("mx.example.org", "2001:db8::25", t::delivers());
  story.look();
  story.seen.mx = t::mx_set({t::mx_host("mx.example.org", t::found({"192.0.2.26"}))});
  story.seen.mx.hosts.at(0).lookup.fault = t::fault(Reason::DnsTimeout);
  story.endpoint("mx.example.org", "192.0.2.26", t::fails_after_greeting(Reason::StarttlsRefused));
  const auto held = story.look();
  CHECK(shown(held.mx.hosts.at(0).deliverable) == "1");
  CHECK(held.mx.tls.problems.at(0).subject == "mx.example.org [192.0.2.26]");
}

TEST_CASE("hold: a set of too many hosts does not take the place of a whole one", "[judge][hold]") {
  t::Story story;
  story.look();
  story.seen.mx = t::mx_set({t::mx_host("other.example.org", t::found({"192.0.2.77"}))});
  story.seen.mx.too_many = true;
  const auto held = story.look();
  CHECK(shown(held.mx.lookup) == "1 inconclusive:mx_too_many");
  REQUIRE(held.mx.hosts.size() == 1);
  CHECK(held.mx.hosts[0].name == "mx.example.org");
  story.look(t::kHold);
  const auto gone = story.look(t::kInterval);
  CHECK(shown(gone.mx.lookup) == "- inconclusive:mx_too_many");
  CHECK(gone.mx.hosts.at(0).name == "other.example.org");
}

TEST_CASE("hold: a silent MX set keeps its hosts and verdicts", "[judge][hold]") {
  t::Story story;
  story.look();
  story.seen.mx = t::no_mx_set(Reason::DnsServfail);
  const auto held = story.look();
  CHECK(shown(held.mx.lookup) == "1 inconclusive:dns_servfail");
  CHECK(shown(held.mx.policy_match) == "1");
  CHECK(shown(held.mx.tls) == "1");
  CHECK(shown(held.mx.delivery_ok) == "1");
  CHECK(shown(held.mx.enforce_ready) == "1");
  REQUIRE(held.mx.hosts.size() == 1);
  const auto gone = story.look(t::kHold);
  CHECK(shown(gone.mx.lookup) == "- inconclusive:dns_servfail");
  CHECK(shown(gone.mx.delivery_ok) == "-");
  CHECK(shown(gone.mx.policy_match) == "-");
}

TEST_CASE("hold: a set without MX is held as well", "[judge][hold]") {
  t::Story story;
  story.seen.mx = t::no_mx_set(Reason::DnsNxdomain);
  story.look();
  story.seen.mx = t::no_mx_set(Reason::DnsServfail);
  CHECK(shown(story.look().mx.lookup) == "0 fail:mx_none inconclusive:dns_servfail");
}

TEST_CASE("hold: a silent lookup of the only MX host keeps its addresses and makes mx_lookup inconclusive",
          "[judge][hold]") {
  t::Story story;
  const auto before = story.look();
  story.seen.mx = t::mx_set({t::mx_host("mx.example.org", t::not_found(Reason::DnsServfail))});
  const auto held = story.look();
  CHECK(shown(held.mx.lookup) == "1 inconclusive:dns_servfail");
  CHECK(shown(held.mx.hosts.at(0).deliverable) == "1");
  CHECK(shown(held.mx.enforce_ready) == "1");
  CHECK(held.last_conclusive == before.last_probe);
  const auto gone = story.look(t::kHold);
  CHECK(shown(gone.mx.lookup) == "- inconclusive:dns_servfail");
  CHECK(shown(gone.mx.hosts.at(0).deliverable) == "-");
}

TEST_CASE("hold: MX hosts that had no address keep the fail beside the silence", "[judge][hold]") {
  t::Story story;
  story.seen.mx = t::mx_set({t::mx_host("mx.example.org", t::not_found(Reason::DnsNxdomain))});
  story.look();
  story.seen.mx = t::mx_set({t::mx_host("mx.example.org", t::not_found(Reason::DnsServfail))});
  const auto held = story.look();
  CHECK(shown(held.mx.lookup) == "0 fail:mx_unresolvable inconclusive:dns_servfail");
  CHECK(shown(held.mx.tls) == "0 fail:mx_unresolvable inconclusive:dns_servfail");
  CHECK(shown(held.mx.hosts.at(0).deliverable) == "0");
}

TEST_CASE("hold: one MX host that has an address now leaves mx_lookup without a problem", "[judge][hold]") {
  t::Story story;
  const auto both = [](mta_sts::judge::AddressLookup second) {
    return t::mx_set(
        {t::mx_host("mx.example.org", t::found({"192.0.2.25"})), t::mx_host("mx2.example.org", std::move(second), 20)});
  };
  story.seen.mx = both(t::found({"192.0.2.26"}));
  story.look();
  story.seen.mx = both(t::not_found(Reason::DnsTimeout));
  const auto state = story.look();
  CHECK(shown(state.mx.lookup) == "1");
  CHECK(state.last_conclusive == story.now());
}

TEST_CASE("hold: mx_tls and tlsrpt never keep a look from being conclusive", "[judge][hold]") {
  t::Story story;
  story.endpoint("mx.example.org", "192.0.2.25", t::not_greeted(Reason::SmtpBusy));
  story.seen.tlsrpt = t::no_txt(Reason::DnsTimeout);
  const auto state = story.look();
  CHECK(shown(state.mx.tls) == t::silent(Reason::SmtpBusy));
  CHECK(state.last_conclusive == story.now());
}

TEST_CASE("hold: the TLS-RPT record is held like any", "[judge][hold]") {
  t::Story story;
  story.look();
  story.seen.tlsrpt = t::no_txt(Reason::DnsTimeout);
  CHECK(shown(story.look().tlsrpt.check) == "1 inconclusive:dns_timeout");
  CHECK(shown(story.look(t::kHold).tlsrpt.check) == "- inconclusive:dns_timeout");
}
