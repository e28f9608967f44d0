#include <catch2/catch.hpp>

#include "tests/unit/judge/builders.h"

using mta_sts::Reason;
using mta_sts::judge::DomainState;
using mta_sts::judge::MxLookup;
namespace t = mta_sts::testing;
using t::shown;

namespace {

/// A domain with mode `mode`, patterns *.example.org, and these MX records.
t::Story domain(const std::string& mode, MxLookup mx) {
  t::Story story;
  story.seen.policy_host = t::policy_host({t::serves("192.0.2.1", t::policy_text(mode, {"*.example.org"}))});
  story.seen.mx = std::move(mx);
  story.endpoints.clear();
  return story;
}

MxLookup two_hosts() {
  return t::mx_set({t::mx_host("a.example.org", t::found({"192.0.2.25", "192.0.2.26"}), 10),
                    t::mx_host("b.example.org", t::found({"192.0.2.27"}), 20)});
}

/// A state of an endpoint by a letter: p passes, f fails, s silent, P passed and is silent now, F failed and is silent
/// now, - not yet looked at.
std::vector<mta_sts::judge::EndpointObservation> looks(char letter) {
  const auto pass = t::delivers();
  const auto fail = t::refused_certificate({Reason::CertExpired});
  const auto silent = t::not_greeted(Reason::ConnectTimeout);
  switch (letter) {
    case 'p':
      return {pass};
    case 'f':
      return {fail};
    case 's':
      return {silent};
    case 'P':
      return {pass, silent};
    case 'F':
      return {fail, silent};
  }
  return {};
}

/// The domain with two hosts, a with two addresses and b with one, whose endpoints are as the letters say.
DomainState state_of(const std::string& letters, const std::string& mode = "enforce") {
  auto story = domain(mode, two_hosts());
  story.endpoint_after("a.example.org", "192.0.2.25", looks(letters[0]));
  story.endpoint_after("a.example.org", "192.0.2.26", looks(letters[1]));
  story.endpoint_after("b.example.org", "192.0.2.27", looks(letters[2]));
  return story.look();
}

std::string deliverable(const DomainState& state) {
  std::string text;
  for (const auto& host : state.mx.hosts) text += shown(host.deliverable);
  return text;
}

std::string lookup_of(MxLookup mx) { return shown(domain("enforce", std::move(mx)).look().mx.lookup); }

}  // namespace

TEST_CASE("mx: deliverable, delivery_ok, enforce_ready and mx_tls of two hosts by their endpoints", "[judge][mx]") {
  struct Row {
    std::string letters, deliverable, delivery_ok, enforce_ready, tls;
  };
  const std::string fail = "0 fail:cert_expired";
  const std::string silent = "- inconclusive:connect_timeout";
  const Row rows[] = {
      {"ppp", "11", "1", "1", "1"},
      {"pfp", "11", "1", "0", fail},
      {"ffp", "01", "1", "0", fail},
      {"fff", "00", "0", "0", fail},
      {"ffs", "0-", "-", "0", fail},
      {"sss", "--", "-", "-", silent},
      {"pss", "1-", "1", "1", silent},
      // Silent beside a passing one of the same host counts nowhere.
      {"psp", "11", "1", "1", "1"},
      {"spp", "11", "1", "1", "1"},
      // Silent beside a failing one: the host may pass there.
      {"fsp", "-1", "1", "0", fail},
      {"fsf", "-0", "-", "0", fail},
      // Not looked at: what depends on it is absent, and the check shows no problem.
      {"---", "--", "-", "-", "-"},
      {"pp-", "1-", "1", "-", "-"},
      {"p-p", "11", "1", "-", "-"},
      {"f-p", "-1", "1", "0", fail},
      // Held (rule 7): the values stay, the older fail beside the silence.
      {"PPP", "11", "1", "1", "1 inconclusive:connect_timeout"},
      {"FFF", "00", "0", "0", fail + " inconclusive:connect_timeout"},
      {"FpP", "11", "1", "0", fail + " inconclusive:connect_timeout"},
      {"fFp", "01", "1", "0", fail},
  };
  for (const Row& row : rows) {
    INFO(row.letters);
    const auto state = state_of(row.letters);
    CHECK(deliverable(state) == row.deliverable);
    CHECK(shown(state.mx.delivery_ok) == row.delivery_ok);
    CHECK(shown(state.mx.enforce_ready) == row.enforce_ready);
    CHECK(shown(state.mx.tls) == row.tls);
  }
}

TEST_CASE("mx: in mode testing everything is judged as if enforced but mail flows", "[judge][mx]") {
  const auto state = state_of("fff", "testing");
  CHECK(deliverable(state) == "00");
  CHECK(shown(state.mx.delivery_ok) == "1");
  CHECK(shown(state.mx.enforce_ready) == "0");
  CHECK(shown(state.mx.tls) == t::fails(Reason::CertExpired));
}

TEST_CASE("mx: mode none applies to nothing and mail flows", "[judge][mx]") {
  const auto state = state_of("fff", "none");
  CHECK(deliverable(state) == "--");
  CHECK(shown(state.mx.hosts.at(0).policy_match) == "-");
  CHECK(shown(state.mx.delivery_ok) == "1");
  CHECK(shown(state.mx.enforce_ready) == "-");
  CHECK(shown(state.mx.policy_match) == "-");
  CHECK(shown(state.mx.tls) == "-");
}

TEST_CASE("mx: without a policy there is a set and no verdict", "[judge][mx]") {
  auto story = domain("enforce", two_hosts());
  story.seen.record = t::no_txt(Reason::DnsNxdomain);
  const auto state = story.look();
  CHECK(shown(state.mx.lookup) == "1");
  CHECK(state.mx.hosts.size() == 2);
  CHECK(deliverable(state) == "--");
  CHECK(shown(state.mx.delivery_ok) == "-");
  CHECK(shown(state.mx.enforce_ready) == "-");
  CHECK(shown(state.mx.policy_match) == "-");
  CHECK_FALSE(state.mx.patterns_unused);
}

TEST_CASE("mx: with smtp disabled only what the policy and the DNS decide is known", "[judge][mx]") {
  auto story = domain("enforce", two_hosts());
  story.smtp = mta_sts::judge::SmtpLooks::Disabled;
  auto state = story.look();
  CHECK(shown(state.mx.tls) == "-");
  CHECK(deliverable(state) == "--");
  CHECK(shown(state.mx.enforce_ready) == "-");
  CHECK(shown(state.mx.delivery_ok) == "-");
  story.seen.mx.hosts.push_back(t::mx_host("other.example", t::found({"192.0.2.30"}), 30));
  state = story.look();
  CHECK(deliverable(state) == "--0");
  CHECK(shown(state.mx.enforce_ready) == "0");
}

TEST_CASE("mx_policy_match: every host, some, none; the name in the MX record counts (RFC 8461 §4.1)", "[judge][mx]") {
  const auto matching = [](std::vector<std::string> names) {
    std::vector<mta_sts::judge::MxHost> hosts;
    for (auto& name : names) hosts.push_back(t::mx_host(std::move(name), t::found({"192.0.2.25"})));
    auto story = domain("enforce", t::mx_set(std::move(hosts)));
    return shown(story.look().mx.policy_match);
  };
  CHECK(matching({"a.example.org", "b.example.org"}) == "1");
  CHECK(matching({"a.example.org", "b.example.com"}) == t::fails(Reason::MxNotInPolicy));
  CHECK(matching({"example.org", "x.y.example.org"}) == t::fails(Reason::NoMxInPolicy));
}

TEST_CASE("mx_policy_match: a host that no pattern names is not deliverable whatever its addresses say",
          "[judge][mx]") {
  auto story = domain("enforce", t::mx_set({t::mx_host("mx.example.com", t::found({"192.0.2.25"}))}));
  story.endpoint("mx.example.com", "192.0.2.25", t::delivers());
  const auto state = story.look();
  CHECK(deliverable(state) == "0");
  CHECK(shown(state.mx.hosts.at(0).policy_match) == "0");
  CHECK(shown(state.mx.delivery_ok) == "0");
  CHECK(shown(state.mx.enforce_ready) == "0");
  CHECK(shown(state.mx.tls) == "1");
  CHECK(state.mx.patterns_unused == 1u);
}

TEST_CASE("mx_lookup: what the MX set is (RFC 5321 §5.1, RFC 7505 §3)", "[judge][mx]") {
  const auto host = [](Reason reason) { return t::mx_host("a.example.org", t::not_found(reason)); };
  const auto other = [](Reason reason) { return t::mx_host("b.example.org", t::not_found(reason)); };
  CHECK(lookup_of(two_hosts()) == "1");
  CHECK(lookup_of(t::null_mx()) == "1");
  CHECK(lookup_of(t::implicit_mx(t::found({"192.0.2.25"}))) == "1");
  CHECK(lookup_of(t::implicit_mx(t::not_found(Reason::DnsNodata))) == t::fails(Reason::MxNone));
  CHECK(lookup_of(t::no_mx_set(Reason::DnsNxdomain)) == t::fails(Reason::MxNone));
  auto mixed = two_hosts();
  mixed.null_mx = true;
  CHECK(lookup_of(mixed) == t::fails(Reason::MxNullMixed));
  CHECK(lookup_of(t::mx_set({host(Reason::DnsNxdomain), other(Reason::DnsNxdomain)})) ==
        t::fails(Reason::MxUnresolvable));
  CHECK(lookup_of(t::mx_set({host(Reason::DnsNxdomain), other(Reason::DnsNodata)})) == t::fails(Reason::MxNoAddress));
  CHECK(lookup_of(t::mx_set({host(Reason::DnsNxdomain), other(Reason::DnsServfail)})) ==
        t::silent(Reason::DnsServfail));
  CHECK(lookup_of(t::mx_set({host(Reason::DnsTimeout), t::mx_host("b.example.org", t::found({"192.0.2.1"}))})) == "1");
  auto many = two_hosts();
  many.too_many = true;
  CHECK(lookup_of(many) == t::silent(Reason::MxTooMany));
  for (const Reason reason :
       {Reason::DnsServfail, Reason::DnsTimeout, Reason::DnsRefused, Reason::DnsMalformed, Reason::DnsBogus}) {
    CHECK(lookup_of(t::no_mx_set(reason)) == t::silent(reason));
  }
}

TEST_CASE("mx: null MX, no MX and an unknown set have no verdict in any mode", "[judge][mx]") {
  const MxLookup sets[] = {t::null_mx(), t::no_mx_set(Reason::DnsNxdomain), t::no_mx_set(Reason::DnsServfail),
                           t::implicit_mx(t::not_found(Reason::DnsNodata))};
  for (const auto& set : sets) {
    for (const std::string mode : {"enforce", "testing", "none"}) {
      auto story = domain(mode, set);
      const auto state = story.look();
      INFO(mode);
      CHECK(state.mx.hosts.empty());
      CHECK(shown(state.mx.delivery_ok) == "-");
      CHECK(shown(state.mx.enforce_ready) == "-");
      CHECK(shown(state.mx.policy_match) == "-");
      CHECK(shown(state.mx.tls) == "-");
    }
  }
}

TEST_CASE("mx: an implicit MX is the domain itself with preference 0 and is matched like any (RFC 5321 §5.1)",
          "[judge][mx]") {
  auto story = domain("enforce", t::implicit_mx(t::found({"192.0.2.25"})));
  story.endpoint("example.org", "192.0.2.25", t::delivers());
  const auto state = story.look();
  REQUIRE(state.mx.hosts.size() == 1);
  CHECK(state.mx.hosts.front().name == "example.org");
  CHECK(state.mx.hosts.front().preference == 0);
  CHECK(shown(state.mx.policy_match) == t::fails(Reason::NoMxInPolicy));
}

TEST_CASE("mx: a host without an address fails mx_tls by its own reason and is not deliverable", "[judge][mx]") {
  auto not_a_host = t::mx_host("192.0.2.1", {});
  not_a_host.is_host_name = false;
  const std::pair<mta_sts::judge::MxHost, Reason> rows[] = {
      {t::mx_host("b.example.org", t::not_found(Reason::DnsNxdomain), 20), Reason::MxUnresolvable},
      {t::mx_host("b.example.org", t::not_found(Reason::DnsNodata), 20), Reason::MxNoAddress},
      {not_a_host, Reason::MxNotAHost},
  };
  for (const auto& [host, reason] : rows) {
    auto story = domain("enforce", t::mx_set({t::mx_host("a.example.org", t::found({"192.0.2.25"})), host}));
    story.endpoint("a.example.org", "192.0.2.25", t::delivers());
    const auto state = story.look();
    INFO(to_text(reason));
    CHECK(deliverable(state) == "10");
    CHECK(shown(state.mx.tls) == t::fails(reason));
    CHECK(shown(state.mx.enforce_ready) == "0");
    CHECK(shown(state.mx.delivery_ok) == "1");
    CHECK(shown(state.mx.lookup) == "1");
    REQUIRE(state.mx.hosts.at(1).problems.fail);
    CHECK(state.mx.hosts.at(1).problems.fail->reason == reason);
  }
}

TEST_CASE("mx: a host whose lookup is silent is not known to have no address", "[judge][mx]") {
  auto story = domain("enforce", t::mx_set({t::mx_host("a.example.org", t::not_found(Reason::DnsBogus))}));
  const auto state = story.look();
  CHECK(deliverable(state) == "-");
  CHECK(shown(state.mx.tls) == t::silent(Reason::DnsBogus));
  CHECK(shown(state.mx.enforce_ready) == "-");
  CHECK(shown(state.mx.delivery_ok) == "-");
}

TEST_CASE("mx: a host that this machine cannot route is inconclusive and has an address all the same", "[judge][mx]") {
  auto far = t::mx_host("b.example.org", t::found({"2001:db8::25"}), 20);
  far.endpoints.clear();
  auto story = domain("enforce", t::mx_set({t::mx_host("a.example.org", t::found({"192.0.2.25"})), far}));
  story.endpoint("a.example.org", "192.0.2.25", t::delivers());
  const auto state = story.look();
  CHECK(deliverable(state) == "1-");
  CHECK(shown(state.mx.lookup) == "1");
  CHECK(shown(state.mx.tls) == t::silent(Reason::NoRoute));
  CHECK(shown(state.mx.enforce_ready) == "1");
}

TEST_CASE("mx: a null MX beside more hosts than are looked at is one problem of one look", "[judge][mx]") {
  auto mixed = two_hosts();
  mixed.null_mx = mixed.too_many = true;
  auto story = domain("enforce", mixed);
  CHECK(shown(story.look().mx.lookup) == t::fails(Reason::MxNullMixed));
  CHECK(shown(story.look().mx.lookup) == t::fails(Reason::MxNullMixed));
  story.seen.mx.null_mx = false;
  CHECK(shown(story.look().mx.lookup) == t::fails(Reason::MxNullMixed) + " inconclusive:mx_too_many");
}

TEST_CASE("mx: with more hosts than are looked at nothing is said of all of them", "[judge][mx]") {
  auto many = two_hosts();
  many.too_many = true;
  auto story = domain("enforce", many);
  for (const auto& [mx, address] : {std::pair("a.example.org", "192.0.2.25"), std::pair("a.example.org", "192.0.2.26"),
                                    std::pair("b.example.org", "192.0.2.27")}) {
    story.endpoint(mx, address, t::delivers());
  }
  auto state = story.look();
  CHECK(shown(state.mx.policy_match) == "-");
  CHECK(shown(state.mx.tls) == "-");
  CHECK(shown(state.mx.enforce_ready) == "-");
  CHECK(shown(state.mx.delivery_ok) == "1");
  CHECK_FALSE(state.mx.patterns_unused);
  CHECK_FALSE(state.last_conclusive);
}

TEST_CASE("mx_tls: of several fails the lowest preference, then name, then address is shown", "[judge][mx]") {
  auto story = domain("enforce", two_hosts());
  story.endpoint("a.example.org", "192.0.2.25", t::delivers());
  story.endpoint("a.example.org", "192.0.2.26", t::fails_after_greeting(Reason::StarttlsMissing));
  story.endpoint("b.example.org", "192.0.2.27", t::refused_certificate({Reason::CertExpired}));
  const auto tls = story.look().mx.tls;
  CHECK(shown(tls) == t::fails(Reason::StarttlsMissing));
  CHECK(tls.problems.front().subject == "a.example.org [192.0.2.26]");
}

TEST_CASE("mx: an address of which nothing is known leaves mx_tls and enforce_ready open, and says nothing",
          "[judge][mx]") {
  t::Story story;
  story.seen.mx = t::mx_set({t::mx_host("mx.example.org", t::found({"192.0.2.25", "192.0.2.26"}))});
  const auto first_look_missing = story.look();
  CHECK(shown(first_look_missing.mx.tls) == "-");
  CHECK(shown(first_look_missing.mx.enforce_ready) == "-");
  CHECK(shown(first_look_missing.mx.hosts.at(0).deliverable) == "1");

  mta_sts::judge::EndpointMemory memory(t::kHold);
  memory.remember(t::fails_after_greeting(Reason::StarttlsMissing));
  memory.restore(std::nullopt, t::kStart);
  story.endpoints[{"mx.example.org", t::ip("192.0.2.26")}] = std::make_shared<const mta_sts::judge::EndpointState>(
      mta_sts::judge::judge_endpoint("mx.example.org", t::ip("192.0.2.26"), memory));
  const auto held_no_longer = story.look();
  CHECK(shown(held_no_longer.mx.tls) == "-");
  CHECK(shown(held_no_longer.mx.enforce_ready) == "-");

  story.endpoint("mx.example.org", "192.0.2.26", t::not_greeted(Reason::ConnectTimeout));
  CHECK(shown(story.look().mx.tls) == "1");
}

TEST_CASE("mx: patterns that match no host are counted", "[judge][mx]") {
  auto story = domain("enforce", two_hosts());
  story.seen.policy_host = t::policy_host(
      {t::serves("192.0.2.1", t::policy_text("enforce", {"*.example.org", "old.example.com", "a.example.org"}))});
  CHECK(story.look().mx.patterns_unused == 1u);
}
