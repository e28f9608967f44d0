#include "exporter/net/tls_observer.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "test_pki.h"

namespace mta_sts::net {

using test::kDay;
using test::kNow;
using test::Served;
using test::TestPki;

namespace {

const std::string kHost = "mx.example.org";

using Context = std::shared_ptr<SSL_CTX>;
Context client_context() {
  const Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  TlsObserver::prepare(context.get());
  return context;
}
Context server_context(const Served& served) {
  const Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  test::use(context.get(), served);
  return context;
}

/// A client and a server that speak through memory.
struct Pair {
  explicit Pair(const Context& client_side, const Context& server_side = {})
      : client(SSL_new(client_side.get()), SSL_free) {
    BIO* client_end = nullptr;
    BIO* server_end = nullptr;
    BIO_new_bio_pair(&client_end, 0, &server_end, 0);
    SSL_set_bio(client.get(), client_end, client_end);
    SSL_set_connect_state(client.get());
    if (!server_side) {
      raw.reset(server_end, BIO_free);
      return;
    }
    server.reset(SSL_new(server_side.get()), SSL_free);
    SSL_set_bio(server.get(), server_end, server_end);
    SSL_set_accept_state(server.get());
  }

  /// Until both are done or one has failed and the other has read why.
  void handshake() const {
    for (int round = 0; round < 20; ++round) {
      SSL_do_handshake(client.get());
      if (server) SSL_do_handshake(server.get());
    }
    ERR_clear_error();
  }
  /// What the client sent until now.
  std::string read_raw() const {
    std::string octets(16384, '\0');
    octets.resize(static_cast<std::size_t>(std::max(0, BIO_read(raw.get(), octets.data(), 16384))));
    return octets;
  }
  void write_raw(const std::string& octets) const {
    BIO_write(raw.get(), octets.data(), static_cast<int>(octets.size()));
  }

  std::shared_ptr<SSL> client;
  std::shared_ptr<SSL> server;
  std::shared_ptr<BIO> raw;
};

std::vector<std::string> reasons(const formats::TlsFacts& facts) {
  std::vector<std::string> names;
  if (!facts.chain) return {"no chain"};
  for (const auto& fault : facts.chain->faults) names.emplace_back(to_text(fault.reason));
  return names;
}

/// legacy_version 1.2, no session id, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, renegotiation_info
const std::string kServerHelloTls12 = std::string("\x16\x03\x03\x00\x31\x02\x00\x00\x2d\x03\x03", 11) +
                                      std::string(32, 'r') +
                                      std::string("\x00\xc0\x2b\x00\x00\x05\xff\x01\x00\x01\x00", 11);

}  // namespace

TEST_CASE("tls_observer: version, cipher and group carry their IANA names", "[net][tls_observer]") {
  const TestPki pki;
  const auto server = server_context(pki.good(kHost));
  struct Row {
    int version;
    const char* groups;
    const char* expected_version;
    const char* expected_cipher;
    const char* expected_group;
  };
  const Row rows[] = {
      {TLS1_3_VERSION, "X25519", "TLSv1.3", "TLS_AES_256_GCM_SHA384", "x25519"},
      {TLS1_3_VERSION, "P-256", "TLSv1.3", "TLS_AES_256_GCM_SHA384", "secp256r1"},
      {TLS1_3_VERSION, "ffdhe2048", "TLSv1.3", "TLS_AES_256_GCM_SHA384", "ffdhe2048"},
      {TLS1_2_VERSION, "P-384", "TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "secp384r1"},
  };
  for (const auto& row : rows) {
    SSL_CTX_set_max_proto_version(server.get(), row.version);
    SSL_CTX_set1_groups_list(server.get(), row.groups);
    TlsObserver observer;
    const Pair pair(client_context(), server);
    observer.attach(pair.client.get());
    pair.handshake();
    CAPTURE(row.groups);
    CHECK(observer.handshake_done());
    const auto facts = observer.facts(*pki.trust(), kHost, kNow);
    CHECK(facts.version == row.expected_version);
    CHECK(facts.cipher == row.expected_cipher);
    CHECK(facts.group == row.expected_group);
    CHECK(reasons(facts).empty());
  }
}

TEST_CASE("tls_observer: a handshake with any certificate is done, and its faults are facts", "[net][tls_observer]") {
  const TestPki pki;
  struct Row {
    Served served;
    const char* expected;
  };
  const Row rows[] = {
      {pki.expired(kHost), "cert_expired"},
      {pki.not_yet_valid(kHost), "cert_not_yet_valid"},
      {pki.self_signed(kHost), "cert_self_signed"},
      {pki.unknown_ca(kHost), "cert_untrusted"},
      {pki.missing_intermediate(kHost), "cert_untrusted"},
      {pki.expired_intermediate(kHost), "cert_chain_expired"},
      {pki.weak_key(kHost), "cert_weak"},
      {pki.weak_digest(kHost), "cert_weak"},
      {pki.client_only(kHost), "cert_purpose"},
      {pki.wrong_name(), "cert_name_mismatch"},
      {pki.cn_only(kHost), "cert_name_mismatch"},
  };
  for (const auto& row : rows) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      const auto server = server_context(row.served);
      SSL_CTX_set_max_proto_version(server.get(), version);
      TlsObserver observer;
      const Pair pair(client_context(), server);
      observer.attach(pair.client.get());
      pair.handshake();
      CAPTURE(row.expected, version);
      CHECK(observer.handshake_done());
      const auto facts = observer.facts(*pki.trust(), kHost, kNow);
      CHECK(reasons(facts) == std::vector<std::string>{row.expected});
      REQUIRE(facts.chain);
      CHECK(facts.chain->sent.size() == row.served.chain.size());
    }
  }
}

TEST_CASE("tls_observer: a server that insists on a digest as old as its certificate is still seen",
          "[net][tls_observer]") {
  const TestPki pki;
  const auto server = server_context(pki.weak_digest(kHost));
  SSL_CTX_set_max_proto_version(server.get(), TLS1_2_VERSION);
  REQUIRE(SSL_CTX_set1_sigalgs_list(server.get(), "ECDSA+SHA1") == 1);
  TlsObserver observer;
  const Pair pair(client_context(), server);
  observer.attach(pair.client.get());
  pair.handshake();
  CHECK(observer.handshake_done());
  CHECK(reasons(observer.facts(*pki.trust(), kHost, kNow)) == std::vector<std::string>{"cert_weak"});
}

TEST_CASE("tls_observer: facts outlive the connection", "[net][tls_observer]") {
  const TestPki pki;
  TlsObserver observer;
  {
    const Pair pair(client_context(), server_context(pki.good(kHost)));
    observer.attach(pair.client.get());
    pair.handshake();
  }
  const auto facts = observer.facts(*pki.trust(), kHost, kNow);
  CHECK(facts.version == "TLSv1.3");
  REQUIRE(facts.chain);
  CHECK(facts.chain->faults.empty());
}

TEST_CASE("tls_observer: a context for one connection is watched like the connection", "[net][tls_observer]") {
  const TestPki pki;
  TlsObserver observer;
  const auto client = client_context();
  observer.attach(client.get());
  const Pair pair(client, server_context(pki.expired(kHost)));
  CHECK_FALSE(observer.started());
  pair.handshake();
  CHECK(observer.handshake_done());
  CHECK(reasons(observer.facts(*pki.trust(), kHost, kNow)) == std::vector<std::string>{"cert_expired"});
}

TEST_CASE("tls_observer: connections of one context are told apart, one may be unobserved", "[net][tls_observer]") {
  const TestPki pki;
  const auto client = client_context();
  TlsObserver first;
  TlsObserver second;
  const Pair a(client, server_context(pki.good(kHost)));
  const Pair b(client, server_context(pki.expired(kHost)));
  const Pair unobserved(client, server_context(pki.good(kHost)));
  first.attach(a.client.get());
  second.attach(b.client.get());
  a.handshake();
  CHECK_FALSE(second.started());
  b.handshake();
  unobserved.handshake();
  CHECK(reasons(first.facts(*pki.trust(), kHost, kNow)).empty());
  CHECK(reasons(second.facts(*pki.trust(), kHost, kNow)) == std::vector<std::string>{"cert_expired"});
}

TEST_CASE("tls_observer: no session is resumed: every connection brings its certificate", "[net][tls_observer]") {
  const TestPki pki;
  const auto client = client_context();
  const auto server = server_context(pki.good(kHost));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SSL_CTX_set_max_proto_version(server.get(), version);
    for (int i = 0; i < 3; ++i) {
      TlsObserver observer;
      const Pair pair(client, server);
      observer.attach(pair.client.get());
      pair.handshake();
      char octet;
      SSL_read(pair.client.get(), &octet, 1);  // would take TLS 1.3 tickets
      CHECK(SSL_session_reused(pair.client.get()) == 0);
      CHECK(SSL_CTX_sess_number(client.get()) == 0);
      CHECK(observer.facts(*pki.trust(), kHost, kNow).chain);
    }
  }
}

TEST_CASE("tls_observer: a server of TLS 1.1 is tls_version", "[net][tls_observer]") {
  const TestPki pki;
  const auto server = server_context(pki.good(kHost));
  SSL_CTX_set_min_proto_version(server.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(server.get(), TLS1_1_VERSION);
  TlsObserver observer;
  const Pair pair(client_context(), server);
  observer.attach(pair.client.get());
  pair.handshake();
  CHECK(observer.started());
  CHECK_FALSE(observer.handshake_done());
  const auto fault = observer.handshake_fault("the library's text");
  CHECK(fault.reason == Reason::TlsVersion);
  CHECK(fault.detail == "received alert protocol_version: the library's text");
  CHECK(observer.facts(*pki.trust(), kHost, kNow).version.empty());
}

TEST_CASE("tls_observer: a ServerHello that chooses TLS 1.1 is tls_version", "[net][tls_observer]") {
  TlsObserver observer;
  const Pair pair(client_context());
  observer.attach(pair.client.get());
  pair.handshake();
  CHECK(observer.started());
  auto hello = kServerHelloTls12;
  hello[10] = '\x02';
  pair.write_raw(hello);
  pair.handshake();
  const auto fault = observer.handshake_fault("");
  CHECK(fault.reason == Reason::TlsVersion);
  CHECK(fault.detail == "sent alert protocol_version (unsupported protocol)");
}

TEST_CASE("tls_observer: another alert is tls_handshake and is named", "[net][tls_observer]") {
  struct Row {
    std::string octets;
    Reason reason;
    const char* detail;
  };
  const Row rows[] = {
      {std::string("\x15\x03\x03\x00\x02\x02\x28", 7), Reason::TlsHandshake, "received alert handshake_failure: end"},
      {std::string("\x15\x03\x03\x00\x02\x02\x70", 7), Reason::TlsHandshake, "received alert unrecognized_name: end"},
      {std::string("\x15\x03\x03\x00\x02\x02\x46", 7), Reason::TlsVersion, "received alert protocol_version: end"},
      {std::string("\x15\x03\x03\x00\x02\x02\xfa", 7), Reason::TlsHandshake, "received alert 250: end"},
      // Warnings that end nothing.
      {std::string("\x15\x03\x03\x00\x02\x01\x70", 7), Reason::TlsHandshake, "end"},
      {std::string("\x15\x03\x03\x00\x02\x01\x00", 7), Reason::TlsHandshake, "end"},
  };
  for (const auto& row : rows) {
    TlsObserver observer;
    const Pair pair(client_context());
    observer.attach(pair.client.get());
    pair.handshake();
    pair.write_raw(row.octets);
    pair.handshake();
    const auto fault = observer.handshake_fault("end");
    CHECK(fault.reason == row.reason);
    CHECK(fault.detail == row.detail);
  }
}

TEST_CASE("tls_observer: garbage is tls_handshake, at the start and after a ServerHello", "[net][tls_observer]") {
  for (const auto& before : {std::string(), kServerHelloTls12}) {
    for (const auto& garbage : {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string(64, '\0'),
                                std::string("\x16\x09\x09\x00\x02xx", 7), std::string("\x17\x03\x03\x00\x02xx", 7)}) {
      TlsObserver observer;
      const Pair pair(client_context());
      observer.attach(pair.client.get());
      pair.handshake();
      pair.write_raw(before + garbage);
      pair.handshake();
      CAPTURE(before.size(), garbage);
      CHECK_FALSE(observer.handshake_done());
      CHECK(observer.handshake_fault("").reason == Reason::TlsHandshake);
    }
  }
}

TEST_CASE("tls_observer: a certificate is kept although the handshake fails after it", "[net][tls_observer]") {
  const TestPki pki;
  const auto server = server_context(pki.expired(kHost));
  SSL_CTX_set_max_proto_version(server.get(), TLS1_2_VERSION);
  TlsObserver observer;
  const Pair pair(client_context(), server);
  observer.attach(pair.client.get());
  SSL_do_handshake(pair.client.get());
  SSL_do_handshake(pair.server.get());  // ServerHello to ServerHelloDone
  SSL_do_handshake(pair.client.get());
  CHECK_FALSE(observer.handshake_done());
  const auto facts = observer.facts(*pki.trust(), kHost, kNow);
  CHECK(facts.version.empty());
  CHECK(reasons(facts) == std::vector<std::string>{"cert_expired"});
}

TEST_CASE("tls_observer: renegotiation is refused", "[net][tls_observer]") {
  const TestPki pki;
  const auto server = server_context(pki.good(kHost));
  SSL_CTX_set_max_proto_version(server.get(), TLS1_2_VERSION);
  TlsObserver observer;
  const Pair pair(client_context(), server);
  observer.attach(pair.client.get());
  pair.handshake();
  REQUIRE(SSL_renegotiate(pair.server.get()) == 1);
  SSL_do_handshake(pair.server.get());
  char octet;
  SSL_read(pair.client.get(), &octet, 1);
  CHECK(SSL_in_init(pair.client.get()) == 0);  // no second ClientHello
}

TEST_CASE("tls_observer: nothing seen, nothing said", "[net][tls_observer]") {
  const TestPki pki;
  const TlsObserver observer;
  CHECK_FALSE(observer.started());
  CHECK_FALSE(observer.handshake_done());
  CHECK(observer.facts(*pki.trust(), kHost, kNow) == formats::TlsFacts());
  CHECK(observer.handshake_fault("gone") == Fault{Reason::TlsHandshake, "gone"});
}

}  // namespace mta_sts::net
