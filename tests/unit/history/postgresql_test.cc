#include <cstdlib>

#include <catch2/catch.hpp>
#include <soci/soci.h>

#include "exporter/history/connect.h"
#include "exporter/history/store.h"
#include "tests/unit/history/samples.h"

namespace mta_sts::history {
namespace {

using namespace mta_sts::testing;

/// Needs an empty database: tests/history/postgresql_test.py starts a server and names it.
std::string url() {
  const char* value = std::getenv("HISTORY_POSTGRESQL_URL");
  REQUIRE(value != nullptr);
  return value;
}

void run_sql(const std::string& sql) { *connect(url(), Access::ReadWrite).value().sql << sql; }

struct Emptied {
  Emptied() { run_sql("drop schema public cascade; create schema public"); }
  std::unique_ptr<Store> opened(Access access = Access::ReadWrite) {
    auto store = Store::open(url(), access);
    INFO((store ? "" : store.error().message));
    REQUIRE(store);
    return *std::move(store);
  }
  std::string refusal(Access access) {
    const auto store = Store::open(url(), access);
    return store ? "opened" : store.error().message;
  }
};

TEST_CASE_METHOD(Emptied, "postgresql: documents replace, beats move, and the next session reads both",
                 "[.postgresql]") {
  const std::string past = R"({"a":"it's :name \" \u0000 ü"})" + std::string(1 << 20, 'x');
  REQUIRE(opened()->write({{{"a.example", past, "l", beat()}, {"b.example", "p", "l", {at(5), {}, {}}}},
                           {{"mx", ip("2001:db8::1"), "e", beat()}}}));
  const auto store = opened();
  REQUIRE(store->write({{{"a.example", "", "", {at(1000), {}, at(940)}}, {"b.example", "", "l2", beat()}},
                        {{"mx", ip("2001:db8::1"), "", {at(1001), at(1001), {}}}}}));
  const auto domains = opened(Access::ReadOnly)->domains().value();
  REQUIRE(domains.size() == 2);
  CHECK(domains[0].past == past);
  CHECK(domains[0].beat == Beat{at(1000), {}, at(940)});
  CHECK(domains[1].past == "p");
  CHECK(domains[1].looks == "l2");
  CHECK(domains[1].beat == beat());
  const auto endpoints = store->endpoints().value();
  REQUIRE(endpoints.size() == 1);
  CHECK(endpoints[0].looks == "e");
  CHECK(endpoints[0].address == ip("2001:db8::1"));
  CHECK(endpoints[0].beat == Beat{at(1001), at(1001), {}});
  CHECK(store->domain("b.example").value()->looks == "l2");
  CHECK_FALSE(store->domain("c.example").value());
}

TEST_CASE_METHOD(Emptied, "postgresql: a batch that fails leaves nothing", "[.postgresql]") {
  const auto store = opened();
  const auto done = store->write({{{"a.example", "1", "1", beat()}, {"b.example", "\xff", "1", beat()}}, {}});
  REQUIRE_FALSE(done);
  CHECK(store->domains().value().empty());
  REQUIRE(store->write({{{"b.example", "2", "2", beat()}}, {}}));
  CHECK(store->domains().value().size() == 1);
}

TEST_CASE_METHOD(Emptied, "postgresql: what was last looked at before a time is forgotten", "[.postgresql]") {
  const auto store = opened();
  REQUIRE(store->write({{{"old.example", "1", "1", {at(1), {}, {}}}, {"new.example", "1", "1", {at(9), {}, {}}}}, {}}));
  REQUIRE(store->forget_before({at(9), at(9)}));
  REQUIRE(store->write({{{"old.example", "", "", beat()}}, {}}));
  CHECK(store->domains().value().at(0).name == "new.example");
}

TEST_CASE_METHOD(Emptied, "postgresql: read-only makes nothing and writes nothing", "[.postgresql]") {
  CHECK(refusal(Access::ReadOnly) == "the history in PostgreSQL is empty: nothing was written yet");
  REQUIRE(opened()->write({{{"a.example", "1", "1", beat()}}, {}}));
  const auto reader = opened(Access::ReadOnly);
  CHECK_FALSE(reader->write({{{"a.example", "2", "2", beat()}}, {}}));
  CHECK(reader->domain("a.example").value()->past == "1");
}

TEST_CASE_METHOD(Emptied, "postgresql: version 1 is brought to the present, a newer one is refused", "[.postgresql]") {
  run_sql(
      "create table schema_version (version integer not null); insert into schema_version values (1);"
      "create table domain (id integer primary key, name text not null unique, past text not null);"
      "create table domain_beat (id integer primary key, probed bigint not null, conclusive bigint, served bigint);"
      "insert into domain values (7, 'a.example', 'p'); insert into domain_beat values (7, 1750000900000, null, null)");
  CHECK(refusal(Access::ReadOnly).find("has schema version 1") != std::string::npos);
  const auto found = opened()->domain("a.example").value();
  CHECK(found->past == "p");
  CHECK(found->looks.empty());
  CHECK(found->beat == Beat{at(900), {}, {}});
  run_sql("update schema_version set version = 4");
  CHECK(refusal(Access::ReadWrite).find("a newer one wrote it") != std::string::npos);
}

TEST_CASE("postgresql: a server that is not there is an error without the password", "[.postgresql]") {
  const auto store = Store::open("postgresql://user:secret@127.0.0.1:1/none", Access::ReadWrite);
  REQUIRE_FALSE(store);
  CHECK(store.error().message.find("refused") != std::string::npos);
  CHECK(store.error().message.find("secret") == std::string::npos);
}

}  // namespace
}  // namespace mta_sts::history
