#include <atomic>
#include <future>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/unit/schedule/test_fleet.h"

namespace mta_sts::schedule {
namespace {

using net::QueryType;
using std::chrono::hours;
using std::chrono::milliseconds;

/// What is recorded, by name.
class Names final : public history::Recorder {
 public:
  void record(history::StoredDomain domain) override { add(domain.name); }
  void record(history::StoredEndpoint endpoint) override { add(endpoint.mx); }
  void cannot_read(const std::string&, const Error&) override {}
  std::set<std::string> all() const {
    return names_.with([](const auto& names) { return names; });
  }

 private:
  void add(const std::string& name) {
    names_.with([&](auto& names) { names.insert(name); });
  }
  Guarded<std::set<std::string>> names_;
};

/// One configured domain d0.example; guest.example has an MX host of its own, and a second one at wish.
struct GuestFleet : TestFleet {
  GuestFleet() : TestFleet(1) {
    guests = Guests::Welcome;
    settings.probe.domain_interval = settings.probe.mx_interval = hours(1);
    tell("guest.example", {"mx.guest.example"});
    tell_mx("mx.guest.example", "192.0.2.50");
  }

  bool look(Scheduler& scheduler, const std::string& name) {
    std::promise<bool> looked;
    scheduler.look_now(name, [&](bool done) { looked.set_value(done); });
    return looked.get_future().get();
  }
};

std::shared_ptr<const board::DomainEntry> entry_of(const Scheduler& scheduler, const std::string& name) {
  const auto part = scheduler.boards().snapshot_of(name);
  return part.domains.empty() ? nullptr : part.domains.front();
}

}  // namespace

TEST_CASE("guests: nobody who is not configured is looked at unless guests are welcome", "[schedule][guests]") {
  GuestFleet fleet;
  fleet.guests = Guests::Refused;
  auto scheduler = fleet.make();
  scheduler.start();
  CHECK_FALSE(fleet.look(scheduler, "guest.example"));
  scheduler.stop();
  CHECK(fleet.world.questions(QueryType::Txt, "_mta-sts.guest.example") == 0);
}

TEST_CASE(
    "guests: the answer comes when the MX endpoints were looked at too, and is told from the board of guests alone",
    "[schedule][guests]") {
  GuestFleet fleet;
  Names recorder;
  auto scheduler = fleet.make(recorder);
  scheduler.start();
  wait_until([&] { return scheduler.first_pass_done(); });
  REQUIRE(fleet.look(scheduler, "guest.example"));
  const auto part = scheduler.boards().snapshot_of("guest.example");
  REQUIRE(part.domains.size() == 1);
  CHECK(part.domains.front()->state.mx.delivery_ok == true);
  REQUIRE(part.endpoints.size() == 1);
  CHECK(part.endpoints.front()->state.mx == "mx.guest.example");
  CHECK(part.mx_hosts.size() == 1);
  CHECK(fleet.world.dialogues("mx.guest.example") == 1);
  CHECK(scheduler.recent_looks().newest_first().front().asked_by == board::AskedBy::Probe);
  scheduler.stop();
  CHECK(fleet.board.snapshot().domains.size() == 1);
  CHECK(fleet.board.snapshot().mx_hosts.size() == 1);
  CHECK(fleet.board.endpoint_count() == 1);
  CHECK(recorder.all() == std::set<std::string>{"d0.example", "mx.example.net"});
}

TEST_CASE("guests: many who ask at once cost one look, and who asks within the interval none", "[schedule][guests]") {
  GuestFleet fleet;
  auto scheduler = fleet.make();
  std::atomic<int> looked = 0;
  for (int i = 0; i < 100; ++i) scheduler.look_now("guest.example", [&](bool done) { looked += done; });
  scheduler.start();
  wait_until([&] { return looked == 100; });
  CHECK(fleet.look(scheduler, "guest.example"));
  scheduler.stop();
  CHECK(fleet.world.questions(QueryType::Txt, "_mta-sts.guest.example") == 1);
  CHECK(fleet.world.dialogues("mx.guest.example") == 1);
}

TEST_CASE("guests: more than may wait are refused at once", "[schedule][guests]") {
  GuestFleet fleet;
  auto scheduler = fleet.make();
  std::atomic<int> looked = 0;
  std::atomic<int> refused = 0;
  for (std::size_t i = 0; i < Awaited::kMaxWaiting + 10; ++i) {
    scheduler.look_now("guest.example", [&](bool done) { ++(done ? looked : refused); });
  }
  scheduler.start();
  wait_until([&] { return looked + refused == static_cast<int>(Awaited::kMaxWaiting) + 10; });
  scheduler.stop();
  CHECK(refused == 10);
}

TEST_CASE("guests: after an interval a guest and its endpoints are forgotten, and looked at anew when asked for",
          "[schedule][guests]") {
  GuestFleet fleet;
  fleet.settings.probe.domain_interval = milliseconds(200);
  auto scheduler = fleet.make();
  scheduler.start();
  REQUIRE(fleet.look(scheduler, "guest.example"));
  wait_until([&] { return !entry_of(scheduler, "guest.example"); });
  wait_until([&] { return !scheduler.boards().endpoint("mx.guest.example", *parse_ip("192.0.2.50")); });
  CHECK(fleet.look(scheduler, "guest.example"));
  scheduler.stop();
  CHECK(fleet.world.questions(QueryType::Txt, "_mta-sts.guest.example") == 2);
  CHECK(fleet.world.dialogues("mx.guest.example") == 2);
}

TEST_CASE("guests: a look that a bug ended is answered, and not repeated within the interval", "[schedule][guests]") {
  GuestFleet fleet;
  fleet.world.break_down("_mta-sts.guest.example");
  auto scheduler = fleet.make();
  scheduler.start();
  fleet.look(scheduler, "guest.example");
  CHECK_FALSE(fleet.look(scheduler, "guest.example"));
  scheduler.stop();
  CHECK(fleet.world.questions(QueryType::Txt, "_mta-sts.guest.example") == 1);
}

TEST_CASE("guests: an endpoint that configured domains use is not looked at again for a guest", "[schedule][guests]") {
  GuestFleet fleet;
  fleet.tell("guest.example", {"mx.example.net"});
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return scheduler.first_pass_done(); });
  REQUIRE(fleet.look(scheduler, "guest.example"));
  const auto part = scheduler.boards().snapshot_of("guest.example");
  CHECK(part.domains.front()->state.mx.delivery_ok == true);
  CHECK(part.endpoints.size() == 1);
  REQUIRE(part.mx_hosts.size() == 1);
  CHECK(part.mx_hosts.front()->view.domains == 1);
  scheduler.stop();
  CHECK(fleet.world.dialogues("mx.example.net") == 1);
  CHECK(fleet.board.domains_of("mx.example.net") == std::vector<std::string>{"d0.example"});
}

TEST_CASE("guests: an endpoint of a guest that a configured domain comes to use is theirs from then on",
          "[schedule][guests]") {
  GuestFleet fleet;
  Names recorder;
  fleet.settings.probe.domain_interval = milliseconds(300);
  auto scheduler = fleet.make(recorder);
  scheduler.start();
  REQUIRE(fleet.look(scheduler, "guest.example"));
  const auto address = *parse_ip("192.0.2.50");
  CHECK(fleet.board.endpoint("mx.guest.example", address) == nullptr);
  fleet.world.answer(QueryType::Mx, "d0.example", testing::mx_answer({{10, "mx.guest.example"}}));
  wait_until([&] { return fleet.board.endpoint("mx.guest.example", address) != nullptr; });
  wait_until([&] { return !entry_of(scheduler, "guest.example"); });
  CHECK(scheduler.boards().of(Standing::Guest).endpoint("mx.guest.example", address) == nullptr);
  wait_until([&] { return recorder.all().contains("mx.guest.example"); });
  scheduler.stop();
}

TEST_CASE("guests: the connections to one address are as far apart as for everybody", "[schedule][guests]") {
  GuestFleet fleet;
  fleet.settings.smtp.per_address_interval = milliseconds(150);
  for (const std::string name : {"a", "b", "c"}) {
    fleet.tell(name + ".example", {"mx." + name + ".example"});
    fleet.tell_mx("mx." + name + ".example", "192.0.2.9");  // where mx.example.net is as well
  }
  auto scheduler = fleet.make();
  const auto begin = std::chrono::steady_clock::now();
  std::atomic<int> looked = 0;
  for (const std::string name : {"a", "b", "c"}) scheduler.look_now(name + ".example", [&](bool) { ++looked; });
  scheduler.start();
  wait_until([&] { return looked == 3; });
  CHECK(std::chrono::steady_clock::now() - begin >= milliseconds(300));
  scheduler.stop();
}

TEST_CASE("guests: the egress guard holds for them", "[schedule][guests]") {
  GuestFleet fleet;
  fleet.tell_mx("mx.guest.example", "10.0.0.1");
  auto scheduler = fleet.make();
  scheduler.start();
  REQUIRE(fleet.look(scheduler, "guest.example"));
  const auto state = entry_of(scheduler, "guest.example")->state;
  scheduler.stop();
  CHECK(state.mx.delivery_ok != true);
  CHECK(fleet.world.dialogues("mx.guest.example") == 0);
}

TEST_CASE("guests: who stops in the middle of a look leaves nobody waiting for good", "[schedule][guests]") {
  GuestFleet fleet;
  fleet.settings.smtp.per_address_interval = hours(1);
  fleet.tell_mx("mx.guest.example", "192.0.2.9");
  std::atomic<int> answered = 0;
  {
    auto scheduler = fleet.make();
    scheduler.start();
    // The look itself ends; that at its MX address waits for an hour, as at every address of a new process.
    scheduler.look_now("guest.example", [&](bool) { ++answered; });
    wait_until([&] { return entry_of(scheduler, "guest.example") != nullptr; });
    CHECK(answered == 0);
    scheduler.stop();
  }
  CHECK(answered == 1);
}

}  // namespace mta_sts::schedule
