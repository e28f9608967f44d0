#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "exporter/web/password_check.h"
#include "raw_client.h"
#include "web_folder.h"

namespace mta_sts::web {
namespace {

// The password of each is "abc". One comparison takes about 1 ms for quick and 0.8 s for slow.
const std::string kQuick = "$2b$04$QOauhQNbBCuQDKes6eFzPeL.OCkit6Uzd54gLShgenc3uy2VjGtD2";
const std::string kSlow = "$2b$14$QOauhQNbBCuQDKes6eFzPeWzeeefF4SXFoDL91stDOgt3lAdhpn4u";

const std::string kQuickAbc = "Authorization: Basic cXVpY2s6YWJj\r\n";
const std::string kQuickWrong = "Authorization: Basic cXVpY2s6YWJk\r\n";
const std::string kSlowWrong = "Authorization: Basic c2xvdzphYmQ=\r\n";
const std::string kNobodyAbc = "Authorization: Basic bm9ib2R5OmFiYw==\r\n";

struct LockedServer {
  explicit LockedServer(const std::string& users)
      : server(Handler([](const Request&) { return text_response(200, "in"); }), prepare(users)) {}

  ServerOptions prepare(const std::string& users) const {
    ServerOptions options;
    options.config_file = folder.write("web.yml", "basic_auth_users:\n" + users);
    return options;
  }
  int status(const std::string& fields) const {
    auto client = server.connect();
    client.send(get("/", fields));
    const auto response = client.read_response();
    return response ? response->status() : 0;
  }

  WebFolder folder;
  TestServer server;
};

const std::string kOneUser = "  quick: " + kQuick + "\n";
const std::string kBothUsers = kOneUser + "  slow: " + kSlow + "\n";

TEST_CASE("password: the right one opens, a wrong one, an unknown user and nothing do not", "[web][password]") {
  const LockedServer server(kOneUser);
  CHECK(server.status(kQuickAbc) == 200);
  CHECK(server.status(kQuickWrong) == 401);
  CHECK(server.status(kNobodyAbc) == 401);
  CHECK(server.status("") == 401);
  CHECK(server.status("Authorization: Bearer abc\r\n") == 401);
  CHECK(server.status(kQuickAbc + kQuickAbc) == 401);
  // Twice each: what is remembered counts for its owner alone.
  CHECK(server.status(kQuickWrong) == 401);
  CHECK(server.status(kQuickAbc) == 200);
}

TEST_CASE("password: a refusal says how to come in, and the connection stays", "[web][password]") {
  const LockedServer server(kOneUser);
  auto client = server.server.connect();
  client.send(get("/"));
  const auto refused = client.read_response();
  REQUIRE(refused);
  CHECK(refused->status() == 401);
  CHECK(refused->field("WWW-Authenticate") == R"(Basic realm="mta_sts_exporter", charset="UTF-8")");
  client.send(get("/", kQuickAbc));
  const auto let_in = client.read_response();
  REQUIRE(let_in);
  CHECK(let_in->status() == 200);
}

TEST_CASE("password: every path and method is behind it", "[web][password]") {
  const LockedServer server(kOneUser);
  for (const std::string& request :
       {get("/metrics"), get("/-/healthy"), get("/-/ready"), get("/"), get("/nowhere"),
        std::string("POST /-/reload HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"),
        std::string("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), std::string("CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n")}) {
    CAPTURE(request);
    auto client = server.server.connect();
    client.send(request);
    const auto response = client.read_response();
    REQUIRE(response);
    CHECK(response->status() == 401);
  }
}

TEST_CASE("password: a comparison blocks neither others nor whoever was right before", "[web][password]") {
  const LockedServer server(kBothUsers);
  REQUIRE(server.status(kQuickAbc) == 200);
  auto waits = server.server.connect();
  waits.send(get("/", kSlowWrong));
  CHECK(server.status("") == 401);
  CHECK(server.status(kQuickAbc) == 200);
  CHECK_FALSE(waits.has_octets());
  const auto refused = waits.read_response();
  REQUIRE(refused);
  CHECK(refused->status() == 401);
}

TEST_CASE("password: an unknown user costs what the dearest known one does", "[web][password]") {
  const LockedServer server(kBothUsers);
  auto unknown = server.server.connect();
  unknown.send(get("/", kNobodyAbc));
  // Each of these is a whole round trip; a comparison at the cost of the cheaper user would be over long before.
  for (int i = 0; i < 20; ++i) CHECK(server.status("") == 401);
  CHECK_FALSE(unknown.has_octets());
  const auto refused = unknown.read_response();
  REQUIRE(refused);
  CHECK(refused->status() == 401);
}

TEST_CASE("password: more comparisons than may wait are answered with 503, and places come back", "[web][password]") {
  const LockedServer server(kBothUsers);
  auto first = server.server.connect();
  first.send(get("/", kSlowWrong));
  std::vector<RawClient> others;
  for (std::size_t i = 0; i < PasswordCheck::kWaitingOfPeer + 8; ++i) {
    others.push_back(server.server.connect());
    others.back().send(get("/", kQuickWrong));
  }
  std::size_t refused = 0;
  std::size_t turned_away = 0;
  for (auto& client : others) {
    const auto response = client.read_response();
    REQUIRE(response);
    if (response->status() == 401) ++refused;
    if (response->status() == 503) ++turned_away;
    if (response->status() == 503) CHECK(response->field("Retry-After") == "5");
  }
  CHECK(refused + turned_away == others.size());
  CHECK(refused >= PasswordCheck::kWaitingOfPeer - 1);
  CHECK(turned_away > 0);
  CHECK(server.status(kQuickAbc) == 200);
}

using Verdict = PasswordCheck::Verdict;

/// What each peer is told that gives a wrong password while the others of the list wait.
std::vector<Verdict> told_at_once(const std::vector<std::string>& peers) {
  boost::asio::io_context io;
  PasswordCheck check;
  const auto config = std::make_shared<Config>();
  config->users.emplace("quick", BcryptHash::parse(kQuick).value());
  std::vector<Verdict> told(peers.size());
  for (std::size_t i = 0; i < peers.size(); ++i) {
    boost::asio::co_spawn(io, check.check({"quick", "wrong"}, config, parse_ip(peers[i]).value()),
                          [&told, i](std::exception_ptr bug, Verdict verdict) {
                            CHECK(!bug);
                            told[i] = verdict;
                          });
  }
  io.run();
  return told;
}

std::ptrdiff_t count(const std::vector<Verdict>& told, Verdict verdict) {
  return std::count(told.begin(), told.end(), verdict);
}

TEST_CASE("password: who floods takes the places of one address, or of one IPv6 network", "[web][password]") {
  for (const std::string network : {"192.0.2.", "2001:db8:0:1::"}) {
    CAPTURE(network);
    std::vector<std::string> peers(100, network + "1");
    peers.push_back("198.51.100.1");
    peers.push_back("2001:db8:0:2::1");
    const auto told = told_at_once(peers);
    CHECK(count(told, Verdict::Wrong) == static_cast<std::ptrdiff_t>(PasswordCheck::kWaitingOfPeer) + 2);
    CHECK(told[100] == Verdict::Wrong);
    CHECK(told[101] == Verdict::Wrong);
  }
  std::vector<std::string> neighbours;
  for (int i = 1; i < 100; ++i) neighbours.push_back("2001:db8:0:1::" + std::to_string(i));
  CHECK(count(told_at_once(neighbours), Verdict::Wrong) == static_cast<std::ptrdiff_t>(PasswordCheck::kWaitingOfPeer));
}

TEST_CASE("password: all peers together have a limit as well", "[web][password]") {
  std::vector<std::string> peers;
  for (int i = 1; i < 100; ++i) peers.push_back("192.0.2." + std::to_string(i));
  CHECK(count(told_at_once(peers), Verdict::Wrong) == static_cast<std::ptrdiff_t>(PasswordCheck::kWaiting));
}

TEST_CASE("password: a changed file counts for the next request of an open connection", "[web][password]") {
  const LockedServer server(kOneUser);
  auto client = server.server.connect();
  const auto status = [&] {
    client.send(get("/", kQuickAbc));
    const auto response = client.read_response();
    return response ? response->status() : 0;
  };
  CHECK(status() == 200);
  server.folder.write("web.yml", "basic_auth_users:\n  other: " + kQuick + "\n");
  CHECK(status() == 401);
  server.folder.write("web.yml", "basic_auth_users:\n  quick: " + BcryptHash::decoy(4).text() + "\n");
  CHECK(status() == 401);
  server.folder.write("web.yml", "basic_auth_users:\n" + kOneUser);
  CHECK(status() == 200);
}

TEST_CASE("password: stopping does not wait for all that are to be compared", "[web][password]") {
  LockedServer server(kBothUsers);
  std::vector<RawClient> waiting;
  for (int i = 0; i < 20; ++i) {
    waiting.push_back(server.server.connect());
    waiting.back().send(get("/", kSlowWrong));
  }
  CHECK(server.status("") == 401);
  // Compared one after the other they would take 16 s.
  CHECK(seconds_of([&] { server.server.server.reset(); }) < 10);
}

}  // namespace
}  // namespace mta_sts::web
