#include "exporter/daemon/stored_pasts.h"

#include <filesystem>
#include <future>

#include <catch2/catch.hpp>

#include "exporter/history/documents.h"
#include "tests/unit/history/directory.h"
#include "tests/unit/schedule/test_fleet.h"

namespace mta_sts::daemon {
namespace {

using schedule::wait_until;
using std::chrono::hours;

Shared<settings::DomainSetting> domain(const std::string& name) {
  return settings::DomainSetting{*formats::DomainName::parse(name), {}, {}};
}

/// A domain that served another policy than it does now.
history::StoredDomain with_a_past(const std::string& name, WallTime now) {
  judge::Past past;
  past.policies.emplace_back();
  past.policies[0].policy = {formats::Mode::Enforce, hours(24 * 30), {}};
  past.policies[0].served = {now - hours(2), now - hours(1), false};
  return {name, history::write_past(past), "", {now, {}, {}}};
}

std::size_t policies_of(schedule::Scheduler& scheduler, const std::string& name) {
  const auto answer = std::make_shared<std::promise<std::size_t>>();
  scheduler.ask_domain(name, [answer](const std::optional<judge::KnownDomain>& known) {
    answer->set_value(known ? known->past.policies.size() : 0);
  });
  return answer->get_future().get();
}

/// The database is elsewhere, until repair().
struct LostDatabase {
  explicit LostDatabase(const history::Batch& batch) {
    REQUIRE(history::Store::open(directory.url(), history::Access::ReadWrite).value()->write(batch));
    std::filesystem::rename(directory.file(), directory.file("aside.db"));
    std::filesystem::create_directory(directory.file());
  }
  void repair() const {
    std::filesystem::remove(directory.file());
    std::filesystem::rename(directory.file("aside.db"), directory.file());
  }
  history::Writer::Options options() const {
    history::Writer::Options options;
    options.url = directory.url();
    options.retention = hours(1);
    options.flush_every = options.first_retry = std::chrono::milliseconds(5);
    options.longest_retry = std::chrono::milliseconds(20);
    return options;
  }
  testing::Directory directory;
};

TEST_CASE("late past: a domain that comes before the history can be read is watched, and has its past afterwards",
          "[daemon][late_past]") {
  schedule::TestFleet fleet(0);
  fleet.tell("early.example", {"mx.example.net"});
  fleet.tell("later.example", {"mx.example.net"});
  const WallTime now = fleet.clock.wall_now();
  const LostDatabase database({{with_a_past("early.example", now), with_a_past("later.example", now)}, {}});
  LatePast late;
  schedule::Scheduler* joined = nullptr;
  history::Writer writer(database.options(), nullptr, fleet.clock, *fleet.log,
                         [&](std::vector<history::StoredDomain> domains) { late.join(*joined, std::move(domains)); });
  auto scheduler = fleet.make(writer);
  joined = &scheduler;
  late.await(scheduler);
  scheduler.start();
  writer.start();

  StoredPasts before(&writer, database.directory.url());
  const auto watched = late.watch(scheduler, {domain("early.example")}, before);
  CHECK(watched.added == 1);
  CHECK(watched.left_out == 0);
  wait_until([&] { return fleet.board.domain("early.example") != nullptr; });
  CHECK(policies_of(scheduler, "early.example") == 1);

  database.repair();
  wait_until([&] { return policies_of(scheduler, "early.example") == 2; });

  // The past of who comes after that was not joined: the store is asked.
  StoredPasts after(&writer, database.directory.url());
  CHECK(late.watch(scheduler, {domain("early.example"), domain("later.example")}, after).added == 1);
  CHECK(after.error().empty());
  wait_until([&] { return policies_of(scheduler, "later.example") == 2; });
  scheduler.stop();
  writer.stop();
}

}  // namespace
}  // namespace mta_sts::daemon
