#include "exporter/net/shared_resolver.h"

#include <deque>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <catch2/catch.hpp>

namespace mta_sts::net {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using telemetry::Sharing;

constexpr auto kLong = 20s;  ///< what is meant not to pass

class CountingTelemetry final : public telemetry::Telemetry {
 public:
  void dns_query(QueryType, telemetry::QueryResult) override {}
  void dns_query_sent() override { ++in_flight; }
  void dns_query_ended() override { --in_flight; }
  void dns_question_shared(Sharing how) override { ++(how == Sharing::Joined ? joined : reused); }
  void probe_started(telemetry::ProbeKind) override {}
  void probe_finished(telemetry::ProbeKind, telemetry::ProbeResult, std::chrono::nanoseconds) override {}
  void internal_error() override {}
  int in_flight = 0;
  int joined = 0;
  int reused = 0;
};

/// One query as the fake resolver got it; ends when the test says so.
struct Query {
  std::string name;
  QueryType type;
  Deadline deadline;
  std::weak_ptr<asio::steady_timer> alarm;
  std::optional<DnsAnswer> answer;
  bool broken = false;     ///< meets a bug
  bool cancelled = false;  ///< by who asked
};

/// What the fake resolver was asked; outlives it, as what the real one's queries share does.
struct Asked {
  std::deque<Query> queries;
  std::optional<DnsAnswer> at_once;  ///< the answer to all, without waiting
  bool closed = false;
};

class FakeResolver final : public Resolver {
 public:
  explicit FakeResolver(std::shared_ptr<Asked> asked) : asked_(std::move(asked)) {}
  ~FakeResolver() override {
    asked_->closed = true;
    for (auto& query : asked_->queries) {
      if (const auto alarm = query.alarm.lock()) alarm->cancel();
    }
  }
  asio::awaitable<DnsAnswer> query(std::string name, QueryType type, Deadline deadline) override {
    return run(asked_, std::move(name), type, deadline);
  }

 private:
  static asio::awaitable<DnsAnswer> run(std::shared_ptr<Asked> asked, std::string name, QueryType type,
                                        Deadline deadline) {
    auto& query = asked->queries.emplace_back(Query{std::move(name), type, deadline, {}, {}});
    if (asked->at_once) co_return *asked->at_once;
    const auto alarm = std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor, MonoTime::max());
    query.alarm = alarm;
    co_await alarm->async_wait(asio::as_tuple(asio::use_awaitable));
    const auto state = co_await asio::this_coro::cancellation_state;
    query.cancelled = state.cancelled() != asio::cancellation_type::none;
    if (query.broken) throw std::logic_error("a bug that the test made");
    if (query.cancelled || asked->closed) throw boost::system::system_error(asio::error::operation_aborted);
    co_return query.answer.value();
  }

  std::shared_ptr<Asked> asked_;
};

/// A question of the test and what became of it.
struct Question {
  bool ended = false;
  bool aborted = false;
  bool broken = false;
  std::optional<DnsAnswer> answer;
  asio::cancellation_signal signal;

  std::optional<Reason> reason() const {
    return answer && answer->fault ? std::optional(answer->fault->reason) : std::nullopt;
  }
  void end(const std::exception_ptr& error, DnsAnswer given) {
    ended = true;
    if (!error) {
      answer = std::move(given);
      return;
    }
    try {
      std::rethrow_exception(error);
    } catch (const boost::system::system_error& thrown) {
      aborted = thrown.code() == asio::error::operation_aborted;
    } catch (const std::logic_error&) {
      broken = true;
    }
  }
};

DnsAnswer with_address(std::chrono::seconds ttl = 300s) {
  DnsAnswer answer;
  answer.ttl = ttl;
  answer.addresses = {boost::asio::ip::make_address("192.0.2.1")};
  return answer;
}

DnsAnswer with_fault(Reason reason, std::chrono::seconds negative_ttl = 0s) {
  DnsAnswer answer;
  answer.fault = Fault{reason, "told so by the test"};
  answer.negative_ttl = negative_ttl;
  return answer;
}

class Setup {
 public:
  explicit Setup(SharingLimits limits = {}) {
    resolver =
        make_shared_resolver(context->get_executor(), std::make_unique<FakeResolver>(asked), limits, telemetry, clock);
  }

  Question& ask(const std::string& name, QueryType type = QueryType::A, std::chrono::nanoseconds within = kLong) {
    return ask(name, type, Deadline::after(within));
  }
  Question& ask(const std::string& name, QueryType type, Deadline deadline) {
    Question& question = questions.emplace_back();
    asio::co_spawn(
        *context, resolver->query(name, type, deadline),
        asio::bind_cancellation_slot(question.signal.slot(), [&](const std::exception_ptr& error, DnsAnswer answer) {
          question.end(error, std::move(answer));
        }));
    settle();
    return question;
  }
  void answer(std::size_t query, DnsAnswer answer) {
    asked->queries.at(query).answer = std::move(answer);
    asked->queries.at(query).alarm.lock()->cancel();
    settle();
  }
  void cancel(Question& question) {
    question.signal.emit(asio::cancellation_type::terminal);
    settle();
  }
  /// Until all waits, but for time.
  void settle() {
    context->restart();
    context->poll();
  }
  void run_until_ended(const Question& question) {
    context->restart();
    while (!question.ended) REQUIRE(context->run_one_for(kLong) == 1);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& query : asked->queries) names.push_back(query.name);
    return names;
  }

  CountingTelemetry telemetry;
  FakeClock clock{WallTime{}};
  std::shared_ptr<Asked> asked = std::make_shared<Asked>();
  std::deque<Question> questions;
  std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>();
  std::unique_ptr<Resolver> resolver;
};

/// Returns when the deadline has passed.
void let_pass(Deadline deadline) {
  while (!deadline.passed()) {
  }
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("shared_resolver: a question that is in flight is asked once, in whatever case it is spelled",
          "[net][shared_resolver]") {
  Setup setup;
  auto& first = setup.ask("MX.example", QueryType::Txt);
  auto& second = setup.ask("mx.EXAMPLE", QueryType::Txt);
  CHECK(setup.names() == Names{"MX.example"});
  CHECK(setup.telemetry.joined == 1);
  CHECK(setup.telemetry.in_flight == 1);
  DnsAnswer answer;
  answer.txt = {"x"};
  answer.authenticated = true;
  setup.answer(0, answer);
  for (const auto* question : {&first, &second}) {
    REQUIRE(question->answer);
    CHECK(question->answer->txt == answer.txt);
    CHECK(question->answer->authenticated);
  }
  CHECK(setup.telemetry.in_flight == 0);
  // What has been answered is not in flight any more.
  setup.ask("mx.example", QueryType::Txt);
  CHECK(setup.asked->queries.size() == 2);
}

TEST_CASE("shared_resolver: questions for another name or type are asked on their own", "[net][shared_resolver]") {
  Setup setup;
  setup.ask("a.example", QueryType::A);
  setup.ask("a.example", QueryType::Aaaa);
  setup.ask("b.example", QueryType::A);
  CHECK(setup.asked->queries.size() == 3);
  CHECK(setup.telemetry.joined == 0);
}

TEST_CASE("shared_resolver: cancelling one who waits, the first or a later one, ends nothing for the others",
          "[net][shared_resolver]") {
  const std::size_t cancelled = GENERATE(0, 1);
  Setup setup;
  setup.ask("a.example");
  setup.ask("a.example");
  setup.cancel(setup.questions[cancelled]);
  CHECK(setup.questions[cancelled].aborted);
  CHECK_FALSE(setup.questions[1 - cancelled].ended);
  CHECK_FALSE(setup.asked->queries[0].cancelled);
  setup.answer(0, with_address());
  REQUIRE(setup.questions[1 - cancelled].answer);
  CHECK(setup.questions[1 - cancelled].answer->addresses.size() == 1);
}

TEST_CASE("shared_resolver: a query that nobody waits for any more is cancelled, and the next question asked anew",
          "[net][shared_resolver]") {
  Setup setup;
  auto& first = setup.ask("a.example");
  auto& second = setup.ask("a.example");
  setup.cancel(first);
  setup.cancel(second);
  CHECK(setup.asked->queries[0].cancelled);
  CHECK(setup.telemetry.in_flight == 0);
  auto& third = setup.ask("a.example");
  REQUIRE(setup.asked->queries.size() == 2);
  setup.answer(1, with_address());
  CHECK(third.answer);
}

TEST_CASE("shared_resolver: who joins keeps its own deadline", "[net][shared_resolver]") {
  Setup setup;
  auto& patient = setup.ask("a.example");
  auto& hasty = setup.ask("a.example", QueryType::A, 5ms);
  setup.run_until_ended(hasty);
  CHECK(hasty.reason() == Reason::DnsTimeout);
  CHECK_FALSE(patient.ended);
  setup.answer(0, with_address());
  CHECK(patient.answer);
}

TEST_CASE("shared_resolver: the query has the time of the most patient who wait for its place",
          "[net][shared_resolver]") {
  Setup setup({.in_flight = 1});
  setup.ask("first.example");
  auto& hasty = setup.ask("a.example", QueryType::A, 5ms);
  auto& patient = setup.ask("a.example");
  setup.answer(0, with_address());
  REQUIRE(setup.asked->queries.size() == 2);
  CHECK(setup.asked->queries[1].deadline.remaining() > kLong / 2);
  setup.run_until_ended(hasty);
  CHECK(hasty.reason() == Reason::DnsTimeout);
  CHECK_FALSE(patient.ended);
}

TEST_CASE("shared_resolver: a timeout is the answer to those who waited from its beginning; others ask anew, once",
          "[net][shared_resolver]") {
  Setup setup;
  auto& first = setup.ask("a.example");
  auto& late = setup.ask("a.example");
  setup.answer(0, with_fault(Reason::DnsTimeout));
  CHECK(first.reason() == Reason::DnsTimeout);
  CHECK_FALSE(late.ended);
  REQUIRE(setup.asked->queries.size() == 2);
  setup.answer(1, with_fault(Reason::DnsTimeout));
  CHECK(late.reason() == Reason::DnsTimeout);
  CHECK(setup.asked->queries.size() == 2);
}

TEST_CASE("shared_resolver: what a server said is the answer to all who wait", "[net][shared_resolver]") {
  const auto reason = GENERATE(Reason::DnsNxdomain, Reason::DnsNodata, Reason::DnsBogus, Reason::DnsServfail,
                               Reason::DnsRefused, Reason::DnsMalformed);
  Setup setup;
  setup.ask("a.example");
  setup.ask("a.example");
  setup.answer(0, with_fault(reason));
  for (const auto& question : setup.questions) CHECK(question.reason() == reason);
  CHECK(setup.asked->queries.size() == 1);
}

TEST_CASE("shared_resolver: no more queries than the limit run at once, the others follow in their order",
          "[net][shared_resolver]") {
  Setup setup({.in_flight = 2});
  for (const char* name : {"a.example", "b.example", "c.example", "d.example", "e.example"}) setup.ask(name);
  CHECK(setup.names() == Names{"a.example", "b.example"});
  // Joining takes no place, in the row or in flight.
  auto& joined = setup.ask("c.example");
  setup.answer(1, with_address());
  CHECK(setup.names() == Names{"a.example", "b.example", "c.example"});
  CHECK(setup.telemetry.in_flight == 2);
  setup.answer(0, with_address());
  setup.answer(2, with_address());
  CHECK(joined.answer);
  CHECK(setup.names() == Names{"a.example", "b.example", "c.example", "d.example", "e.example"});
  setup.answer(3, with_address());
  setup.answer(4, with_address());
  for (const auto& question : setup.questions) CHECK(question.answer);
  CHECK(setup.telemetry.in_flight == 0);
}

TEST_CASE("shared_resolver: who is cancelled while it waits for a place is never asked", "[net][shared_resolver]") {
  Setup setup({.in_flight = 1});
  setup.ask("a.example");
  auto& second = setup.ask("b.example");
  auto& third = setup.ask("c.example");
  setup.cancel(second);
  CHECK(second.aborted);
  setup.answer(0, with_address());
  CHECK(setup.names() == Names{"a.example", "c.example"});
  setup.answer(1, with_address());
  CHECK(third.answer);
}

TEST_CASE("shared_resolver: a place is free again when a cancelled query has ended", "[net][shared_resolver]") {
  Setup setup({.in_flight = 1});
  auto& first = setup.ask("a.example");
  setup.ask("b.example");
  setup.cancel(first);
  CHECK(setup.names() == Names{"a.example", "b.example"});
  CHECK(setup.telemetry.in_flight == 1);
}

TEST_CASE("shared_resolver: a deadline begins with the place, and waiting for one is no timeout",
          "[net][shared_resolver]") {
  Setup setup({.in_flight = 1});
  setup.ask("a.example");
  const auto deadline = Deadline::after(10ms);
  auto& second = setup.ask("b.example", QueryType::A, deadline);
  const auto asked = std::chrono::steady_clock::now();
  let_pass(deadline);
  setup.settle();
  CHECK_FALSE(second.ended);
  const auto waited = std::chrono::steady_clock::now() - asked;
  setup.answer(0, with_address());
  REQUIRE(setup.asked->queries.size() == 2);
  CHECK(setup.asked->queries[1].deadline.at() >= deadline.at() + waited);
  CHECK_FALSE(second.ended);
}

TEST_CASE("shared_resolver: a deadline that has passed before is left to who is asked", "[net][shared_resolver]") {
  Setup setup;
  setup.asked->at_once = with_fault(Reason::DnsTimeout);
  CHECK(setup.ask("a.example", QueryType::A, 0ms).reason() == Reason::DnsTimeout);
  CHECK(setup.asked->queries.at(0).deadline.passed());
}

TEST_CASE("shared_resolver: addresses are given again within their TTL and not after", "[net][shared_resolver]") {
  Setup setup;
  setup.ask("a.example");
  setup.answer(0, with_address(30s));
  setup.clock.advance(30s - 1ns);
  auto& again = setup.ask("A.example");
  REQUIRE(again.answer);
  CHECK(again.answer->addresses.size() == 1);
  CHECK(setup.asked->queries.size() == 1);
  CHECK(setup.telemetry.reused == 1);
  CHECK(setup.telemetry.joined == 0);
  setup.clock.advance(1ns);
  CHECK_FALSE(setup.ask("a.example").ended);
  CHECK(setup.asked->queries.size() == 2);
}

TEST_CASE("shared_resolver: the age of an answer counts from when its query was sent", "[net][shared_resolver]") {
  Setup setup({.in_flight = 1});
  setup.ask("first.example");
  setup.ask("a.example");
  setup.clock.advance(100s);
  setup.answer(0, with_address());
  setup.clock.advance(10s);
  setup.answer(1, with_address(30s));
  setup.clock.advance(20s - 1ns);
  CHECK(setup.ask("a.example").ended);
  setup.clock.advance(1ns);
  CHECK_FALSE(setup.ask("a.example").ended);
}

TEST_CASE("shared_resolver: an answer over its greatest age is asked anew, and none is given again where that is 0",
          "[net][shared_resolver]") {
  Setup setup({.oldest_answer = 10s});
  setup.ask("a.example");
  setup.answer(0, with_address());
  setup.clock.advance(10s - 1ns);
  CHECK(setup.ask("a.example").ended);
  setup.clock.advance(1ns);
  CHECK_FALSE(setup.ask("a.example").ended);
  Setup off({.oldest_answer = 0ms});
  off.ask("a.example");
  off.answer(0, with_address());
  CHECK_FALSE(off.ask("a.example").ended);
}

TEST_CASE("shared_resolver: no data is given again for its negative TTL, failures and NXDOMAIN never",
          "[net][shared_resolver]") {
  const auto [reason, kept] = GENERATE(table<Reason, bool>({{Reason::DnsNodata, true},
                                                            {Reason::DnsNxdomain, false},
                                                            {Reason::DnsBogus, false},
                                                            {Reason::DnsServfail, false},
                                                            {Reason::DnsRefused, false},
                                                            {Reason::DnsTimeout, false},
                                                            {Reason::DnsMalformed, false}}));
  CAPTURE(static_cast<int>(reason));
  Setup setup;
  setup.ask("a.example", QueryType::Aaaa);
  setup.answer(0, with_fault(reason, 30s));
  auto& again = setup.ask("a.example", QueryType::Aaaa);
  CHECK(again.ended == kept);
  CHECK(setup.asked->queries.size() == (kept ? 1 : 2));
  if (kept) CHECK(again.reason() == reason);
}

TEST_CASE("shared_resolver: a bug in the query reaches all who wait, and nothing of it stays",
          "[net][shared_resolver]") {
  Setup setup;
  setup.ask("a.example");
  setup.ask("a.example");
  setup.asked->queries[0].broken = true;
  setup.answer(0, with_address());
  for (const auto& question : setup.questions) CHECK(question.broken);
  CHECK(setup.telemetry.in_flight == 0);
  CHECK_FALSE(setup.ask("a.example").ended);
}

TEST_CASE("shared_resolver: when it is destroyed all in flight and in the row end, and nothing is counted any more",
          "[net][shared_resolver]") {
  Setup setup({.in_flight = 2});
  for (const char* name : {"a.example", "a.example", "b.example", "c.example", "c.example"}) setup.ask(name);
  setup.cancel(setup.questions[2]);  // its query ends, the next is sent
  setup.ask("d.example");
  const auto joined = setup.telemetry.joined;
  setup.resolver.reset();
  CHECK(setup.telemetry.in_flight == 0);
  setup.settle();
  for (const auto& question : setup.questions) CHECK(question.aborted);
  CHECK(setup.telemetry.in_flight == 0);
  CHECK(setup.telemetry.joined == joined);
  CHECK(setup.context->stopped());
}

TEST_CASE("shared_resolver: it may be destroyed while a query that nobody waits for still ends",
          "[net][shared_resolver]") {
  Setup setup;
  auto& question = setup.ask("a.example");
  question.signal.emit(asio::cancellation_type::terminal);
  setup.resolver.reset();
  setup.settle();
  CHECK(question.aborted);
  CHECK(setup.telemetry.in_flight == 0);
  CHECK(setup.context->stopped());
}

TEST_CASE("shared_resolver: the io_context may go first, with queries in flight, in the row and being cancelled",
          "[net][shared_resolver]") {
  Setup setup({.in_flight = 2});
  for (const char* name : {"a.example", "a.example", "b.example", "c.example"}) setup.ask(name);
  setup.questions[2].signal.emit(asio::cancellation_type::terminal);
  setup.context.reset();
  for (const auto& question : setup.questions) CHECK_FALSE(question.ended);
  setup.resolver.reset();
  CHECK(setup.telemetry.in_flight == 0);
}

TEST_CASE("shared_resolver: a long row of questions that are answered at once is worked off without recursion",
          "[net][shared_resolver]") {
  Setup setup({.in_flight = 1});
  setup.ask("first.example");
  for (int i = 0; i < 20'000; ++i) setup.ask("h" + std::to_string(i) + ".example", QueryType::Txt);
  setup.asked->at_once = with_fault(Reason::DnsMalformed);
  setup.answer(0, with_address());
  for (const auto& question : setup.questions) REQUIRE(question.ended);
}

}  // namespace mta_sts::net
