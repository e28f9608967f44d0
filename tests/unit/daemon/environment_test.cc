#include <cstdlib>

#include <catch2/catch.hpp>

#include "tests/unit/daemon/parse.h"

namespace mta_sts::daemon {
namespace {

/// A variable of the environment for the life of the object.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

TEST_CASE("options: what no flag gives is taken from the environment", "[daemon][options]") {
  const Variable file("MTA_STS_EXPORTER_CONFIG_FILE", "env.yml");
  const Variable check("MTA_STS_EXPORTER_CONFIG_CHECK", "true");
  const Variable listen("MTA_STS_EXPORTER_WEB_LISTEN_ADDRESS", ":1,[::1]:2");
  const Variable web("MTA_STS_EXPORTER_WEB_CONFIG_FILE", "web.yml");
  const Variable path("MTA_STS_EXPORTER_WEB_TELEMETRY_PATH", "/m");
  const Variable url("MTA_STS_EXPORTER_WEB_EXTERNAL_URL", "http://a.example");
  const Variable prefix("MTA_STS_EXPORTER_WEB_ROUTE_PREFIX", "/p");
  const Variable level("MTA_STS_EXPORTER_LOG_LEVEL", "error");
  const Variable format("MTA_STS_EXPORTER_LOG_FORMAT", "json");
  const auto run = parse_to<RunOptions>({});
  CHECK(run.config_file == "env.yml");
  CHECK(run.web_config_file == "web.yml");
  CHECK(run.task == Task::CheckConfig);
  CHECK(run.listen == std::vector<ListenAddress>{{"", 1}, {"::1", 2}});
  CHECK(run.telemetry_path == "/m");
  CHECK(run.external_url == "http://a.example");
  CHECK(run.route_prefix == "/p");
  CHECK(run.log_level == telemetry::LogLevel::Error);
  CHECK(run.log_format == telemetry::LogFormat::Json);
  // The command line wins.
  const auto given = parse_to<RunOptions>({"--config.file=x.yml", "--web.listen-address=:3"});
  CHECK(given.config_file == "x.yml");
  CHECK(given.listen == std::vector<ListenAddress>{{"", 3}});
}

TEST_CASE("options: the environment reaches the other commands too", "[daemon][options]") {
  const Variable json("MTA_STS_EXPORTER_JSON", "true");
  const Variable server("MTA_STS_EXPORTER_DNS_SERVER", "127.0.0.1,[::1]:5353");
  const Variable ca("MTA_STS_EXPORTER_TLS_CA_FILE", "ca.pem");
  const Variable allow("MTA_STS_EXPORTER_EGRESS_ALLOW", "127.0.0.0/8,::1/128");
  const auto check = parse_to<CheckOptions>({"check", "example.com"});
  CHECK(check.output == OutputFormat::Json);
  CHECK(check.dns_servers.size() == 2);
  CHECK(check.ca_file == "ca.pem");
  CHECK(check.egress_allow.size() == 2);
  CHECK(parse_to<LintRecordOptions>({"lint", "record", "x"}).output == OutputFormat::Json);
}

TEST_CASE("options: the environment of another command does no harm", "[daemon][options]") {
  const Variable json("MTA_STS_EXPORTER_JSON", "perhaps");
  const Variable server("MTA_STS_EXPORTER_DNS_SERVER", "nonsense");
  CHECK(parse_to<RunOptions>({}).config_file == "mta-sts-exporter.yml");
  CHECK(parse_to_exit({"check", "example.com"}).code == 64);
}

TEST_CASE("options: a variable of the environment with a wrong value is wrong usage", "[daemon][options]") {
  const Variable level("MTA_STS_EXPORTER_LOG_LEVEL", "loud");
  CHECK(parse_to_exit({}).code == 64);
}

}  // namespace
}  // namespace mta_sts::daemon
