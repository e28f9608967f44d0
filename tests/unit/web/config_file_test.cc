#include "exporter/web/config_file.h"

#include <filesystem>

#include <catch2/catch.hpp>

#include "web_folder.h"

namespace mta_sts::web {
namespace {

namespace pki = net::test;

const std::string kUser = "basic_auth_users:\n  alice: $2b$04$QOauhQNbBCuQDKes6eFzPeL.OCkit6Uzd54gLShgenc3uy2VjGtD2\n";

class CountingLog final : public telemetry::Log {
 public:
  void write(telemetry::LogLevel level, std::string_view, std::initializer_list<telemetry::LogField> fields) override {
    if (level == telemetry::LogLevel::Error) ++errors;
    if (level == telemetry::LogLevel::Info) ++changes;
    for (const auto& field : fields) last = field.value;
  }
  int errors = 0;
  int changes = 0;
  std::string last;
};

TEST_CASE("config file: without one everybody is served in plain", "[web][config_file]") {
  CountingLog log;
  auto file = ConfigFile::open("").value();
  const auto config = file.current(log);
  CHECK_FALSE(config->tls);
  CHECK(config->users.empty());
  CHECK(config->headers.empty());
  CHECK_FALSE(config->rate_limit);
}

TEST_CASE("config file: a bad one is not opened", "[web][config_file]") {
  const WebFolder folder;
  const auto missing = ConfigFile::open(folder.path("web.yml"));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message == folder.path("web.yml") + ": cannot be read: No such file or directory");
  std::filesystem::create_directory(folder.path("folder"));
  const auto directory = ConfigFile::open(folder.path("folder"));
  REQUIRE_FALSE(directory);
  CHECK(directory.error().message == folder.path("folder") + ": is no regular file");
}

TEST_CASE("config file: it is read again when it changed, and only then", "[web][config_file]") {
  const WebFolder folder;
  CountingLog log;
  auto file = ConfigFile::open(folder.write("web.yml", "")).value();
  const auto first = file.current(log);
  CHECK(file.current(log) == first);
  CHECK(log.changes == 0);
  folder.write("web.yml", kUser);
  const auto second = file.current(log);
  CHECK(second->users.size() == 1);
  CHECK(file.current(log) == second);
  CHECK(log.changes == 1);
  CHECK(first->users.empty());
}

TEST_CASE("config file: one that became bad keeps the state before it and is told once", "[web][config_file]") {
  const WebFolder folder;
  CountingLog log;
  auto file = ConfigFile::open(folder.write("web.yml", kUser)).value();
  const auto good = file.current(log);
  folder.write("web.yml", "basic_auth_users:\n  alice: hunter2\n");
  for (int i = 0; i < 3; ++i) CHECK(file.current(log) == good);
  CHECK(log.errors == 1);
  CHECK(log.last.find("web.yml:2:10: basic_auth_users.alice is no bcrypt hash") != std::string::npos);
  CHECK(log.last.find("hunter2") == std::string::npos);
  std::filesystem::remove(folder.path("web.yml"));
  for (int i = 0; i < 3; ++i) CHECK(file.current(log) == good);
  CHECK(log.errors == 2);
  folder.write("web.yml", kUser + "http_server_config:\n  http2: false\n");
  CHECK(file.current(log)->users.size() == 1);
  CHECK(log.errors == 2);
  CHECK(log.changes == 1);
}

TEST_CASE("config file: a file that is half written takes no lock off", "[web][config_file]") {
  const WebFolder folder;
  CountingLog log;
  auto file = ConfigFile::open(folder.write("web.yml", kUser)).value();
  folder.write("web.yml", "");
  CHECK(file.current(log)->users.size() == 1);
  CHECK(log.errors == 1);
  CHECK(log.last.find("expected a restart") != std::string::npos);

  folder.write("server", pki::self_signed(server_spec()));
  folder.write("ca", pki::self_signed(authority_spec("Authority")));
  const std::string verify = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n";
  auto closed = ConfigFile::open(folder.write("closed.yml", tls_config(verify))).value();
  folder.write("closed.yml", tls_config());
  CHECK(closed.current(log)->tls->client_auth() == ClientAuth::RequireAndVerify);
}

TEST_CASE("config file: a renewal in two steps serves the old pair until the new one is whole", "[web][config_file]") {
  const WebFolder folder;
  CountingLog log;
  folder.write("server", pki::self_signed(server_spec()));
  auto file = ConfigFile::open(folder.write("web.yml", tls_config())).value();
  const auto old_pair = file.current(log)->tls;
  const auto renewed = pki::self_signed(server_spec());
  folder.write("server.crt", pki::to_pem(*renewed.certificate));
  CHECK(file.current(log)->tls == old_pair);
  CHECK(file.current(log)->tls == old_pair);
  CHECK(log.errors == 1);
  folder.write("server.key", pki::to_pem(*renewed.key));
  CHECK(file.current(log)->tls != old_pair);
  CHECK(log.errors == 1);
}

TEST_CASE("config file: a key of another kind than its certificate is none", "[web][config_file]") {
  const WebFolder folder;
  folder.write("server", pki::self_signed(server_spec()));
  auto rsa = server_spec();
  rsa.key = pki::KeyKind::Rsa2048;
  folder.write("server.crt", pki::to_pem(*pki::self_signed(rsa).certificate));
  const auto file = ConfigFile::open(folder.write("web.yml", tls_config()));
  REQUIRE_FALSE(file);
  CHECK(file.error().message.find("the private key is of another certificate") != std::string::npos);
}

TEST_CASE("config file: certificates are still followed while one of them is bad", "[web][config_file]") {
  const WebFolder folder;
  CountingLog log;
  folder.write("server", pki::self_signed(server_spec()));
  auto file = ConfigFile::open(folder.write("web.yml", tls_config())).value();
  const auto good = file.current(log)->tls;
  folder.write("server.crt", "broken");
  CHECK(file.current(log)->tls == good);
  folder.write("server", pki::self_signed(server_spec()));
  CHECK(file.current(log)->tls != good);
}

TEST_CASE("config file: a running server does not change between HTTP and HTTPS", "[web][config_file]") {
  const WebFolder folder;
  CountingLog log;
  folder.write("server", pki::self_signed(server_spec()));
  auto file = ConfigFile::open(folder.write("web.yml", tls_config())).value();
  folder.write("web.yml", kUser);
  CHECK(file.current(log)->tls);
  CHECK(file.current(log)->users.empty());
  CHECK(log.errors == 1);
  CHECK(log.last.find("restart") != std::string::npos);
  folder.write("web.yml", tls_config() + kUser);
  CHECK(file.current(log)->users.size() == 1);

  auto plain = ConfigFile::open(folder.write("plain.yml", "")).value();
  folder.write("plain.yml", tls_config());
  CHECK_FALSE(plain.current(log)->tls);
}

}  // namespace
}  // namespace mta_sts::web
