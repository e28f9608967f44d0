#include <signal.h>

#include <catch2/catch.hpp>
#include <openssl/ssl.h>

#include "exporter/web/tls_context.h"
#include "tls_client.h"
#include "web_folder.h"

namespace mta_sts::web {
namespace {

namespace pki = net::test;

/// A server that asks for certificates, and the CA that it is told to trust.
struct AskingServer {
  explicit AskingServer(const std::string& more)
      : authority(pki::self_signed(authority_spec("Client CA"))),
        server(Handler([](const Request&) { return text_response(200, "in"); }), prepare(more)) {}

  ServerOptions prepare(const std::string& more) const {
    ::signal(SIGPIPE, SIG_IGN);  // OpenSSL's clients write without MSG_NOSIGNAL
    folder.write("server", pki::self_signed(server_spec()));
    folder.write("ca", authority);
    ServerOptions options;
    options.config_file = folder.write("web.yml", tls_config(more));
    return options;
  }

  /// Over both versions, which differ in when a client is told.
  bool lets_in(const std::optional<pki::Identity>& client) const {
    const auto with = [&](int version) {
      return status_over_tls(server.port(), {.version = version, .identity = client}) == 200;
    };
    const bool older = with(TLS1_2_VERSION);
    CHECK(with(TLS1_3_VERSION) == older);
    return older;
  }

  WebFolder folder;
  pki::Identity authority;
  TestServer server;
};

const std::string kVerify = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n";

TEST_CASE("client certificate: each client_auth_type lets in whom Go's does", "[web][tls]") {
  struct Row {
    const char* type;
    const char* authority;
    bool none;      ///< without a certificate
    bool stranger;  ///< with one of another CA
    bool known;     ///< with one of the CA
  };
  constexpr Row kRows[] = {
      {"NoClientCert", "", true, true, true},
      {"RequestClientCert", "", true, true, true},
      {"RequireAnyClientCert", "", false, true, true},
      {"VerifyClientCertIfGiven", "  client_ca_file: ca.crt\n", true, false, true},
      {"RequireAndVerifyClientCert", "  client_ca_file: ca.crt\n", false, false, true},
  };
  const auto other_authority = pki::self_signed(authority_spec("Another CA"));
  for (const Row& row : kRows) {
    CAPTURE(row.type);
    const AskingServer server("  client_auth_type: " + std::string(row.type) + "\n" + row.authority);
    CHECK(server.lets_in(std::nullopt) == row.none);
    CHECK(server.lets_in(pki::issued_by(other_authority, client_spec())) == row.stranger);
    CHECK(server.lets_in(pki::self_signed(client_spec())) == row.stranger);
    CHECK(server.lets_in(pki::issued_by(server.authority, client_spec())) == row.known);
  }
}

TEST_CASE("client certificate: one that is expired or not for clients is refused", "[web][tls]") {
  const AskingServer server(kVerify);
  auto expired = client_spec();
  expired.not_after = std::chrono::system_clock::now() - std::chrono::hours(1);
  CHECK_FALSE(server.lets_in(pki::issued_by(server.authority, expired)));
  auto for_servers = client_spec();
  for_servers.extended_key_usage = "serverAuth";
  CHECK_FALSE(server.lets_in(pki::issued_by(server.authority, for_servers)));
}

TEST_CASE("client certificate: a name of each kind opens the door, exactly as it is written", "[web][tls]") {
  for (const std::string name :
       {"client.example", "192.0.2.1", "2001:DB8:0::1", "mail@client.example", "spiffe://client.example/x"}) {
    CAPTURE(name);
    const AskingServer server(kVerify + "  client_allowed_sans: [nobody.example, \"" + name + "\"]\n");
    CHECK(server.lets_in(pki::issued_by(server.authority, client_spec())));
  }
  for (const std::string name : {"client", "example", "*.example", "CLIENT.example", "192.0.2.2", "client.example."}) {
    CAPTURE(name);
    const AskingServer server(kVerify + "  client_allowed_sans: [\"" + name + "\"]\n");
    CHECK_FALSE(server.lets_in(pki::issued_by(server.authority, client_spec())));
  }
}

TEST_CASE("client certificate: an allowed name does not help a stranger", "[web][tls]") {
  const AskingServer server(kVerify + "  client_allowed_sans: [client.example]\n");
  CHECK_FALSE(server.lets_in(pki::self_signed(client_spec())));
}

TEST_CASE("client certificate: a changed CA file counts for the next connection", "[web][tls]") {
  const AskingServer server(kVerify);
  const auto client = pki::issued_by(server.authority, client_spec());
  CHECK(server.lets_in(client));
  server.folder.write("ca", pki::self_signed(authority_spec("Another CA")));
  CHECK_FALSE(server.lets_in(client));
}

TEST_CASE("client certificate: names of every kind are read, IP addresses in canonical text", "[web][tls]") {
  auto spec = client_spec();
  const auto names = alternative_names(*pki::self_signed(spec).certificate);
  CHECK(names == std::vector<std::string>{"192.0.2.1", "2001:db8::1", "mail@client.example",
                                          "spiffe://client.example/x", "client.example"});
  spec.dns_names.clear();
  spec.other_names = "";
  CHECK(alternative_names(*pki::self_signed(spec).certificate).empty());
}

}  // namespace
}  // namespace mta_sts::web
