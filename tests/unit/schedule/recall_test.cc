#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include <catch2/catch.hpp>

#include "exporter/schedule/scheduler.h"
#include "tests/unit/fake_clients.h"
#include "tests/unit/metrics/lines.h"

namespace mta_sts::schedule {
namespace {

using net::QueryType;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

/// Keeps what is recorded as a store would: empty documents leave those that are there.
class Store final : public history::Recorder {
 public:
  void record(history::StoredDomain domain) override {
    const std::lock_guard lock(mutex_);
    auto& kept = domains_[domain.name];
    if (domain.past.empty()) domain.past = kept.past;
    if (domain.looks.empty()) domain.looks = kept.looks;
    kept = std::move(domain);
  }
  void record(history::StoredEndpoint endpoint) override {
    const std::lock_guard lock(mutex_);
    const board::Board::EndpointKey key(endpoint.mx, endpoint.address);
    if (endpoint.gone) {
      endpoints_.erase(key);
      return;
    }
    auto& kept = endpoints_[key];
    if (endpoint.looks.empty()) endpoint.looks = kept.looks;
    kept = std::move(endpoint);
  }
  void cannot_read(const std::string&, const Error&) override { ++unreadable; }

  std::atomic<int> unreadable = 0;
  std::vector<history::StoredDomain> domains() const { return all(domains_); }
  std::vector<history::StoredEndpoint> endpoints() const { return all(endpoints_); }

 private:
  template <typename Map>
  std::vector<typename Map::mapped_type> all(const Map& map) const {
    const std::lock_guard lock(mutex_);
    std::vector<typename Map::mapped_type> rows;
    for (const auto& [key, row] : map) rows.push_back(row);
    return rows;
  }

  mutable std::mutex mutex_;
  std::map<std::string, history::StoredDomain> domains_;
  std::map<board::Board::EndpointKey, history::StoredEndpoint> endpoints_;
};

/// One process after another over a fake world, with one history.
struct Process {
  Process(testing::FakeWorld& the_world, history::Recorder& recorder, const settings::Settings& the_settings)
      : settings(the_settings),
        scheduler({clock, telemetry, *log, board, guard, suffixes, recorder}, settings,
                  [&](boost::asio::any_io_executor, const std::shared_ptr<Waits>&) {
                    return Clients{std::make_unique<testing::FakeResolver>(the_world),
                                   std::make_unique<testing::FakeFetcher>(the_world),
                                   std::make_unique<testing::FakeSmtp>(the_world)};
                  }) {}

  bool until(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!holds() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return holds();
  }
  std::string text(const std::string& domain) {
    const auto entry = board.domain(domain);
    return entry ? testing::text_of(entry->lines, metrics::domain_families()) : "";
  }

  settings::Settings settings;
  SystemClock clock;
  telemetry::NullTelemetry telemetry;
  std::unique_ptr<telemetry::Log> log = telemetry::make_null_log();
  board::Board board;
  std::shared_ptr<const net::EgressGuard> guard = std::make_shared<const net::EgressGuard>(
      std::vector<IpPrefix>{*IpPrefix::parse("192.0.2.0/24")}, std::vector<IpPrefix>{});
  formats::PublicSuffixes suffixes;
  Scheduler scheduler;
};

struct Fixture {
  Fixture() {
    settings.probe.workers = 2;
    settings.probe.start_rate = 100'000;
    settings.probe.domain_interval = settings.probe.mx_interval = hours(1);
    settings.smtp.per_address_interval = milliseconds(0);
    settings.domains.emplace_back(settings::DomainSetting{*formats::DomainName::parse("d.example"), {}, {}});
    world.answer(QueryType::A, "mx.example.net", testing::address_answer("192.0.2.9"));
    world.answer(QueryType::Aaaa, "mx.example.net", testing::fault_answer(Reason::DnsNodata));
    world.greet("mx.example.net", testing::good_dialogue());
    world.answer(QueryType::Txt, "_mta-sts.d.example", testing::txt_answer("v=STSv1; id=1;"));
    world.answer(QueryType::A, "mta-sts.d.example", testing::address_answer("192.0.2.1"));
    world.answer(QueryType::Aaaa, "mta-sts.d.example", testing::fault_answer(Reason::DnsNodata));
    serve("mx.example.net");
    world.answer(QueryType::Mx, "d.example", testing::mx_answer({{10, "mx.example.net"}}));
  }
  void serve(const std::string& pattern) {
    world.serve("mta-sts.d.example",
                testing::policy_result("version: STSv1\nmode: enforce\nmx: " + pattern + "\nmax_age: 86400\n"));
  }
  /// A first process that looks at everything; what it showed in the end.
  std::string first_process() {
    Process first(world, store, settings);
    first.scheduler.start();
    REQUIRE(first.until([&] { return first.scheduler.first_pass_done(); }));
    first.scheduler.stop();
    return first.text("d.example");
  }

  testing::FakeWorld world;
  Store store;
  settings::Settings settings;
};

/// The only lines that do not survive a restart.
std::string without_durations(std::string text) {
  for (const std::string family : {"mta_sts_domain_probe_duration", "mta_sts_policy_fetch_duration"}) {
    const auto begin = text.find(family);
    if (begin != std::string::npos) text.erase(begin, text.find('\n', begin) + 1 - begin);
  }
  return text;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "recall: the board is as it was before anything is looked at", "[schedule][recall]") {
  const std::string before = first_process();
  REQUIRE(before.find("mta_sts_delivery_ok{domain=\"d.example\"} 1") != std::string::npos);
  Process second(world, store, settings);
  second.scheduler.recall(store.domains(), store.endpoints());
  CHECK(second.text("d.example") == without_durations(before));
  CHECK(second.board.endpoint_count() == 1);
}

TEST_CASE_METHOD(Fixture, "recall: how long a look of an earlier process took is not known, which is no 0",
                 "[schedule][recall]") {
  const std::string before = first_process();
  REQUIRE(before != without_durations(before));
  Process second(world, store, settings);
  second.scheduler.recall(store.domains(), store.endpoints());
  const auto domain = second.board.domain("d.example");
  const auto endpoint = second.board.endpoint("mx.example.net", *parse_ip("192.0.2.9"));
  REQUIRE((domain && endpoint));
  CHECK_FALSE(domain->state.duration);
  CHECK_FALSE(domain->state.policy.fetch_duration);
  CHECK_FALSE(endpoint->duration);
  CHECK(endpoint->reachable == true);
}

TEST_CASE_METHOD(Fixture, "recall: what keeps its place in the schedule is not looked at again at once",
                 "[schedule][recall]") {
  first_process();
  const int questions = world.questions(QueryType::Txt, "_mta-sts.d.example");
  settings.domains.emplace_back(settings::DomainSetting{*formats::DomainName::parse("new.example"), {}, {}});
  Process second(world, store, settings);
  second.scheduler.recall(store.domains(), store.endpoints());
  second.scheduler.start();
  REQUIRE(second.until([&] { return second.scheduler.first_pass_done(); }));
  second.scheduler.stop();
  CHECK(world.questions(QueryType::Txt, "_mta-sts.new.example") == 1);
  CHECK(world.questions(QueryType::Txt, "_mta-sts.d.example") == questions);
}

TEST_CASE_METHOD(Fixture, "recall: what is overdue is looked at soon", "[schedule][recall]") {
  first_process();
  auto stored = store.domains();
  stored.at(0).beat.probed -= hours(2);
  const int questions = world.questions(QueryType::Txt, "_mta-sts.d.example");
  Process second(world, store, settings);
  second.scheduler.recall(stored, store.endpoints());
  second.scheduler.start();
  CHECK(second.until([&] { return world.questions(QueryType::Txt, "_mta-sts.d.example") > questions; }));
  second.scheduler.stop();
}

TEST_CASE_METHOD(Fixture, "recall: without looks, or with such as cannot be read, there is still the past",
                 "[schedule][recall]") {
  const std::string looks = GENERATE("", "{");
  first_process();
  serve("other.example.net");
  auto stored = store.domains();
  stored.at(0).looks = looks;
  Process second(world, store, settings);
  second.scheduler.recall(stored, store.endpoints());
  CHECK(second.text("d.example").empty());
  second.scheduler.start();
  REQUIRE(second.until([&] { return second.scheduler.first_pass_done(); }));
  second.scheduler.stop();
  CHECK(second.text("d.example").find("mta_sts_id_stale{domain=\"d.example\"} 1") != std::string::npos);
  CHECK(store.domains().at(0).past.find("mx.example.net") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "recall: a past that cannot be read is told of and not written over", "[schedule][recall]") {
  first_process();
  auto stored = store.domains();
  stored.at(0).past = "{\"written by\": \"a newer program\"}";
  stored.at(0).beat.probed -= hours(2);
  store.record(stored.at(0));
  Process second(world, store, settings);
  second.scheduler.recall(stored, store.endpoints());
  CHECK(store.unreadable == 1);
  CHECK_FALSE(second.text("d.example").empty());
  serve("other.example.net");
  second.scheduler.start();
  REQUIRE(second.until(
      [&] { return second.board.domain("d.example")->state.last_probe > stored.at(0).beat.probed + hours(1); }));
  second.scheduler.stop();
  CHECK(store.domains().at(0).past == stored.at(0).past);
  CHECK(store.domains().at(0).beat == stored.at(0).beat);
}

TEST_CASE_METHOD(Fixture, "recall: only what is configured is recalled", "[schedule][recall]") {
  first_process();
  settings.domains.clear();
  Process second(world, store, settings);
  second.scheduler.recall(store.domains(), {});
  CHECK(second.text("d.example").empty());
}

TEST_CASE_METHOD(Fixture,
                 "recall: an endpoint that no answer named for its time is forgotten however often it was looked at, "
                 "in the store as well",
                 "[schedule][recall]") {
  first_process();
  auto endpoints = store.endpoints();
  *endpoints.at(0).beat.served -= hours(48);
  Process second(world, store, settings);
  second.scheduler.recall({}, endpoints);
  CHECK(second.board.endpoint_count() == 0);
  CHECK(store.endpoints().empty());
}

TEST_CASE_METHOD(Fixture, "recall: a look of an earlier process names its endpoints at its own time",
                 "[schedule][recall]") {
  first_process();
  settings.probe.domain_interval = hours(72);
  settings.domains.emplace_back(settings::DomainSetting{*formats::DomainName::parse("new.example"), {}, {}});
  auto domains = store.domains();
  domains.at(0).beat.probed -= hours(48);
  Process second(world, store, settings);
  second.scheduler.recall(domains, {});
  second.scheduler.start();
  REQUIRE(second.until([&] { return second.scheduler.first_pass_done(); }));
  second.scheduler.stop();
  CHECK(second.board.endpoint_count() == 0);
}

TEST_CASE_METHOD(Fixture, "recall: an endpoint that is forgotten goes from the store", "[schedule][recall]") {
  settings.probe.endpoint_ttl = settings.probe.mx_interval = milliseconds(100);
  settings.domains.emplace_back(settings::DomainSetting{*formats::DomainName::parse("new.example"), {}, {}});
  Process only(world, store, settings);
  only.scheduler.start();
  REQUIRE(only.until([&] { return store.endpoints().size() == 1; }));
  CHECK(only.until([&] { return store.endpoints().empty(); }));
  only.scheduler.stop();
}

TEST_CASE_METHOD(
    Fixture,
    "recall: of names that share an address looks are held for three of the intervals that it lets them through",
    "[schedule][recall]") {
  first_process();
  settings.smtp.per_address_interval = hours(2);
  auto endpoints = store.endpoints();
  endpoints.at(0).beat.probed -= hours(8);
  *endpoints.at(0).beat.conclusive -= hours(8);
  const auto held = [&](const std::vector<history::StoredEndpoint>& stored) {
    Process process(world, store, settings);
    process.scheduler.recall({}, stored);
    return process.board.endpoint("mx.example.net", *parse_ip("192.0.2.9"))->passes.has_value();
  };
  CHECK_FALSE(held(endpoints));
  endpoints.push_back(endpoints.at(0));
  endpoints.back().mx = "mx2.example.net";
  CHECK(held(endpoints));
}

TEST_CASE_METHOD(Fixture, "recall: a past that comes to light later is joined", "[schedule][recall]") {
  first_process();
  serve("other.example.net");
  Store lost;
  Process second(world, lost, settings);
  second.scheduler.await_past();
  second.scheduler.start();
  REQUIRE(second.until([&] { return second.scheduler.first_pass_done(); }));
  // It would be written over the one that is stored.
  CHECK(lost.domains().empty());
  const std::string stale = "mta_sts_id_stale{domain=\"d.example\"} 1";
  CHECK(second.text("d.example").find(stale) == std::string::npos);
  second.scheduler.join_past(store.domains());
  CHECK(second.until([&] { return second.text("d.example").find(stale) != std::string::npos; }));
  second.scheduler.stop();
  CHECK(lost.domains().at(0).past.find("mx.example.net") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "recall: a past that comes to light later and cannot be read is told of and not written over",
                 "[schedule][recall]") {
  first_process();
  settings.domains.emplace_back(settings::DomainSetting{*formats::DomainName::parse("new.example"), {}, {}});
  auto stored = store.domains();
  stored.at(0).past = "{";
  Store late;
  Process second(world, late, settings);
  second.scheduler.await_past();
  second.scheduler.start();
  REQUIRE(second.until([&] { return second.scheduler.first_pass_done(); }));
  second.scheduler.join_past(stored);
  CHECK(second.until([&] { return late.unreadable == 1 && !late.domains().empty(); }));
  second.scheduler.stop();
  REQUIRE(late.domains().size() == 1);
  CHECK(late.domains().at(0).name == "new.example");
}

TEST_CASE_METHOD(
    Fixture, "https.addresses: one: after a change no old policy of one address stands beside the new one of another",
    "[schedule][rotation]") {
  settings.https.addresses = settings::AddressChoice::One;
  settings.probe.domain_interval = milliseconds(20);
  auto addresses = testing::address_answer("192.0.2.1");
  addresses.addresses.push_back(boost::asio::ip::make_address("192.0.2.3"));
  world.answer(QueryType::A, "mta-sts.d.example", addresses);
  Process only(world, store, settings);
  only.scheduler.start();
  const auto policy = [&] {
    const auto entry = only.board.domain("d.example");
    return entry ? entry->state.policy : judge::PolicyState{};
  };
  REQUIRE(only.until([&] { return policy().addresses_ok == 2u; }));
  serve("other.example.net");
  REQUIRE(only.until([&] { return policy().live && matches(*policy().live, "other.example.net"); }));
  only.scheduler.stop();
  CHECK(store.domains().at(0).past.find("other.example.net") != std::string::npos);
  CHECK(store.domains().at(0).past.find("policy_inconsistent") == std::string::npos);
}

}  // namespace mta_sts::schedule
