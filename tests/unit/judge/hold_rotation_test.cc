#include <catch2/catch.hpp>

#include "tests/unit/judge/builders.h"

using mta_sts::Reason;
namespace t = mta_sts::testing;
using t::shown;

// contract: "An inconclusive probe erases nothing" until probe.hold after the end of the last conclusive one.

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

TEST_CASE("https.addresses: one: nothing is said of all addresses before each was asked", "[judge][hold]") {
  const auto policy = t::policy_text("enforce", {"mx.example.org"});
  auto host =
      t::policy_host({t::serves("192.0.2.1", policy), t::serves("192.0.2.2", policy), t::serves("192.0.2.3", policy)});
  t::Story story;
  for (std::size_t i = 0; i < 3; ++i) {
    story.seen.policy_host = host;
    story.seen.policy_host->fetches = {host.fetches[i]};
    const auto state = story.look();
    CHECK(shown(state.policy.cert_valid) == (i == 2 ? "1" : "-"));
    CHECK(shown(state.policy.consistent) == (i == 2 ? "1" : "-"));
    CHECK(shown(state.policy.servers) == (i == 2 ? "1" : "-"));
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
