#include <atomic>
#include <stdexcept>

#include <catch2/catch.hpp>

#include "exporter/web/pieces.h"
#include "raw_client.h"

namespace mta_sts::web {
namespace {

using std::chrono::milliseconds;

std::string piece_text(int number) { return std::string(100'000, static_cast<char>('a' + number % 26)) + "\n"; }

/// So many pieces, an empty one before each; `fails_at` is one that cannot be made.
struct Plan {
  int pieces = 20;
  int fails_at = -1;
  std::atomic<int> made = 0;
  std::atomic<int> answers = 0;  ///< in work

  std::string whole() const {
    std::string text;
    for (int i = 0; i < pieces; ++i) text += piece_text(i);
    return text;
  }
};

class Planned final : public Pieces {
 public:
  explicit Planned(Plan& plan) : plan_(plan) { ++plan_.answers; }
  ~Planned() override { --plan_.answers; }

  Body next() override {
    if (at_ == plan_.fails_at) throw std::runtime_error("a bug on the way");
    if (at_ == plan_.pieces) return nullptr;
    pause_ = !pause_;
    if (pause_) return std::make_shared<const std::string>();
    ++plan_.made;
    return std::make_shared<const std::string>(piece_text(at_++));
  }

 private:
  Plan& plan_;
  int at_ = 0;
  bool pause_ = false;
};

class PlannedText final : public LongText {
 public:
  explicit PlannedText(Plan& plan) : plan_(plan) {}
  std::unique_ptr<Pieces> plain() const override { return std::make_unique<Planned>(plan_); }
  std::unique_ptr<Pieces> gzipped() const override { return web::gzipped(plain()); }

 private:
  Plan& plan_;
};

Handler telling(Plan& plan) {
  return [&plan](const Request& request) -> Response {
    if (request.path == "/small") return text_response(200, "small");
    return {200, "text/plain", {}, nullptr, std::make_shared<const PlannedText>(plan)};
  };
}

TEST_CASE("server: a long text comes in chunks, and the connection is kept", "[web][server][long_text]") {
  Plan plan;
  const TestServer server{telling(plan)};
  auto client = server.connect();
  for (const bool gzip : {false, true, false}) {
    client.send(get("/", gzip ? "Accept-Encoding: gzip\r\n" : ""));
    const auto response = client.read_response();
    REQUIRE(response);
    CHECK(response->field("Transfer-Encoding") == "chunked");
    CHECK(response->field("Content-Length").empty());
    CHECK(response->field("Vary") == "Accept-Encoding");
    CHECK(response->field("Content-Encoding") == (gzip ? "gzip" : ""));
    CHECK(((gzip ? gunzip(response->body) : response->body) == plan.whole()));
  }
}

TEST_CASE("server: HEAD of a long text makes none of it, and has the fields of GET", "[web][server][long_text]") {
  Plan plan;
  const TestServer server{telling(plan)};
  auto client = server.connect();
  client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto head = client.read_response(Expect::HeadOnly);
  CHECK(plan.made == 0);
  client.send(get("/"));
  const auto full = client.read_response();
  REQUIRE(head);
  REQUIRE(full);
  CHECK(head->head == full->head);
  CHECK((full->body == plan.whole()));
}

TEST_CASE("server: HTTP/1.0 gets a long text without chunks, to the end of the connection",
          "[web][server][long_text]") {
  Plan plan;
  const TestServer server{telling(plan)};
  for (const bool gzip : {false, true}) {
    auto client = server.connect();
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n" + std::string(gzip ? "Accept-Encoding: gzip\r\n" : "") +
                "\r\n");
    const auto all = client.read_to_end();
    REQUIRE(all);
    CHECK_FALSE(client.was_reset());
    const auto end = all->find("\r\n\r\n");
    const auto head = all->substr(0, end);
    CHECK_THAT(head, Catch::StartsWith("HTTP/1.0 200 OK") && !Catch::Contains("chunked") &&
                         !Catch::Contains("Content-Length") && !Catch::Contains("keep-alive"));
    const auto body = all->substr(end + 4);
    CHECK(((gzip ? gunzip(body) : body) == plan.whole()));
  }
}

TEST_CASE("server: others are answered while a long text is made", "[web][server][long_text]") {
  Plan plan;
  plan.pieces = 1'000'000;
  const TestServer server{telling(plan)};
  // These two never end within the test: compressed, the text is smaller than what is buffered on the way for long.
  auto plain = server.connect();
  plain.send(get("/"));
  auto compressed = server.connect();
  compressed.send(get("/", "Accept-Encoding: gzip\r\n"));
  REQUIRE(eventually([&] { return plan.made > 50; }));
  const int before = plan.made;
  for (int i = 0; i < 20; ++i) {
    auto other = server.connect();
    other.send(get("/small"));
    const auto response = other.read_response();
    REQUIRE(response);
    CHECK(response->body == "small");
  }
  CHECK(plan.made > before);
}

TEST_CASE("server: a reader that takes nothing has nothing made for it", "[web][server][long_text]") {
  Plan plan;
  plan.pieces = 1'000'000;
  Limits limits;
  limits.stall = milliseconds(500);
  const TestServer server{telling(plan), {.listen = {}, .limits = limits}};
  auto slow = server.connect(4'096);
  slow.send(get("/"));
  REQUIRE(eventually([&] { return plan.made > 0; }));
  REQUIRE(eventually([&] { return plan.answers == 0; }));
  // What fits in the buffers on the way; without a limit of its own the server's socket alone takes 4 MB.
  CHECK(plan.made < 20);
}

TEST_CASE("server: a long text that cannot be made to its end does not look whole", "[web][server][long_text]") {
  Plan plan;
  plan.fails_at = 5;
  const TestServer server{telling(plan)};
  auto chunked = server.connect();
  chunked.send(get("/"));
  CHECK_FALSE(chunked.read_response());
  auto old = server.connect();
  old.send("GET / HTTP/1.0\r\n\r\n");
  const auto rest = old.read_to_end();
  CHECK(old.was_reset());
  REQUIRE(eventually([&] { return server.telemetry.internal_errors == 2; }));
  auto other = server.connect();
  other.send(get("/small"));
  CHECK(other.read_response());
}

TEST_CASE("server: an HTTP/1.0 reader that is too slow is told by a reset", "[web][server][long_text]") {
  Plan plan;
  plan.pieces = 1'000'000;
  Limits limits;
  limits.write = milliseconds(300);
  const TestServer server{telling(plan), {.listen = {}, .limits = limits}};
  auto client = server.connect();
  client.send("GET / HTTP/1.0\r\n\r\n");
  REQUIRE(client.read_to_end());
  CHECK(client.was_reset());
}

TEST_CASE("server: it stops while a long text is made", "[web][server][long_text][stop]") {
  Plan plan;
  plan.pieces = 1'000'000;
  ServerOptions options;
  options.grace = milliseconds(200);
  TestServer server{telling(plan), options};
  auto client = server.connect();
  client.send(get("/", "Accept-Encoding: gzip\r\n"));
  REQUIRE(eventually([&] { return plan.made > 10; }));
  CHECK(seconds_of([&] { server.server->stop(); }) < 2.0);
  CHECK(server.telemetry.internal_errors == 0);
}

}  // namespace
}  // namespace mta_sts::web
