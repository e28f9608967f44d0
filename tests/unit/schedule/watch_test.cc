#include <atomic>
#include <set>

#include <catch2/catch.hpp>

#include "exporter/history/documents.h"
#include "tests/unit/schedule/test_fleet.h"

namespace mta_sts::schedule {
namespace {

using net::QueryType;
using settings::DomainSetting;
using std::chrono::hours;
using std::chrono::milliseconds;

TEST_CASE("watch: domains that stay keep their state and their place, new ones are looked at, gone ones vanish",
          "[schedule][watch]") {
  QuietFleet fleet;
  auto scheduler = fleet.make();
  scheduler.start();
  fleet.wait_for(scheduler);
  const auto before = fleet.board.domain("d0.example");
  fleet.tell("new.example", {"mx.example.net"});
  auto domains = fleet.settings.domains;
  domains.erase(domains.begin() + 5, domains.end());
  domains.push_back(domain("new.example"));
  const auto watched = scheduler.watch(domains, nothing);
  CHECK(watched.domains == 6);
  CHECK(watched.added == 1);
  CHECK(watched.gone == 5);
  wait_until([&] { return fleet.board.domain("new.example") && fleet.board.snapshot().domains.size() == 6; });
  // The very same state: nobody looked, nobody judged.
  CHECK(fleet.board.domain("d0.example") == before);
  for (int i = 0; i < 10; ++i) CHECK(looks(fleet, "d" + std::to_string(i) + ".example") == 1);
  CHECK(fleet.board.domains_of("mx.example.net").size() == 6);
  scheduler.stop();
}

TEST_CASE("watch: an MX host that no domain uses any more is forgotten with them, one that is shared stays",
          "[schedule][watch]") {
  QuietFleet fleet;
  fleet.add("own.example");
  fleet.tell("own.example", {"mx.own.example", "mx.example.net"});
  fleet.tell_mx("mx.own.example", "192.0.2.70");
  auto scheduler = fleet.make();
  scheduler.start();
  fleet.wait_for(scheduler);
  REQUIRE(fleet.board.endpoint_count() == 2);
  auto domains = fleet.settings.domains;
  domains.pop_back();
  scheduler.watch(domains, nothing);
  wait_until([&] { return fleet.board.endpoint_count() == 1; });
  CHECK(fleet.board.snapshot_of_mx("mx.own.example").mx_hosts.empty());
  CHECK(fleet.world.dialogues("mx.own.example") == 1);
  // It may come back.
  scheduler.watch(fleet.settings.domains, nothing);
  wait_until([&] { return fleet.board.endpoint_count() == 2; });
  CHECK(fleet.delivery_ok("own.example") == true);
  scheduler.stop();
}

TEST_CASE("watch: other labels and another expectation show without a look", "[schedule][watch]") {
  QuietFleet fleet;
  auto scheduler = fleet.make();
  scheduler.start();
  fleet.wait_for(scheduler);
  auto domains = fleet.settings.domains;
  auto labelled = *domains[0];
  labelled.labels["team"] = "mail";
  domains[0] = labelled;
  auto expected = *domains[1];
  expected.expect = settings::Expectation::Absent;
  domains[1] = expected;
  CHECK(scheduler.watch(domains, nothing).changed == 2);
  wait_until([&] {
    return fleet.board.domain("d0.example")->state.setting->labels.contains("team") &&
           fleet.board.domain("d1.example")->state.expectation.fails();
  });
  CHECK(looks(fleet, "d0.example") == 1);
  CHECK(looks(fleet, "d1.example") == 1);
  scheduler.stop();
}

TEST_CASE("watch: a domain that goes while it is looked at leaves no trace, and may come back meanwhile",
          "[schedule][watch]") {
  QuietFleet fleet;
  fleet.add("slow.example");
  fleet.world.hold("_mta-sts.slow.example");
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return looks(fleet, "slow.example") == 1; });
  auto domains = fleet.settings.domains;
  domains.pop_back();
  scheduler.watch(domains, nothing);
  const bool returns = GENERATE(false, true);
  if (returns) scheduler.watch(fleet.settings.domains, nothing);
  fleet.world.release("_mta-sts.slow.example");
  if (returns) {
    wait_until([&] { return fleet.board.domain("slow.example") != nullptr; });
  } else {
    fleet.wait_for(scheduler);
    CHECK(fleet.board.domain("slow.example") == nullptr);
    CHECK(fleet.board.snapshot().domains.size() == 10);
  }
  scheduler.stop();
}

TEST_CASE("watch: what is stored of a domain that comes back is recalled, with its place", "[schedule][watch]") {
  class Keeper final : public history::Recorder {
   public:
    void record(history::StoredDomain domain) override {
      stored.with([&](auto& rows) {
        auto& row = rows[domain.name];
        if (domain.past.empty()) domain.past = row.past;
        if (domain.looks.empty()) domain.looks = row.looks;
        row = std::move(domain);
      });
    }
    void record(history::StoredEndpoint) override {}
    void cannot_read(const std::string&, const Error&) override {}
    Guarded<std::map<std::string, history::StoredDomain>> stored;
  } keeper;
  QuietFleet fleet;
  auto scheduler = fleet.make(keeper);
  scheduler.start();
  fleet.wait_for(scheduler);
  const auto kept = [&](const std::string& name) -> Stored {
    return keeper.stored.with([&](auto& rows) {
      const auto row = rows.find(name);
      return row == rows.end() ? std::nullopt : std::optional(row->second);
    });
  };
  fleet.settings.probe.start_rate = 1;
  scheduler.apply(fleet.settings, fleet.guard, fleet.factory());
  for (int i = 0; i < 3; ++i) {
    scheduler.watch({}, nothing);
    wait_until([&] { return fleet.board.snapshot().domains.empty(); });
    scheduler.watch(fleet.settings.domains, kept);
    wait_until([&] { return fleet.board.snapshot().domains.size() == 10; });
  }
  CHECK(looks(fleet, "d0.example") == 1);
  CHECK(fleet.board.domain("d0.example")->state.sts_seen);
  // They took no places among first looks, of which there is one a second.
  auto domains = fleet.settings.domains;
  fleet.tell("new.example", {"mx.example.net"});
  domains.push_back(domain("new.example"));
  scheduler.watch(domains, kept);
  wait_until([&] { return fleet.board.domain("new.example") != nullptr; });
  scheduler.stop();
}

TEST_CASE("watch: of thousands that change places only the new ones are looked at, no faster than start_rate",
          "[schedule][watch]") {
  constexpr int kDomains = 4000;
  constexpr int kSwapped = 400;
  QuietFleet fleet;
  for (int i = 10; i < kDomains; ++i) fleet.add("d" + std::to_string(i) + ".example");
  auto scheduler = fleet.make();
  scheduler.start();
  fleet.wait_for(scheduler);
  const int dialogues = fleet.world.dialogues("mx.example.net");
  fleet.settings.probe.start_rate = 1000;
  scheduler.apply(fleet.settings, fleet.guard, fleet.factory());
  auto domains = fleet.settings.domains;
  domains.erase(domains.begin(), domains.begin() + kSwapped);
  for (int i = 0; i < kSwapped; ++i) {
    const std::string name = "new" + std::to_string(i) + ".example";
    fleet.tell(name, {"mx.example.net"});
    domains.push_back(domain(name));
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto watched = scheduler.watch(domains, nothing);
  CHECK(watched.added == kSwapped);
  CHECK(watched.gone == kSwapped);
  const auto all_seen = [&] {
    for (int i = 0; i < kSwapped; ++i) {
      if (!fleet.board.domain("new" + std::to_string(i) + ".example")) return false;
    }
    return true;
  };
  wait_until(all_seen);
  CHECK(std::chrono::steady_clock::now() - begin >= milliseconds(kSwapped - 1));
  CHECK(fleet.board.snapshot().domains.size() == kDomains);
  for (int i = 0; i < kDomains; ++i) CHECK(looks(fleet, "d" + std::to_string(i) + ".example") == 1);
  for (int i = 0; i < kSwapped; ++i) CHECK(looks(fleet, "new" + std::to_string(i) + ".example") == 1);
  CHECK(fleet.world.dialogues("mx.example.net") == dialogues);
  scheduler.stop();
}

TEST_CASE("watch: domains that a list brings while the first pass is kept open belong to it", "[schedule][watch]") {
  QuietFleet fleet;
  fleet.settings.domains.clear();
  auto scheduler = fleet.make();
  auto pass = scheduler.prepare();
  scheduler.start();
  fleet.tell("new.example", {"mx.example.net"});
  fleet.world.hold("_mta-sts.new.example");
  scheduler.watch({domain("new.example")}, nothing);
  pass.reset();
  wait_until([&] { return looks(fleet, "new.example") == 1; });
  CHECK_FALSE(scheduler.first_pass_done());
  fleet.world.release("_mta-sts.new.example");
  fleet.wait_for(scheduler);
  CHECK(fleet.board.domain("new.example"));
  scheduler.stop();
}

TEST_CASE("watch: lists that come one after another share the rate of first looks", "[schedule][watch]") {
  constexpr int kLists = 5;
  constexpr int kDomains = 20;
  QuietFleet fleet;
  auto scheduler = fleet.make();
  scheduler.start();
  fleet.wait_for(scheduler);
  fleet.settings.probe.start_rate = 200;
  scheduler.apply(fleet.settings, fleet.guard, fleet.factory());
  auto domains = fleet.settings.domains;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kLists * kDomains; ++i) {
    const std::string name = "new" + std::to_string(i) + ".example";
    fleet.tell(name, {"mx.example.net"});
    domains.push_back(domain(name));
    if ((i + 1) % kDomains == 0) scheduler.watch(domains, nothing);
  }
  wait_until([&] { return fleet.board.snapshot().domains.size() == domains.size(); });
  CHECK(std::chrono::steady_clock::now() - begin >= milliseconds(5) * (kLists * kDomains - 1));
  scheduler.stop();
}

TEST_CASE("watch: a new domain of which nobody can tell what was stored is left out until somebody can",
          "[schedule][watch]") {
  QuietFleet fleet;
  auto scheduler = fleet.make();
  scheduler.start();
  fleet.wait_for(scheduler);
  fleet.tell("new.example", {"mx.example.net"});
  auto domains = fleet.settings.domains;
  domains.push_back(domain("new.example"));
  const auto watched = scheduler.watch(domains, [](const std::string&) -> Stored { return fail("no database"); });
  CHECK(watched.left_out == 1);
  CHECK(watched.domains == 10);
  CHECK(scheduler.watch(domains, nothing).added == 1);
  wait_until([&] { return fleet.board.domain("new.example") != nullptr; });
  scheduler.stop();
}

TEST_CASE("watch: a guest that is configured keeps what was stored of it before", "[schedule][watch]") {
  QuietFleet fleet;
  fleet.guests = Guests::Welcome;
  fleet.tell("guest.example", {"mx.example.net"});
  auto scheduler = fleet.make();
  scheduler.start();
  fleet.wait_for(scheduler);
  std::atomic<bool> looked = false;
  scheduler.look_now("guest.example", [&](bool) { looked = true; });
  wait_until([&] { return looked.load(); });
  const WallTime now = fleet.clock.wall_now();
  judge::Past past;
  past.policies.emplace_back();
  past.policies[0].policy = {formats::Mode::Enforce, hours(24 * 30), {}};
  past.policies[0].served = {now - hours(2), now - hours(1), false};
  auto domains = fleet.settings.domains;
  domains.push_back(domain("guest.example"));
  scheduler.watch(domains, [&](const std::string& name) -> Stored {
    return std::optional(history::StoredDomain{name, history::write_past(past), "", {now, {}, {}}});
  });
  wait_until([&] { return fleet.board.domain("guest.example") != nullptr; });
  std::atomic<std::size_t> policies = 0;
  scheduler.ask_domain("guest.example",
                       [&](const auto& known) { policies = known ? known->past.policies.size() : 99; });
  wait_until([&] { return policies > 0; });
  CHECK(policies == 2);
  scheduler.stop();
}

TEST_CASE("watch: whoever waits for the address of an MX host that goes is not forgotten with it",
          "[schedule][watch]") {
  QuietFleet fleet;
  fleet.settings.domains.clear();
  fleet.settings.smtp.per_address_connections = 1;
  std::vector<Shared<DomainSetting>> domains;
  for (const std::string name : {"a", "b", "c"}) {
    domains.push_back(domain(name + ".example"));
    fleet.tell(name + ".example", {"mx." + name + ".example"});
    fleet.tell_mx("mx." + name + ".example", "192.0.2.80");
    fleet.world.hold("smtp mx." + name + ".example");
  }
  auto scheduler = fleet.make();
  scheduler.start();
  // One talks, the next two wait in this order.
  for (std::size_t i = 0; i < 3; ++i) {
    scheduler.watch({domains.begin(), domains.begin() + static_cast<std::ptrdiff_t>(i) + 1}, nothing);
    wait_until([&] { return fleet.board.domain(domains[i]->name.text()) != nullptr; });
    wait_until([&] { return fleet.world.dialogues("mx.a.example") == 1; });
  }
  scheduler.watch({domains[0], domains[2]}, nothing);
  // First the worker of the domain has to have told, then that of the endpoint to have heard.
  std::atomic<int> answers = 0;
  scheduler.ask_domain("b.example", [&](const auto&) { ++answers; });
  wait_until([&] { return answers == 1; });
  scheduler.ask_endpoint("mx.b.example", parse_ip("192.0.2.80").value(), [&](const auto&) { ++answers; });
  wait_until([&] { return answers == 2; });
  for (const std::string name : {"a", "b", "c"}) fleet.world.release("smtp mx." + name + ".example");
  wait_until([&] { return fleet.delivery_ok("c.example") == true; });
  CHECK(fleet.delivery_ok("a.example") == true);
  CHECK(fleet.world.dialogues("mx.b.example") == 0);
  scheduler.stop();
}

TEST_CASE("watch: an MX host that is called to its address and goes gives its turn to the next", "[schedule][watch]") {
  QuietFleet fleet;
  fleet.settings.domains.clear();
  // A new process leaves the address alone for so long: the first is called, the others stand behind it.
  fleet.settings.smtp.per_address_interval = milliseconds(700);
  std::vector<Shared<DomainSetting>> domains;
  for (const std::string name : {"a", "b", "c"}) {
    domains.push_back(domain(name + ".example"));
    fleet.tell(name + ".example", {"mx." + name + ".example"});
    fleet.tell_mx("mx." + name + ".example", "192.0.2.80");
  }
  auto scheduler = fleet.make();
  scheduler.start();
  for (std::size_t i = 0; i < 3; ++i) {
    scheduler.watch({domains.begin(), domains.begin() + static_cast<std::ptrdiff_t>(i) + 1}, nothing);
    wait_until([&] { return fleet.board.domain(domains[i]->name.text()) != nullptr; });
  }
  scheduler.watch({domains[1], domains[2]}, nothing);
  wait_until([&] { return fleet.delivery_ok("b.example") == true && fleet.delivery_ok("c.example") == true; });
  scheduler.stop();
}

TEST_CASE("watch: an address that said it is busy to a name that goes meanwhile is left alone by the next",
          "[schedule][watch]") {
  QuietFleet fleet;
  fleet.settings.domains.clear();
  fleet.settings.probe.retry_interval = hours(1);
  auto busy = testing::good_dialogue();
  busy.fault = Fault{Reason::SmtpBusy, "421 later"};
  busy.greeted = busy.starttls = false;
  busy.busy = true;
  std::vector<Shared<DomainSetting>> domains;
  for (const std::string name : {"a", "b"}) {
    domains.push_back(domain(name + ".example"));
    fleet.tell(name + ".example", {"mx." + name + ".example"});
    fleet.tell_mx("mx." + name + ".example", "192.0.2.80");
  }
  fleet.world.greet("mx.a.example", busy);
  fleet.world.hold("smtp mx.a.example");
  auto scheduler = fleet.make();
  scheduler.start();
  scheduler.watch({domains[0]}, nothing);
  wait_until([&] { return fleet.world.dialogues("mx.a.example") == 1; });
  wait_until([&] { return fleet.board.domain("a.example") != nullptr; });
  scheduler.watch({domains[1]}, nothing);
  wait_until([&] { return !fleet.board.domain("a.example") && fleet.board.domain("b.example"); });
  // The worker of the endpoint has heard that its host goes.
  std::atomic<int> answers = 0;
  scheduler.ask_domain("a.example", [&](const auto&) { ++answers; });
  wait_until([&] { return answers == 1; });
  scheduler.ask_endpoint("mx.a.example", parse_ip("192.0.2.80").value(), [&](const auto&) { ++answers; });
  wait_until([&] { return answers == 2; });
  fleet.world.release("smtp mx.a.example");
  wait_until([&] { return scheduler.paused_mx_addresses() == 1; });
  CHECK(fleet.world.dialogues("mx.b.example") == 0);
  scheduler.stop();
}

}  // namespace
}  // namespace mta_sts::schedule
