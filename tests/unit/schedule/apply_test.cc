#include <atomic>
#include <memory>
#include <string>

#include <catch2/catch.hpp>

#include "exporter/schedule/address_gate.h"
#include "tests/unit/schedule/test_fleet.h"

// Other settings, by a reload.

namespace mta_sts::schedule {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

/// Waits for the address, and of "fetch HOST" until it is released.
class GatedFetcher final : public net::HttpsFetcher {
 public:
  GatedFetcher(testing::FakeWorld& world, std::shared_ptr<AddressGate> gate, std::shared_ptr<Waits> waits)
      : world_(world), gate_(std::move(gate)), waits_(std::move(waits)) {}
  boost::asio::awaitable<net::HttpsResult> fetch(net::HttpsRequest request, Deadline) override {
    Waits::Fetch fetch(waits_, request.host);
    const auto pass = co_await gate_->enter(request.address, fetch);
    co_await testing::released(world_, "fetch " + request.host);
    co_return world_.fetch(request.host);
  }

 private:
  testing::FakeWorld& world_;
  std::shared_ptr<AddressGate> gate_;
  std::shared_ptr<Waits> waits_;
};

TEST_CASE("apply: with a shorter interval nothing waits for the end of the long one", "[schedule][apply]") {
  QuietFleet fleet;
  auto scheduler = fleet.make();
  scheduler.start();
  fleet.wait_for(scheduler);
  fleet.settings.probe.domain_interval = milliseconds(50);
  scheduler.apply(fleet.settings, fleet.guard, fleet.factory());
  wait_until([&] { return looks(fleet, "d0.example") > 2; });
  scheduler.stop();
}

TEST_CASE("apply: with a longer interval looks are spread over it, and not all due within the old one",
          "[schedule][apply]") {
  QuietFleet fleet;
  fleet.settings.probe.domain_interval = milliseconds(300);
  auto scheduler = fleet.make();
  scheduler.start();
  fleet.wait_for(scheduler);
  fleet.settings.probe.domain_interval = hours(1);
  scheduler.apply(fleet.settings, fleet.guard, fleet.factory());
  // All workers have heard.
  std::atomic<int> answers = 0;
  const auto name = [](int i) { return "d" + std::to_string(i) + ".example"; };
  for (int i = 0; i < 10; ++i) scheduler.ask_domain(name(i), [&](const auto&) { ++answers; });
  wait_until([&] { return answers == 10; });
  const auto all_looks = [&] {
    int sum = 0;
    for (int i = 0; i < 10; ++i) sum += looks(fleet, name(i));
    return sum;
  };
  const int before = all_looks();
  const auto begin = std::chrono::steady_clock::now();
  wait_until([&] { return std::chrono::steady_clock::now() > begin + milliseconds(700); });
  CHECK(all_looks() == before);
  scheduler.stop();
}

TEST_CASE("apply: looks that wait for the address of their policy host are still counted", "[schedule][apply]") {
  QuietFleet fleet;
  fleet.settings.domains.clear();
  fleet.settings.probe.workers = 1;
  fleet.settings.probe.concurrency = 2;
  const auto gate = std::make_shared<AddressGate>(std::chrono::nanoseconds(0), 1);
  const auto make_clients = [&](const auto&, const std::shared_ptr<Waits>& waits) {
    auto clients = fleet.clients();
    clients.fetcher = std::make_unique<GatedFetcher>(fleet.world, gate, waits);
    return clients;
  };
  for (int i = 0; i < 10; ++i) {
    const std::string name = "gated" + std::to_string(i) + ".example";
    fleet.add(name);
    fleet.world.hold("fetch mta-sts." + name);
  }
  Scheduler scheduler({fleet.clock, fleet.telemetry, *fleet.log, fleet.board, fleet.guard, fleet.suffixes,
                       fleet.no_history, fleet.guests},
                      fleet.settings, make_clients);
  scheduler.start();
  // One fetches, the others wait for it.
  wait_until([&] { return scheduler.waiting_domains() == 9; });
  scheduler.apply(fleet.settings, fleet.guard, make_clients);
  auto domains = fleet.settings.domains;
  fleet.tell("new.example", {"mx.example.net"});
  fleet.world.answer(net::QueryType::A, "mta-sts.new.example", testing::address_answer("192.0.2.2"));
  domains.push_back(domain("new.example"));
  scheduler.watch(domains, nothing);
  wait_until([&] { return fleet.board.domain("new.example") != nullptr; });
  CHECK(scheduler.waiting_domains() == 9);
  for (int i = 0; i < 10; ++i) fleet.world.release("fetch mta-sts.gated" + std::to_string(i) + ".example");
  wait_until([&] { return fleet.board.snapshot().domains.size() == 11; });
  wait_until([&] { return scheduler.waiting_domains() == 0; });
  scheduler.stop();
}

TEST_CASE("apply: other rules for addresses count for the next look", "[schedule][apply]") {
  TestFleet fleet(3);
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return scheduler.first_pass_done(); });
  CHECK(fleet.delivery_ok("d0.example") == true);
  const auto closed = std::make_shared<const net::EgressGuard>(std::vector<IpPrefix>{}, std::vector<IpPrefix>{});
  scheduler.apply(fleet.settings, closed, fleet.factory());
  wait_until([&] {
    const auto entry = fleet.board.domain("d0.example");
    const auto& problems = entry->state.policy.fetch.problems;
    return !problems.empty() && problems.back().reason == Reason::AddressNotPublic;
  });
  scheduler.stop();
}

}  // namespace
}  // namespace mta_sts::schedule
