#include <catch2/catch.hpp>

#include "tests/unit/judge/builders.h"

using mta_sts::Reason;
namespace t = mta_sts::testing;
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

TEST_CASE("hold: the TLS-RPT record is held like any", "[judge][hold]") {
  t::Story story;
  story.look();
  story.seen.tlsrpt = t::no_txt(Reason::DnsTimeout);
  CHECK(shown(story.look().tlsrpt.check) == "1 inconclusive:dns_timeout");
  CHECK(shown(story.look(t::kHold).tlsrpt.check) == "- inconclusive:dns_timeout");
}
