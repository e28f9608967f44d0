#include "exporter/history/writer.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include <catch2/catch.hpp>

#include "exporter/base/guarded.h"
#include "tests/unit/history/directory.h"
#include "tests/unit/history/samples.h"

namespace mta_sts::history {
namespace {

using namespace mta_sts::testing;
using namespace std::chrono_literals;

class Lines final : public telemetry::Log {
 public:
  void write(telemetry::LogLevel level, std::string_view message, std::initializer_list<telemetry::LogField>) override {
    lines_.with([&](auto& lines) { lines.emplace_back(level, message); });
  }
  int count(telemetry::LogLevel level) const {
    return lines_.with([&](const auto& lines) {
      return static_cast<int>(
          std::count_if(lines.begin(), lines.end(), [&](const auto& l) { return l.first == level; }));
    });
  }

 private:
  Guarded<std::vector<std::pair<telemetry::LogLevel, std::string>>> lines_;
};

/// Moved by the test while the writer reads it.
class SharedClock final : public Clock {
 public:
  explicit SharedClock(WallTime now) : now_(now) {}
  WallTime wall_now() const override { return now_; }
  MonoTime mono_now() const override { return mono_; }
  void set(WallTime now) { now_ = now; }
  void pass(std::chrono::seconds time) {
    now_ = now_.load() + time;
    mono_ = mono_.load() + time;
  }

 private:
  std::atomic<WallTime> now_;
  std::atomic<MonoTime> mono_{MonoTime()};
};

Writer::Options quick(const Directory& directory) {
  Writer::Options options;
  options.url = directory.url();
  options.retention = std::chrono::hours(1);
  options.flush_every = options.beat_every = options.first_retry = 5ms;
  options.longest_retry = 20ms;
  return options;
}

std::unique_ptr<Store> opened(const Directory& directory, Access access = Access::ReadWrite) {
  return Store::open(directory.url(), access).value();
}

StoredDomain domain(const std::string& name, const std::string& documents, const Beat& beat = testing::beat()) {
  return {name, documents.empty() ? "" : "past " + documents, documents.empty() ? "" : "looks " + documents, beat};
}

/// Whether it comes true in time.
template <typename Condition>
bool soon(Condition&& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

bool written(const Writer& writer) {
  return soon([&] { return writer.status().queue_length == 0; });
}

struct Fixture {
  std::optional<StoredDomain> stored(const std::string& name) {
    return opened(directory, Access::ReadOnly)->domain(name).value();
  }
  std::unique_ptr<Writer> writer(Writer::Options options, std::unique_ptr<Store> store) {
    auto made = std::make_unique<Writer>(std::move(options), std::move(store), clock, log,
                                         [this](std::vector<StoredDomain> held) {
                                           recovered.with([&](auto& calls) { calls.push_back(std::move(held)); });
                                         });
    made->start();
    return made;
  }
  std::unique_ptr<Writer> writer() { return writer(quick(directory), opened(directory)); }

  Directory directory;
  SharedClock clock{at(1000)};
  Lines log;
  Guarded<std::vector<std::vector<StoredDomain>>> recovered;
};

/// Makes every write fail, as a full disk does.
void break_database(const Directory& directory) {
  run_sql(directory.file(),
          "create trigger full before insert on domain begin select raise(abort, 'disk is full'); end");
}
void repair_database(const Directory& directory) { run_sql(directory.file(), "drop trigger full"); }

TEST_CASE_METHOD(Fixture, "writer: what is recorded is stored, and last_write is when it was taken",
                 "[history][writer]") {
  const auto writing = writer();
  CHECK_FALSE(writing->status().last_write);
  writing->record(domain("a.example", "1"));
  writing->record(StoredEndpoint{"mx", ip("192.0.2.1"), "e", beat()});
  REQUIRE(soon([&] { return writing->status().last_write.has_value(); }));
  REQUIRE(written(*writing));
  CHECK(writing->status().last_write == at(1000));
  CHECK(writing->status().errors == 0);
  CHECK(stored("a.example")->past == "past 1");
  CHECK(opened(directory, Access::ReadOnly)->endpoints().value().size() == 1);
}

TEST_CASE_METHOD(Fixture, "writer: an object waits once, the latest wins and a beat does not wipe documents",
                 "[history][writer]") {
  auto options = quick(directory);
  options.flush_every = 1h;
  const auto writing = writer(options, opened(directory));
  writing->record(domain("a.example", "1"));
  writing->record(domain("a.example", "2", {at(910), {}, {}}));
  writing->record({"a.example", "", "looks 3", {at(920), {}, {}}});
  writing->record(domain("a.example", "", {at(930), {}, {}}));
  writing->record(StoredEndpoint{"mx", ip("192.0.2.1"), "", beat()});
  writing->record(StoredEndpoint{"mx", ip("192.0.2.1"), "e", beat()});
  writing->record(StoredEndpoint{"mx", ip("192.0.2.1"), "", beat()});
  CHECK(writing->status().queue_length == 2);
  writing->stop();
  CHECK(writing->status().queue_length == 0);
  CHECK(stored("a.example")->past == "past 2");
  CHECK(stored("a.example")->looks == "looks 3");
  CHECK(stored("a.example")->beat == Beat{at(930), {}, {}});
  CHECK(opened(directory, Access::ReadOnly)->endpoints().value().at(0).looks == "e");
}

TEST_CASE_METHOD(Fixture, "writer: of an endpoint that goes, and of one that comes back, the latest wins",
                 "[history][writer]") {
  auto options = quick(directory);
  options.flush_every = 1h;
  const StoredEndpoint goes{"goes", ip("192.0.2.1"), "e", beat()};
  const StoredEndpoint returns{"returns", ip("192.0.2.1"), "e", beat()};
  REQUIRE(opened(directory)->write({{}, {goes, returns}}));
  const auto writing = writer(options, opened(directory));
  writing->record(goes);
  writing->record(forgotten(goes.mx, goes.address));
  writing->record(forgotten(returns.mx, returns.address));
  writing->record(returns);
  writing->stop();
  const auto stored = opened(directory, Access::ReadOnly)->endpoints().value();
  REQUIRE(stored.size() == 1);
  CHECK(stored.at(0).mx == "returns");
}

TEST_CASE_METHOD(Fixture, "writer: beats wait for their own time while changes are written", "[history][writer]") {
  REQUIRE(opened(directory)->write({{domain("b.example", "1")}, {}}));
  auto options = quick(directory);
  options.beat_every = 1h;
  const auto writing = writer(options, opened(directory));
  writing->record(domain("b.example", "", {at(950), {}, {}}));
  writing->record(domain("a.example", "1"));
  REQUIRE(soon([&] { return writing->status().last_write.has_value(); }));
  CHECK(writing->status().queue_length == 0);
  CHECK(stored("b.example")->beat == beat());
  writing->stop();
  CHECK(stored("b.example")->beat.probed == at(950));
}

TEST_CASE_METHOD(Fixture, "writer: the latest list of a source is stored, also one that waited for the store",
                 "[history][writer]") {
  std::filesystem::remove_all(directory.path());
  Writer writer(quick(directory), nullptr, clock, log, nullptr);
  writer.start();
  writer.keep_list("http://a.example/", "one");
  REQUIRE(soon([&] { return writer.status().errors > 1; }));
  writer.keep_list("http://a.example/", "two");
  std::filesystem::create_directories(directory.path());
  REQUIRE(soon([&] {
    const auto store = Store::open(directory.url(), Access::ReadOnly);
    return store && (*store)->lists().value().size() == 1;
  }));
  writer.stop();
  CHECK(opened(directory)->lists().value().at("http://a.example/") == "two");
}

TEST_CASE_METHOD(Fixture, "writer: who reads the store by itself waits until it has what was recorded before",
                 "[history][writer]") {
  const auto made = writer();
  CHECK(made->wait_until_stored(0ms));
  made->record(domain("a.example", "1"));
  CHECK(made->wait_until_stored(20s));
  CHECK(stored("a.example")->past == "past 1");
  break_database(directory);
  made->record(domain("b.example", "1"));
  CHECK_FALSE(made->wait_until_stored(50ms));
}

TEST_CASE_METHOD(Fixture, "writer: stop writes what waits, also more than fits one transaction", "[history][writer]") {
  auto options = quick(directory);
  options.flush_every = options.beat_every = 1h;
  options.stop_grace = 1min;
  const auto writing = writer(options, opened(directory));
  const int count = static_cast<int>(kMaxRows) * 2 + 1;
  for (int i = 0; i < count; ++i) writing->record(domain("d" + std::to_string(i), "x"));
  writing->stop();
  writing->stop();
  CHECK(writing->status().last_write == at(1000));
  CHECK(opened(directory, Access::ReadOnly)->domains().value().size() == static_cast<std::size_t>(count));
  CHECK(log.count(telemetry::LogLevel::Warn) == 0);
}

TEST_CASE_METHOD(Fixture, "writer: what cannot be written waits, is counted and told once, and nothing of it is lost",
                 "[history][writer]") {
  const auto writing = writer();
  REQUIRE(opened(directory)->domains());
  break_database(directory);
  writing->record(domain("a.example", "1"));
  writing->record(domain("b.example", "1"));
  REQUIRE(soon([&] { return writing->status().errors >= 3; }));
  writing->record(domain("a.example", "2"));
  writing->record(domain("b.example", "", {at(999), {}, {}}));
  CHECK(writing->status().queue_length == 2);
  CHECK_FALSE(writing->status().last_write);
  CHECK(log.count(telemetry::LogLevel::Error) == 1);
  CHECK(log.count(telemetry::LogLevel::Info) == 0);
  clock.set(at(1005));

  repair_database(directory);
  REQUIRE(written(*writing));
  REQUIRE(soon([&] { return writing->status().last_write.has_value(); }));
  CHECK(writing->status().last_write == at(1005));
  CHECK(stored("a.example")->past == "past 2");
  CHECK(stored("b.example")->past == "past 1");
  CHECK(stored("b.example")->beat.probed == at(999));
  CHECK(log.count(telemetry::LogLevel::Error) == 1);
  CHECK(soon([&] { return log.count(telemetry::LogLevel::Info) == 1; }));
  CHECK(recovered.with([](const auto& calls) { return calls.empty(); }));
}

TEST_CASE_METHOD(Fixture, "writer: rows of a flush that failed half way are not lost", "[history][writer]") {
  auto options = quick(directory);
  options.flush_every = 100ms;
  const auto writing = writer(options, opened(directory));
  run_sql(directory.file(),
          "create trigger full before insert on domain when (select count(*) from domain) >= 2500 "
          "begin select raise(abort, 'disk is full'); end");
  const int count = static_cast<int>(kMaxRows) * 2;
  for (int i = 0; i < count; ++i) writing->record(domain("d" + std::to_string(i), "x"));
  REQUIRE(soon([&] { return writing->status().errors >= 1; }));
  CHECK_FALSE(writing->status().last_write);
  repair_database(directory);
  REQUIRE(written(*writing));
  CHECK(opened(directory, Access::ReadOnly)->domains().value().size() == static_cast<std::size_t>(count));
}

TEST_CASE_METHOD(Fixture, "writer: a store that could not be opened is read before anything is written",
                 "[history][writer]") {
  REQUIRE(opened(directory)->write({{domain("a.example", "stored")}, {}}));
  std::filesystem::rename(directory.file(), directory.file("aside.db"));
  std::filesystem::create_directory(directory.file());
  const auto writing = writer(quick(directory), nullptr);
  writing->record(StoredEndpoint{"mx", ip("192.0.2.1"), "e", beat()});
  REQUIRE(soon([&] { return writing->status().errors >= 2; }));
  CHECK(log.count(telemetry::LogLevel::Error) == 1);

  std::filesystem::remove(directory.file());
  std::filesystem::rename(directory.file("aside.db"), directory.file());
  REQUIRE(written(*writing));
  recovered.with([](const auto& calls) {
    REQUIRE(calls.size() == 1);
    REQUIRE(calls[0].size() == 1);
    CHECK(calls[0][0].past == "past stored");
  });
  CHECK(opened(directory, Access::ReadOnly)->endpoints().value().size() == 1);
  CHECK(log.count(telemetry::LogLevel::Info) == 1);
}

TEST_CASE_METHOD(Fixture, "writer: what is recorded while the stored is handed over is written after it",
                 "[history][writer]") {
  REQUIRE(opened(directory)->write({{domain("a.example", "stored")}, {}}));
  std::unique_ptr<Writer> writing;
  std::string seen;
  writing = std::make_unique<Writer>(quick(directory), nullptr, clock, log, [&](std::vector<StoredDomain> held) {
    seen = stored("a.example")->past;
    writing->record({"a.example", held[0].past + " and new", "", beat()});
  });
  writing->start();
  REQUIRE(soon([&] { return writing->status().last_write.has_value(); }));
  writing->stop();
  CHECK(seen == "past stored");
  CHECK(stored("a.example")->past == "past stored and new");
}

TEST_CASE_METHOD(Fixture, "writer: each past that cannot be read is counted, and one line tells of them",
                 "[history][writer]") {
  const auto writing = writer();
  for (const char* name : {"a.example", "b.example"}) writing->cannot_read(name, Error{"a newer program wrote it"});
  CHECK(writing->status().errors == 2);
  CHECK(log.count(telemetry::LogLevel::Error) == 1);
}

TEST_CASE_METHOD(Fixture, "writer: a store that was never read is not overwritten at the end", "[history][writer]") {
  REQUIRE(opened(directory)->write({{domain("a.example", "stored")}, {}}));
  auto options = quick(directory);
  options.flush_every = 1h;
  const auto writing = writer(options, nullptr);
  writing->record(domain("a.example", "new"));
  writing->stop();
  CHECK(stored("a.example")->past == "past stored");
  CHECK(log.count(telemetry::LogLevel::Warn) == 1);
}

/// Several steps of the writer have ended.
void let_it_step(Writer& writing) {
  for (const char* name : {"1.example", "2.example", "3.example"}) {
    writing.record(domain(name, "x", {at(1000) + 1000 * 24h, {}, {}}));
    REQUIRE(written(writing));
  }
}

TEST_CASE_METHOD(Fixture, "writer: what was long not looked at is forgotten, but not at once", "[history][writer]") {
  REQUIRE(opened(directory)->write({{domain("old.example", "1", {at(1000) - 366 * 24h, {}, {}})},
                                    {{"mx.old", ip("192.0.2.1"), "e", {at(1000) - 2h, {}, {}}},
                                     {"mx.new", ip("192.0.2.1"), "e", {at(1000) + 1000 * 24h, {}, {}}}}}));
  const auto writing = writer();
  let_it_step(*writing);
  CHECK(stored("old.example"));
  CHECK(soon([&] {
    clock.pass(30s);
    return !stored("old.example");
  }));
  const auto endpoints = opened(directory, Access::ReadOnly)->endpoints().value();
  REQUIRE(endpoints.size() == 1);
  CHECK(endpoints.at(0).mx == "mx.new");
}

TEST_CASE_METHOD(Fixture, "writer: a domain that is looked at no more stays as long as a sender may hold its policy",
                 "[history][writer]") {
  REQUIRE(opened(directory)->write(
      {{domain("long ago", "1", {at(1000) - 366 * 24h, {}, {}}), domain("held", "1", {at(1000) - 300 * 24h, {}, {}})},
       {}}));
  const auto writing = writer();
  CHECK(soon([&] {
    clock.pass(30s);
    return !stored("long ago");
  }));
  CHECK(stored("held"));
}

TEST_CASE_METHOD(Fixture, "writer: after a jump of the clock nothing is forgotten before it has run evenly again",
                 "[history][writer]") {
  REQUIRE(opened(directory)->write({{domain("old.example", "1", {at(1000), {}, {}})}, {}}));
  const auto writing = writer();
  let_it_step(*writing);
  clock.set(at(1000) + 500 * 24h);
  clock.pass(2h);
  let_it_step(*writing);
  CHECK(stored("old.example"));
  CHECK(soon([&] {
    clock.pass(30s);
    return !stored("old.example");
  }));
}

TEST_CASE_METHOD(Fixture, "writer: stop ends in time although the database does not", "[history][writer]") {
  auto options = quick(directory);
  options.stop_grace = 300ms;
  const auto writing = writer(options, opened(directory));
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(directory.file().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "begin immediate", nullptr, nullptr, nullptr) == SQLITE_OK);
  writing->record(domain("a.example", "1"));
  const auto begin = std::chrono::steady_clock::now();
  writing->stop();
  CHECK(std::chrono::steady_clock::now() - begin < 1s);
  CHECK(log.count(telemetry::LogLevel::Warn) == 1);
  sqlite3_close(other);
}

TEST_CASE_METHOD(Fixture, "writer: many threads record while it writes", "[history][writer]") {
  auto options = quick(directory);
  options.flush_every = 1ms;
  const auto writing = writer(options, opened(directory));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        const auto name = "t" + std::to_string(t) + "-" + std::to_string(i % 50);
        writing->record(domain(name, i % 3 == 0 ? "" : std::to_string(i)));
        if (i % 100 == 0) (void)writing->status();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  writing->stop();
  CHECK(opened(directory, Access::ReadOnly)->domains().value().size() == 200);
  CHECK(stored("t3-49")->past == "past 499");
}

}  // namespace
}  // namespace mta_sts::history
