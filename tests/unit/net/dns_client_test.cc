#include "exporter/net/dns_client.h"

#include <map>
#include <utility>

#include <catch2/catch.hpp>

#include "exporter/formats/domain_name.h"
#include "tests/unit/net/dns_fake_server.h"

namespace mta_sts::net {
namespace {

using namespace std::chrono_literals;
using telemetry::QueryResult;

/// Counts what the client counts.
class CountingTelemetry final : public telemetry::Telemetry {
 public:
  void dns_query(QueryType type, QueryResult result) override { ++counts[{type, result}]; }
  void dns_query_sent() override {}
  void dns_query_ended() override {}
  void dns_question_shared(telemetry::Sharing) override {}
  void probe_started(telemetry::ProbeKind) override {}
  void probe_finished(telemetry::ProbeKind, telemetry::ProbeResult, std::chrono::nanoseconds) override {}
  void internal_error() override {}

  std::map<std::pair<QueryType, QueryResult>, int> counts;
};

constexpr auto kShort = 150ms;  ///< a try that is meant to time out
constexpr auto kLong = 20s;     ///< what is meant not to pass

std::vector<Octets> txt_answer(const Asked& asked) {
  return {asked.reply().txt(asked.name, 300, {"v=STSv1; ", "id=1;"}).octets()};
}

FakeDnsServer::Script with_rcode(unsigned rcode) {
  return [rcode](const Asked& asked) -> std::vector<Octets> { return {asked.reply().rcode(rcode).opt().octets()}; };
}

std::vector<Octets> silence(const Asked&) { return {}; }

std::vector<Octets> unreadable(const Asked& asked) {
  return {asked.reply().answer(asked.name, kTypeTxt, 5, {200, 'x'}).octets()};
}

/// A validator without EDE: SERVFAIL, unless it is asked not to check.
FakeDnsServer::Script bogus_unless_unchecked(unsigned unchecked_rcode) {
  return [unchecked_rcode](const Asked& asked) -> std::vector<Octets> {
    return {asked.reply().rcode(asked.checking_disabled ? unchecked_rcode : kServFail).octets()};
  };
}

/// Servers on loopback addresses of their own and a client that asks them.
class Setup {
 public:
  explicit Setup(std::vector<FakeDnsServer::Script> scripts) {
    for (auto& script : scripts) {
      const auto address = "127.0.53." + std::to_string(servers.size() + 1);
      servers.push_back(std::make_unique<FakeDnsServer>(context, address, std::move(script)));
      options.servers.push_back(servers.back()->endpoint());
    }
    options.timeout = kLong;
  }

  DnsAnswer query(std::string name, QueryType type = QueryType::Txt, std::chrono::milliseconds within = kLong) {
    if (!client) client = make_dns_client(context.get_executor(), options, telemetry);
    return run(context, client->query(std::move(name), type, Deadline::after(within)));
  }

  boost::asio::io_context context;
  CountingTelemetry telemetry;
  std::vector<std::unique_ptr<FakeDnsServer>> servers;
  DnsOptions options;
  std::unique_ptr<Resolver> client;
};

std::optional<Reason> reason_of(const DnsAnswer& answer) {
  return answer.fault ? std::optional(answer.fault->reason) : std::nullopt;
}

}  // namespace

TEST_CASE("dns_client: a query is recursive, asks for AD, offers 1232 octets and gives the records",
          "[net][dns_client]") {
  Setup setup({txt_answer});
  const auto answer = setup.query("_mta-sts.example.com");
  CHECK(reason_of(answer) == std::nullopt);
  CHECK(answer.txt == std::vector<std::string>{"v=STSv1; id=1;"});
  CHECK(answer.ttl == 300s);
  CHECK_FALSE(answer.authenticated);
  REQUIRE(setup.servers[0]->asked().size() == 1);
  const auto& asked = setup.servers[0]->asked()[0];
  CHECK(asked.name == "_mta-sts.example.com");
  CHECK(asked.type == kTypeTxt);
  CHECK(asked.recursion_desired);
  CHECK(asked.authenticated_desired);
  CHECK_FALSE(asked.checking_disabled);
  CHECK(asked.edns_size == 1232);
}

TEST_CASE("dns_client: the AD bit of the answer is read", "[net][dns_client]") {
  Setup setup({[](const Asked& asked) -> std::vector<Octets> {
    return {asked.reply().mx(asked.name, 5, 10, "mx.example.com").authenticated().octets()};
  }});
  const auto answer = setup.query("example.com", QueryType::Mx);
  CHECK(answer.authenticated);
  CHECK(answer.mx == std::vector<MxRecord>{{10, "mx.example.com"}});
}

TEST_CASE("dns_client: NXDOMAIN and no data end at once, other servers are not asked", "[net][dns_client]") {
  const auto [rcode, reason] =
      GENERATE(table<unsigned, Reason>({{kNxDomain, Reason::DnsNxdomain}, {kNoError, Reason::DnsNodata}}));
  Setup setup({with_rcode(rcode), txt_answer});
  CHECK(reason_of(setup.query("example.com")) == reason);
  CHECK(setup.servers[0]->asked().size() == 1);
  CHECK(setup.servers[1]->asked().empty());
}

TEST_CASE("dns_client: SERVFAIL, REFUSED and NOTIMP are told apart and lead to the next server", "[net][dns_client]") {
  const auto [rcode, reason] = GENERATE(table<unsigned, Reason>(
      {{kServFail, Reason::DnsServfail}, {kRefused, Reason::DnsRefused}, {kNotImp, Reason::DnsRefused}}));
  Setup failing({with_rcode(rcode)});
  CHECK(reason_of(failing.query("example.com")) == reason);
  Setup rescued({with_rcode(rcode), txt_answer});
  const auto answer = rescued.query("example.com");
  CHECK(reason_of(answer) == std::nullopt);
  CHECK(answer.txt.size() == 1);
}

TEST_CASE("dns_client: a reply that cannot be read is asked again, then malformed", "[net][dns_client]") {
  Setup failing({unreadable});
  CHECK(reason_of(failing.query("example.com")) == Reason::DnsMalformed);
  CHECK(failing.servers[0]->asked().size() == 2);
  Setup rescued({unreadable, txt_answer});
  CHECK(reason_of(rescued.query("example.com")) == std::nullopt);
}

TEST_CASE("dns_client: each try is timed by itself, the servers are asked in turn", "[net][dns_client]") {
  Setup setup({silence, silence});
  setup.options.timeout = kShort;
  setup.options.tries = 3;
  const auto start = std::chrono::steady_clock::now();
  CHECK(reason_of(setup.query("example.com")) == Reason::DnsTimeout);
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(took >= 3 * kShort);
  CHECK(took < 3 * kShort + 2s);  // c-ares's own timeouts would double
  CHECK(setup.servers[0]->asked().size() == 2);
  CHECK(setup.servers[1]->asked().size() == 1);
}

TEST_CASE("dns_client: more servers than tries are all asked once", "[net][dns_client]") {
  Setup setup({with_rcode(kRefused), with_rcode(kRefused), txt_answer});
  setup.options.tries = 1;
  CHECK(reason_of(setup.query("example.com")) == std::nullopt);
}

TEST_CASE("dns_client: the deadline ends a query whatever the tries are", "[net][dns_client]") {
  Setup setup({silence});
  setup.options.tries = 1000;
  const auto start = std::chrono::steady_clock::now();
  CHECK(reason_of(setup.query("example.com", QueryType::Txt, kShort)) == Reason::DnsTimeout);
  CHECK(std::chrono::steady_clock::now() - start < 5s);
  CHECK(setup.servers[0]->asked().size() == 1);
  CHECK(reason_of(setup.query("example.com", QueryType::Txt, 0ms)) == Reason::DnsTimeout);
  CHECK(setup.servers[0]->asked().size() == 1);
}

TEST_CASE("dns_client: where nothing listens no time is lost and the next server is asked", "[net][dns_client]") {
  Setup setup({txt_answer});
  setup.options.servers.insert(setup.options.servers.begin(), closed_endpoint(setup.context));
  CHECK(reason_of(setup.query("example.com")) == std::nullopt);
  Setup alone({});
  alone.options.servers = {closed_endpoint(alone.context)};
  const auto start = std::chrono::steady_clock::now();
  CHECK(reason_of(alone.query("example.com")) == Reason::DnsTimeout);
  CHECK(std::chrono::steady_clock::now() - start < 5s);
}

TEST_CASE("dns_client: of tries that failed differently the most telling is reported", "[net][dns_client]") {
  struct Row {
    FakeDnsServer::Script first;
    FakeDnsServer::Script second;
    Reason reason;
  };
  const auto ede = [](const Asked& asked) -> std::vector<Octets> {
    return {asked.reply().rcode(kServFail).ede(9).octets()};
  };
  const std::vector<Row> rows{{silence, unreadable, Reason::DnsMalformed},
                              {with_rcode(kRefused), unreadable, Reason::DnsRefused},
                              {with_rcode(kServFail), with_rcode(kRefused), Reason::DnsServfail},
                              {ede, with_rcode(kServFail), Reason::DnsBogus},
                              {silence, ede, Reason::DnsBogus}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const bool swapped : {false, true}) {
      CAPTURE(i, swapped);
      Setup setup({swapped ? rows[i].second : rows[i].first, swapped ? rows[i].first : rows[i].second});
      setup.options.timeout = kShort;
      CHECK(reason_of(setup.query("example.com")) == rows[i].reason);
    }
  }
}

TEST_CASE("dns_client: SERVFAIL that an answer without validation replaces is bogus", "[net][dns_client]") {
  const auto unchecked = GENERATE(kNoError, kNxDomain);
  Setup setup({bogus_unless_unchecked(unchecked)});
  const auto answer = setup.query("example.com");
  REQUIRE(reason_of(answer) == Reason::DnsBogus);
  CHECK(answer.fault->detail.find("CD bit") != std::string::npos);
  const auto& asked = setup.servers[0]->asked();
  REQUIRE(asked.size() == 3);
  CHECK_FALSE(asked[1].checking_disabled);
  CHECK(asked[2].checking_disabled);
}

TEST_CASE("dns_client: SERVFAIL with and without validation stays SERVFAIL", "[net][dns_client]") {
  const auto unchecked = GENERATE(kServFail, kRefused);
  Setup setup({bogus_unless_unchecked(unchecked)});
  const auto answer = setup.query("example.com");
  REQUIRE(reason_of(answer) == Reason::DnsServfail);
  CHECK(answer.fault->detail.find("127.0.53.1:") == 0);
  CHECK(answer.fault->detail.find("SERVFAIL") != std::string::npos);
}

TEST_CASE("dns_client: an EDE that says bogus needs no question without validation", "[net][dns_client]") {
  Setup setup(
      {[](const Asked& asked) -> std::vector<Octets> { return {asked.reply().rcode(kServFail).ede(6).octets()}; }});
  CHECK(reason_of(setup.query("example.com")) == Reason::DnsBogus);
  for (const auto& asked : setup.servers[0]->asked()) CHECK_FALSE(asked.checking_disabled);
}

TEST_CASE("dns_client: a chain that loops is SERVFAIL after one question", "[net][dns_client]") {
  Setup setup({[](const Asked& asked) -> std::vector<Octets> {
    return {asked.reply().cname("a.example", 5, "b.example").cname("b.example", 5, "a.example").octets()};
  }});
  CHECK(reason_of(setup.query("a.example")) == Reason::DnsServfail);
  CHECK(setup.servers[0]->asked().size() == 1);
}

TEST_CASE("dns_client: a server that is silent while another answers is asked last afterwards", "[net][dns_client]") {
  Setup setup({silence, txt_answer});
  setup.options.timeout = kShort;
  CHECK(reason_of(setup.query("one.example")) == std::nullopt);
  CHECK(setup.servers[0]->asked().size() == 1);
  CHECK(reason_of(setup.query("two.example")) == std::nullopt);
  CHECK(setup.servers[0]->asked().size() == 1);
  // The other one goes silent too: the first is asked again, and what it answers ends its pause.
  setup.servers[0]->script(txt_answer);
  setup.servers[1]->script(silence);
  CHECK(reason_of(setup.query("three.example")) == std::nullopt);
  CHECK(setup.servers[0]->asked().size() == 2);
  CHECK(reason_of(setup.query("four.example")) == std::nullopt);
  CHECK(setup.servers[1]->asked().size() == 3);
}

TEST_CASE("dns_client: a name that no query can carry is malformed, or does not exist, without a packet",
          "[net][dns_client]") {
  Setup setup({txt_answer});
  CHECK(reason_of(setup.query(std::string(64, 'a') + ".example")) == Reason::DnsMalformed);
  CHECK(reason_of(setup.query("a..example")) == Reason::DnsMalformed);
  CHECK(reason_of(setup.query("x.onion")) == Reason::DnsNxdomain);
  std::string longest = "_mta-sts";
  while (longest.size() <= formats::kMaxDomain) longest += ".abc";
  CHECK(reason_of(setup.query(longest)) == Reason::DnsNxdomain);
  CHECK(setup.servers[0]->asked().empty());
}

TEST_CASE("dns_client: each query is counted once, however many tries it took", "[net][dns_client]") {
  Setup setup({with_rcode(kServFail)});
  setup.query("example.com", QueryType::Mx);
  setup.servers[0]->script(with_rcode(kRefused));
  setup.query("example.com", QueryType::A);
  setup.servers[0]->script(unreadable);
  setup.query("example.com", QueryType::Txt);
  setup.servers[0]->script(with_rcode(kNxDomain));
  setup.query("example.com", QueryType::Aaaa);
  setup.servers[0]->script(with_rcode(kNoError));
  setup.query("example.com", QueryType::Cname);
  setup.servers[0]->script(txt_answer);
  setup.query("example.com", QueryType::Txt);
  setup.servers[0]->script(bogus_unless_unchecked(kNoError));
  setup.query("example.com", QueryType::Tlsa);
  setup.servers[0]->script(silence);
  setup.query("example.com", QueryType::Txt, kShort);
  const std::map<std::pair<QueryType, QueryResult>, int> expected{
      {{QueryType::Mx, QueryResult::Servfail}, 1},   {{QueryType::A, QueryResult::Refused}, 1},
      {{QueryType::Txt, QueryResult::Malformed}, 1}, {{QueryType::Aaaa, QueryResult::Nxdomain}, 1},
      {{QueryType::Cname, QueryResult::Nodata}, 1},  {{QueryType::Txt, QueryResult::Ok}, 1},
      {{QueryType::Tlsa, QueryResult::Servfail}, 1}, {{QueryType::Txt, QueryResult::Timeout}, 1}};
  CHECK(setup.telemetry.counts == expected);
}

TEST_CASE("dns_client: a server on an IPv6 address is asked", "[net][dns_client]") {
  boost::asio::io_context context;
  std::optional<FakeDnsServer> server;
  try {
    server.emplace(context, "::1", txt_answer);
  } catch (const boost::system::system_error&) {
    WARN("no IPv6 loopback here");
    return;
  }
  telemetry::NullTelemetry telemetry;
  const auto client = make_dns_client(context.get_executor(), {{server->endpoint()}, kLong, 1}, telemetry);
  const auto answer = run(context, client->query("example.com", QueryType::Txt, Deadline::after(kLong)));
  CHECK(reason_of(answer) == std::nullopt);
  server->script(with_rcode(kRefused));
  const auto refused = run(context, client->query("example.com", QueryType::Txt, Deadline::after(kLong)));
  REQUIRE(refused.fault);
  CHECK(refused.fault->detail == "[::1]:" + std::to_string(server->endpoint().port()) + ": REFUSED");
}

TEST_CASE("dns_client: without a server there is no client", "[net][dns_client]") {
  boost::asio::io_context context;
  telemetry::NullTelemetry telemetry;
  CHECK_THROWS_AS(make_dns_client(context.get_executor(), {}, telemetry), std::invalid_argument);
}

}  // namespace mta_sts::net
