#include <signal.h>

#include <catch2/catch.hpp>
#include <openssl/ssl.h>

#include "tls_client.h"
#include "web_folder.h"

namespace mta_sts::web {
namespace {

using namespace std::chrono_literals;
namespace pki = net::test;

Response page(const Request& request) {
  if (request.path == "/large") return text_response(200, std::string(5'000'000, 'a'));
  if (request.path != "/") return text_response(404, "");
  return {200, "text/html", {{"Content-Security-Policy", "default-src 'none'"}}, std::make_shared<std::string>("in")};
}

/// A server with a certificate of its own.
struct TlsServer {
  explicit TlsServer(const std::string& more = "", Limits limits = {})
      : identity(pki::self_signed(server_spec())), server(Handler(page), prepare(more, limits)) {}

  ServerOptions prepare(const std::string& more, Limits limits) const {
    ::signal(SIGPIPE, SIG_IGN);  // OpenSSL's clients write without MSG_NOSIGNAL
    folder.write("server", identity);
    ServerOptions options;
    options.config_file = folder.write("web.yml", tls_config(more));
    options.limits = limits;
    return options;
  }
  std::uint16_t port() const { return server.port(); }

  WebFolder folder;
  pki::Identity identity;
  TestServer server;
};

TEST_CASE("tls: requests are answered over TLS 1.2 and 1.3, several on a connection", "[web][tls]") {
  const TlsServer server;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(server.port(), {.version = version});
    REQUIRE(client.connected());
    CHECK(client.version() == version);
    CHECK(client.server_certificate() == pki::to_pem(*server.identity.certificate));
    for (int i = 0; i < 3; ++i) {
      const auto response = client.get("/");
      REQUIRE(response);
      CHECK(response->status() == 200);
      CHECK(response->body == "in");
    }
  }
}

TEST_CASE("tls: older versions are refused", "[web][tls]") {
  const TlsServer server;
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    CHECK_FALSE(TlsClient(server.port(), {.version = version}).connected());
  }
}

TEST_CASE("tls: min_version and max_version hold", "[web][tls]") {
  const TlsServer newest("  min_version: TLS13\n");
  CHECK_FALSE(status_over_tls(newest.port(), {.version = TLS1_2_VERSION}));
  CHECK(status_over_tls(newest.port(), {.version = TLS1_3_VERSION}) == 200);
  const TlsServer oldest("  max_version: TLS12\n");
  CHECK_FALSE(status_over_tls(oldest.port(), {.version = TLS1_3_VERSION}));
  CHECK(status_over_tls(oldest.port(), {.version = TLS1_2_VERSION}) == 200);
}

TEST_CASE("tls: the cipher suites and curves of the configuration are taken", "[web][tls]") {
  const TlsServer server(
      "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256]\n  curve_preferences: [CurveP384]\n");
  TlsClient client(server.port(), {.version = TLS1_2_VERSION});
  REQUIRE(client.connected());
  CHECK(client.cipher() == "ECDHE-ECDSA-CHACHA20-POLY1305");
  CHECK(client.curve() == "secp384r1");
}

TEST_CASE("tls: without cipher_suites the first is the one that Go prefers", "[web][tls]") {
  const TlsServer server;
  TlsClient client(server.port(), {.version = TLS1_2_VERSION});
  CHECK(client.cipher() == "ECDHE-ECDSA-AES128-GCM-SHA256");
}

TEST_CASE("tls: a renewed certificate is served to the next connection, open ones go on", "[web][tls]") {
  const TlsServer server;
  TlsClient before(server.port());
  REQUIRE(before.get("/"));
  const auto renewed = pki::self_signed(server_spec());
  server.folder.write("server", renewed);
  TlsClient after(server.port());
  CHECK(after.server_certificate() == pki::to_pem(*renewed.certificate));
  CHECK(after.get("/"));
  CHECK(before.get("/"));
}

TEST_CASE("tls: plain HTTP is not answered", "[web][tls]") {
  const TlsServer server;
  auto client = server.server.connect();
  client.send(get("/"));
  const auto answer = client.read_to_end();
  REQUIRE(answer);
  CHECK(answer->find("HTTP/") == std::string::npos);
}

TEST_CASE("tls: a client that says nothing blocks nobody and is closed after the limit", "[web][tls]") {
  Limits limits;
  limits.handshake = 300ms;
  const TlsServer server("", limits);
  auto silent = server.server.connect();
  auto half = server.server.connect();
  half.send(std::string_view("\x16\x03\x01\x02\x00\x01", 6));  // a ClientHello begins
  CHECK(status_over_tls(server.port()) == 200);
  CHECK(silent.closed_by_server());
  CHECK(half.closed_by_server());
}

TEST_CASE("tls: silent clients that hold every connection make room", "[web][tls]") {
  Limits limits;
  limits.connections = 3;
  const TlsServer server("", limits);
  std::vector<RawClient> silent;
  for (int i = 0; i < 3; ++i) silent.push_back(server.server.connect());
  CHECK(status_over_tls(server.port()) == 200);
}

TEST_CASE("tls: a large answer arrives whole", "[web][tls]") {
  const TlsServer server;
  TlsClient client(server.port());
  const auto response = client.get("/large");
  REQUIRE(response);
  CHECK(response->body == std::string(5'000'000, 'a'));
  const auto compressed = client.get("/large", "Accept-Encoding: gzip\r\n");
  REQUIRE(compressed);
  CHECK(gunzip(compressed->body) == std::string(5'000'000, 'a'));
}

TEST_CASE("tls: the last answer is followed by close_notify (RFC 8446 §6.1)", "[web][tls]") {
  const TlsServer server;
  TlsClient client(server.port());
  const auto response = client.get("/", "Connection: close\r\n");
  REQUIRE(response);
  CHECK(client.ended_in_order());
}

TEST_CASE("tls: stopping waits for no idle or half-open client", "[web][tls]") {
  TlsServer server;
  TlsClient idle(server.port());
  REQUIRE(idle.get("/"));
  auto silent = server.server.connect();
  CHECK(status_over_tls(server.port()) == 200);
  server.server.server->stop();
  CHECK(silent.closed_by_server());
  CHECK_FALSE(idle.get("/"));
}

TEST_CASE("headers: the configured ones are on every answer, in place of the page's own", "[web][tls]") {
  const WebFolder folder;
  ServerOptions options;
  options.config_file = folder.write(
      "web.yml",
      "http_server_config:\n  headers:\n    X-Frame-Options: deny\n    Content-Security-Policy: default-src 'self'\n"
      "    X-Content-Type-Options: nosniff\n    Strict-Transport-Security: max-age=1\n    X-XSS-Protection: \"0\"\n"
      "rate_limit: {interval: 1h, burst: 2}\n");
  const TestServer server{Handler(page), options};
  for (const auto& [request, status] : std::vector<std::pair<std::string, int>>{
           {get("/"), 200}, {get("/nowhere"), 404}, {get("/"), 429}, {"nonsense\r\n\r\n", 400}}) {
    CAPTURE(request);
    auto client = server.connect();
    client.send(request);
    const auto response = client.read_response();
    REQUIRE(response);
    CHECK(response->status() == status);
    CHECK(response->field("X-Frame-Options") == "deny");
    CHECK(response->field("X-Content-Type-Options") == "nosniff");
    CHECK(response->field("Strict-Transport-Security") == "max-age=1");
    CHECK(response->field("X-XSS-Protection") == "0");
    CHECK(response->field("Content-Security-Policy") == "default-src 'self'");
    CHECK(response->head.find("default-src 'none'") == std::string::npos);
  }
}

}  // namespace
}  // namespace mta_sts::web
