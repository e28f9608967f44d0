#include "exporter/net/curl_multi.h"

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "https_fixture.h"
#include "libc_probe.h"
#include "scripted_server.h"

namespace mta_sts::net {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using test::answer_with;
using test::DeadPort;
using test::HttpsFixture;
using test::kPolicy;
using test::Peer;
using test::ScriptedServer;

namespace {

constexpr auto kLong = 120s;  ///< no test waits for it

/// Where a fetch hangs for ever.
struct Hang {
  const char* where;
  std::unique_ptr<ScriptedServer> server;
};
std::vector<Hang> hangs(const HttpsFixture& fixture) {
  std::vector<Hang> all;
  const auto add = [&](const char* where, ScriptedServer::Script script) {
    all.push_back({where, std::make_unique<ScriptedServer>(std::move(script))});
  };
  add("in the handshake", [](Peer& peer) { peer.wait_for_close(); });
  add("before the answer", fixture.after_request([](Peer& peer) { peer.wait_for_close(); }));
  add("in the header", fixture.after_request([](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\nX: ");
    peer.wait_for_close();
  }));
  add("in the body", fixture.after_request([](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nversion");
    peer.wait_for_close();
  }));
  return all;
}

/// Polls the context until nothing happens for a while: the fetch hangs where it is to hang.
void settle(asio::io_context& io) {
  io.restart();
  while (io.run_one_for(100ms) != 0) {
  }
}

}  // namespace

TEST_CASE("curl_multi: the loser of a race with a timer leaves nothing behind, wherever it hung", "[net][curl_multi]") {
  using namespace asio::experimental::awaitable_operators;
  HttpsFixture fixture;
  const DeadPort dead(DeadPort::Kind::Hangs);
  const auto servers = hangs(fixture);
  std::vector<HttpsRequest> requests = {dead.request()};
  for (const auto& hang : servers) requests.push_back(fixture.to(*hang.server));
  const int before = test::open_descriptors();
  for (const auto& request : requests) {
    std::size_t winner = 99;
    const auto race = [&]() -> asio::awaitable<void> {
      asio::steady_timer timer(fixture.io, 200ms);
      const auto deadline = Deadline::after(kLong);
      const auto ended = co_await (fixture.fetcher->fetch(request, deadline) || timer.async_wait(asio::use_awaitable));
      winner = ended.index();
    };
    asio::co_spawn(fixture.io, race, asio::detached);
    fixture.io.restart();
    fixture.io.run_for(kLong);
    CHECK(fixture.io.stopped());
    CHECK(winner == 1);
  }
  // The servers' ends are closed by their own threads, in their time.
  for (int i = 0; i < 500 && test::open_descriptors() > before; ++i) std::this_thread::sleep_for(10ms);
  CHECK(test::open_descriptors() <= before);
}

TEST_CASE("curl_multi: a fetch may be cancelled after any step of the loop", "[net][curl_multi]") {
  HttpsFixture fixture;
  const ScriptedServer server(fixture.after_request(answer_with(kPolicy)));
  bool whole = false;
  int steps = 0;
  for (; !whole && steps < 200; ++steps) {
    asio::cancellation_signal cancel;
    int ended = 0;
    asio::co_spawn(fixture.io, fixture.fetcher->fetch(fixture.to(server), Deadline::after(kLong)),
                   asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr, const HttpsResult& result) {
                     ++ended;
                     whole = result.status == 200;
                   }));
    fixture.io.restart();
    for (int step = 0; step < steps && ended == 0; ++step) fixture.io.run_one_for(kLong);
    // From within the loop: Boost 1.81 posts it otherwise, to a coroutine that may have ended before.
    asio::post(fixture.io, [&] {
      if (ended == 0) cancel.emit(asio::cancellation_type::terminal);
    });
    fixture.io.run_for(kLong);
    CAPTURE(steps);
    REQUIRE(ended == 1);
    REQUIRE(fixture.io.stopped());
  }
  CHECK(whole);
  CHECK(steps > 2);
}

TEST_CASE("curl_multi: the fetcher's end ends its transfers", "[net][curl_multi]") {
  HttpsFixture fixture;
  const auto servers = hangs(fixture);
  std::vector<HttpsResult> results;
  for (const auto& hang : servers) {
    asio::co_spawn(fixture.io, fixture.fetcher->fetch(fixture.to(*hang.server), Deadline::after(kLong)),
                   [&](std::exception_ptr, HttpsResult result) { results.push_back(std::move(result)); });
  }
  settle(fixture.io);
  CHECK(results.empty());
  fixture.fetcher.reset();
  fixture.io.restart();
  fixture.io.run_for(kLong);
  CHECK(fixture.io.stopped());
  REQUIRE(results.size() == servers.size());
  for (const auto& result : results) {
    REQUIRE(result.fault);
    CHECK(result.fault->detail == "given up");
  }
}

TEST_CASE("curl_multi: a fetch that begins after its fetcher's end ends at once", "[net][curl_multi]") {
  HttpsFixture fixture;
  const ScriptedServer server(fixture.after_request(answer_with(kPolicy)));
  std::optional<HttpsResult> result;
  asio::co_spawn(fixture.io, fixture.fetcher->fetch(fixture.to(server), Deadline::after(kLong)),
                 [&](std::exception_ptr, HttpsResult got) { result = std::move(got); });
  auto never_awaited = fixture.fetcher->fetch(fixture.to(server), Deadline::after(kLong));
  fixture.fetcher.reset();
  fixture.io.run_for(kLong);
  CHECK(fixture.io.stopped());
  REQUIRE(result);
  CHECK(result->fault);
  CHECK(server.connections() == 0);
}

TEST_CASE("curl_multi: a context may end with transfers in flight, after any step", "[net][curl_multi]") {
  const test::TestPki pki;
  const auto served = pki.good(test::kPolicyHost);
  const ScriptedServer server([&](Peer& peer) {
    if (!peer.tls(served)) return;
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nversion");
    peer.wait_for_close();
  });
  const int before = test::open_descriptors();
  for (int steps = 0; steps < 30; ++steps) {
    const TrustSlot trust(pki.trust());
    const FakeClock clock(test::kNow);
    auto io = std::make_unique<asio::io_context>();
    auto fetcher = make_https_fetcher(io->get_executor(), {"test/1", ""}, trust, clock);
    for (int i = 0; i < 3; ++i) {
      HttpsRequest request;
      request.host = test::kPolicyHost;
      request.address = server.address();
      request.port = server.port();
      asio::co_spawn(*io, fetcher->fetch(request, Deadline::after(kLong)), asio::detached);
    }
    for (int step = 0; step < steps && io->run_one_for(50ms) != 0; ++step) {
    }
    fetcher.reset();
    io.reset();
  }
  for (int i = 0; i < 500 && test::open_descriptors() > before; ++i) std::this_thread::sleep_for(10ms);
  CHECK(test::open_descriptors() <= before);
}

TEST_CASE("curl_multi: many transfers run side by side, each with its own outcome", "[net][curl_multi]") {
  HttpsFixture fixture;
  const ScriptedServer good(fixture.after_request(answer_with(kPolicy)));
  const ScriptedServer missing(fixture.after_request("HTTP/1.1 404 No\r\n\r\n"));
  const ScriptedServer silent([](Peer& peer) { peer.wait_for_close(); });
  const DeadPort dead(DeadPort::Kind::Refuses);
  constexpr int kRounds = 15;
  int wrong = 0;
  int ended = 0;
  const auto start = [&](HttpsRequest request, std::chrono::milliseconds timeout, int status, std::string reason) {
    asio::co_spawn(fixture.io, fixture.fetcher->fetch(std::move(request), Deadline::after(timeout)),
                   [&wrong, &ended, status, reason](std::exception_ptr, const HttpsResult& result) {
                     ++ended;
                     const std::string_view got = result.fault ? to_text(result.fault->reason) : "none";
                     if (result.status != status || got != reason) ++wrong;
                   });
  };
  for (int i = 0; i < kRounds; ++i) {
    start(fixture.to(good), kLong, 200, "none");
    start(fixture.to(missing), kLong, 404, "none");
    start(fixture.to(silent), 4s, 0, "tls_timeout");
    start(dead.request(), kLong, 0, "connect_refused");
  }
  fixture.io.run_for(kLong);
  CHECK(fixture.io.stopped());
  CHECK(ended == 4 * kRounds);
  CHECK(wrong == 0);
}

TEST_CASE("curl_multi: waiting is waiting: a silent peer costs no turns of the loop", "[net][curl_multi]") {
  HttpsFixture fixture;
  const auto servers = hangs(fixture);
  for (const auto& hang : servers) {
    bool ended = false;
    asio::co_spawn(fixture.io, fixture.fetcher->fetch(fixture.to(*hang.server), Deadline::after(300ms)),
                   [&](std::exception_ptr, const HttpsResult&) { ended = true; });
    fixture.io.restart();
    int turns = 0;
    while (!ended && fixture.io.run_one_for(kLong) != 0) ++turns;
    INFO(hang.where);
    CHECK(ended);
    CHECK(turns < 60);
  }
}

}  // namespace mta_sts::net
