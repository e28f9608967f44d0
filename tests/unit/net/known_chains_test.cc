#include "exporter/net/known_chains.h"

#include <catch2/catch.hpp>
#include <openssl/x509.h>

#include "exporter/net/trust.h"
#include "test_pki.h"

namespace mta_sts::net {

using test::kDay;
using test::kNow;
using test::Served;
using test::TestPki;

namespace {

const std::string kHost = "mx.example.org";

Shared<formats::ChainFacts> judge(const Trust& trust, const Served& served, const std::string& host, WallTime now) {
  const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> sent(
      sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
  for (const auto& certificate : served.chain) sk_X509_push(sent.get(), certificate.get());
  return trust.judge(*sent, host, now);
}

}  // namespace

TEST_CASE("known chains: one that was accepted is not verified again while somebody keeps its facts",
          "[net][known_chains]") {
  const TestPki pki;
  const auto served = pki.good(kHost);
  const auto first = judge(*pki.trust(), served, kHost, kNow);
  CHECK(judge(*pki.trust(), served, kHost, kNow + std::chrono::hours(1)).get() == first.get());
}

TEST_CASE("known chains: another name, another store and another chain are judged anew", "[net][known_chains]") {
  const TestPki pki;
  const auto served = pki.good(kHost);
  const auto first = judge(*pki.trust(), served, kHost, kNow);
  REQUIRE(first->faults.empty());
  const auto other_name = judge(*pki.trust(), served, "other.example.org", kNow);
  REQUIRE(other_name->faults.size() == 1);
  CHECK(other_name->faults[0].reason == Reason::CertNameMismatch);
  CHECK(judge(*test::trust_in({pki.unknown_root()}), served, kHost, kNow)->faults[0].reason == Reason::CertUntrusted);
  auto without_issuer = served;
  without_issuer.chain.resize(1);
  CHECK(judge(*pki.trust(), without_issuer, kHost, kNow)->faults[0].reason == Reason::CertUntrusted);
}

TEST_CASE("known chains: what was accepted counts within the dates of the chain only", "[net][known_chains]") {
  const TestPki pki;
  const auto served = pki.good(kHost);
  const auto first = judge(*pki.trust(), served, kHost, kNow);
  CHECK(judge(*pki.trust(), served, kHost, kNow + 61 * kDay)->faults[0].reason == Reason::CertExpired);
  CHECK(judge(*pki.trust(), served, kHost, kNow - 31 * kDay)->faults[0].reason == Reason::CertNotYetValid);
  CHECK(first->faults.empty());
}

TEST_CASE("known chains: after a day it is verified again", "[net][known_chains]") {
  const TestPki pki;
  const auto served = pki.good(kHost);
  const auto first = judge(*pki.trust(), served, kHost, kNow);
  const auto later = judge(*pki.trust(), served, kHost, kNow + Trust::kKnownFor);
  CHECK(later.get() != first.get());
  CHECK(later == first);
}

TEST_CASE("known chains: a chain with a fault is not remembered", "[net][known_chains]") {
  const TestPki pki;
  const auto served = pki.wrong_name();
  const auto first = judge(*pki.trust(), served, kHost, kNow);
  REQUIRE(first->faults[0].reason == Reason::CertNameMismatch);
  CHECK(judge(*pki.trust(), served, kHost, kNow).get() != first.get());
}

TEST_CASE("known chains: the facts of a certificate are held once, whatever chain it is in", "[net][known_chains]") {
  const TestPki pki;
  const auto one = judge(*pki.trust(), pki.good("a.example.org"), "a.example.org", kNow);
  const auto other = judge(*pki.trust(), pki.good("b.example.org"), "b.example.org", kNow);
  REQUIRE(one->sent.size() == 2);
  CHECK(one->sent[0].get() != other->sent[0].get());
  CHECK(one->sent[1].get() == other->sent[1].get());
}

}  // namespace mta_sts::net
