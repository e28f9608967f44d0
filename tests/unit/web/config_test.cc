#include "exporter/web/config.h"

#include <chrono>

#include <catch2/catch.hpp>

#include "web_folder.h"

namespace mta_sts::web {
namespace {

using namespace std::chrono_literals;
namespace pki = net::test;

Config good(const WebFolder& folder, const std::string& text) {
  auto config = read_config(folder.write("web.yml", text)).config;
  if (!config) FAIL(config.error().message);
  return std::move(*config);
}

/// As a block scalar below a key of tls_server_config.
std::string block(const std::string& pem) {
  std::string text = "|\n";
  for (std::size_t begin = 0; begin < pem.size();) {
    const auto end = pem.find('\n', begin);
    text += "    " + pem.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return text;
}

TEST_CASE("config: certificates and keys may stand in the file itself", "[web][config]") {
  const WebFolder folder;
  const auto server = pki::self_signed(server_spec());
  const auto authority = pki::self_signed(authority_spec("Client CA"));
  const auto config = good(folder, "tls_server_config:\n  cert: " + block(pki::to_pem(*server.certificate)) +
                                       "  key: " + block(pki::to_pem(*server.key)) +
                                       "  client_auth_type: RequireAndVerifyClientCert\n  client_ca: " +
                                       block(pki::to_pem(*authority.certificate)));
  CHECK(config.tls);
}

TEST_CASE("config: names of files are relative to the folder of the configuration", "[web][config]") {
  const WebFolder folder;
  const auto server = pki::self_signed(server_spec());
  folder.write("server", server);
  const auto reading = read_config(folder.write("web.yml", tls_config()));
  REQUIRE(reading.config);
  REQUIRE(reading.files.size() == 3);
  CHECK(reading.files[0].path == folder.path("web.yml"));
  CHECK(reading.files[1].path == folder.path("server.crt"));
  CHECK(reading.files[2].path == folder.path("server.key"));
  CHECK(good(folder, "tls_server_config:\n  cert_file: " + folder.path("server.crt") +
                         "\n  key_file: " + folder.path("server.key") + "\n")
            .tls);
}

TEST_CASE("config: what is read is what was written", "[web][config]") {
  const WebFolder folder;
  const auto config = good(folder,
                           "http_server_config:\n  headers: {X-Frame-Options: deny, X-XSS-Protection: \"\"}\n"
                           "rate_limit: {interval: 1m30s, burst: 7}\n"
                           "basic_auth_users:\n"
                           "  a b: $2y$04$QOauhQNbBCuQDKes6eFzPeL.OCkit6Uzd54gLShgenc3uy2VjGtD2\n");
  CHECK(config.headers == Fields{{"X-Frame-Options", "deny"}});
  CHECK(config.rate_limit == RateLimit{90s, 7});
  REQUIRE(config.users.count("a b") == 1);
  CHECK(config.users.find("a b")->second.matches("abc"));
  CHECK_FALSE(config.tls);
}

TEST_CASE("config: too many users are refused", "[web][config]") {
  const WebFolder folder;
  const std::string hash = ": $2y$04$QOauhQNbBCuQDKes6eFzPeL.OCkit6Uzd54gLShgenc3uy2VjGtD2\n";
  std::string text = "basic_auth_users:\n";
  for (std::size_t i = 0; i < kMostUsers; ++i) text += "  u" + std::to_string(i) + hash;
  CHECK(good(folder, text).users.size() == kMostUsers);
  const auto refused = read_config(folder.write("web.yml", text + "  one_more" + hash)).config;
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("basic_auth_users has 1001 users; expected") != std::string::npos);
}

TEST_CASE("config: a file larger than the limit is refused", "[web][config]") {
  const WebFolder folder;
  const auto refused = read_config(folder.write("web.yml", std::string(kMostConfigOctets + 1, '#'))).config;
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == folder.path("web.yml") + ": has more than 1048576 octets");
}

}  // namespace
}  // namespace mta_sts::web
