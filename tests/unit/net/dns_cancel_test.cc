#include <filesystem>
#include <iterator>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "exporter/net/dns_client.h"
#include "tests/unit/net/dns_fake_server.h"
#include "tests/unit/net/query_ending.h"

namespace mta_sts::net {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

constexpr auto kLong = 20s;

std::size_t open_descriptors() {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

/// Counts finished queries only.
class CountingTelemetry final : public telemetry::Telemetry {
 public:
  void dns_query(QueryType, telemetry::QueryResult) override { ++queries; }
  void dns_query_sent() override {}
  void dns_query_ended() override {}
  void dns_question_shared(telemetry::Sharing) override {}
  void probe_started(telemetry::ProbeKind) override {}
  void probe_finished(telemetry::ProbeKind, telemetry::ProbeResult, std::chrono::nanoseconds) override {}
  void internal_error() override {}
  int queries = 0;
};

/// Leads a query through all its waits: SERVFAIL by the first server (1). FORMERR by the second, which c-ares asks
/// again without EDNS (2, 3), and we over a channel of its own (4): refused. The question without validation to the
/// first (5) is answered truncated, so that it goes by TCP (6).
std::vector<Octets> winding(const Asked& asked, bool first) {
  if (asked.by == Asked::By::Tcp) return {asked.reply().txt(asked.name, 5, {"x"}).octets()};
  if (asked.checking_disabled) return {asked.reply().truncated().octets()};
  return {asked.reply().rcode(first ? kServFail : kFormErr).octets()};
}

class Setup {
 public:
  Setup() {
    for (const bool first : {true, false}) {
      servers.push_back(std::make_unique<FakeDnsServer>(*context, "127.0.53." + std::to_string(servers.size() + 1),
                                                        [this, first](const Asked& asked) {
                                                          ++asked_in_all;
                                                          if (asked_in_all != stalled_at) return winding(asked, first);
                                                          if (when_stalled) asio::post(*context, when_stalled);
                                                          return std::vector<Octets>();
                                                        }));
      options.servers.push_back(servers.back()->endpoint());
    }
    client = make_dns_client(context->get_executor(), options, telemetry);
  }

  void start(test::QueryEnding& ending) {
    asio::co_spawn(*context, client->query("example.com", QueryType::Txt, Deadline::after(kLong)),
                   asio::bind_cancellation_slot(signal.slot(), std::ref(ending)));
  }
  /// Runs until nothing is left to do but to serve; false: something was still going on after a long time.
  bool runs_dry() {
    servers.clear();
    context->restart();
    context->run_for(5s);
    return context->stopped();
  }

  std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>();
  CountingTelemetry telemetry;
  std::size_t asked_in_all = 0;
  std::size_t stalled_at = 0;  ///< this query gets no answer
  std::function<void()> when_stalled;
  std::vector<std::unique_ptr<FakeDnsServer>> servers;
  DnsOptions options{.servers = {}, .timeout = kLong, .tries = 2};
  asio::cancellation_signal signal;
  std::unique_ptr<Resolver> client;
};

constexpr std::size_t kWaits = 6;

}  // namespace

TEST_CASE("dns_cancel: the way through all waits is as these tests assume", "[net][dns_cancel]") {
  Setup setup;
  const auto answer = run(*setup.context, setup.client->query("example.com", QueryType::Txt, Deadline::after(kLong)));
  REQUIRE(answer.fault);
  CHECK(answer.fault->reason == Reason::DnsBogus);
  CHECK(setup.asked_in_all == kWaits);
  CHECK(setup.telemetry.queries == 1);
}

TEST_CASE("dns_cancel: a query that is cancelled in any of its waits ends at once and leaves nothing",
          "[net][dns_cancel]") {
  for (std::size_t at = 1; at <= kWaits; ++at) {
    CAPTURE(at);
    Setup setup;
    const auto before = open_descriptors();
    test::QueryEnding ending;
    setup.stalled_at = at;
    setup.when_stalled = [&] {
      setup.signal.emit(asio::cancellation_type::terminal);
      asio::post(*setup.context, [&] { setup.context->stop(); });
    };
    setup.start(ending);
    setup.context->run_for(kLong);
    CHECK(ending.aborted);
    CHECK(setup.asked_in_all == at);
    CHECK(setup.telemetry.queries == 0);
    CHECK(setup.runs_dry());
    CHECK(open_descriptors() + 4 <= before + 1);  // the servers' four are gone; a closing TCP peer may linger
    setup.client.reset();
  }
}

TEST_CASE("dns_cancel: a timer that wins against a query ends it", "[net][dns_cancel]") {
  Setup setup;
  setup.stalled_at = 1;
  const auto race = [&]() -> asio::awaitable<std::size_t> {
    asio::steady_timer timer(*setup.context, 50ms);
    auto winner = co_await (setup.client->query("example.com", QueryType::Txt, Deadline::after(kLong)) ||
                            timer.async_wait(asio::use_awaitable));
    co_return winner.index();
  };
  const auto start = std::chrono::steady_clock::now();
  CHECK(run(*setup.context, race()) == 1);
  CHECK(std::chrono::steady_clock::now() - start < 5s);
  CHECK(setup.runs_dry());
}

TEST_CASE("dns_cancel: a query beside a cancelled one on the same channel gets its answer", "[net][dns_cancel]") {
  asio::io_context context;
  std::vector<Asked> held;
  FakeDnsServer server(context, "127.0.53.1", [&](const Asked& asked) -> std::vector<Octets> {
    held.push_back(asked);
    if (held.size() < 3) return {};
    // Both answers come when the first query is gone and the third has been asked.
    return {held[0].reply().txt(held[0].name, 5, {"late"}).octets(),
            held[1].reply().txt(held[1].name, 5, {"x"}).octets(), asked.reply().txt(asked.name, 5, {"y"}).octets()};
  });
  telemetry::NullTelemetry telemetry;
  const auto client = make_dns_client(context.get_executor(), {{server.endpoint()}, kLong, 1}, telemetry);
  const auto ask = [&](std::string name, std::chrono::milliseconds within) {
    return client->query(std::move(name), QueryType::Txt, Deadline::after(within));
  };
  const auto rest = [&]() -> asio::awaitable<DnsAnswer> {
    const auto first = co_await ask("one.example", 50ms);
    CHECK(first.fault->reason == Reason::DnsTimeout);
    co_return co_await ask("three.example", kLong);
  };
  const auto all = [&]() -> asio::awaitable<std::pair<DnsAnswer, DnsAnswer>> {
    auto [third, second] = co_await (rest() && ask("two.example", kLong));
    co_return std::pair(third, second);
  };
  const auto [third, second] = run(context, all());
  CHECK(third.txt == std::vector<std::string>{"y"});
  CHECK(second.txt == std::vector<std::string>{"x"});
}

TEST_CASE("dns_cancel: destroying the client ends its queries in any of their waits, uncounted", "[net][dns_cancel]") {
  for (std::size_t at = 1; at <= kWaits; ++at) {
    CAPTURE(at);
    Setup setup;
    test::QueryEnding ending;
    setup.stalled_at = at;
    setup.when_stalled = [&] {
      setup.client.reset();
      asio::post(*setup.context, [&] { setup.context->stop(); });
    };
    setup.start(ending);
    setup.context->run_for(kLong);
    CHECK(setup.runs_dry());
    CHECK(ending.aborted);
    CHECK(setup.telemetry.queries == 0);
  }
}

TEST_CASE("dns_cancel: cancelled or bereft of its client after any step, a query ends once and is not counted after it",
          "[net][dns_cancel]") {
  for (const bool destroy : {true, false}) {
    bool went_through = false;
    for (int steps = 0; !went_through; ++steps) {
      CAPTURE(destroy, steps);
      Setup setup;
      test::QueryEnding ending;
      setup.start(ending);
      for (int i = 0; i < steps && !ending.ended; ++i) setup.context->run_one_for(5s);
      went_through = ending.ended;
      const int counted = setup.telemetry.queries;
      if (destroy) setup.client.reset();
      setup.signal.emit(asio::cancellation_type::terminal);
      CHECK(setup.runs_dry());
      REQUIRE(ending.ended);
      CHECK(ending.aborted == !ending.answer);
      CHECK(setup.telemetry.queries == (ending.answer ? 1 : 0));
      if (destroy) CHECK(setup.telemetry.queries == counted);
      REQUIRE(steps < 1000);
    }
  }
}

TEST_CASE("dns_cancel: a query of a client that is destroyed before it began asks nobody", "[net][dns_cancel]") {
  Setup setup;
  test::QueryEnding ending;
  setup.start(ending);
  setup.client.reset();
  CHECK(setup.runs_dry());
  CHECK(ending.aborted);
  CHECK(setup.asked_in_all == 0);
}

TEST_CASE("dns_cancel: the io_context may go with queries in flight, before or after the client", "[net][dns_cancel]") {
  for (std::size_t at = 1; at <= kWaits; ++at) {
    for (const bool client_first : {true, false}) {
      CAPTURE(at, client_first);
      const auto before = open_descriptors();
      test::QueryEnding ending;
      {
        Setup setup;
        setup.stalled_at = at;
        setup.when_stalled = [&] { setup.context->stop(); };
        setup.start(ending);
        setup.context->run_for(kLong);
        CHECK(setup.asked_in_all == at);
        setup.servers.clear();
        if (client_first) setup.client.reset();
        setup.context.reset();
      }
      CHECK_FALSE(ending.ended);
      CHECK(open_descriptors() == before);
    }
  }
}

TEST_CASE("dns_cancel: after a query has timed out no socket and no work is left", "[net][dns_cancel]") {
  Setup setup;
  const auto before = open_descriptors();
  setup.stalled_at = 1;
  const auto answer = run(*setup.context, setup.client->query("example.com", QueryType::Txt, Deadline::after(50ms)));
  REQUIRE(answer.fault);
  CHECK(answer.fault->reason == Reason::DnsTimeout);
  CHECK(open_descriptors() == before);
  CHECK(setup.runs_dry());
}

}  // namespace mta_sts::net
