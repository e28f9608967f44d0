#include "exporter/net/trust.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <openssl/x509.h>

#include "test_pki.h"

namespace mta_sts::net {

using namespace std::chrono_literals;
using test::ca_spec;
using test::CertificateSpec;
using test::Identity;
using test::issued_by;
using test::kDay;
using test::kNow;
using test::serve;
using test::Served;
using test::TestPki;
using test::trust_in;

namespace {

const std::string kHost = "mx.example.org";

formats::ChainFacts judge(const Trust& trust, const Served& served, const std::string& host = kHost,
                          WallTime now = kNow) {
  const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> sent(
      sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
  for (const auto& certificate : served.chain) sk_X509_push(sent.get(), certificate.get());
  return *trust.judge(*sent, host, now);
}

std::vector<std::string> reasons(const formats::ChainFacts& facts) {
  std::vector<std::string> names;
  for (const auto& fault : facts.faults) names.emplace_back(to_text(fault.reason));
  return names;
}

std::string detail(const formats::ChainFacts& facts, Reason reason) {
  for (const auto& fault : facts.faults) {
    if (fault.reason == reason) return fault.detail;
  }
  return "no such fault";
}

CertificateSpec leaf_for(const std::string& host) {
  CertificateSpec spec;
  spec.common_name = host;
  spec.dns_names = {host};
  return spec;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("trust: a missing bundle is an error that names the file", "[net][trust]") {
  const auto trust = Trust::load("/nonexistent/ca.pem");
  REQUIRE_FALSE(trust);
  CHECK(trust.error().message.find("/nonexistent/ca.pem") != std::string::npos);
}

TEST_CASE("trust: a bundle without a certificate or with a damaged one is an error that names the file",
          "[net][trust]") {
  const TestPki pki;
  auto damaged = test::to_pem(*pki.root().certificate) + test::to_pem(*pki.unknown_root().certificate);
  damaged.replace(damaged.size() - 60, 4, "!!!!");
  const auto good = test::to_pem(*pki.root().certificate);
  for (const auto& content :
       {std::string(), std::string("no PEM at all\n"), damaged, good.substr(0, good.size() / 2)}) {
    const test::TemporaryFile file(content);
    const auto trust = Trust::load(file.path());
    CAPTURE(content);
    REQUIRE_FALSE(trust);
    CHECK(trust.error().message.find(file.path()) != std::string::npos);
  }
}

TEST_CASE("trust: a bundle may hold comments and the same root twice", "[net][trust]") {
  const TestPki pki;
  const auto pem = test::to_pem(*pki.root().certificate);
  const test::TemporaryFile file("# our roots\n" + pem + "\n# again\n" + pem);
  const auto trust = Trust::load(file.path());
  REQUIRE(trust);
  CHECK(reasons(judge(**trust, pki.good(kHost))).empty());
}

TEST_CASE("trust: each kind of bad certificate has its own reason (RFC 8461 3.3, 4.2)", "[net][trust]") {
  const TestPki pki;
  struct Row {
    const char* what;
    Served served;
    Names expected;
    bool has_chain;
  };
  const Row rows[] = {
      {"good", pki.good(kHost), {}, true},
      {"expired", pki.expired(kHost), {"cert_expired"}, true},
      {"not yet valid", pki.not_yet_valid(kHost), {"cert_not_yet_valid"}, true},
      {"self-signed", pki.self_signed(kHost), {"cert_self_signed"}, false},
      {"unknown CA, sent along", pki.unknown_ca(kHost), {"cert_untrusted"}, false},
      {"unknown CA, not sent", pki.unknown_ca_unsent(kHost), {"cert_untrusted"}, false},
      {"missing intermediate", pki.missing_intermediate(kHost), {"cert_untrusted"}, false},
      {"expired intermediate", pki.expired_intermediate(kHost), {"cert_chain_expired"}, true},
      {"weak key", pki.weak_key(kHost), {"cert_weak"}, true},
      {"weak digest", pki.weak_digest(kHost), {"cert_weak"}, true},
      {"client only", pki.client_only(kHost), {"cert_purpose"}, true},
      {"wrong name", pki.wrong_name(), {"cert_name_mismatch"}, true},
      {"wildcard", pki.wildcard("example.org"), {}, true},
      {"CN only", pki.cn_only(kHost), {"cert_name_mismatch"}, true},
  };
  for (const auto& row : rows) {
    const auto facts = judge(*pki.trust(), row.served);
    INFO(row.what);
    CHECK(reasons(facts) == row.expected);
    CHECK(facts.chain_not_after.has_value() == row.has_chain);
    CHECK(facts.sent.size() == row.served.chain.size());
  }
}

TEST_CASE("trust: every fault of a certificate is found, in the documented order", "[net][trust]") {
  const TestPki pki;
  auto spec = leaf_for("other.example");
  spec.not_after = kNow - kDay;
  spec.key = test::KeyKind::Rsa1024;
  spec.extended_key_usage = "clientAuth";

  const auto with_root = judge(*pki.trust(), serve(issued_by(pki.intermediate(), spec), {pki.intermediate()}));
  CHECK(reasons(with_root) == Names{"cert_expired", "cert_weak", "cert_purpose", "cert_name_mismatch"});
  CHECK(with_root.chain_not_after == spec.not_after);

  const Names without = {"cert_expired", "cert_untrusted", "cert_weak", "cert_purpose", "cert_name_mismatch"};
  CHECK(reasons(judge(*pki.trust(), serve(issued_by(pki.intermediate(), spec)))) == without);
  const auto unknown = serve(issued_by(pki.unknown_root(), spec), {pki.unknown_root()});
  CHECK(reasons(judge(*pki.trust(), unknown)) == without);

  const Names alone = {"cert_expired", "cert_self_signed", "cert_weak", "cert_purpose", "cert_name_mismatch"};
  CHECK(reasons(judge(*pki.trust(), serve(test::self_signed(spec)))) == alone);
}

TEST_CASE("trust: the detail names certificates and dates", "[net][trust]") {
  const TestPki pki;
  CHECK(detail(judge(*pki.trust(), pki.expired(kHost)), Reason::CertExpired) ==
        "certificate has expired: CN=mx.example.org ended 2025-06-14 15:06:40 UTC");
  CHECK(detail(judge(*pki.trust(), pki.not_yet_valid(kHost)), Reason::CertNotYetValid) ==
        "certificate is not yet valid: CN=mx.example.org begins 2025-06-16 15:06:40 UTC");
  CHECK(detail(judge(*pki.trust(), pki.expired_intermediate(kHost)), Reason::CertChainExpired) ==
        "certificate has expired: CN=Expired Intermediate ended 2025-06-14 15:06:40 UTC");
  CHECK(detail(judge(*pki.trust(), pki.missing_intermediate(kHost)), Reason::CertUntrusted) ==
        "unable to get local issuer certificate: CN=mx.example.org, issued by CN=Test Intermediate");
  CHECK(detail(judge(*pki.trust(), pki.wrong_name()), Reason::CertNameMismatch) ==
        "mx.example.org is none of other.example");
  CHECK(detail(judge(*pki.trust(), pki.cn_only(kHost)), Reason::CertNameMismatch) ==
        "mx.example.org: the certificate has no DNS name");
}

TEST_CASE("trust: a wildcard is one whole label, the leftmost (RFC 8461 4.1, RFC 6125)", "[net][trust]") {
  const TestPki pki;
  struct Row {
    const char* san;
    const char* host;
    bool matches;
  };
  const Row rows[] = {
      {"*.example.org", "mx.example.org", true},
      {"*.example.org", "example.org", false},
      {"*.example.org", "a.mx.example.org", false},
      {"m*.example.org", "mx.example.org", false},
      {"*x.example.org", "mx.example.org", false},
      {"mx.*.org", "mx.example.org", false},
      {"MX.Example.ORG", "mx.example.org", true},
      {"xn--*.example.org", "xn--mx.example.org", false},
      {"mx.example.org.", "mx.example.org", false},
      {"example.org", "mx.example.org", false},
      {"mx.example.org", "", false},
      {"mx.example.org", ".example.org", false},
      {"*.example.org", "xn--mx-4ja.example.org", true},
  };
  for (const auto& row : rows) {
    const auto served = serve(issued_by(pki.intermediate(), leaf_for(row.san)), {pki.intermediate()});
    CAPTURE(row.san, row.host);
    CHECK(reasons(judge(*pki.trust(), served, row.host)).empty() == row.matches);
  }
}

TEST_CASE("trust: any of several names will do, and the common name beside them counts for nothing", "[net][trust]") {
  const TestPki pki;
  auto spec = leaf_for(kHost);
  spec.dns_names = {"a.example", "b.example", "c.example", "d.example", "e.example", kHost};
  const auto served = serve(issued_by(pki.intermediate(), spec), {pki.intermediate()});
  CHECK(reasons(judge(*pki.trust(), served)).empty());
  spec.dns_names.pop_back();
  spec.dns_names.push_back("f.example");
  const auto other = serve(issued_by(pki.intermediate(), spec), {pki.intermediate()});
  CHECK(detail(judge(*pki.trust(), other), Reason::CertNameMismatch) ==
        "mx.example.org is none of a.example, b.example, c.example, d.example, e.example, ...");
}

TEST_CASE("trust: the earliest end of the chain is found, past ones included", "[net][trust]") {
  auto root_spec = ca_spec("Root");
  const auto root = test::self_signed(root_spec);
  auto spec = ca_spec("Short Intermediate");
  spec.not_after = kNow + 10 * kDay;
  const auto intermediate = issued_by(root, spec);
  const auto trust = trust_in({root});
  const auto served = serve(issued_by(intermediate, leaf_for(kHost)), {intermediate});

  const auto before = judge(*trust, served);
  CHECK(reasons(before).empty());
  CHECK(before.chain_not_after == kNow + 10 * kDay);

  const auto after = judge(*trust, served, kHost, kNow + 11 * kDay);
  CHECK(reasons(after) == Names{"cert_chain_expired"});
  CHECK(after.chain_not_after == kNow + 10 * kDay);

  const auto much_later = judge(*trust, served, kHost, kNow + 20 * 3650 * kDay);
  CHECK(reasons(much_later) == Names{"cert_expired"});
  CHECK(much_later.chain_not_after == kNow + 10 * kDay);
}

TEST_CASE("trust: certificates sent beside the chain do not count for its end", "[net][trust]") {
  const TestPki pki;
  auto spec = leaf_for("unrelated.example");
  spec.not_after = kNow - 100 * kDay;
  spec.not_before = kNow - 200 * kDay;
  auto served = pki.good(kHost);
  served.chain.push_back(test::self_signed(spec).certificate);
  const auto facts = judge(*pki.trust(), served);
  CHECK(reasons(facts).empty());
  CHECK(facts.chain_not_after == kNow + 60 * kDay);
}

TEST_CASE("trust: an expired cross-signed root beside a good path is no fault", "[net][trust]") {
  auto old_spec = ca_spec("Old Root");
  old_spec.not_after = kNow - kDay;
  const auto old_root = test::self_signed(old_spec);
  const auto new_root = test::self_signed(ca_spec("New Root"));
  auto cross_spec = ca_spec("New Root");
  cross_spec.not_after = kNow - kDay;
  const auto cross = test::reissued_by(old_root, new_root, cross_spec);
  const auto intermediate = issued_by(new_root, ca_spec("Intermediate"));
  const auto served = serve(issued_by(intermediate, leaf_for(kHost)), {intermediate, cross, old_root});

  for (const auto& trust : {trust_in({new_root}), trust_in({old_root, new_root})}) {
    const auto facts = judge(*trust, served);
    CHECK(reasons(facts).empty());
    CHECK(facts.chain_not_after == kNow + 60 * kDay);
  }
  // Who trusts the old root alone has no way but through what is out of date.
  const auto facts = judge(*trust_in({old_root}), served);
  CHECK(reasons(facts) == Names{"cert_chain_expired"});
  CHECK(facts.chain_not_after == kNow - kDay);
}

TEST_CASE("trust: of two issuers with one key the one in date is taken, also where another fault stands beside",
          "[net][trust]") {
  const TestPki pki;
  auto spec = ca_spec("Renewed");
  spec.not_after = kNow - kDay;
  const auto old_ca = issued_by(pki.root(), spec);
  const auto new_ca = test::reissued_by(pki.root(), old_ca, ca_spec("Renewed"));
  const auto served = serve(issued_by(old_ca, leaf_for(kHost)), {old_ca, new_ca});
  for (const std::string& host : {kHost, std::string("other.example")}) {
    const auto facts = judge(*pki.trust(), served, host);
    CHECK(reasons(facts) == (host == kHost ? Names{} : Names{"cert_name_mismatch"}));
    CHECK(facts.chain_not_after == kNow + 60 * kDay);
  }
}

TEST_CASE("trust: where the issuer in date leads nowhere, the end is found through the one out of date",
          "[net][trust]") {
  const TestPki pki;
  auto spec = ca_spec("Twice");
  spec.not_after = kNow - kDay;
  const auto trusted_but_old = issued_by(pki.root(), spec);
  const auto in_date = test::reissued_by(pki.unknown_root(), trusted_but_old, ca_spec("Twice"));
  const auto served = serve(issued_by(trusted_but_old, leaf_for(kHost)), {trusted_but_old, in_date});
  const auto facts = judge(*pki.trust(), served);
  CHECK(reasons(facts) == Names{"cert_untrusted"});
  CHECK(facts.chain_not_after == kNow - kDay);
}

TEST_CASE("trust: a trust anchor out of date counts as the chain", "[net][trust]") {
  auto spec = ca_spec("Root");
  spec.not_after = kNow - kDay;
  const auto root = test::self_signed(spec);
  const auto facts = judge(*trust_in({root}), serve(issued_by(root, leaf_for(kHost))));
  CHECK(reasons(facts) == Names{"cert_chain_expired"});
  CHECK(facts.chain_not_after == kNow - kDay);
}

TEST_CASE("trust: an issuer not yet in date counts as the chain", "[net][trust]") {
  const TestPki pki;
  auto spec = ca_spec("Tomorrow");
  spec.not_before = kNow + kDay;
  const auto intermediate = issued_by(pki.root(), spec);
  const auto facts = judge(*pki.trust(), serve(issued_by(intermediate, leaf_for(kHost)), {intermediate}));
  CHECK(reasons(facts) == Names{"cert_chain_expired"});
}

TEST_CASE("trust: a self-signed leaf that is itself in the bundle is trusted", "[net][trust]") {
  const auto leaf = test::self_signed(leaf_for(kHost));
  CHECK(reasons(judge(*trust_in({leaf}), serve(leaf))).empty());
}

TEST_CASE("trust: a leaf that only shares its issuer's name is not self-signed", "[net][trust]") {
  const TestPki pki;
  const auto namesake = test::self_signed(ca_spec(kHost));
  for (const bool key_identifiers : {true, false}) {
    auto spec = leaf_for(kHost);
    spec.key_identifiers = key_identifiers;
    CHECK(reasons(judge(*pki.trust(), serve(issued_by(namesake, spec)))) == Names{"cert_untrusted"});
  }
}

TEST_CASE("trust: a forged signature is cert_invalid and no chain", "[net][trust]") {
  const TestPki pki;
  // The same name and key identifier as the intermediate, another key.
  const auto forger = issued_by(pki.root(), ca_spec("Test Intermediate"));
  auto leaf = issued_by(pki.intermediate(), leaf_for(kHost));
  X509_sign(leaf.certificate.get(), forger.key.get(), EVP_sha256());
  const auto facts = judge(*pki.trust(), serve(leaf, {pki.intermediate()}));
  CHECK(reasons(facts) == Names{"cert_invalid"});
  CHECK_FALSE(facts.chain_not_after);
}

TEST_CASE("trust: a leaf that signs another leaf is no CA: one fault", "[net][trust]") {
  const TestPki pki;
  auto spec = leaf_for("signer.example");
  spec.basic_constraints = "critical,CA:FALSE";
  const auto no_ca = issued_by(pki.intermediate(), spec);
  const auto facts = judge(*pki.trust(), serve(issued_by(no_ca, leaf_for(kHost)), {no_ca, pki.intermediate()}));
  CHECK(reasons(facts) == Names{"cert_invalid"});
  CHECK_FALSE(facts.chain_not_after);
}

TEST_CASE("trust: a CA's name constraints are kept (RFC 5280 4.2.1.10)", "[net][trust]") {
  const TestPki pki;
  auto spec = ca_spec("Constrained");
  spec.name_constraints = "critical,permitted;DNS:example.net";
  const auto constrained = issued_by(pki.root(), spec);
  const auto facts = judge(*pki.trust(), serve(issued_by(constrained, leaf_for(kHost)), {constrained}));
  CHECK(reasons(facts) == Names{"cert_invalid"});
  CHECK(facts.chain_not_after);
}

TEST_CASE("trust: a weak intermediate and one that is not for servers count as the leaf's", "[net][trust]") {
  const TestPki pki;
  auto weak = ca_spec("Weak CA");
  weak.key = test::KeyKind::Rsa1024;
  const auto weak_ca = issued_by(pki.root(), weak);
  CHECK(reasons(judge(*pki.trust(), serve(issued_by(weak_ca, leaf_for(kHost)), {weak_ca}))) == Names{"cert_weak"});
  auto client = ca_spec("Client CA");
  client.extended_key_usage = "clientAuth";
  const auto client_ca = issued_by(pki.root(), client);
  CHECK(reasons(judge(*pki.trust(), serve(issued_by(client_ca, leaf_for(kHost)), {client_ca}))) ==
        Names{"cert_purpose"});
}

TEST_CASE("trust: a hostile chain is bounded: at most kMaxChain certificates are kept and climbed", "[net][trust]") {
  const TestPki pki;
  std::vector<Identity> issuers;
  auto below = pki.root();
  for (int i = 0; i < 30; ++i) {
    below = issued_by(below, ca_spec("CA " + std::to_string(i)));
    issuers.insert(issuers.begin(), below);
  }
  const auto facts = judge(*pki.trust(), serve(issued_by(below, leaf_for(kHost)), issuers));
  CHECK(facts.sent.size() == formats::kMaxChain);
  CHECK_FALSE(facts.chain_not_after);
  CHECK(reasons(facts).front() == "cert_untrusted");
}

TEST_CASE("trust: no certificate at all is refused", "[net][trust]") {
  CHECK(reasons(judge(*TestPki().trust(), Served())) == Names{"cert_invalid"});
}

TEST_CASE("trust: several threads judge with one store", "[net][trust]") {
  const TestPki pki;
  const auto good = pki.good(kHost);
  const auto expired = pki.expired(kHost);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        if (!judge(*pki.trust(), good).faults.empty() || judge(*pki.trust(), expired).faults.size() != 1) ++wrong;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("trust: a slot gives what was set last", "[net][trust]") {
  const TestPki pki;
  TrustSlot slot(pki.trust());
  const auto other = trust_in({pki.unknown_root()});
  slot.set(other);
  CHECK(slot.get() == other);
}

}  // namespace mta_sts::net
