#include <thread>

#include <catch2/catch.hpp>
#include <sys/resource.h>

#include "exporter/web/server.h"
#include "raw_client.h"

namespace mta_sts::web {
namespace {

using std::chrono::milliseconds;

Response ok(const Request&) { return text_response(200, "ok"); }

ServerOptions with(Limits limits) { return {.listen = {}, .limits = limits}; }

void check_answered(const TestServer& server) {
  auto client = server.connect();
  client.send(get("/"));
  const auto response = client.read_response();
  REQUIRE(response);
  CHECK(response->status() == 200);
}

void allow_descriptors(rlim_t wanted) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(wanted, limit.rlim_max));
  setrlimit(RLIMIT_NOFILE, &limit);
}

TEST_CASE("server: what is no HTTP/1 request is answered with 400 and closed", "[web][server][limits]") {
  TestServer server{Handler(ok)};
  const std::vector<std::string> requests{
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 tls hello to a plain port\r\n\r\n",
      "GET\r\n\r\n",
      "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "GET / FTP/1.1\r\nHost: h\r\n\r\n",
      "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nX: a\x01\r\n\r\n",
      "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabc",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nnot hex\r\n",
  };
  for (const auto& request : requests) {
    INFO(request);
    auto client = server.connect();
    client.send(request);
    const auto response = client.read_response();
    REQUIRE(response);
    CHECK(response->status() == 400);
    CHECK(response->field("Connection") == "close");
    CHECK(client.closed_by_server());
  }
  CHECK(server.telemetry.internal_errors == 0);
  check_answered(server);
}

TEST_CASE("server: an oversized header is 431, an oversized body 413", "[web][server][limits]") {
  const TestServer server{Handler(ok)};
  const Limits limits;
  struct Row {
    std::string request;
    int status;
  };
  const auto post = "POST / HTTP/1.1\r\nHost: h\r\n";
  const std::vector<Row> rows{
      {get("/", "X: " + std::string(limits.header - 100, 'x') + "\r\n"), 200},
      {get("/", "X: " + std::string(limits.header, 'x') + "\r\n"), 431},
      {get("/" + std::string(limits.header, 'x')), 431},
      {"GET /" + std::string(limits.header * 2, 'x'), 431},
      {post + ("Content-Length: " + std::to_string(limits.body)) + "\r\n\r\n" + std::string(limits.body, 'x'), 200},
      {post + ("Content-Length: " + std::to_string(limits.body + 1)) + "\r\n\r\n", 413},
      {post + std::string("Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n"), 413},
      {post + std::string("Transfer-Encoding: chunked\r\n\r\n20000\r\n") + std::string(0x20000, 'x'), 413},
  };
  for (const auto& row : rows) {
    INFO(row.request.substr(0, 120));
    auto client = server.connect();
    client.send(row.request);
    const auto response = client.read_response();
    REQUIRE(response);
    CHECK(response->status() == row.status);
  }
}

TEST_CASE("server: a refusal is not lost when the client still sends (RFC 9112 §9.6)", "[web][server][limits]") {
  const TestServer server{Handler(ok)};
  auto client = server.connect();
  client.send(get("/", "X: " + std::string(150'000, 'x') + "\r\n"));
  CHECK(client.closed_by_server());
  CHECK_FALSE(client.was_reset());
}

TEST_CASE("server: slow requests and idle connections are cut off", "[web][server][limits]") {
  Limits limits;
  limits.idle = milliseconds(300);
  limits.read = milliseconds(300);
  const TestServer server{Handler(ok), with(limits)};
  auto silent = server.connect();
  auto half = server.connect();
  half.send("GET / HTTP/1.1\r\nHost: ");
  auto half_body = server.connect();
  half_body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  auto kept = server.connect();
  kept.send(get("/"));
  REQUIRE(kept.read_response());
  auto trickling = server.connect();
  CHECK(eventually([&] {
    trickling.send("GET / HTTP/1.1\r\nHost: h\r\n");
    return trickling.is_closed();
  }));
  CHECK(silent.closed_by_server());
  CHECK(half.closed_by_server());
  CHECK(half_body.closed_by_server());
  CHECK(kept.closed_by_server());
}

TEST_CASE("server: 500 idle connections do not keep a request from being answered", "[web][server][limits]") {
  allow_descriptors(2'000);
  const TestServer server{Handler(ok)};
  std::vector<RawClient> idle;
  idle.reserve(500);
  for (int i = 0; i < 500; ++i) {
    idle.push_back(server.connect());
    if (i % 2) idle.back().send("GET / HTTP/1.1\r\n");
  }
  CHECK(seconds_of([&] { check_answered(server); }) < 2.0);
  CHECK_FALSE(idle.front().is_closed());
}

TEST_CASE("server: at the limit the connection that waits longest makes room", "[web][server][limits]") {
  Limits limits;
  limits.connections = 4;
  const TestServer server{Handler(ok), with(limits)};
  std::vector<RawClient> held;
  for (int i = 0; i < 4; ++i) held.push_back(server.connect());
  // The first is the oldest, but it has just been answered: the second waits longest.
  held[0].send(get("/"));
  REQUIRE(held[0].read_response());
  check_answered(server);
  CHECK(held[1].closed_by_server());
  CHECK_FALSE(held[0].is_closed());
  for (int i = 0; i < 50; ++i) check_answered(server);
}

TEST_CASE("server: connections that are being answered are not closed for newcomers", "[web][server][limits]") {
  Limits limits;
  limits.connections = 2;
  limits.room_after = std::chrono::hours(1);
  const auto body = std::make_shared<const std::string>(std::string(8'000'000, 'x'));
  TestServer server{Handler([body](const Request&) -> Response { return {200, "text/plain", {}, body}; }),
                    with(limits)};
  std::vector<RawClient> busy;
  for (int i = 0; i < 2; ++i) {
    busy.push_back(server.connect(4'096));
    busy.back().send(get("/"));
  }
  REQUIRE(eventually([&] { return body.use_count() == 4; }));
  for (int i = 0; i < 3; ++i) CHECK(server.connect().closed_by_server());
  for (auto& client : busy) {
    const auto response = client.read_response();
    REQUIRE(response);
    CHECK(response->body.size() == body->size());
  }
}

TEST_CASE("server: where all connections are being answered, who takes nothing makes room", "[web][server][limits]") {
  Limits limits;
  limits.connections = 8;
  limits.room_after = milliseconds(100);
  limits.stall = std::chrono::hours(1);
  limits.write = std::chrono::hours(1);
  const auto body = std::make_shared<const std::string>(std::string(8'000'000, 'x'));
  TestServer server{Handler([body](const Request& request) -> Response {
                      return request.path == "/large" ? Response{200, "text/plain", {}, body}
                                                      : text_response(200, "ok");
                    }),
                    with(limits)};
  std::vector<RawClient> stalled;
  for (int i = 0; i < 8; ++i) {
    stalled.push_back(server.connect(4'096));
    stalled.back().send(get("/large"));
  }
  REQUIRE(eventually([&] { return body.use_count() == 10; }));
  REQUIRE(eventually([&] {
    auto client = server.connect();
    client.send(get("/"));
    return client.read_response().has_value();
  }));
  // One made room for all who came one after the other, or another one before it was gone.
  CHECK(body.use_count() < 10);
  CHECK(body.use_count() >= 8);
}

TEST_CASE("server: a slow reader of a large body delays nobody and is cut off", "[web][server][limits]") {
  Limits limits;
  limits.stall = milliseconds(500);
  const auto body = std::make_shared<const std::string>(std::string(50'000'000, 'x'));
  TestServer server{Handler([body](const Request& request) -> Response {
                      return request.path == "/large" ? Response{200, "text/plain", {}, body}
                                                      : text_response(200, "ok");
                    }),
                    with(limits)};
  auto slow = server.connect(4'096);
  slow.send(get("/large"));
  // The body is shared: the server holds it once more for as long as it sends it.
  REQUIRE(eventually([&] { return body.use_count() > 2; }));
  CHECK(seconds_of([&] {
          for (int i = 0; i < 20; ++i) check_answered(server);
        }) < 2.0);
  REQUIRE(eventually([&] { return body.use_count() == 2; }));
  const auto rest = slow.read_to_end();
  REQUIRE(rest);
  CHECK(rest->size() < body->size());
}

TEST_CASE("server: a reader that takes just enough to look alive is cut off as well", "[web][server][limits]") {
  Limits limits;
  limits.stall = milliseconds(10'000);
  limits.write = milliseconds(500);
  const auto body = std::make_shared<const std::string>(std::string(50'000'000, 'x'));
  TestServer server{Handler([body](const Request&) -> Response { return {200, "text/plain", {}, body}; }),
                    with(limits)};
  auto slow = server.connect(4'096);
  slow.send(get("/"));
  REQUIRE(eventually([&] { return body.use_count() > 2; }));
  REQUIRE(eventually([&] { return body.use_count() == 2; }));
  CHECK(slow.read_to_end().value_or(*body).size() < body->size());
}

}  // namespace
}  // namespace mta_sts::web
