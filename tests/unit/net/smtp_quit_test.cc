#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "smtp_fixture.h"

using namespace std::chrono_literals;
using namespace mta_sts;
using namespace mta_sts::net;
using namespace mta_sts::net::test;
namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kLateReply{300};

/// A server that goes the whole way and never answers QUIT.
SmtpServer::Script silent_after_quit(Heard& heard, const ServerContext& context) {
  return [&heard, context](SmtpPeer& peer) {
    up_to_quit(peer, heard, context);
    heard.line(peer);
    peer.until_closed();
  };
}

/// One that answers it late.
SmtpServer::Script late_after_quit(Heard& heard, const ServerContext& context) {
  return [&heard, context](SmtpPeer& peer) {
    up_to_quit(peer, heard, context);
    heard.line(peer);
    peer.quiet_for(kLateReply);
    peer.send("221 bye\r\n");
    peer.until_closed();
  };
}

SmtpServer::Script prompt(Heard& heard, const ServerContext& context) {
  return [&heard, context](SmtpPeer& peer) {
    up_to_quit(peer, heard, context);
    heard.rest(peer);
  };
}

/// `count` probes one after the other; each leaves its name in `order` when it is complete.
asio::awaitable<void> probe_in_turn(SmtpProber& prober, SmtpRequest request, std::string name, int count,
                                    std::vector<std::string>& order) {
  for (int i = 0; i < count; ++i) {
    const auto result = co_await prober.probe(request, Deadline::after(kEnough));
    order.push_back(result.fault ? name + " failed" : name);
  }
}

/// Runs handlers until `count` have run; false if the work ended before.
bool run_some(asio::io_context& context, int count) {
  for (int i = 0; i < count; ++i) {
    if (context.run_one_for(kEnough) == 0) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("smtp: a server that never answers QUIT costs kQuitGrace, which is not in the duration", "[net][smtp]") {
  Heard heard;
  const auto context = serving(pki().good(kMx));
  SmtpServer server(silent_after_quit(heard, context));
  Probing probing;
  const auto begun = std::chrono::steady_clock::now();
  const auto result = probing.probe(to_loopback(server.port()), Deadline::after(kEnough));
  const auto took = std::chrono::steady_clock::now() - begun;
  CHECK(reason(result).empty());
  CHECK(took - result.duration >= kQuitGrace - 10ms);
  CHECK(took - result.duration < kQuitGrace + 10s);
  CHECK(result.transcript.back() == "C: QUIT");
}

TEST_CASE("smtp: servers that answer QUIT late or never delay no other probe of the same thread", "[net][smtp]") {
  Heard heard;
  const auto context = serving(pki().good(kMx));
  SmtpServer silent(silent_after_quit(heard, context));
  SmtpServer late(late_after_quit(heard, context));
  SmtpServer quick(prompt(heard, context));
  Probing probing;
  std::vector<std::string> order;
  const auto start = [&](const SmtpServer& server, const std::string& name, int count) {
    asio::co_spawn(probing.context(), probe_in_turn(probing.prober(), to_loopback(server.port()), name, count, order),
                   asio::detached);
  };
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) start(silent, "silent", 1);
  for (int i = 0; i < 10; ++i) start(late, "late", 1);
  start(quick, "quick", 20);
  probing.context().run();

  REQUIRE(order.size() == 40);
  CHECK(std::count(order.begin(), order.end(), "silent") == 10);
  CHECK(std::count(order.begin(), order.end(), "late") == 10);
  CHECK(std::count(order.begin(), order.end(), "quick") == 20);
  // The silent ones began first: whoever waits for them in turn completes nothing else before the first of them.
  const auto first_silent = std::find(order.begin(), order.end(), "silent");
  CHECK(std::find(order.begin(), first_silent, "quick") != first_silent);
  CHECK(std::find(order.begin(), first_silent, "late") != first_silent);
  CHECK(std::chrono::steady_clock::now() - begun < 10 * kQuitGrace);
}

TEST_CASE("smtp: many servers that never answer QUIT are waited for side by side", "[net][smtp]") {
  Heard heard;
  const auto context = serving(pki().good(kMx));
  SmtpServer silent(silent_after_quit(heard, context));
  Probing probing;
  std::vector<std::string> order;
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) {
    asio::co_spawn(probing.context(), probe_in_turn(probing.prober(), to_loopback(silent.port()), "silent", 1, order),
                   asio::detached);
  }
  probing.context().run();
  CHECK(order == std::vector<std::string>(20, "silent"));
  CHECK(std::chrono::steady_clock::now() - begun < 10 * kQuitGrace);
}

TEST_CASE("smtp: cancelled at any moment, a probe ends at once and leaves nothing behind", "[net][smtp]") {
  Heard heard;
  const auto context = serving(pki().good(kMx));
  SmtpServer server(silent_after_quit(heard, context));
  int moments = 0;
  for (bool more = true; more; ++moments) {
    CAPTURE(moments);
    Probing probing;
    asio::cancellation_signal signal;
    std::exception_ptr ended;
    SmtpResult result;
    bool complete = false;
    asio::co_spawn(probing.context(), probing.prober().probe(to_loopback(server.port()), Deadline::after(kEnough)),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error, SmtpResult found) {
                     complete = true;
                     ended = error;
                     result = std::move(found);
                   }));
    run_some(probing.context(), moments);
    more = !complete;
    if (complete) break;
    const auto cancelled = std::chrono::steady_clock::now();
    signal.emit(asio::cancellation_type::terminal);
    probing.context().run();
    const auto took = std::chrono::steady_clock::now() - cancelled;
    CHECK(complete);
    CHECK(took < kEnough / 2);
    if (ended != nullptr) {
      CHECK_THROWS_AS(std::rethrow_exception(ended), boost::system::system_error);
      continue;
    }
    // Too late to be cancelled: only the closing was left, and what is delivered is the whole truth.
    CHECK(took < kQuitGrace);
    CHECK(reason(result).empty());
    CHECK(result.transcript.back() == "C: QUIT");
    CHECK(result.tls.handshake_done());
  }
  CHECK(moments > 10);
}

TEST_CASE("smtp: an io_context may go in the middle of a dialogue", "[net][smtp]") {
  Heard heard;
  const auto context = serving(pki().good(kMx));
  SmtpServer server(silent_after_quit(heard, context));
  int moments = 0;
  for (bool complete = false; !complete; ++moments) {
    auto probing = std::make_unique<Probing>();
    asio::co_spawn(probing->context(), probing->prober().probe(to_loopback(server.port()), Deadline::after(kEnough)),
                   [&](const std::exception_ptr&, const SmtpResult&) { complete = true; });
    run_some(probing->context(), moments);
  }
  CHECK(moments > 10);
}
