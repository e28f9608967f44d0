#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "exporter/net/https.h"
#include "https_fixture.h"
#include "libc_probe.h"
#include "scripted_server.h"

namespace mta_sts::net {

using test::answer_with;
using test::HttpsFixture;
using test::kPolicy;
using test::kPolicyHost;
using test::Peer;
using test::ScriptedServer;

namespace {

/// Sets a variable of the environment for a while.
class Environment {
 public:
  Environment(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* old = std::getenv(name_.c_str())) old_ = old;
    setenv(name_.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    if (old_) {
      setenv(name_.c_str(), old_->c_str(), 1);
    } else {
      unsetenv(name_.c_str());
    }
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::string name_;
  std::optional<std::string> old_;
};

/// What a server was asked.
struct Asked {
  std::vector<std::string> requests;
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> alpn;
};

/// Answers every request with the policy and a cookie and writes down what it was asked.
ScriptedServer::Script recorder(const HttpsFixture& fixture, Guarded<Asked>& asked) {
  return [served = fixture.good, &asked](Peer& peer) {
    if (!peer.tls(served)) return;
    const auto request = peer.read_request();
    asked.with([&](Asked& all) {
      all.requests.push_back(request);
      all.names.push_back(peer.sni());
      all.alpn.push_back(peer.offered_alpn());
    });
    peer.send(answer_with(kPolicy, "Set-Cookie: seen=1; Secure\r\nLast-Modified: Sun, 01 Jun 2025 00:00:00 GMT\r\n"));
  };
}

std::string request_text(const std::string& authority, const std::string& user_agent = "test/1") {
  return "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: " + authority + "\r\nUser-Agent: " + user_agent +
         "\r\nAccept: */*\r\n\r\n";
}

}  // namespace

TEST_CASE("https: one GET brings the policy and the facts of its connection (RFC 8461 3.3)", "[net][https]") {
  HttpsFixture fixture;
  Guarded<Asked> asked;
  const ScriptedServer server(recorder(fixture, asked));
  const auto result = fixture.fetch(fixture.to(server));
  CHECK_FALSE(result.fault);
  CHECK(result.status == 200);
  CHECK(result.content_type == "text/plain");
  CHECK_FALSE(result.content_encoding);
  CHECK(result.last_modified == "Sun, 01 Jun 2025 00:00:00 GMT");
  CHECK(result.body == kPolicy);
  CHECK(result.tls.version == "TLSv1.3");
  CHECK(result.tls.cipher == "TLS_AES_256_GCM_SHA384");
  CHECK(result.tls.group == "x25519");
  REQUIRE(result.tls.chain);
  CHECK(result.tls.chain->faults.empty());
  CHECK(result.tls.chain->sent.size() == 2);
  CHECK(result.duration > std::chrono::nanoseconds(0));
}

TEST_CASE("https: the request carries the name and nothing that was not asked for: no coding, cookie, credential, h2",
          "[net][https]") {
  const auto home = std::filesystem::temp_directory_path() / "mta_sts_exporter_test_netrc";
  std::filesystem::create_directories(home);
  std::ofstream(home / ".netrc") << "default login user password secret\n";
  const Environment environment("HOME", home.string());
  HttpsFixture fixture;
  Guarded<Asked> asked;
  const ScriptedServer server(recorder(fixture, asked));
  for (int i = 0; i < 2; ++i) CHECK(fixture.fetch(fixture.to(server)).status == 200);
  std::filesystem::remove_all(home);
  const auto authority = kPolicyHost + ":" + std::to_string(server.port());
  asked.with([&](const Asked& all) {
    CHECK(all.requests == std::vector<std::string>(2, request_text(authority)));
    CHECK(all.names == std::vector<std::string>(2, kPolicyHost));
    CHECK(all.alpn == std::vector<std::vector<std::string>>(2, {"http/1.1"}));
  });
}

TEST_CASE("https: each fetch has its own connection and full handshake", "[net][https]") {
  HttpsFixture fixture;
  const ScriptedServer server([served = fixture.good](Peer& peer) {
    if (!peer.tls(served)) return;
    while (!peer.read_request().empty()) peer.send(answer_with(kPolicy, "Connection: keep-alive\r\n"));
  });
  for (int i = 0; i < 3; ++i) {
    const auto result = fixture.fetch(fixture.to(server));
    CHECK(result.status == 200);
    CHECK(result.tls.chain);
  }
  CHECK(server.connections() == 3);
}

TEST_CASE("https: the pinned address is connected to, whatever the name, and no resolver is asked", "[net][https]") {
  HttpsFixture fixture;
  Guarded<Asked> asked;
  const ScriptedServer server(recorder(fixture, asked));
  const int before = test::resolver_calls();
  // libcurl itself reads 127.2 as the address 127.0.0.2.
  for (const char* host : {"mta-sts.does-not-exist.invalid", "localhost", "127.2", "MTA-STS.EXAMPLE.ORG"}) {
    auto request = fixture.to(server);
    request.host = host;
    CAPTURE(host);
    CHECK(fixture.fetch(request).status == 200);
  }
  CHECK(test::resolver_calls() == before);
}

TEST_CASE("https: an IPv6 address is pinned too", "[net][https]") {
  HttpsFixture fixture;
  Guarded<Asked> asked;
  std::unique_ptr<ScriptedServer> server;
  try {
    server = std::make_unique<ScriptedServer>(recorder(fixture, asked), "::1");
  } catch (const std::runtime_error&) {
    WARN("no IPv6 on this machine");
    return;
  }
  CHECK(fixture.fetch(fixture.to(*server)).status == 200);
}

TEST_CASE("https: no CA bundle is read for a connection", "[net][https]") {
  HttpsFixture fixture;
  Guarded<Asked> asked;
  const ScriptedServer server(recorder(fixture, asked));
  const int before = test::bundle_loads();
  CHECK(fixture.fetch(fixture.to(server)).status == 200);
  CHECK(test::bundle_loads() == before);
}

TEST_CASE("https: the environment's proxies are not used", "[net][https]") {
  const test::DeadPort dead(test::DeadPort::Kind::Refuses);
  const auto proxy = "http://127.0.0.1:" + std::to_string(dead.port());
  const Environment https("https_proxy", proxy);
  const Environment all("all_proxy", proxy);
  HttpsFixture fixture;
  Guarded<Asked> asked;
  const ScriptedServer server(recorder(fixture, asked));
  CHECK(fixture.fetch(fixture.to(server)).status == 200);
}

TEST_CASE("https: a configured proxy gets the checked address and is used for every host", "[net][https]") {
  Guarded<std::string> asked;
  const test::TestPki pki;
  const auto served = pki.good(kPolicyHost);
  const ScriptedServer proxy([&](Peer& peer) {
    const auto request = peer.read_request();
    asked.with([&](std::string& kept) { kept = request.substr(0, request.find('\r')); });
    peer.send_plain("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n");
    if (!peer.tls(served)) return;
    peer.read_request();
    peer.send(answer_with(kPolicy));
  });
  const Environment none("no_proxy", "*");
  HttpsFixture fixture({"test/1", "http://127.0.0.1:" + std::to_string(proxy.port())});
  HttpsRequest request;
  request.host = kPolicyHost;
  request.address = boost::asio::ip::make_address("192.0.2.7");
  const int before = test::resolver_calls();
  const auto result = fixture.fetch(request);
  CHECK(result.status == 200);
  CHECK(result.content_type == "text/plain");
  CHECK(result.tls.chain);
  asked.with([](const std::string& line) { CHECK(line == "CONNECT 192.0.2.7:443 HTTP/1.1"); });
  CHECK(test::resolver_calls() == before);
}

TEST_CASE("https: a proxy that does not let through is a connection that does not stand", "[net][https]") {
  struct Row {
    ScriptedServer::Script script;
    Reason reason;
    std::chrono::milliseconds timeout = test::kPatience;
  };
  const Row rows[] = {
      {[](Peer& peer) {
         peer.read_request();
         peer.send_plain("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
       },
       Reason::ConnectError},
      {[](Peer& peer) { peer.read_request(); }, Reason::ConnectError},
      {[](Peer& peer) { peer.wait_for_close(); }, Reason::ConnectTimeout, std::chrono::milliseconds(500)},
  };
  for (const auto& row : rows) {
    const ScriptedServer proxy(row.script);
    HttpsFixture fixture({"test/1", "http://127.0.0.1:" + std::to_string(proxy.port())});
    HttpsRequest request;
    request.host = kPolicyHost;
    request.address = boost::asio::ip::make_address("192.0.2.7");
    const auto result = fixture.fetch(request, row.timeout);
    REQUIRE(result.fault);
    CHECK(result.fault->reason == row.reason);
    CHECK(result.status == 0);
  }
}

TEST_CASE("https: a host that is no host name is not asked for", "[net][https]") {
  HttpsFixture fixture;
  Guarded<Asked> asked;
  const ScriptedServer server(recorder(fixture, asked));
  for (const char* host : {"", "a b", "a/b", "a@b", "a\r\nX: y", "a?b"}) {
    auto request = fixture.to(server);
    request.host = host;
    CAPTURE(host);
    const auto result = fixture.fetch(request);
    REQUIRE(result.fault);
    CHECK(result.fault->reason == Reason::ConnectError);
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("https: the trust in force is taken anew for each connection", "[net][https]") {
  HttpsFixture fixture;
  Guarded<Asked> asked;
  const ScriptedServer server(recorder(fixture, asked));
  CHECK(fixture.fetch(fixture.to(server)).tls.chain->faults.empty());
  fixture.trust.set(test::trust_in({fixture.pki.unknown_root()}));
  const auto facts = fixture.fetch(fixture.to(server)).tls.chain;
  REQUIRE(facts->faults.size() == 1);
  CHECK(facts->faults[0].reason == Reason::CertUntrusted);
}

}  // namespace mta_sts::net
