#include "exporter/web/server.h"

#include <stdexcept>
#include <thread>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "raw_client.h"

namespace mta_sts::web {
namespace {

Response echo(const Request& request) {
  std::string text = request.method + " " + request.path + " from " + to_text(request.peer);
  for (const auto& [name, value] : request.query) text += " " + name + "=" + value;
  return text_response(200, text + " [" + request.body + "]");
}

Response long_text(const Request&) { return text_response(200, std::string(100'000, 'a')); }

TEST_CASE("server: a request is answered with its fields and its body", "[web][server]") {
  const TestServer server{Handler(echo)};
  auto client = server.connect();
  client.send(get("/probe?target=example.com"));
  const auto response = client.read_response();
  REQUIRE(response);
  CHECK(response->status_line == "HTTP/1.1 200 OK");
  CHECK(response->body == "GET /probe from 127.0.0.1 target=example.com []");
  CHECK(response->field("Content-Type") == "text/plain; charset=utf-8");
  CHECK(response->field("X-Content-Type-Options") == "nosniff");
  CHECK(response->field("Server").empty());
  CHECK(response->field("Connection").empty());
}

TEST_CASE("server: a connection is kept for the next request", "[web][server]") {
  const TestServer server{Handler(echo)};
  auto client = server.connect();
  for (int i = 0; i < 3; ++i) {
    client.send(get("/" + std::to_string(i)));
    const auto response = client.read_response();
    REQUIRE(response);
    CHECK_THAT(response->body, Catch::StartsWith("GET /" + std::to_string(i)));
  }
  client.send(get("/last", "Connection: close\r\n"));
  const auto last = client.read_response();
  REQUIRE(last);
  CHECK(last->field("Connection") == "close");
  CHECK(client.closed_by_server());
}

TEST_CASE("server: pipelined requests are answered in order (RFC 9112 §9.3.2)", "[web][server]") {
  const TestServer server{Handler(echo)};
  auto client = server.connect();
  std::string requests;
  for (int i = 0; i < 50; ++i) requests += get("/" + std::to_string(i));
  requests += "POST /post HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody" + get("/after");
  client.send(requests);
  for (int i = 0; i < 50; ++i) {
    const auto response = client.read_response();
    REQUIRE(response);
    CHECK(response->body == "GET /" + std::to_string(i) + " from 127.0.0.1 []");
  }
  const auto post = client.read_response();
  REQUIRE(post);
  CHECK(post->body == "POST /post from 127.0.0.1 [body]");
  const auto after = client.read_response();
  REQUIRE(after);
  CHECK(after->body == "GET /after from 127.0.0.1 []");
}

TEST_CASE("server: HEAD has the length of GET and no body (RFC 9110 §9.3.2)", "[web][server]") {
  const TestServer server{Handler(long_text)};
  auto client = server.connect();
  for (const std::string coding : {"", "Accept-Encoding: gzip\r\n"}) {
    client.send(get("/", coding));
    const auto with_body = client.read_response();
    client.send("HEAD / HTTP/1.1\r\nHost: h\r\n" + coding + "\r\n");
    const auto without = client.read_response(Expect::HeadOnly);
    REQUIRE(with_body);
    REQUIRE(without);
    CHECK(without->head == with_body->head);
    CHECK_FALSE(with_body->body.empty());
  }
  // Were a body sent, it would be read as the head of the next response.
  client.send(get("/"));
  const auto next = client.read_response();
  REQUIRE(next);
  CHECK(next->status() == 200);
}

TEST_CASE("server: HTTP/1.0 is answered and closed, or kept when the client asks", "[web][server]") {
  const TestServer server{Handler(echo)};
  auto once = server.connect();
  once.send("GET /old HTTP/1.0\r\n\r\n");
  const auto response = once.read_response();
  REQUIRE(response);
  CHECK(response->status_line == "HTTP/1.0 200 OK");
  CHECK(response->body == "GET /old from 127.0.0.1 []");
  CHECK(once.closed_by_server());

  auto kept = server.connect();
  for (int i = 0; i < 2; ++i) {
    kept.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto again = kept.read_response();
    REQUIRE(again);
    CHECK(again->field("Connection") == "keep-alive");
  }
}

TEST_CASE("server: statuses without content carry no length (RFC 9110 §8.6)", "[web][server]") {
  const TestServer server{Handler([](const Request&) { return text_response(204, "never sent"); })};
  auto client = server.connect();
  for (int i = 0; i < 2; ++i) {
    client.send(get("/"));
    const auto response = client.read_response();
    REQUIRE(response);
    CHECK(response->status() == 204);
    CHECK(response->field("Content-Length").empty());
  }
}

TEST_CASE("server: a text is compressed for who asks, and comes back whole", "[web][server][gzip]") {
  const auto body = std::make_shared<const std::string>(std::string(1'000'000, 'm') + "# EOF\n");
  const TestServer server{Handler([body](const Request& request) -> Response {
    if (request.path == "/small") return text_response(200, "small");
    if (request.path == "/image") return {200, "image/png", {}, body};
    if (request.path == "/ready") return {200, "text/plain", {{"Content-Encoding", "br"}}, body};
    return {200, "text/plain; version=0.0.4", {{"Vary", "Accept"}}, body};
  })};
  auto client = server.connect();
  const auto ask = [&](const std::string& path, const std::string& accept_encoding) {
    client.send(get(path, "Accept-Encoding: " + accept_encoding + "\r\n"));
    auto response = client.read_response();
    REQUIRE(response);
    return *response;
  };
  for (int i = 0; i < 2; ++i) {
    const auto compressed = ask("/", "gzip");
    CHECK(compressed.field("Content-Encoding") == "gzip");
    CHECK_THAT(compressed.head, Catch::Contains("Vary: Accept-Encoding") && Catch::Contains("Vary: Accept\r\n"));
    CHECK(compressed.body.size() < 10'000);
    CHECK(gunzip(compressed.body) == *body);
  }
  const auto plain = ask("/", "gzip;q=0");
  CHECK(plain.field("Content-Encoding").empty());
  CHECK_THAT(plain.head, Catch::Contains("Vary: Accept-Encoding"));
  CHECK(plain.body == *body);
  CHECK(ask("/small", "gzip").body == "small");
  CHECK(ask("/image", "gzip").body == *body);
  CHECK(ask("/ready", "gzip").field("Content-Encoding") == "br");
  CHECK(gunzip(ask("/small", "gzip, identity;q=0").body) == "small");
}

TEST_CASE("server: an exception of the handler is counted and answered with 500", "[web][server]") {
  TestServer server{Handler([](const Request& request) -> Response {
    if (request.path == "/throw") throw std::runtime_error("secret detail");
    if (request.path == "/odd") throw 42;
    return {302, "", {{"Location", "/a\r\nSet-Cookie: b"}}, nullptr};
  })};
  auto client = server.connect();
  int expected = 0;
  for (const std::string path : {"/throw", "/odd", "/redirect"}) {
    INFO(path);
    client.send(get(path));
    const auto response = client.read_response();
    REQUIRE(response);
    CHECK(response->status() == 500);
    CHECK_THAT(response->head + response->body, !Catch::Contains("secret") && !Catch::Contains("Set-Cookie"));
    CHECK(server.telemetry.internal_errors == ++expected);
  }
}

TEST_CASE("server: others are answered while one handler waits", "[web][server]") {
  const TestServer server{AsyncHandler([](Request request) -> boost::asio::awaitable<Response> {
    if (request.path == "/slow") {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, std::chrono::milliseconds(500));
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
    co_return text_response(200, request.path);
  })};
  auto slow = server.connect();
  slow.send(get("/slow"));
  auto fast = server.connect();
  fast.send(get("/fast"));
  const auto first = fast.read_response();
  REQUIRE(first);
  CHECK(first->body == "/fast");
  const auto second = slow.read_response();
  REQUIRE(second);
  CHECK(second->body == "/slow");
}

TEST_CASE("server: it waits for a body with 100 Continue (RFC 9110 §10.1.1)", "[web][server]") {
  const TestServer server{Handler(echo)};
  auto client = server.connect();
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  const auto go_on = client.read_response();
  REQUIRE(go_on);
  CHECK(go_on->status_line == "HTTP/1.1 100 Continue");
  client.send("body");
  const auto response = client.read_response();
  REQUIRE(response);
  CHECK(response->body == "PUT / from 127.0.0.1 [body]");
}

TEST_CASE("server: several addresses are served, IPv6 among them", "[web][server]") {
  CountingTelemetry telemetry;
  SilentLog log;
  const auto server = Server::start({.listen = {"127.0.0.1:0", ":0"}}, Handler(echo), telemetry, log);
  REQUIRE(server);
  REQUIRE((*server)->endpoints().size() == 2);
  for (const auto& endpoint : (*server)->endpoints()) {
    RawClient client(endpoint.port());
    client.send(get("/"));
    const auto response = client.read_response();
    REQUIRE(response);
    // Over the dual-stack socket the peer is ::ffff:127.0.0.1 for the kernel.
    CHECK(response->body == "GET / from 127.0.0.1 []");
  }
}

TEST_CASE("server: many clients at once are all answered", "[web][server]") {
  const auto body = std::make_shared<const std::string>(std::string(600'000, 'x'));
  TestServer server{Handler([body](const Request&) -> Response { return {200, "text/plain", {}, body}; })};
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&server, &body, &right, t] {
      for (int i = 0; i < 20; ++i) {
        auto client = server.connect();
        for (int request = 0; request < 2; ++request) {
          client.send(get("/", t % 2 ? "Accept-Encoding: gzip\r\n" : ""));
          const auto response = client.read_response();
          if (response && (t % 2 ? gunzip(response->body) : response->body) == *body) ++right;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == 8 * 20 * 2);
  CHECK(server.telemetry.internal_errors == 0);
}

}  // namespace
}  // namespace mta_sts::web
