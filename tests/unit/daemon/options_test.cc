#include "exporter/daemon/options.h"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "exporter/base/version.h"
#include "tests/unit/daemon/parse.h"

namespace mta_sts::daemon {
namespace {

TEST_CASE("options: without words the daemon runs with the defaults of the contract", "[daemon][options]") {
  const auto run = parse_to<RunOptions>({});
  CHECK(run.task == Task::Run);
  CHECK(run.config_file == "mta-sts-exporter.yml");
  CHECK(run.web_config_file.empty());
  CHECK(run.listen == std::vector<ListenAddress>{{"", 8461}});
  CHECK(run.telemetry_path == "/metrics");
  CHECK_FALSE(run.external_url);
  CHECK(run.route_prefix.empty());
  CHECK_FALSE(run.probe_any_domain);
  CHECK_FALSE(run.enable_lifecycle);
  CHECK(run.log_level == telemetry::LogLevel::Info);
  CHECK(run.log_format == telemetry::LogFormat::Logfmt);
}

TEST_CASE("options: the flags of run are taken with and without its name", "[daemon][options]") {
  const std::vector<std::string> flags{
      "--config.file=x.yml",        "--config.check",           "--web.config.file=web.yml",
      "--web.listen-address=:1",    "--web.listen-address",     "[::1]:2",
      "--web.telemetry-path=/m/x/", "--web.route-prefix=/sts/", "--web.external-url=https://a.example/sts/",
      "--log.level=debug",          "--log.format=json",        "--web.probe-any-domain",
      "--web.enable-lifecycle"};
  auto named = flags;
  named.insert(named.begin(), "run");
  for (const auto& words : {flags, named}) {
    const auto run = parse_to<RunOptions>(words);
    CHECK(run.task == Task::CheckConfig);
    CHECK(run.config_file == "x.yml");
    CHECK(run.web_config_file == "web.yml");
    CHECK(run.listen == std::vector<ListenAddress>{{"", 1}, {"::1", 2}});
    CHECK(run.telemetry_path == "/m/x");
    CHECK(run.route_prefix == "/sts");
    CHECK(run.external_url == "https://a.example/sts");
    CHECK(run.log_level == telemetry::LogLevel::Debug);
    CHECK(run.log_format == telemetry::LogFormat::Json);
    CHECK(run.probe_any_domain);
    CHECK(run.enable_lifecycle);
  }
}

TEST_CASE("options: the sockets of systemd stand in place of addresses to listen on", "[daemon][options]") {
  CHECK(parse_to<RunOptions>({"--web.systemd-socket"}).listen.empty());
  const auto both = parse_to_exit({"--web.systemd-socket", "--web.listen-address=:8461"});
  CHECK(both.code == 64);
  CHECK(both.err.find("--web.systemd-socket and --web.listen-address exclude each other") != std::string::npos);
}

TEST_CASE("options: listen addresses are host and port", "[daemon][options]") {
  CHECK(parse_listen_address(":8461") == ListenAddress{"", 8461});
  CHECK(parse_listen_address("127.0.0.1:8461") == ListenAddress{"127.0.0.1", 8461});
  CHECK(parse_listen_address("[::1]:8461") == ListenAddress{"::1", 8461});
  CHECK(parse_listen_address("localhost:8461") == ListenAddress{"localhost", 8461});
  CHECK(parse_listen_address("[::]:0") == ListenAddress{"::", 0});
  for (const std::string text :
       {"", ":", "8461", "localhost", ":65536", ":-1", ":+1", ":08461", "::1:8461", "[::1]", "[::1:8461", "::1]:8461",
        "[127.0.0.1]:8461", "a b:1", "*:8461", "[]:1", "http://a.example:1", ":8461 ", "a..b:1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_listen_address(text));
  }
}

TEST_CASE("options: a wrong value is told with its flag and what was expected", "[daemon][options]") {
  struct Row {
    std::string word;
    std::string message;
  };
  const Row rows[] = {
      {"--web.listen-address=8461",
       "--web.listen-address: \"8461\" is not valid; expected HOST:PORT such as :8461, 127.0.0.1:8461, [::1]:8461 or "
       "localhost:8461, the port at most 65535"},
      {"--log.level=loud", "--log.level: \"loud\" is not valid; expected debug, info, warn or error"},
      {"--log.format=xml", "--log.format: \"xml\" is not valid; expected logfmt or json"},
      {"--web.telemetry-path=/",
       "--web.telemetry-path: \"/\" is not valid; expected another path than that of the "
       "status page"},
  };
  for (const auto& row : rows) {
    const auto exit = parse_to_exit({row.word});
    CHECK(exit.code == 64);
    CHECK(exit.out.empty());
    CHECK(exit.err == "mta_sts_exporter: " + row.message + "\nRun mta_sts_exporter --help for the usage.\n");
  }
}

TEST_CASE("options: paths that cannot be served are refused", "[daemon][options]") {
  for (const std::string path :
       {"metrics", "/a//b", "/..", "/a/../b", "/a b", "/a?b", "/a#b", "/a%20b", "/\xc3\xa4", "//", "/a/./b", "/a\n"}) {
    CAPTURE(path);
    CHECK(parse_to_exit({"--web.telemetry-path=" + path}).code == 64);
    CHECK(parse_to_exit({"--web.route-prefix=" + path}).code == 64);
  }
  for (const std::string path : {"/probe", "/probe/", "/api", "/api/v1/x", "/-/ready", "/-"}) {
    CAPTURE(path);
    CHECK(parse_to_exit({"--web.telemetry-path=" + path}).code == 64);
  }
  CHECK(parse_to<RunOptions>({"--web.telemetry-path=/probes"}).telemetry_path == "/probes");
}

TEST_CASE("options: external URLs are http or https with a host", "[daemon][options]") {
  for (const std::string url : {"a.example", "ftp://a.example", "http://", "http:///x", "http://a.example/?q",
                                "http://u:p@a.example", "http://a b", "https://a.example/\"><script>"}) {
    CAPTURE(url);
    CHECK(parse_to_exit({"--web.external-url=" + url}).code == 64);
  }
  CHECK(parse_to<RunOptions>({"--web.external-url=http://[::1]:8461"}).external_url == "http://[::1]:8461");
}

TEST_CASE("options: check takes domains and what overrides the configuration", "[daemon][options]") {
  const auto check = parse_to<CheckOptions>({"check", "--dns.server", "127.0.0.1:5353", "Example.COM", "--json",
                                             "--dns.server=[::1]", "--egress.allow", "127.0.0.0/8", "b\xc3\xbc.example",
                                             "--config.file=c.yml", "--tls.ca-file=ca.pem", "--egress.allow=::1"});
  REQUIRE(check.domains.size() == 2);
  CHECK(check.domains[0].text() == "example.com");
  CHECK(check.domains[1].text() == "xn--b-eha.example");
  CHECK(check.output == OutputFormat::Json);
  REQUIRE(check.dns_servers.size() == 2);
  CHECK(check.dns_servers[0].port() == 5353);
  CHECK(check.dns_servers[1].address().to_string() == "::1");
  CHECK(check.config_file == "c.yml");
  CHECK(check.ca_file == "ca.pem");
  REQUIRE(check.egress_allow.size() == 2);
  CHECK(check.egress_allow[0].to_text() == "127.0.0.0/8");

  const auto several = parse_to<CheckOptions>({"check", "--dns.server", "127.0.0.1", "a.example", "b.example"});
  CHECK(several.domains.size() == 2);
  CHECK(several.dns_servers.size() == 1);

  const auto plain = parse_to<CheckOptions>({"check", "example.com"});
  CHECK(plain.output == OutputFormat::Text);
  CHECK_FALSE(plain.config_file);
  CHECK_FALSE(plain.ca_file);
  CHECK(plain.dns_servers.empty());
  CHECK(plain.egress_allow.empty());
}

TEST_CASE("options: plan takes a domain, each new MX host once, and what check takes", "[daemon][options]") {
  const auto plan = parse_to<PlanOptions>({"plan", "--mx", "MX1.Example.net.", "Example.COM", "--json",
                                           "--mx=m\xc3\xbc.example", "--mx=mx1.example.net", "--config.file=c.yml",
                                           "--dns.server=127.0.0.1", "--tls.ca-file=ca.pem", "--egress.allow=::1"});
  REQUIRE(plan.look.domains.size() == 1);
  CHECK(plan.look.domains[0].text() == "example.com");
  REQUIRE(plan.mx.size() == 2);
  CHECK(plan.mx[0].text() == "mx1.example.net");
  CHECK(plan.mx[1].text() == "xn--m-eha.example");
  CHECK(plan.look.output == OutputFormat::Json);
  CHECK(plan.look.config_file == "c.yml");
  CHECK(plan.look.dns_servers.size() == 1);
  CHECK(plan.look.ca_file == "ca.pem");
  CHECK(plan.look.egress_allow.size() == 1);
  CHECK(parse_to<PlanOptions>({"plan", "a.example", "--mx", "b.example"}).look.output == OutputFormat::Text);
  const auto several = parse_to<PlanOptions>(
      {"plan", "--config.file", "c.yml", "a.example", "--mx", "b.example", "c.example", "--mx=d.example", "e.example"});
  CHECK(several.look.domains.at(0).text() == "a.example");
  REQUIRE(several.mx.size() == 4);
  CHECK(several.mx[1].text() == "c.example");
  CHECK(several.mx[3].text() == "e.example");
  // Which of two words before and behind is the domain would be a guess.
  CHECK(parse_to_exit({"plan", "--mx", "b.example", "a.example", "c.example"}).code == 64);
  CHECK(parse_to_exit({"plan", "a.example", "--mx", "b.example", "--json", "c.example"}).code == 64);
  CHECK(parse_to_exit({"plan", "a.example", "--mx", "192.0.2.1"}).err ==
        "mta_sts_exporter: --mx: \"192.0.2.1\" is not valid; expected the name of a host\n"
        "Run mta_sts_exporter --help for the usage.\n");
}

TEST_CASE("options: history takes a domain and the configuration that names the store", "[daemon][options]") {
  const auto plain = parse_to<HistoryOptions>({"history", "B\xc3\xbc.example"});
  CHECK(plain.domain.text() == "xn--b-eha.example");
  CHECK(plain.output == OutputFormat::Text);
  CHECK_FALSE(plain.config_file);
  const auto full = parse_to<HistoryOptions>({"history", "--json", "--config.file", "c.yml", "a.example"});
  CHECK(full.output == OutputFormat::Json);
  CHECK(full.config_file == "c.yml");
}

TEST_CASE("options: lint takes its texts as they are", "[daemon][options]") {
  const std::vector<std::string> texts{"v=STSv1; id=1;", "", "{}", "[a,b]", "a,b", "run", "policy", "-", "[]"};
  auto words = texts;
  words.insert(words.begin(), {"lint", "record", "--json"});
  const auto record = parse_to<LintRecordOptions>(words);
  CHECK(record.texts == texts);
  CHECK(record.output == OutputFormat::Json);
  words[1] = "tlsrpt";
  words.erase(words.begin() + 2);
  const auto tlsrpt = parse_to<LintTlsrptOptions>(words);
  CHECK(tlsrpt.texts == texts);
  CHECK(tlsrpt.output == OutputFormat::Text);
  CHECK(parse_to<LintRecordOptions>({"lint", "record", "--", "--json"}).texts == std::vector<std::string>{"--json"});

  CHECK(parse_to<LintPolicyOptions>({"lint", "policy", "-"}).file == "-");
  CHECK(parse_to<LintPolicyOptions>({"lint", "policy", "[x]"}).file == "[x]");
  const auto match = parse_to<LintMatchOptions>({"lint", "match", "mx.example.com", "*.example.com", "a.b", "--json"});
  CHECK(match.host == "mx.example.com");
  CHECK(match.patterns == std::vector<std::string>{"*.example.com", "a.b"});
  CHECK(match.output == OutputFormat::Json);
}

TEST_CASE("options: wrong usage leaves with 64 and says so on standard error", "[daemon][options]") {
  const std::vector<std::vector<std::string>> wrong{{"--bogus"},
                                                    {"extra"},
                                                    {"run", "extra"},
                                                    {"--config.file"},
                                                    {"--config.file="},
                                                    {"--config.file=a", "--config.file=b"},
                                                    {"--config.file=a", "check", "example.com"},
                                                    {"check"},
                                                    {"check", "a..b"},
                                                    {"check", "example.com", "--dns.server=resolver.example"},
                                                    {"check", "example.com", "--egress.allow=10.1.2.3/8"},
                                                    {"check", "example.com", "--log.level=info"},
                                                    {"plan"},
                                                    {"plan", "example.com"},
                                                    {"plan", "--mx", "mx.example.com"},
                                                    {"plan", "example.com", "b.example", "--mx", "mx.example.com"},
                                                    {"plan", "a..b", "--mx", "mx.example.com"},
                                                    {"plan", "example.com", "--mx", "*.example.com"},
                                                    {"plan", "example.com", "--mx", "192.0.2.1"},
                                                    {"plan", "example.com", "--mx", "2001:db8::1"},
                                                    {"plan", "example.com", "--mx="},
                                                    {"history"},
                                                    {"history", "a..b"},
                                                    {"history", "a.example", "b.example"},
                                                    {"history", "a.example", "--dns.server=127.0.0.1"},
                                                    {"lint"},
                                                    {"lint", "record"},
                                                    {"lint", "policy"},
                                                    {"lint", "policy", "a", "b"},
                                                    {"lint", "match", "mx.example.com"},
                                                    {"lint", "bogus", "x"}};
  for (const auto& words : wrong) {
    std::string line;
    for (const auto& word : words) line += " " + word;
    CAPTURE(line);
    const auto exit = parse_to_exit(words);
    CHECK(exit.code == 64);
    CHECK(exit.out.empty());
    CHECK(exit.err.starts_with("mta_sts_exporter: "));
    CHECK(exit.err.ends_with("\nRun mta_sts_exporter --help for the usage.\n"));
  }
}

TEST_CASE("options: a shard has an index and a count", "[daemon][options]") {
  const auto run = parse_to<RunOptions>({"--shard.index=2", "--shard.count=3"});
  CHECK(run.shard.index == 2);
  CHECK(run.shard.count == 3);
  for (const std::vector<std::string>& flags : {std::vector<std::string>{"--shard.index=0"},
                                                {"--shard.count=2"},
                                                {"--shard.index=2", "--shard.count=2"},
                                                {"--shard.index=-1", "--shard.count=2"},
                                                {"--shard.index=0", "--shard.count=0"},
                                                {"--shard.index=x", "--shard.count=2"},
                                                {"--shard.index=0", "--shard.count=1001"}}) {
    CAPTURE(flags);
    CHECK(parse_to_exit(flags).code == 64);
  }
}

TEST_CASE("options: what is not built yet is refused", "[daemon][options]") {
  CHECK(parse_to_exit({"lint", "report", "x"}).code == 64);
}

TEST_CASE("options: a running exporter is named by a URL, with user, port and path or without", "[daemon][options]") {
  for (const std::string url : {"http://127.0.0.1:8461", "https://me:secret@[::1]:8461/sts/", "HTTP://localhost"}) {
    CAPTURE(url);
    CHECK(parse_to<CheckOptions>({"check", "example.com", "--url", url}).url == url);
    const auto history = parse_to<HistoryOptions>({"history", "example.com", "--url=" + url, "--tls.ca-file=ca.pem"});
    CHECK(history.url == url);
    CHECK(history.ca_file == "ca.pem");
  }
  CHECK(parse_to<PlanOptions>({"plan", "example.com", "--mx=a.b", "--url=http://[::1]"}).look.url == "http://[::1]");
  CHECK_FALSE(parse_to<CheckOptions>({"check", "example.com"}).url);
  for (const std::string url : {"127.0.0.1:8461", "ftp://a.example", "http://", "http:///x", "http://a b", "http:a",
                                "http://me:secret@a.example/?q", "http://a.example/#f", "file:///etc/passwd"}) {
    CAPTURE(url);
    const auto exit = parse_to_exit({"check", "example.com", "--url", url});
    CHECK(exit.code == 64);
    CHECK(exit.err.find("secret") == std::string::npos);
    CHECK(parse_to_exit({"history", "example.com", "--url", url}).code == 64);
  }
}

TEST_CASE("options: help is on standard output and names every flag and command", "[daemon][options]") {
  const auto help = parse_to_exit({"--help"});
  CHECK(help.code == 0);
  CHECK(help.err.empty());
  for (const std::string word : {"--config.file",
                                 "--config.check",
                                 "--web.listen-address",
                                 "--web.telemetry-path",
                                 "--web.external-url",
                                 "--web.route-prefix",
                                 "--log.level",
                                 "--log.format",
                                 "--version",
                                 "check",
                                 "plan",
                                 "--mx",
                                 "history",
                                 "lint",
                                 "--json",
                                 "--dns.server",
                                 "--tls.ca-file",
                                 "--egress.allow",
                                 "record",
                                 "policy",
                                 "tlsrpt",
                                 "match",
                                 "MTA_STS_EXPORTER_CONFIG_FILE"}) {
    CAPTURE(word);
    CHECK(help.out.find(word) != std::string::npos);
  }
  CHECK(parse_to_exit({"check", "--help"}).out.find("DOMAIN") != std::string::npos);
  CHECK(parse_to_exit({"check", "--help"}).out.find("--web.listen-address") == std::string::npos);
  CHECK(parse_to_exit({"lint", "match", "--help"}).out.find("PATTERN") != std::string::npos);
  CHECK(parse_to_exit({"run", "--help"}).code == 0);
}

TEST_CASE("options: the version names version, revision and compiler", "[daemon][options]") {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"--version"}, {"run", "--version"}, {"--log.level=info", "--version"}}) {
    const auto exit = parse_to_exit(words);
    CHECK(exit.code == 0);
    CHECK(exit.out == "mta_sts_exporter, version " + std::string(version()) + " (revision " + std::string(revision()) +
                          ", compiler " + compiler() + ")\n");
  }
  CHECK(version() != "");
  CHECK(revision() != "");
}

TEST_CASE("options: hostile words cannot forge lines of the message", "[daemon][options]") {
  const std::string hostile = "\x1b[31m\nmta_sts_exporter: all is well";
  for (const auto& words : std::vector<std::vector<std::string>>{{"--log.level=" + hostile},
                                                                 {hostile},
                                                                 {"--" + hostile},
                                                                 {"check", hostile},
                                                                 {"check", "a.b", "--x" + hostile}}) {
    const auto exit = parse_to_exit(words);
    CHECK(exit.code == 64);
    CHECK(exit.err.find('\x1b') == std::string::npos);
    CHECK(std::count(exit.err.begin(), exit.err.end(), '\n') == 2);
  }
}

}  // namespace
}  // namespace mta_sts::daemon
