#pragma once

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "exporter/schedule/scheduler.h"
#include "tests/unit/fake_clients.h"

namespace mta_sts::schedule {

template <typename Condition>
void wait_until(Condition holds) {
  constexpr std::chrono::seconds kPatience{20};
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) FAIL("waited in vain");
    std::this_thread::yield();
  }
}

using Stored = Result<std::optional<history::StoredDomain>>;

/// Of every domain: there is no history.
inline Stored nothing(const std::string&) { return std::nullopt; }

inline settings::DomainSetting domain(const std::string& name) { return {*formats::DomainName::parse(name), {}, {}}; }

/// A scheduler over a fake world in which all domains share one MX host.
struct TestFleet {
  explicit TestFleet(std::size_t domains) {
    settings.probe.workers = 2;
    settings.probe.start_rate = 100'000;
    settings.probe.domain_interval = std::chrono::milliseconds(50);
    settings.probe.mx_interval = std::chrono::milliseconds(200);
    settings.smtp.per_address_interval = std::chrono::milliseconds(0);
    for (std::size_t i = 0; i < domains; ++i) add("d" + std::to_string(i) + ".example");
    tell_mx("mx.example.net", "192.0.2.9");
  }

  void add(const std::string& name) {
    settings.domains.emplace_back(domain(name));
    tell(name, {"mx.example.net"});
  }

  /// The world knows a domain with these MX hosts, which its policy names.
  void tell(const std::string& name, const std::vector<std::string>& hosts) {
    std::string policy = "version: STSv1\nmode: enforce\nmax_age: 86400\n";
    std::vector<net::MxRecord> records;
    for (const auto& host : hosts) {
      policy += "mx: " + host + "\n";
      records.push_back({10, host});
    }
    world.answer(net::QueryType::Txt, "_mta-sts." + name, testing::txt_answer("v=STSv1; id=1;"));
    world.answer(net::QueryType::A, "mta-sts." + name, testing::address_answer("192.0.2.1"));
    world.answer(net::QueryType::Aaaa, "mta-sts." + name, testing::fault_answer(Reason::DnsNodata));
    world.serve("mta-sts." + name, testing::policy_result(policy));
    world.answer(net::QueryType::Mx, name, testing::mx_answer(std::move(records)));
  }
  void tell_mx(const std::string& host, const std::string& address) {
    world.answer(net::QueryType::A, host, testing::address_answer(address));
    world.answer(net::QueryType::Aaaa, host, testing::fault_answer(Reason::DnsNodata));
    world.greet(host, testing::good_dialogue());
  }

  Scheduler make() { return make(no_history); }
  Scheduler make(history::Recorder& recorder) {
    return Scheduler({clock, telemetry, *log, board, guard, suffixes, recorder, guests}, settings, factory());
  }
  ClientFactory factory() {
    return [this](const auto&, const auto&) { return clients(); };
  }
  Clients clients() {
    return {std::make_unique<testing::FakeResolver>(world), std::make_unique<testing::FakeFetcher>(world),
            std::make_unique<testing::FakeSmtp>(world)};
  }

  std::optional<bool> delivery_ok(const std::string& name) {
    const auto entry = board.domain(name);
    return entry ? entry->state.mx.delivery_ok : std::nullopt;
  }

  testing::FakeWorld world;
  settings::Settings settings;
  SystemClock clock;
  telemetry::NullTelemetry telemetry;
  std::unique_ptr<telemetry::Log> log = telemetry::make_null_log();
  board::Board board;
  std::shared_ptr<const net::EgressGuard> guard = std::make_shared<const net::EgressGuard>(
      std::vector<IpPrefix>{*IpPrefix::parse("192.0.2.0/24")}, std::vector<IpPrefix>{});
  formats::PublicSuffixes suffixes;
  history::NullRecorder no_history;
  Guests guests = Guests::Refused;
};

/// How many looks at the domain began.
inline int looks(TestFleet& fleet, const std::string& name) {
  return fleet.world.questions(net::QueryType::Txt, "_mta-sts." + name);
}

/// Ten domains that were looked at once and are due in an hour.
struct QuietFleet : TestFleet {
  QuietFleet() : TestFleet(10) { settings.probe.domain_interval = settings.probe.mx_interval = std::chrono::hours(1); }

  void wait_for(const Scheduler& scheduler) {
    wait_until([&] { return scheduler.first_pass_done(); });
  }
};

}  // namespace mta_sts::schedule
