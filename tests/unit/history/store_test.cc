#include "exporter/history/store.h"

#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "exporter/history/documents.h"
#include "tests/unit/history/directory.h"
#include "tests/unit/history/samples.h"

namespace mta_sts::history {
namespace {

using namespace mta_sts::testing;

std::unique_ptr<Store> opened(const std::string& url, Access access = Access::ReadWrite) {
  auto store = Store::open(url, access);
  INFO((store ? "" : store.error().message));
  REQUIRE(store);
  return *std::move(store);
}

std::string refusal(const std::string& url, Access access) {
  const auto store = Store::open(url, access);
  return store ? "opened" : store.error().message;
}

bool mentions(const std::string& message, const std::string& part) { return message.find(part) != std::string::npos; }

StoredDomain domain(const std::string& name, const std::string& documents, const Beat& beat) {
  return {name, documents.empty() ? "" : "past " + documents, documents.empty() ? "" : "looks " + documents, beat};
}

void write(Store& store, const Batch& batch) {
  const auto done = store.write(batch);
  INFO((done ? "" : done.error().message));
  REQUIRE(done);
}

TEST_CASE("store: what was written is read by the next session", "[history][store]") {
  const Directory directory;
  const StoredEndpoint endpoint{"mx.example", ip("2001:db8::1"), "looks e", {at(4), at(3), {}}};
  write(*opened(directory.url()),
        {{domain("a.example", "1", beat()), domain("b.example", "2", {at(5), {}, {}})}, {endpoint}});

  const auto store = opened(directory.url());
  const auto domains = store->domains().value();
  REQUIRE(domains.size() == 2);
  CHECK(domains[0].name == "a.example");
  CHECK(domains[0].past == "past 1");
  CHECK(domains[0].looks == "looks 1");
  CHECK(domains[0].beat == beat());
  CHECK(domains[1].beat == Beat{at(5), {}, {}});
  const auto endpoints = store->endpoints().value();
  REQUIRE(endpoints.size() == 1);
  CHECK(endpoints[0].mx == endpoint.mx);
  CHECK(endpoints[0].address == endpoint.address);
  CHECK(endpoints[0].looks == endpoint.looks);
  CHECK(endpoints[0].beat == endpoint.beat);
}

TEST_CASE("store: a domain is found by its name", "[history][store]") {
  const Directory directory;
  const auto store = opened(directory.url());
  write(*store, {{domain("a.example", "1", beat()), domain("it's.example", "2", beat())}, {}});
  CHECK(store->domain("it's.example").value()->past == "past 2");
  CHECK_FALSE(store->domain("c.example").value());
  CHECK_FALSE(store->domain("").value());
}

TEST_CASE("store: documents replace, a row without documents moves its beat only", "[history][store]") {
  const Directory directory;
  const auto store = opened(directory.url());
  write(*store, {{domain("a.example", "1", beat())}, {{"mx", ip("192.0.2.1"), "e1", beat()}}});
  write(*store, {{domain("a.example", "2", {at(950), {}, at(940)})}, {{"mx", ip("192.0.2.1"), "e2", beat()}}});
  write(*store,
        {{domain("a.example", "", {at(1000), at(1000), {}})}, {{"mx", ip("192.0.2.1"), "", {at(1001), {}, {}}}}});
  const auto found = store->domain("a.example").value();
  CHECK(found->past == "past 2");
  CHECK(found->looks == "looks 2");
  CHECK(found->beat == Beat{at(1000), at(1000), {}});
  const auto endpoints = store->endpoints().value();
  REQUIRE(endpoints.size() == 1);
  CHECK(endpoints[0].looks == "e2");
  CHECK(endpoints[0].beat == Beat{at(1001), {}, {}});
}

TEST_CASE("store: one of the two documents can be replaced alone", "[history][store]") {
  const Directory directory;
  const auto store = opened(directory.url());
  write(*store, {{{"a.example", "past 1", "looks 1", beat()}}, {}});
  write(*store, {{{"a.example", "", "looks 2", beat()}}, {}});
  CHECK(store->domain("a.example").value()->past == "past 1");
  CHECK(store->domain("a.example").value()->looks == "looks 2");
  write(*store, {{{"a.example", "past 3", "", beat()}}, {}});
  CHECK(store->domain("a.example").value()->past == "past 3");
  CHECK(store->domain("a.example").value()->looks == "looks 2");
}

TEST_CASE("store: a beat of what is not stored is left out", "[history][store]") {
  const Directory directory;
  const auto store = opened(directory.url());
  write(*store, {{domain("a.example", "", beat())}, {{"mx", ip("192.0.2.1"), "", beat()}}});
  CHECK(store->domains().value().empty());
  CHECK(store->endpoints().value().empty());
}

TEST_CASE("store: documents keep quotes, parameters and long texts", "[history][store]") {
  const Directory directory;
  const auto store = opened(directory.url());
  const std::string past = R"({"a":"it's :name \" \u0000 ü"})" + std::string(1 << 20, 'x');
  write(*store, {{{"a.example", past, ":looks '' %", beat()}}, {}});
  CHECK(store->domain("a.example").value()->past == past);
  CHECK(store->domain("a.example").value()->looks == ":looks '' %");
}

TEST_CASE("store: an endpoint that is gone is deleted, and may come back", "[history][store]") {
  const Directory directory;
  const auto store = opened(directory.url());
  const auto present = [&](const std::string& looks) { return StoredEndpoint{"mx", ip("192.0.2.1"), looks, beat()}; };
  write(*store, {{}, {present("e1"), {"other", ip("192.0.2.1"), "o", beat()}}});
  write(*store, {{}, {forgotten("mx", ip("192.0.2.1")), forgotten("never seen", ip("192.0.2.1"))}});
  CHECK(store->endpoints().value().size() == 1);
  write(*store, {{}, {present("")}});
  CHECK(store->endpoints().value().size() == 1);
  write(*store, {{}, {present("e2")}});
  REQUIRE(store->endpoints().value().size() == 2);
  CHECK(store->endpoints().value().at(1).looks == "e2");
}

TEST_CASE("store: what was last looked at before its time is forgotten", "[history][store]") {
  const Directory directory;
  const auto store = opened(directory.url());
  write(*store, {{domain("old.example", "1", {at(10), {}, {}}), domain("new.example", "2", {at(20), {}, {}})},
                 {{"old", ip("192.0.2.1"), "e", {at(10), {}, {}}}, {"new", ip("192.0.2.1"), "e", {at(20), {}, {}}}}});
  REQUIRE(store->forget_before({at(10), at(10)}));
  CHECK(store->domains().value().size() == 2);
  CHECK(store->endpoints().value().size() == 2);
  REQUIRE(store->forget_before({at(20), at(10)}));
  CHECK(store->endpoints().value().size() == 2);
  REQUIRE(store->forget_before({at(20), at(20)}));
  CHECK(store->domains().value().size() == 1);
  CHECK(store->domain("new.example").value());
  CHECK(store->endpoints().value().at(0).mx == "new");
  write(*store, {{domain("old.example", "3", {at(30), {}, {}}), domain("new.example", "", {at(31), {}, {}})}, {}});
  CHECK(store->domain("old.example").value()->past == "past 3");
  CHECK(store->domain("new.example").value()->beat.probed == at(31));
}

TEST_CASE("store: a batch that fails leaves nothing, and the next one is whole", "[history][store]") {
  const Directory directory;
  const auto store = opened(directory.url());
  run_sql(directory.file(),
          "create trigger refuse before insert on domain when new.name = 'bad.example' "
          "begin select raise(abort, 'refused'); end");
  const auto done = store->write({{domain("a.example", "1", beat()), domain("bad.example", "2", beat())}, {}});
  REQUIRE_FALSE(done);
  CHECK(mentions(done.error().message, "refused"));
  CHECK_FALSE(mentions(done.error().message, "past 2"));
  CHECK(store->domains().value().empty());
  write(*store, {{domain("c.example", "3", beat()), domain("a.example", "4", beat())}, {}});
  CHECK(store->domain("a.example").value()->past == "past 4");
  CHECK(store->domain("c.example").value()->past == "past 3");
}

TEST_CASE("store: a key that another process took is an error once, and nothing of it is lost", "[history][store]") {
  const Directory directory;
  const auto store = opened(directory.url());
  write(*store, {{domain("a.example", "1", beat())}, {}});
  write(*opened(directory.url()), {{domain("theirs.example", "2", beat())}, {}});
  CHECK_FALSE(store->write({{domain("ours.example", "3", beat())}, {}}));
  write(*store, {{domain("ours.example", "3", beat())}, {}});
  CHECK(store->domain("theirs.example").value()->past == "past 2");
  CHECK(store->domain("ours.example").value()->past == "past 3");
}

TEST_CASE("store: read-only creates nothing and says which history there is not", "[history][store]") {
  const Directory directory;
  CHECK(refusal(directory.url(), Access::ReadOnly) == "no such history: " + directory.file());
  CHECK(std::filesystem::is_empty(directory.path()));
}

TEST_CASE("store: read-only writes nothing", "[history][store]") {
  const Directory directory;
  write(*opened(directory.url()), {{domain("a.example", "1", beat())}, {}});
  const auto reader = opened(directory.url(), Access::ReadOnly);
  CHECK_FALSE(reader->write({{domain("a.example", "2", beat())}, {}}));
  CHECK_FALSE(reader->forget_before({at(9999), at(9999)}));
  CHECK(reader->domain("a.example").value()->past == "past 1");
}

TEST_CASE("store: a reader sees what was committed while the writer has its session", "[history][store]") {
  const Directory directory;
  const auto writer = opened(directory.url());
  write(*writer, {{domain("a.example", "1", beat())}, {}});
  const auto reader = opened(directory.url(), Access::ReadOnly);
  CHECK(reader->domain("a.example").value()->past == "past 1");
  write(*writer, {{domain("a.example", "2", beat())}, {}});
  CHECK(reader->domain("a.example").value()->past == "past 2");
}

TEST_CASE("store: of each source the latest list of domains is kept, whatever stands in it", "[history][store]") {
  const Directory directory;
  {
    const auto store = opened(directory.url());
    write(*store, {{}, {}, {{"http://a.example/'list'", "one"}, {"http://b.example/", std::string(100'000, 'x')}}});
    write(*store, {{}, {}, {{"http://a.example/'list'", "two"}}});
  }
  CHECK(opened(directory.url(), Access::ReadOnly)->lists().value() ==
        StoredLists{{"http://a.example/'list'", "two"}, {"http://b.example/", std::string(100'000, 'x')}});
}

TEST_CASE("store: paths with blanks, quotes and signs of URIs are one path", "[history][store]") {
  const Directory directory;
  for (const std::string name :
       {"a b  c.db", "it's.db", "a\"b\" c.db", "a=b timeout=0.db", "a?mode=memory&x#y.db", "50%41.db", "\xc3\xbc.db"}) {
    write(*opened(directory.url(name)), {{domain("a.example", "1", beat())}, {}});
    CHECK(std::filesystem::is_regular_file(directory.file(name)));
    CHECK(opened(directory.url(name), Access::ReadOnly)->domains().value().size() == 1);
  }
}

TEST_CASE("store: its file is not readable to everyone", "[history][store]") {
  const Directory directory;
  const auto mask = ::umask(0);
  const auto store = opened(directory.url());
  write(*store, {{domain("a.example", "1", beat())}, {}});
  ::umask(mask);
  for (const char* name : {"history.db", "history.db-wal", "history.db-shm"}) {
    struct stat status{};
    REQUIRE(::stat(directory.file(name).c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0640);
  }
}

TEST_CASE("store: a directory that does not exist is named, and not made", "[history][store]") {
  const Directory directory;
  CHECK(refusal(directory.url("none/history.db"), Access::ReadWrite) ==
        "the directory " + directory.file("none") + " of the history " + directory.file("none/history.db") +
            " does not exist");
  CHECK(std::filesystem::is_empty(directory.path()));
}

TEST_CASE("store: what is no database is refused and left alone", "[history][store]") {
  const Directory directory;
  std::ofstream(directory.file()) << std::string(8192, 'x');
  CHECK(mentions(refusal(directory.url(), Access::ReadWrite), "not a database"));
  CHECK(mentions(refusal(directory.url(), Access::ReadOnly), "not a database"));
  CHECK(mentions(refusal(directory.url(), Access::ReadOnly), directory.file()));
  CHECK(std::filesystem::file_size(directory.file()) == 8192);
  std::filesystem::create_directory(directory.file("directory.db"));
  CHECK(mentions(refusal(directory.url("directory.db"), Access::ReadWrite), "directory.db"));
}

TEST_CASE("store: a URL of another kind is refused", "[history][store]") {
  CHECK(mentions(refusal("mysql://x", Access::ReadWrite), "history.url"));
  CHECK(mentions(refusal("memory:", Access::ReadOnly), "history.url"));
}

TEST_CASE("store: a history of a newer program is refused and not changed", "[history][store]") {
  const Directory directory;
  opened(directory.url());
  run_sql(directory.file(), "pragma user_version = 4");
  const auto message = "the history " + directory.file() +
                       " has schema version 4; this program knows versions up to 3: a newer one wrote it";
  CHECK(refusal(directory.url(), Access::ReadWrite) == message);
  CHECK(refusal(directory.url(), Access::ReadOnly) == message);
}

TEST_CASE("store: an empty file is a new history to the writer and an empty one to a reader", "[history][store]") {
  const Directory directory;
  std::ofstream(directory.file()).flush();
  CHECK(mentions(refusal(directory.url(), Access::ReadOnly), "is empty"));
  CHECK(opened(directory.url())->domains().value().empty());
}

TEST_CASE("store: version 2 is brought to the present with its data", "[history][store]") {
  const Directory directory;
  std::stringstream fixture;
  fixture << std::ifstream(SOURCE_DIR "/tests/unit/history/version_2.sql").rdbuf();
  run_sql(directory.file(), fixture.str());
  const auto store = opened(directory.url());
  const auto domains = store->domains().value();
  REQUIRE(domains.size() == 1);
  CHECK(domains[0].beat == beat());
  CHECK(domains[0].looks == "looks of a");
  CHECK(store->endpoints().value().at(0).looks == "looks of mx");
  CHECK(store->lists().value().empty());
  write(*store, {{}, {}, {{"http://a.example/", "list"}}});
  CHECK(opened(directory.url(), Access::ReadOnly)->lists().value().size() == 1);
}

TEST_CASE("store: version 1 is brought to the present with its data; a reader leaves it alone", "[history][store]") {
  const Directory directory;
  std::stringstream fixture;
  fixture << std::ifstream(SOURCE_DIR "/tests/unit/history/version_1.sql").rdbuf();
  run_sql(directory.file(), fixture.str());
  CHECK(refusal(directory.url(), Access::ReadOnly) ==
        "the history " + directory.file() + " has schema version 1; it is brought to version 3 when the daemon starts");

  const auto store = opened(directory.url());
  const auto domains = store->domains().value();
  REQUIRE(domains.size() == 2);
  CHECK(domains[0].beat == beat());
  CHECK(domains[0].looks.empty());
  CHECK(read_past(domains[0].past, domains[0].beat).value().sts_seen);
  CHECK(domains[1].name == "b.example");
  CHECK(domains[1].beat == Beat{at(1) + std::chrono::milliseconds(234), {}, {}});
  write(*store, {{domain("b.example", "new", beat()), domain("c.example", "c", beat())},
                 {{"mx", ip("192.0.2.1"), "e", beat()}}});
  CHECK(opened(directory.url(), Access::ReadOnly)->domains().value().size() == 3);
}

}  // namespace
}  // namespace mta_sts::history
