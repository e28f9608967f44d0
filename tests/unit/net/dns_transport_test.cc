#include <set>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

#include "exporter/net/dns_client.h"
#include "tests/unit/net/dns_fake_server.h"

namespace mta_sts::net {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;

constexpr auto kLong = 20s;

/// One server and one client that asks it, once a query.
class Setup {
 public:
  explicit Setup(FakeDnsServer::Script script) : server(context, "127.0.53.1", std::move(script)) {}

  asio::awaitable<DnsAnswer> ask(std::string name, QueryType type = QueryType::Txt) {
    return client->query(std::move(name), type, Deadline::after(kLong));
  }
  DnsAnswer query(std::string name) { return run(context, ask(std::move(name))); }

  asio::io_context context;
  FakeDnsServer server;
  telemetry::NullTelemetry telemetry;
  std::unique_ptr<Resolver> client =
      make_dns_client(context.get_executor(), {{server.endpoint()}, std::chrono::milliseconds(kLong), 1}, telemetry);
};

std::optional<Reason> reason_of(const DnsAnswer& answer) {
  return answer.fault ? std::optional(answer.fault->reason) : std::nullopt;
}

/// An answer of about `size` octets.
Octets padded(const Asked& asked, std::size_t size) {
  auto reply = asked.reply();
  for (std::size_t written = 0; written + 100 < size; written += 100 + 13 + asked.name.size()) {
    reply.txt(asked.name, 5, {std::string(100, 'x')});
  }
  return reply.opt().octets();
}

std::vector<Octets> txt_answer(const Asked& asked) { return {asked.reply().txt(asked.name, 5, {"x"}).octets()}; }

std::vector<Octets> truncated_by_udp(const Asked& asked) {
  if (asked.by == Asked::By::Udp) return {asked.reply().truncated().octets()};
  return {padded(asked, 20000)};
}

/// FORMERR for every query with an OPT record, as servers older than EDNS answer.
std::vector<Octets> before_edns(const Asked& asked) {
  if (asked.edns_size) return {asked.reply().rcode(kFormErr).octets()};
  return txt_answer(asked);
}

}  // namespace

TEST_CASE("dns_transport: an answer over 512 octets arrives by UDP", "[net][dns_transport]") {
  Setup setup([](const Asked& asked) -> std::vector<Octets> { return {padded(asked, 1200)}; });
  const auto answer = setup.query("example.com");
  CHECK(reason_of(answer) == std::nullopt);
  CHECK(answer.txt.size() > 5);
  CHECK(setup.server.asked_by(Asked::By::Udp) == 1);
  CHECK(setup.server.asked_by(Asked::By::Tcp) == 0);
}

TEST_CASE("dns_transport: a truncated answer is asked again by TCP, with a new id", "[net][dns_transport]") {
  Setup setup(truncated_by_udp);
  const auto answer = setup.query("example.com");
  CHECK(reason_of(answer) == std::nullopt);
  CHECK(answer.txt.size() > 100);
  REQUIRE(setup.server.asked().size() == 2);
  const auto& again = setup.server.asked()[1];
  CHECK(again.by == Asked::By::Tcp);
  CHECK(again.recursion_desired);
  CHECK(again.authenticated_desired);
  CHECK(again.id != setup.server.asked()[0].id);
}

TEST_CASE("dns_transport: a UDP answer over what was offered is asked again by TCP", "[net][dns_transport]") {
  Setup setup([](const Asked& asked) -> std::vector<Octets> { return {padded(asked, 3000)}; });
  const auto answer = setup.query("example.com");
  CHECK(reason_of(answer) == std::nullopt);
  CHECK(setup.server.asked_by(Asked::By::Tcp) == 1);
}

TEST_CASE("dns_transport: an answer truncated even by TCP is malformed", "[net][dns_transport]") {
  Setup setup([](const Asked& asked) -> std::vector<Octets> { return {asked.reply().truncated().octets()}; });
  CHECK(reason_of(setup.query("example.com")) == Reason::DnsMalformed);
  CHECK(setup.server.asked().size() == 2);
}

TEST_CASE("dns_transport: a TCP connection that ends touches no query but its own", "[net][dns_transport]") {
  // The second query is in flight by UDP while the connection of the first is closed without an answer.
  std::optional<Asked> waiting;
  Setup setup([&](const Asked& asked) -> std::vector<Octets> {
    if (asked.name == "slow.example") {
      waiting = asked;
      return {};
    }
    if (asked.by == Asked::By::Udp) return {asked.reply().truncated().octets()};
    return {};
  });
  setup.server.close_tcp_after(1);
  setup.client = make_dns_client(setup.context.get_executor(), {{setup.server.endpoint()}, 2000ms, 1}, setup.telemetry);
  const auto both = [&]() -> asio::awaitable<std::pair<DnsAnswer, DnsAnswer>> {
    auto [slow, broken] = co_await (setup.ask("slow.example") && setup.ask("broken.example"));
    co_return std::pair(slow, broken);
  };
  const auto start = std::chrono::steady_clock::now();
  const auto [slow, broken] = run(setup.context, both());
  CHECK(reason_of(broken) == Reason::DnsTimeout);
  CHECK(broken.fault->detail.find("connection ended") != std::string::npos);
  REQUIRE(slow.fault);
  CHECK(slow.fault->detail.find("no answer in time") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - start >= 2000ms);
}

TEST_CASE("dns_transport: FORMERR is asked again without EDNS, and the next query has EDNS again",
          "[net][dns_transport]") {
  Setup setup(before_edns);
  CHECK(reason_of(setup.query("one.example")) == std::nullopt);
  REQUIRE(setup.server.asked().size() == 2);
  CHECK(setup.server.asked()[0].edns_size == 1232);
  CHECK(setup.server.asked()[1].edns_size == std::nullopt);
  setup.server.script([](const Asked& asked) -> std::vector<Octets> { return {padded(asked, 1200)}; });
  CHECK(reason_of(setup.query("two.example")) == std::nullopt);
  REQUIRE(setup.server.asked().size() == 3);
  CHECK(setup.server.asked()[2].edns_size == 1232);
}

TEST_CASE("dns_transport: queries that meet FORMERR together are all asked again without EDNS",
          "[net][dns_transport]") {
  Setup setup(before_edns);
  const auto together = [&]() -> asio::awaitable<std::vector<DnsAnswer>> {
    auto [one, two, three] =
        co_await (setup.ask("one.example") && setup.ask("two.example") && setup.ask("three.example"));
    co_return std::vector{one, two, three};
  };
  for (const auto& answer : run(setup.context, together())) CHECK(reason_of(answer) == std::nullopt);
}

TEST_CASE("dns_transport: FORMERR also without EDNS is a refusal", "[net][dns_transport]") {
  Setup setup([](const Asked& asked) -> std::vector<Octets> { return {asked.reply().rcode(kFormErr).octets()}; });
  const auto answer = setup.query("example.com");
  REQUIRE(reason_of(answer) == Reason::DnsRefused);
  CHECK(answer.fault->detail.find("FORMERR") != std::string::npos);
  CHECK(setup.server.asked().size() <= 3);
}

TEST_CASE("dns_transport: ids are unpredictable: spread over all values, not in sequence", "[net][dns_transport]") {
  Setup setup(txt_answer);
  constexpr std::size_t kQueries = 400;
  for (std::size_t i = 0; i < kQueries; ++i) setup.query("example.com");
  std::set<std::uint16_t> ids;
  std::size_t neighbours = 0;
  std::size_t upper_half = 0;
  const auto& asked = setup.server.asked();
  REQUIRE(asked.size() == kQueries);
  for (std::size_t i = 0; i < kQueries; ++i) {
    ids.insert(asked[i].id);
    upper_half += asked[i].id >= 0x8000 ? 1 : 0;
    if (i > 0 && std::abs(asked[i].id - asked[i - 1].id) <= 16) ++neighbours;
  }
  // Expected of 400 random ids: 1.2 pairs alike, 0.2 neighbours; the limits fail by chance less than once in 10^9 runs.
  CHECK(ids.size() >= kQueries - 20);
  CHECK(neighbours <= 10);
  CHECK(upper_half > 130);
  CHECK(upper_half < 270);
}

TEST_CASE("dns_transport: the source port changes between queries and under load", "[net][dns_transport]") {
  Setup setup(txt_answer);
  for (int i = 0; i < 8; ++i) setup.query("example.com");
  std::set<std::uint16_t> ports;
  for (const auto& asked : setup.server.asked()) ports.insert(asked.source_port);
  CHECK(ports.size() >= 6);

  // One query always waits, so that the channel is never idle.
  std::set<std::uint16_t> busy_ports;
  setup.server.script([&](const Asked& asked) -> std::vector<Octets> {
    if (asked.name == "slow.example") return {};
    busy_ports.insert(asked.source_port);
    return txt_answer(asked);
  });
  const auto many = [&]() -> asio::awaitable<int> {
    for (std::size_t i = 0; i < kQueriesPerChannel + 10; ++i) co_await setup.ask("example.com");
    co_return 0;
  };
  const auto loaded = [&]() -> asio::awaitable<int> {
    co_await (setup.ask("slow.example") || many());
    co_return 0;
  };
  run(setup.context, loaded());
  CHECK(busy_ports.size() >= 2);
}

TEST_CASE("dns_transport: packets with another id or question are ignored, the right one counts",
          "[net][dns_transport]") {
  Setup setup([](const Asked& asked) -> std::vector<Octets> {
    const auto spoof = [&](std::uint16_t id, std::string_view name, std::uint16_t type) {
      return ReplyBuilder(id, name, type).txt(name, 5, {"spoofed"}).octets();
    };
    return {{},
            {0, 1, 2},
            spoof(static_cast<std::uint16_t>(asked.id + 1), asked.name, asked.type),
            spoof(asked.id, "other.example", asked.type),
            spoof(asked.id, asked.name, kTypeMx),
            asked.reply().without_question().txt(asked.name, 5, {"spoofed"}).octets(),
            asked.reply().txt(asked.name, 5, {"right"}).octets()};
  });
  CHECK(setup.query("example.com").txt == std::vector<std::string>{"right"});
}

TEST_CASE("dns_transport: garbage alone is a timeout", "[net][dns_transport]") {
  Setup setup([](const Asked& asked) -> std::vector<Octets> {
    return {{1, 2, 3}, ReplyBuilder(asked.id, "other.example", asked.type).octets()};
  });
  setup.client = make_dns_client(setup.context.get_executor(), {{setup.server.endpoint()}, 150ms, 1}, setup.telemetry);
  CHECK(reason_of(setup.query("example.com")) == Reason::DnsTimeout);
}

TEST_CASE("dns_transport: many queries at once each get their own answer", "[net][dns_transport]") {
  Setup setup([](const Asked& asked) -> std::vector<Octets> {
    return {asked.reply().txt(asked.name, 5, {"for " + asked.name}).octets()};
  });
  constexpr int kAtOnce = 150;  // more would overflow the receive buffer of the fake server's socket
  constexpr int kEach = 4;
  int right = 0;
  const auto some = [&](int index) -> asio::awaitable<void> {
    for (int i = 0; i < kEach; ++i) {
      const auto name = "n" + std::to_string(index) + "." + std::to_string(i) + ".example";
      const auto answer = co_await setup.ask(name);
      if (answer.txt == std::vector<std::string>{"for " + name}) ++right;
    }
  };
  int done = 0;
  for (int index = 0; index < kAtOnce; ++index) {
    asio::co_spawn(setup.context, some(index), [&](std::exception_ptr) {
      if (++done == kAtOnce) setup.context.stop();
    });
  }
  setup.context.run_for(kLong);
  CHECK(right == kAtOnce * kEach);
}

}  // namespace mta_sts::net
