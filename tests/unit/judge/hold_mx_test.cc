#include <catch2/catch.hpp>

#include "tests/unit/judge/builders.h"

using mta_sts::Reason;
namespace t = mta_sts::testing;
using t::shown;

// contract: "An inconclusive probe erases nothing" until probe.hold after the end of the last conclusive one.

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
  CHECK(held.mx.tls.problems.front().subject == "mx.example.org [192.0.2.26]");
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
