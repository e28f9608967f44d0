#include "tests/unit/net/shared_resolver_setup.h"

namespace mta_sts::net::sharing {

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

}  // namespace mta_sts::net::sharing
