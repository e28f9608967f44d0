#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "exporter/base/clock.h"
#include "exporter/net/https.h"
#include "exporter/net/trust.h"
#include "scripted_server.h"
#include "test_pki.h"

namespace mta_sts::net::test {

inline const std::string kPolicyHost = "mta-sts.example.org";
inline const std::string kPolicy = "version: STSv1\nmode: none\nmax_age: 86400\n";

/// More than any fetch that comes to its own end needs, on a busy machine too.
inline constexpr std::chrono::seconds kPatience{60};

/// An answer as a decent server gives it.
std::string answer_with(const std::string& body, const std::string& fields = "");

/// A fetcher, its trust and clock, and what serves a good certificate.
class HttpsFixture {
 public:
  explicit HttpsFixture(HttpsOptions options = {"test/1", ""});

  /// To the server, under kPolicyHost.
  HttpsRequest to(const ScriptedServer& server) const;
  /// Runs one fetch to its end; fails the test if anything is left to do afterwards.
  HttpsResult fetch(HttpsRequest request, std::chrono::milliseconds timeout = kPatience);
  /// The same for several side by side; results in the order of the requests.
  std::vector<HttpsResult> fetch_all(std::vector<HttpsRequest> requests, std::chrono::milliseconds timeout = kPatience);

  /// A script: handshake with the good certificate, read the request, send the octets, close in order.
  ScriptedServer::Script after_request(std::string octets) const;
  /// A script: the same up to the request, then `next`.
  ScriptedServer::Script after_request(ScriptedServer::Script next) const;

  TestPki pki;
  Served good;
  TrustSlot trust;
  FakeClock clock;
  boost::asio::io_context io;
  std::unique_ptr<HttpsFetcher> fetcher;
};

/// A port of 127.0.0.1 that refuses connections, and one that lets them hang before they stand.
class DeadPort {
 public:
  enum class Kind { Refuses, Hangs };
  explicit DeadPort(Kind kind);
  ~DeadPort();
  DeadPort(const DeadPort&) = delete;
  DeadPort& operator=(const DeadPort&) = delete;
  HttpsRequest request() const;
  std::uint16_t port() const { return port_; }

 private:
  std::vector<int> sockets_;
  std::uint16_t port_ = 0;
};

}  // namespace mta_sts::net::test
