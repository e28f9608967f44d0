#include "exporter/web/listener.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "raw_client.h"

namespace mta_sts::web {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

TEST_CASE("listen address: the forms of the official exporters", "[web][listener]") {
  struct Row {
    std::string text;
    std::string host;
    std::uint16_t port;
  };
  for (const auto& row : std::vector<Row>{{":8461", "", 8461},
                                          {"127.0.0.1:8461", "127.0.0.1", 8461},
                                          {"[::1]:8461", "::1", 8461},
                                          {"[::]:8461", "::", 8461},
                                          {"localhost:0", "localhost", 0},
                                          {":65535", "", 65535}}) {
    INFO(row.text);
    const auto address = parse_listen_address(row.text);
    REQUIRE(address);
    CHECK(address->host == row.host);
    CHECK(address->port == row.port);
  }
  for (const std::string text : {"", "8461", ":", ":x", ":65536", ":-1", "::1:8461", "[::1]", "[::1", "[localhost]:1",
                                 "[127.0.0.1]:1", "::1", ":84 61", "[]:1"}) {
    INFO(text);
    CHECK_FALSE(parse_listen_address(text));
  }
}

bool answers(const tcp::endpoint& endpoint) {
  asio::io_context io;
  tcp::socket socket(io);
  boost::system::error_code error;
  socket.connect(endpoint, error);
  return !error;
}

TEST_CASE("listener: an empty host listens on both families", "[web][listener]") {
  asio::io_context io;
  const auto acceptor = open_listener(io.get_executor(), ":0");
  REQUIRE(acceptor);
  const auto port = acceptor->local_endpoint().port();
  CHECK(answers({asio::ip::make_address("127.0.0.1"), port}));
  if (acceptor->local_endpoint().protocol() == tcp::v6()) CHECK(answers({asio::ip::make_address("::1"), port}));
}

TEST_CASE("listener: one address listens on that address alone", "[web][listener]") {
  asio::io_context io;
  const auto acceptor = open_listener(io.get_executor(), "127.0.0.1:0");
  REQUIRE(acceptor);
  const auto port = acceptor->local_endpoint().port();
  CHECK(answers({asio::ip::make_address("127.0.0.1"), port}));
  CHECK_FALSE(answers({asio::ip::make_address("127.0.0.2"), port}));
  const auto named = open_listener(io.get_executor(), "localhost:0");
  REQUIRE(named);
  CHECK(named->local_endpoint().address().is_loopback());
}

TEST_CASE("listener: the error names the address and the cause", "[web][listener]") {
  asio::io_context io;
  const auto first = open_listener(io.get_executor(), "127.0.0.1:0");
  REQUIRE(first);
  const auto address = "127.0.0.1:" + std::to_string(first->local_endpoint().port());
  const auto second = open_listener(io.get_executor(), address);
  REQUIRE_FALSE(second);
  CHECK(second.error().message == "cannot listen on \"" + address + "\": Address already in use");
  const auto foreign = open_listener(io.get_executor(), "192.0.2.1:0");
  REQUIRE_FALSE(foreign);
  CHECK_THAT(foreign.error().message, Catch::StartsWith("cannot listen on \"192.0.2.1:0\": "));
}

TEST_CASE("server: one address that cannot be listened on means none is", "[web][server]") {
  CountingTelemetry telemetry;
  SilentLog log;
  const Handler handler = [](const Request&) { return text_response(200, "ok"); };
  const TestServer taken(handler);
  const auto address = "127.0.0.1:" + std::to_string(taken.port());
  const auto server = Server::start({.listen = {"127.0.0.1:0", address}}, handler, telemetry, log);
  REQUIRE_FALSE(server);
  CHECK_THAT(server.error().message, Catch::Contains(address) && Catch::Contains("in use"));
}

}  // namespace
}  // namespace mta_sts::web
