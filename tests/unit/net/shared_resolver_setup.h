#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
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

#include "exporter/net/shared_resolver.h"
#include "tests/unit/net/query_ending.h"

namespace mta_sts::net::sharing {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using telemetry::Sharing;

inline constexpr auto kLong = 20s;  ///< what is meant not to pass

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
struct Question : test::QueryEnding {
  bool broken = false;
  asio::cancellation_signal signal;

  std::optional<Reason> reason() const {
    return answer && answer->fault ? std::optional(answer->fault->reason) : std::nullopt;
  }
  void end(const std::exception_ptr& error, DnsAnswer given) {
    try {
      (*this)(error, std::move(given));
    } catch (const std::logic_error&) {
      broken = true;
    }
  }
};

inline DnsAnswer with_address(std::chrono::seconds ttl = 300s) {
  DnsAnswer answer;
  answer.ttl = ttl;
  answer.addresses = {boost::asio::ip::make_address("192.0.2.1")};
  return answer;
}

inline DnsAnswer with_fault(Reason reason, std::chrono::seconds negative_ttl = 0s) {
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
inline void let_pass(Deadline deadline) {
  while (!deadline.passed()) {
  }
}

using Names = std::vector<std::string>;

}  // namespace mta_sts::net::sharing
