// Of the shared resolver: places, deadlines, its end.
#include "tests/unit/net/shared_resolver_setup.h"

namespace mta_sts::net::sharing {

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

}  // namespace mta_sts::net::sharing
