#include "exporter/schedule/scheduler.h"

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/unit/schedule/test_fleet.h"

namespace mta_sts::schedule {
namespace {

using net::QueryType;
using std::chrono::milliseconds;
using std::chrono::seconds;

net::SmtpResult without_starttls() {
  auto dialogue = testing::good_dialogue();
  dialogue.fault = Fault{Reason::StarttlsMissing, "not offered"};
  dialogue.starttls = false;
  dialogue.tls = {};
  return dialogue;
}

using Fleet = TestFleet;

TEST_CASE("scheduler: domains that share an MX endpoint cost one dialogue", "[schedule][scheduler]") {
  Fleet fleet(200);
  fleet.settings.probe.mx_interval = std::chrono::hours(1);
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return scheduler.first_pass_done(); });
  scheduler.stop();
  CHECK(fleet.world.dialogues("mx.example.net") == 1);
  CHECK(fleet.board.endpoint_count() == 1);
  CHECK(fleet.board.domains_of("mx.example.net").size() == 200);
}

TEST_CASE("scheduler: when the first pass is done every domain is judged with its endpoints", "[schedule][scheduler]") {
  Fleet fleet(50);
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return scheduler.first_pass_done(); });
  for (const auto& domain : fleet.settings.domains) CHECK(fleet.delivery_ok(domain->name.text()) == true);
  scheduler.stop();
}

TEST_CASE("scheduler: an endpoint whose standing changes has its domains judged anew, before their own next look",
          "[schedule][scheduler]") {
  Fleet fleet(20);
  fleet.settings.probe.domain_interval = std::chrono::hours(1);
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return scheduler.first_pass_done(); });
  fleet.world.greet("mx.example.net", without_starttls());
  for (const auto& domain : fleet.settings.domains) {
    wait_until([&] { return fleet.delivery_ok(domain->name.text()) == false; });
  }
  scheduler.stop();
}

TEST_CASE("scheduler: an endpoint that failed between two looks at a domain begins its enforce_ready anew",
          "[schedule][scheduler]") {
  Fleet fleet(1);
  fleet.settings.probe.domain_interval = std::chrono::hours(1);
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return scheduler.first_pass_done(); });
  const auto since = [&] { return fleet.board.domain("d0.example")->state.cached.enforce_ready_since; };
  const auto before = since();
  REQUIRE(before);
  fleet.world.greet("mx.example.net", without_starttls());
  wait_until([&] { return !since(); });
  fleet.world.greet("mx.example.net", testing::good_dialogue());
  wait_until([&] { return since().has_value(); });
  scheduler.stop();
  CHECK(*since() > *before);
}

TEST_CASE("scheduler: with smtp disabled no MX host is connected to and the first pass still ends",
          "[schedule][scheduler]") {
  Fleet fleet(10);
  fleet.settings.smtp.enabled = false;
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return scheduler.first_pass_done(); });
  scheduler.stop();
  CHECK(fleet.world.dialogues("mx.example.net") == 0);
  CHECK(fleet.delivery_ok("d0.example") == std::nullopt);
}

TEST_CASE("scheduler: an endpoint that no answer names any more is forgotten after its time", "[schedule][scheduler]") {
  Fleet fleet(1);
  fleet.settings.probe.endpoint_ttl = milliseconds(300);
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return fleet.board.endpoint_count() == 1; });
  fleet.world.answer(QueryType::Mx, "d0.example", testing::mx_answer({{0, ""}}));
  wait_until([&] { return fleet.board.endpoint_count() == 0; });
  scheduler.stop();
}

TEST_CASE("scheduler: the longest interval of MX endpoints is that of the address with the most names",
          "[schedule][scheduler]") {
  Fleet fleet(1);
  fleet.settings.smtp.per_address_interval = milliseconds(100);
  fleet.settings.probe.endpoint_ttl = milliseconds(500);
  for (const std::string name : {"a.example.net", "b.example.net"}) {
    fleet.world.answer(QueryType::A, name, testing::address_answer("192.0.2.9"));
    fleet.world.answer(QueryType::Aaaa, name, testing::fault_answer(Reason::DnsNodata));
    fleet.world.greet(name, testing::good_dialogue());
  }
  fleet.world.answer(QueryType::Mx, "d0.example",
                     testing::mx_answer({{10, "mx.example.net"}, {10, "a.example.net"}, {10, "b.example.net"}}));
  auto scheduler = fleet.make();
  CHECK(scheduler.longest_mx_interval() == milliseconds(200));
  scheduler.start();
  wait_until([&] { return scheduler.longest_mx_interval() == milliseconds(300); });
  fleet.world.answer(QueryType::Mx, "d0.example", testing::mx_answer({{10, "mx.example.net"}}));
  wait_until([&] { return scheduler.longest_mx_interval() == milliseconds(200); });
  scheduler.stop();
}

TEST_CASE("scheduler: where dialogues at an address take longer than the gap, the interval is as long as all of them",
          "[schedule][scheduler]") {
  Fleet fleet(1);
  fleet.settings.probe.mx_interval = milliseconds(50);
  std::vector<net::MxRecord> records;
  for (const std::string name : {"a.example.net", "b.example.net", "c.example.net"}) {
    fleet.tell_mx(name, "192.0.2.78");
    fleet.world.hold("smtp " + name);
    records.push_back({10, name});
  }
  fleet.world.answer(QueryType::Mx, "d0.example", testing::mx_answer(std::move(records)));
  auto scheduler = fleet.make();
  scheduler.start();
  std::string first;
  wait_until([&] {
    for (const std::string name : {"a.example.net", "b.example.net", "c.example.net"}) {
      if (fleet.world.dialogues(name) == 1) first = name;
    }
    return !first.empty();
  });
  const auto begin = std::chrono::steady_clock::now();
  wait_until([&] { return std::chrono::steady_clock::now() > begin + milliseconds(100); });
  CHECK(scheduler.longest_mx_interval() == milliseconds(50));
  fleet.world.release("smtp " + first);
  wait_until([&] { return scheduler.longest_mx_interval() >= milliseconds(300); });
  for (const std::string name : {"a.example.net", "b.example.net", "c.example.net"})
    fleet.world.release("smtp " + name);
  // And again as configured when they are quick.
  wait_until([&] { return scheduler.longest_mx_interval() == milliseconds(50); });
  scheduler.stop();
}

TEST_CASE("scheduler: MX hosts that are silent keep no domain from being looked at", "[schedule][scheduler]") {
  Fleet fleet(1);
  fleet.settings.probe.workers = 1;
  fleet.settings.probe.concurrency = 4;
  std::vector<net::MxRecord> records;
  for (int i = 0; i < 8; ++i) {
    const std::string name = "mx" + std::to_string(i) + ".example.net";
    fleet.tell_mx(name, "192.0.2." + std::to_string(100 + i));
    fleet.world.hold("smtp " + name);
    records.push_back({10, name});
  }
  fleet.world.answer(QueryType::Mx, "d0.example", testing::mx_answer(records));
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return fleet.board.domain("d0.example") != nullptr; });
  const int before = fleet.world.questions(QueryType::Mx, "d0.example");
  wait_until([&] { return fleet.world.questions(QueryType::Mx, "d0.example") > before + 2; });
  CHECK(scheduler.lag(telemetry::ProbeKind::Mx) > Span(0));
  scheduler.stop();
}

TEST_CASE("scheduler: an address that is too busy is left alone under each of its names, and counted",
          "[schedule][scheduler]") {
  Fleet fleet(1);
  fleet.settings.probe.retry_interval = std::chrono::hours(1);
  fleet.settings.probe.mx_interval = std::chrono::hours(2);
  auto busy = testing::good_dialogue();
  busy.fault = Fault{Reason::SmtpBusy, "450 later"};
  busy.greeted = busy.starttls = false;
  busy.busy = true;
  std::vector<net::MxRecord> records{{5, "mx.example.net"}};
  for (const std::string name : {"a.example.net", "b.example.net", "c.example.net"}) {
    fleet.tell_mx(name, "192.0.2.77");
    fleet.world.greet(name, busy);
    records.push_back({10, name});
  }
  fleet.world.answer(QueryType::Mx, "d0.example", testing::mx_answer(std::move(records)));
  auto scheduler = fleet.make();
  scheduler.start();
  const auto dialogues = [&] {
    return fleet.world.dialogues("a.example.net") + fleet.world.dialogues("b.example.net") +
           fleet.world.dialogues("c.example.net");
  };
  // The address may answer before the domain that named it is on the board.
  wait_until([&] { return scheduler.paused_mx_addresses() == 1 && fleet.board.domain("d0.example") != nullptr; });
  // The domain is looked at again and again meanwhile, and another address as usual.
  const WallTime seen = fleet.board.domain("d0.example")->state.last_probe;
  wait_until([&] { return fleet.board.domain("d0.example")->state.last_probe > seen + milliseconds(500); });
  CHECK(fleet.world.dialogues("mx.example.net") == 1);
  CHECK(dialogues() == 1);
  CHECK(scheduler.lag(telemetry::ProbeKind::Mx) < std::chrono::seconds(1));
  scheduler.stop();
}

TEST_CASE("scheduler: a domain that is asked for out of turn is looked at once for all who ask",
          "[schedule][scheduler]") {
  Fleet fleet(2);
  fleet.settings.probe.domain_interval = std::chrono::hours(1);
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return scheduler.first_pass_done(); });
  const WallTime before = fleet.board.domain("d0.example")->state.last_probe;
  const WallTime other = fleet.board.domain("d1.example")->state.last_probe;
  std::atomic<int> looked = 0;
  std::atomic<int> unknown = 0;
  for (int i = 0; i < 5; ++i) scheduler.look_now("d0.example", [&](bool done) { looked += done; });
  scheduler.look_now("d9.example", [&](bool done) { unknown += !done; });
  wait_until([&] { return looked == 5 && unknown == 1; });
  CHECK(fleet.board.domain("d0.example")->state.last_probe > before);
  CHECK(fleet.board.domain("d1.example")->state.last_probe == other);
  const auto latest = scheduler.recent_looks().newest_first().front();
  CHECK(latest.domain == "d0.example");
  CHECK(latest.verdict == judge::Verdict::Ok);
  CHECK(latest.asked_by == board::AskedBy::Probe);
  CHECK(scheduler.recent_looks().newest_first().back().asked_by == board::AskedBy::Schedule);
  scheduler.stop();
}

TEST_CASE("scheduler: a look that a bug ended is not repeated before its time, however often it is asked for",
          "[schedule][scheduler]") {
  Fleet fleet(1);
  fleet.settings.probe.domain_interval = fleet.settings.probe.retry_interval = std::chrono::hours(1);
  fleet.world.break_down("_mta-sts.d0.example");
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return !scheduler.recent_looks().newest_first().empty(); });
  const auto questions = [&] { return fleet.world.questions(QueryType::Txt, "_mta-sts.d0.example"); };
  CHECK(questions() == 1);
  std::atomic<int> refused = 0;
  for (int i = 0; i < 5; ++i) scheduler.look_now("d0.example", [&](bool done) { refused += !done; });
  wait_until([&] { return refused == 5; });
  scheduler.stop();
  CHECK(questions() == 1);
}

TEST_CASE("scheduler: who asks for domains in the first pass makes it no faster, and has them first",
          "[schedule][scheduler]") {
  constexpr milliseconds kGap{50};
  Fleet fleet(20);
  fleet.settings.probe.workers = 1;
  fleet.settings.probe.start_rate = 20;
  fleet.settings.probe.domain_interval = std::chrono::hours(1);
  auto scheduler = fleet.make();
  scheduler.prepare();
  const auto begin = std::chrono::steady_clock::now();
  constexpr int kAsked = 8;  // the last ones by name: in their own order all 20 would have come with them
  int looked = 0;            // on the worker's thread
  std::promise<std::size_t> on_board;
  for (int i = 2; i < 2 + kAsked; ++i) {
    scheduler.look_now("d" + std::to_string(i) + ".example", [&](bool) {
      if (++looked == kAsked) on_board.set_value(fleet.board.snapshot().domains.size());
    });
  }
  scheduler.start();
  CHECK(on_board.get_future().get() < 20);
  CHECK(std::chrono::steady_clock::now() - begin >= (kAsked - 1) * kGap);
  scheduler.stop();
}

TEST_CASE("scheduler: what is known of a domain and an endpoint is told to who asks", "[schedule][scheduler]") {
  Fleet fleet(1);
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return scheduler.first_pass_done(); });
  std::promise<std::optional<judge::KnownDomain>> domain, nobody;
  std::promise<std::optional<judge::EndpointObservation>> endpoint;
  scheduler.ask_domain("d0.example", [&](auto known) { domain.set_value(std::move(known)); });
  scheduler.ask_domain("d9.example", [&](auto known) { nobody.set_value(std::move(known)); });
  scheduler.ask_endpoint("mx.example.net", *parse_ip("192.0.2.9"),
                         [&](auto known) { endpoint.set_value(std::move(known)); });
  const auto known = domain.get_future().get();
  REQUIRE(known);
  CHECK(known->seen->record.rrs == std::vector<std::string>{"v=STSv1; id=1;"});
  CHECK(known->past.sts_seen);
  CHECK(!nobody.get_future().get());
  CHECK(endpoint.get_future().get()->greeted);
  scheduler.stop();
}

TEST_CASE("scheduler: stopping in the middle of the first pass ends at once and may be repeated",
          "[schedule][scheduler]") {
  Fleet fleet(1000);
  fleet.settings.probe.start_rate = 10;
  fleet.settings.probe.domain_interval = std::chrono::hours(1);
  auto scheduler = fleet.make();
  scheduler.start();
  wait_until([&] { return fleet.board.endpoint_count() == 1; });
  const auto begin = std::chrono::steady_clock::now();
  scheduler.stop();
  scheduler.stop();
  CHECK(std::chrono::steady_clock::now() - begin < seconds(3));
  CHECK_FALSE(scheduler.first_pass_done());
}

}  // namespace
}  // namespace mta_sts::schedule
