#include "exporter/schedule/clients.h"

#include <utility>

#include <catch2/catch.hpp>

#include "exporter/net/shared_resolver.h"
#include "exporter/settings/limits.h"

using namespace std::chrono_literals;
using mta_sts::schedule::oldest_dns_answer;
using mta_sts::settings::Settings;

TEST_CASE("clients: an answer of the DNS is never as old as the look before", "[schedule][clients]") {
  // By default a retry may begin 54 s after the look that failed, and addresses are asked for within the first 15 s.
  CHECK(oldest_dns_answer(Settings()) == 39s);

  Settings slow;
  slow.probe.retry_interval = 1h;
  CHECK(oldest_dns_answer(slow) == mta_sts::net::kOldestAnswer);
  for (auto* interval : {&slow.probe.domain_interval, &slow.probe.policy_retry_interval}) {
    const auto before = std::exchange(*interval, 50s);
    CHECK(oldest_dns_answer(slow) == 35s);
    *interval = before;
  }
  slow.dns.timeout = 30s;
  slow.dns.tries = 8;
  CHECK(oldest_dns_answer(slow) == 30s);
}

TEST_CASE("clients: where looks follow each other quickly each asks anew", "[schedule][clients]") {
  Settings quick;
  for (const auto interval : {std::chrono::milliseconds(mta_sts::settings::kShortestInterval),
                              std::chrono::milliseconds(2s), std::chrono::milliseconds(15s)}) {
    quick.probe.retry_interval = interval;
    CHECK(oldest_dns_answer(quick) == 0ms);
  }
}

TEST_CASE("clients: a question has time for each server", "[schedule][clients]") {
  Settings settings;
  CHECK(mta_sts::schedule::domain_probe_options(settings).dns_timeout == 15s);
  for (std::uint16_t i = 0; i < 4; ++i) settings.dns.servers.emplace_back(boost::asio::ip::address_v4::loopback(), i);
  CHECK(mta_sts::schedule::domain_probe_options(settings).dns_timeout == 25s);
}
