#include "exporter/net/kept_answers.h"

#include <catch2/catch.hpp>

namespace mta_sts::net {
namespace {

using namespace std::chrono_literals;

const MonoTime kStart{1000s};

DnsAnswer with_address(std::chrono::seconds ttl) {
  DnsAnswer answer;
  answer.ttl = ttl;
  answer.addresses = {boost::asio::ip::make_address("192.0.2.1")};
  return answer;
}

DnsAnswer with_fault(Reason reason) {
  DnsAnswer answer;
  answer.fault = Fault{reason, "told so by the test"};
  answer.ttl = answer.negative_ttl = 300s;
  return answer;
}

DnsQuestion host(int number) { return {"host" + std::to_string(number) + ".example", QueryType::A}; }

}  // namespace

TEST_CASE("kept_answers: addresses are given within their TTL, which ages, and not after", "[net][kept_answers]") {
  KeptAnswers kept(10, 60s);
  kept.keep(host(1), with_address(30s), kStart, kStart + 2s);
  const auto early = kept.find(host(1), kStart + 10s);
  REQUIRE(early);
  CHECK(early->addresses.size() == 1);
  CHECK(early->ttl == 20s);
  CHECK(kept.find(host(1), kStart + 30s - 1ns));
  CHECK_FALSE(kept.find(host(1), kStart + 30s));
  CHECK_FALSE(kept.find({host(1).name, QueryType::Aaaa}, kStart + 10s));
}

TEST_CASE("kept_answers: a TTL counts from when the query was sent", "[net][kept_answers]") {
  KeptAnswers kept(10, 60s);
  kept.keep(host(1), with_address(5s), kStart, kStart + 5s);
  CHECK(kept.size() == 0);
}

TEST_CASE("kept_answers: no answer is given that is older than the oldest may be", "[net][kept_answers]") {
  KeptAnswers kept(10, 60s);
  kept.keep(host(1), with_address(86400s), kStart, kStart);
  CHECK(kept.find(host(1), kStart + 60s - 1ns));
  CHECK_FALSE(kept.find(host(1), kStart + 60s));
  KeptAnswers none(10, 0s);
  none.keep(host(1), with_address(86400s), kStart, kStart);
  CHECK(none.size() == 0);
}

TEST_CASE("kept_answers: the flags and the chain are kept with the answer", "[net][kept_answers]") {
  KeptAnswers kept(10, 60s);
  auto answer = with_address(30s);
  answer.authenticated = true;
  answer.cname_chain = {"elsewhere.example"};
  kept.keep(host(1), answer, kStart, kStart);
  const auto given = kept.find(host(1), kStart);
  REQUIRE(given);
  CHECK(given->authenticated);
  CHECK(given->cname_chain == answer.cname_chain);
}

TEST_CASE("kept_answers: no data is given as long as its answer says (RFC 2308 5)", "[net][kept_answers]") {
  KeptAnswers kept(10, 60s);
  auto nodata = with_fault(Reason::DnsNodata);
  nodata.ttl = 0s;
  nodata.negative_ttl = 20s;
  kept.keep(host(1), nodata, kStart, kStart);
  const auto given = kept.find(host(1), kStart + 5s);
  REQUIRE(given);
  CHECK(given->fault->reason == Reason::DnsNodata);
  CHECK(given->negative_ttl == 15s);
  CHECK_FALSE(kept.find(host(1), kStart + 20s));
  // An alias to a host that says nothing about how long.
  nodata.ttl = 300s;
  nodata.negative_ttl = 0s;
  kept.keep(host(2), nodata, kStart, kStart);
  CHECK_FALSE(kept.find(host(2), kStart));
}

TEST_CASE("kept_answers: failures and NXDOMAIN are not kept", "[net][kept_answers]") {
  const auto reason = GENERATE(Reason::DnsNxdomain, Reason::DnsBogus, Reason::DnsServfail, Reason::DnsRefused,
                               Reason::DnsTimeout, Reason::DnsMalformed);
  KeptAnswers kept(10, 60s);
  kept.keep(host(1), with_fault(reason), kStart, kStart);
  CHECK(kept.size() == 0);
}

TEST_CASE("kept_answers: texts, MX sets and the like are not kept", "[net][kept_answers]") {
  const auto type = GENERATE(QueryType::Txt, QueryType::Mx, QueryType::Cname, QueryType::Tlsa);
  KeptAnswers kept(10, 60s);
  DnsAnswer answer;
  answer.ttl = 300s;
  answer.txt = {"v=STSv1; id=1;"};
  kept.keep({"a.example", type}, answer, kStart, kStart);
  kept.keep({"b.example", type}, with_fault(Reason::DnsNodata), kStart, kStart);
  CHECK(kept.size() == 0);
}

TEST_CASE("kept_answers: what is over its end goes first, then what ends next", "[net][kept_answers]") {
  KeptAnswers kept(3, 60s);
  kept.keep(host(1), with_address(40s), kStart, kStart);
  kept.keep(host(2), with_address(10s), kStart, kStart);
  kept.keep(host(3), with_address(20s), kStart, kStart);
  // One has ended: nothing that is true has to go.
  kept.keep(host(4), with_address(30s), kStart + 10s, kStart + 10s);
  CHECK(kept.size() == 3);
  CHECK(kept.find(host(1), kStart + 11s));
  CHECK(kept.find(host(3), kStart + 11s));
  // None has: the one that ends next goes.
  kept.keep(host(5), with_address(5s), kStart + 11s, kStart + 11s);
  CHECK(kept.size() == 3);
  CHECK_FALSE(kept.find(host(3), kStart + 11s));
  CHECK(kept.find(host(1), kStart + 11s));
  CHECK(kept.find(host(4), kStart + 11s));
  CHECK(kept.find(host(5), kStart + 11s));
}

TEST_CASE("kept_answers: what is over its end takes no memory once another answer is kept", "[net][kept_answers]") {
  KeptAnswers kept(10, 60s);
  for (int i = 0; i < 5; ++i) kept.keep(host(i), with_address(10s), kStart, kStart);
  CHECK(kept.size() == 5);
  kept.keep(host(9), with_address(10s), kStart + 10s, kStart + 10s);
  CHECK(kept.size() == 1);
}

TEST_CASE("kept_answers: however many are kept, no more than the limit are there", "[net][kept_answers]") {
  KeptAnswers kept(100, 60s);
  for (int i = 0; i < 10'000; ++i) {
    const auto now = kStart + i * 1ms;
    kept.keep(host(i), with_address(std::chrono::seconds(1 + i % 90)), now, now);
    REQUIRE(kept.size() <= 100);
  }
  KeptAnswers none(0, 60s);
  none.keep(host(1), with_address(30s), kStart, kStart);
  CHECK(none.size() == 0);
}

TEST_CASE("kept_answers: an answer with more addresses than a host has is not kept", "[net][kept_answers]") {
  KeptAnswers kept(10, 60s);
  auto answer = with_address(30s);
  answer.addresses.resize(kMaxKeptAddresses);
  kept.keep(host(1), answer, kStart, kStart);
  CHECK(kept.size() == 1);
  answer.addresses.resize(kMaxKeptAddresses + 1);
  kept.keep(host(2), answer, kStart, kStart);
  CHECK(kept.size() == 1);
}

TEST_CASE("kept_answers: a newer answer takes the place of the one before", "[net][kept_answers]") {
  KeptAnswers kept(2, 60s);
  kept.keep(host(1), with_address(50s), kStart, kStart);
  auto newer = with_address(20s);
  newer.authenticated = true;
  kept.keep(host(1), newer, kStart, kStart);
  CHECK(kept.size() == 1);
  const auto given = kept.find(host(1), kStart + 19s);
  REQUIRE(given);
  CHECK(given->authenticated);
  CHECK_FALSE(kept.find(host(1), kStart + 20s));
}

}  // namespace mta_sts::net
