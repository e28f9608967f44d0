#include "exporter/probe/domain_prober.h"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "tests/unit/fake_clients.h"

namespace mta_sts::probe {
namespace {

using net::QueryType;
using testing::address_answer;
using testing::fault_answer;
using testing::mx_answer;
using testing::txt_answer;

constexpr auto kPolicy = "version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 86400\n";

/// A prober in front of a fake world in which example.com is in order.
class Prober {
 public:
  Prober() {
    world.answer(QueryType::Txt, "_mta-sts.example.com", txt_answer("v=STSv1; id=1;"));
    world.answer(QueryType::A, "mta-sts.example.com", address_answer("192.0.2.1"));
    world.answer(QueryType::Aaaa, "mta-sts.example.com", fault_answer(Reason::DnsNodata));
    world.serve("mta-sts.example.com", testing::policy_result(kPolicy));
    world.answer(QueryType::Mx, "example.com", mx_answer({{10, "mx.example.com"}}));
    world.answer(QueryType::A, "mx.example.com", address_answer("192.0.2.2"));
    world.answer(QueryType::Aaaa, "mx.example.com", fault_answer(Reason::DnsNodata));
    world.answer(QueryType::Txt, "_smtp._tls.example.com", fault_answer(Reason::DnsNxdomain));
  }

  judge::DomainObservation look(FetchWhen fetch = FetchWhen::RecordPresent) {
    return look(DomainProbeRequest{*formats::DomainName::parse("example.com"), fetch, std::nullopt, {}});
  }
  judge::DomainObservation look(DomainProbeRequest request) {
    boost::asio::io_context io;
    testing::FakeResolver resolver(world);
    testing::FakeFetcher fetcher(world);
    DomainProber prober(
        resolver, fetcher, guard, [this](const IpAddress& address) { return address != unroutable; }, suffixes, clock,
        options);
    std::optional<judge::DomainObservation> seen;
    boost::asio::co_spawn(io, prober.probe(std::move(request)),
                          [&](std::exception_ptr failure, judge::DomainObservation observation) {
                            if (failure) std::rethrow_exception(failure);
                            seen = std::move(observation);
                          });
    io.run();
    REQUIRE(seen.has_value());
    return *seen;
  }

  testing::FakeWorld world;
  net::EgressGuard guard{{*IpPrefix::parse("192.0.2.0/24")}, {}};
  formats::PublicSuffixes suffixes;
  SystemClock clock;
  DomainProbeOptions options;
  IpAddress unroutable = boost::asio::ip::make_address("203.0.113.1");
};

TEST_CASE("domain_prober: a domain in order shows record, policy, MX set and the lack of TLS-RPT",
          "[probe][domain_prober]") {
  Prober prober;
  const auto seen = prober.look();
  CHECK(seen.record.rrs == std::vector<std::string>{"v=STSv1; id=1;"});
  REQUIRE(seen.policy_host.has_value());
  CHECK(seen.policy_host->target == "mta-sts.example.com");
  CHECK(seen.policy_host->provider == "example.com");
  REQUIRE(seen.policy_host->fetches.size() == 1);
  CHECK(seen.policy_host->fetches[0].body == kPolicy);
  REQUIRE(seen.mx.hosts.size() == 1);
  CHECK(seen.mx.hosts[0].name == "mx.example.com");
  CHECK(seen.mx.hosts[0].endpoints.size() == 1);
  CHECK_FALSE(seen.tlsrpt.fault.has_value());
  CHECK(seen.tlsrpt.rrs.empty());
}

TEST_CASE(
    "domain_prober: without a record the policy host is not looked at, unless MTA-STS was seen (RFC 8461 3.1, 10.2)",
    "[probe][domain_prober]") {
  Prober prober;
  prober.world.answer(QueryType::Txt, "_mta-sts.example.com", fault_answer(Reason::DnsNxdomain));
  CHECK_FALSE(prober.look().policy_host.has_value());
  CHECK(prober.world.fetches("mta-sts.example.com") == 0);
  CHECK(prober.look(FetchWhen::Always).policy_host.has_value());
}

TEST_CASE(
    "domain_prober: a young failure is kept while the record is the same and asked anew when it changed (RFC 8461 3.3)",
    "[probe][domain_prober]") {
  Prober prober;
  judge::PolicyHost failed;
  failed.target = "kept";
  DomainProbeRequest request{
      *formats::DomainName::parse("example.com"), FetchWhen::RecordPresent, failed, {"v=STSv1; id=1;"}};
  CHECK(prober.look(request).policy_host->target == "kept");
  // A record that could not be asked has not changed.
  request.fetch = FetchWhen::Always;
  prober.world.answer(QueryType::Txt, "_mta-sts.example.com", fault_answer(Reason::DnsTimeout));
  CHECK(prober.look(request).policy_host->target == "kept");
  CHECK(prober.world.fetches("mta-sts.example.com") == 0);
  prober.world.answer(QueryType::Txt, "_mta-sts.example.com", txt_answer("v=STSv1; id=2;"));
  CHECK(prober.look(request).policy_host->target == "mta-sts.example.com");
  CHECK(prober.world.fetches("mta-sts.example.com") == 1);
}

TEST_CASE("domain_prober: https.addresses: one: another address each time, all once the id or the policy changed",
          "[probe][domain_prober]") {
  Prober prober;
  auto addresses = address_answer("192.0.2.1");
  addresses.addresses.push_back(boost::asio::ip::make_address("192.0.2.3"));
  prober.world.answer(QueryType::A, "mta-sts.example.com", addresses);
  const Shared<formats::StsPolicy> live = *formats::parse_sts_policy(kPolicy).value;
  const auto fetches = [&](Rotation rotation) {
    DomainProbeRequest request{*formats::DomainName::parse("example.com"), FetchWhen::RecordPresent, std::nullopt, {}};
    request.rotation = std::move(rotation);
    return prober.look(std::move(request)).policy_host->fetches;
  };
  REQUIRE(fetches({0, "1", live}).size() == 1);
  CHECK(to_text(fetches({0, "1", live})[0].address) == "192.0.2.1");
  CHECK(to_text(fetches({1, "1", live})[0].address) == "192.0.2.3");
  CHECK(fetches({1, std::nullopt, std::nullopt}).size() == 1);
  CHECK(fetches({1, "0", live}).size() == 2);
  prober.world.serve("mta-sts.example.com",
                     testing::policy_result("version: STSv1\nmode: testing\nmx: mx.example.com\nmax_age: 86400\n"));
  CHECK(fetches({1, "1", live}).size() == 2);
}

TEST_CASE("domain_prober: the implicit MX comes only after no data, not after NXDOMAIN (RFC 5321 5.1)",
          "[probe][domain_prober]") {
  Prober prober;
  prober.world.answer(QueryType::Mx, "example.com", fault_answer(Reason::DnsNodata));
  prober.world.answer(QueryType::A, "example.com", address_answer("192.0.2.3"));
  const auto implicit = prober.look().mx;
  CHECK(implicit.implicit);
  REQUIRE(implicit.hosts.size() == 1);
  CHECK(implicit.hosts[0].name == "example.com");
  CHECK(implicit.hosts[0].preference == 0);
  prober.world.answer(QueryType::Mx, "example.com", fault_answer(Reason::DnsNxdomain));
  const auto none = prober.look().mx;
  CHECK(none.hosts.empty());
  CHECK(none.fault->reason == Reason::DnsNxdomain);
}

TEST_CASE("domain_prober: the MX set is ranked by preference, then name, each name once with its lowest",
          "[probe][domain_prober]") {
  Prober prober;
  prober.world.answer(
      QueryType::Mx, "example.com",
      mx_answer({{20, "b.example.com"}, {10, "z.example.com"}, {10, "a.example.com"}, {5, "b.example.com"}}));
  const auto hosts = prober.look().mx.hosts;
  REQUIRE(hosts.size() == 3);
  CHECK(hosts[0].name == "b.example.com");
  CHECK(hosts[0].preference == 5);
  CHECK(hosts[1].name == "a.example.com");
  CHECK(hosts[2].name == "z.example.com");
}

TEST_CASE("domain_prober: a null MX is told apart, alone and beside others (RFC 7505)", "[probe][domain_prober]") {
  Prober prober;
  prober.world.answer(QueryType::Mx, "example.com", mx_answer({{0, ""}}));
  CHECK(prober.look().mx.null_mx);
  CHECK(prober.look().mx.hosts.empty());
  prober.world.answer(QueryType::Mx, "example.com", mx_answer({{0, ""}, {10, "mx.example.com"}}));
  CHECK(prober.look().mx.null_mx);
  CHECK(prober.look().mx.hosts.size() == 1);
}

TEST_CASE("domain_prober: more MX hosts than are looked at are cut by preference and told", "[probe][domain_prober]") {
  Prober prober;
  prober.options.max_mx_hosts = 1;
  prober.world.answer(QueryType::Mx, "example.com", mx_answer({{20, "far.example.com"}, {10, "mx.example.com"}}));
  const auto mx = prober.look().mx;
  CHECK(mx.too_many);
  REQUIRE(mx.hosts.size() == 1);
  CHECK(mx.hosts[0].name == "mx.example.com");
}

TEST_CASE("domain_prober: an IP literal or an underscore name in an MX record is no host and is not asked for",
          "[probe][domain_prober]") {
  Prober prober;
  prober.world.answer(QueryType::Mx, "example.com", mx_answer({{10, "192.0.2.9"}, {20, "_mx.example.com"}}));
  for (const auto& host : prober.look().mx.hosts) {
    CAPTURE(host.name);
    CHECK_FALSE(host.is_host_name);
    CHECK(prober.world.questions(QueryType::A, host.name) == 0);
  }
}

TEST_CASE("domain_prober: an address that the guard refuses is not connected to", "[probe][domain_prober]") {
  Prober prober;
  prober.world.answer(QueryType::A, "mta-sts.example.com", address_answer("10.0.0.1"));
  const auto host = prober.look().policy_host;
  REQUIRE(host->fetches.size() == 1);
  CHECK(host->fetches[0].fault->reason == Reason::AddressNotPublic);
  CHECK(prober.world.fetches("mta-sts.example.com") == 0);
}

TEST_CASE("domain_prober: addresses without a route are known and not looked at", "[probe][domain_prober]") {
  Prober prober;
  prober.world.answer(QueryType::A, "mta-sts.example.com", address_answer("203.0.113.1"));
  const auto host = prober.look().policy_host;
  CHECK(host->lookup.addresses.size() == 1);
  CHECK(host->fetches.empty());
}

TEST_CASE("domain_prober: of A and AAAA without addresses the answer that says least decides",
          "[probe][domain_prober]") {
  Prober prober;
  prober.world.answer(QueryType::A, "mta-sts.example.com", fault_answer(Reason::DnsNodata));
  prober.world.answer(QueryType::Aaaa, "mta-sts.example.com", fault_answer(Reason::DnsServfail));
  CHECK(prober.look().policy_host->lookup.fault->reason == Reason::DnsServfail);
  prober.world.answer(QueryType::Aaaa, "mta-sts.example.com", fault_answer(Reason::DnsNodata));
  CHECK(prober.look().policy_host->lookup.fault->reason == Reason::DnsNodata);
  prober.world.answer(QueryType::A, "mta-sts.example.com", fault_answer(Reason::DnsNxdomain));
  CHECK(prober.look().policy_host->lookup.fault->reason == Reason::DnsNxdomain);
}

}  // namespace
}  // namespace mta_sts::probe
