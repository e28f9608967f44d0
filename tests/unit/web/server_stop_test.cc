#include <future>
#include <thread>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "exporter/web/server.h"
#include "raw_client.h"

namespace mta_sts::web {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

/// Answers after `wait`, or never.
AsyncHandler after(milliseconds wait, std::atomic<int>& asked) {
  return [wait, &asked](Request) -> asio::awaitable<Response> {
    ++asked;
    asio::steady_timer timer(co_await asio::this_coro::executor, wait);
    co_await timer.async_wait(asio::use_awaitable);
    co_return text_response(200, "late but whole");
  };
}

TEST_CASE("server: it stops at once with idle and half-sent connections", "[web][server][stop]") {
  const TestServer server{Handler([](const Request&) { return text_response(200, "ok"); })};
  std::vector<RawClient> idle;
  for (int i = 0; i < 50; ++i) idle.push_back(server.connect());
  auto half = server.connect();
  half.send("GET / HTTP/1.1\r\nHo");
  auto kept = server.connect();
  kept.send(get("/"));
  REQUIRE(kept.read_response());
  CHECK(seconds_of([&] { server.server->stop(); }) < 2.0);
  CHECK(idle.front().is_closed());
  CHECK(kept.is_closed());
  CHECK_THROWS(server.connect());
  server.server->stop();
}

TEST_CASE("server: an answer in flight ends before the server stops", "[web][server][stop]") {
  std::atomic<int> asked = 0;
  const TestServer server{after(milliseconds(300), asked)};
  auto client = server.connect();
  client.send(get("/"));
  REQUIRE(eventually([&] { return asked == 1; }));
  auto stopped = std::async(std::launch::async, [&] { return seconds_of([&] { server.server->stop(); }); });
  const auto response = client.read_response();
  REQUIRE(response);
  CHECK(response->body == "late but whole");
  CHECK(response->field("Connection") == "close");
  CHECK(client.closed_by_server());
  CHECK(stopped.get() < 2.5);
}

TEST_CASE("server: a connection that was promised to be kept ends after its answer", "[web][server][stop]") {
  const auto body = std::make_shared<const std::string>(std::string(8'000'000, 'x'));
  ServerOptions options;
  options.grace = std::chrono::minutes(1);
  const TestServer server{Handler([body](const Request&) -> Response { return {200, "text/plain", {}, body}; }),
                          options};
  auto client = server.connect(4'096);
  client.send(get("/"));
  // 2: this test and the handler. The head, without `Connection: close`, is on its way before the stop begins.
  REQUIRE(eventually([&] { return body.use_count() > 2 && client.has_octets(); }));
  auto stopped = std::async(std::launch::async, [&] { return seconds_of([&] { server.server->stop(); }); });
  const auto response = client.read_response();
  REQUIRE(response);
  CHECK(response->field("Connection").empty());
  CHECK(response->body.size() == body->size());
  CHECK(stopped.get() < 30);
}

TEST_CASE("server: the grace ends what does not end", "[web][server][stop]") {
  std::atomic<int> asked = 0;
  ServerOptions options;
  options.grace = milliseconds(200);
  TestServer server{after(std::chrono::hours(1), asked), options};
  auto waiting = server.connect();
  waiting.send(get("/"));
  REQUIRE(eventually([&] { return asked == 1; }));
  CHECK(seconds_of([&] { server.server->stop(); }) < 2.0);
  server.server.reset();
  CHECK(waiting.closed_by_server());
}

TEST_CASE("server: a reader that takes nothing does not hold the stop beyond the grace", "[web][server][stop]") {
  const auto body = std::make_shared<const std::string>(std::string(50'000'000, 'x'));
  ServerOptions options;
  options.grace = milliseconds(200);
  TestServer server{Handler([body](const Request&) -> Response { return {200, "text/plain", {}, body}; }), options};
  auto slow = server.connect(4'096);
  slow.send(get("/"));
  auto compressing = server.connect(4'096);
  compressing.send(get("/", "Accept-Encoding: gzip\r\n"));
  REQUIRE(eventually([&] { return body.use_count() > 2; }));
  CHECK(seconds_of([&] { server.server->stop(); }) < 2.0);
  server.server.reset();
  CHECK(body.use_count() == 1);
}

TEST_CASE("server: it can be stopped while clients come and go", "[web][server][stop]") {
  for (int round = 0; round < 10; ++round) {
    TestServer server{Handler([](const Request&) { return text_response(200, std::string(5'000, 'x')); })};
    std::atomic<bool> go_on = true;
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i) {
      clients.emplace_back([&server, &go_on] {
        while (go_on) {
          try {
            auto client = server.connect();
            client.send(get("/"));
            client.read_response();
          } catch (const std::runtime_error&) {
            return;
          }
        }
      });
    }
    CHECK(seconds_of([&] { server.server->stop(); }) < 2.0);
    go_on = false;
    for (auto& client : clients) client.join();
    CHECK(server.telemetry.internal_errors == 0);
  }
}

}  // namespace
}  // namespace mta_sts::web
