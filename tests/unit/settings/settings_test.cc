#include "exporter/settings/settings.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "exporter/base/version.h"
#include "exporter/settings/limits.h"

namespace mta_sts::settings {
namespace {

using namespace std::chrono_literals;

Loaded good(std::string_view text) {
  auto loaded = parse_settings(text, "test.yml");
  if (!loaded) FAIL(loaded.error().message);
  return *loaded;
}

std::string bad(std::string_view text) {
  const auto loaded = parse_settings(text, "test.yml");
  return loaded ? "accepted" : loaded.error().message;
}

std::size_t lines_in(const std::string& text) {
  return 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST_CASE("settings: absent keys have the defaults of the contract", "[settings][settings]") {
  const auto loaded = good("domains: [example.com]");
  const auto& s = loaded.settings;
  CHECK(loaded.warnings.empty());
  CHECK(s.domain_files.empty());
  CHECK(s.domain_urls.empty());
  CHECK(s.probe.domain_interval == 5min);
  CHECK(s.probe.mx_interval == 30min);
  CHECK(s.probe.retry_interval == 1min);
  CHECK(s.probe.policy_retry_interval == 5min);
  CHECK(s.probe.hold == 0s);
  CHECK(s.probe.start_rate == 100);
  CHECK(s.probe.endpoint_ttl == 24h);
  CHECK(s.probe.max_mx_hosts == 64);
  CHECK(s.probe.max_addresses == 16);
  CHECK(s.probe.concurrency == 256);
  CHECK(s.probe.workers == 0);
  CHECK(s.dns.servers.empty());
  CHECK(s.dns.timeout == 5s);
  CHECK(s.dns.tries == 2);
  CHECK(s.https.timeout == 60s);
  CHECK(s.https.max_body == 65536);
  CHECK(s.https.per_address_interval == 0s);
  CHECK(s.https.per_address_connections == 16);
  CHECK(s.https.addresses == AddressChoice::All);
  CHECK(s.https.user_agent == "mta_sts_exporter/" + std::string(version()));
  CHECK(s.https.proxy.empty());
  CHECK(s.smtp.enabled);
  CHECK(s.smtp.helo_name.empty());
  CHECK(s.smtp.timeout == 60s);
  CHECK(s.smtp.per_address_interval == 1s);
  CHECK(s.smtp.per_address_connections == 1);
  CHECK(s.tls.ca_file == "/etc/ssl/certs/ca-certificates.crt");
  CHECK(s.egress.allow.empty());
  CHECK(s.egress.deny.empty());
  CHECK(s.history.url == "sqlite:///var/lib/mta-sts-exporter/history.db");
  CHECK(s.history.retention == 400 * 24h);
  CHECK(s.metrics.families == decltype(s.metrics.families)(FamilyGroup::All));
  CHECK(s.metrics.max_domain_labels == 8);
}

TEST_CASE("settings: the contract's example is taken word for word", "[settings][settings]") {
  const auto loaded = load_settings(SOURCE_DIR "/tests/config/valid/contract.yml");
  if (!loaded) FAIL(loaded.error().message);
  const auto& s = loaded->settings;
  REQUIRE(s.domains.size() == 2);
  CHECK(s.domains[0]->name.text() == "example.com");
  CHECK_FALSE(s.domains[0]->expect);
  CHECK(s.domains[1]->name.text() == "example.org");
  CHECK(s.domains[1]->labels == std::map<std::string, std::string>{{"team", "mail"}});
  CHECK(s.domains[1]->expect == Expectation::Enforce);
  CHECK(s.domain_files == std::vector<std::string>{"/etc/mta-sts-exporter/domains.d/*.yml"});
  REQUIRE(s.domain_urls.size() == 1);
  CHECK(s.domain_urls[0].url == "https://cmdb.example.net/mail-domains");
  CHECK(s.domain_urls[0].refresh_interval == 5min);
  REQUIRE(s.dns.servers.size() == 1);
  CHECK(s.dns.servers[0].port() == 53);
  CHECK(s.dns.servers[0].address().to_string() == "127.0.0.1");
  CHECK(s.smtp.helo_name == "probe.example.net");
  CHECK(s.https.user_agent == "mta_sts_exporter/VERSION");
}

TEST_CASE("settings: the example that ships names every key and its default", "[settings][settings]") {
  const auto example = load_settings(SOURCE_DIR "/config/mta-sts-exporter.example.yml");
  if (!example) FAIL(example.error().message);
  std::ifstream file(SOURCE_DIR "/config/mta-sts-exporter.example.yml");
  std::stringstream text;
  text << file.rdbuf();
  // The messages about unknown keys list all keys there are.
  for (const std::string section : {"", "probe", "dns", "https", "smtp", "tls", "egress", "history", "metrics"}) {
    const auto message = bad(section.empty() ? "x: 1" : section + ": {x: 1}");
    auto keys = message.substr(message.find("one of ") + 7);
    std::replace(keys.begin(), keys.end(), ',', ' ');
    std::istringstream words(keys);
    for (std::string key; words >> key;) {
      INFO(section << "." << key);
      CHECK(text.str().find(key + ":") != std::string::npos);
    }
  }
  const Settings defaults;
  const auto& s = example->settings;
  CHECK(s.probe.mx_interval == defaults.probe.mx_interval);
  CHECK(s.probe.start_rate == defaults.probe.start_rate);
  CHECK(s.https.max_body == defaults.https.max_body);
  CHECK(s.https.per_address_connections == defaults.https.per_address_connections);
  CHECK(s.smtp.per_address_interval == defaults.smtp.per_address_interval);
  CHECK(s.history.url == defaults.history.url);
  CHECK(s.history.retention == defaults.history.retention);
  CHECK(s.metrics.max_domain_labels == defaults.metrics.max_domain_labels);
}

TEST_CASE("settings: every value can be set", "[settings][settings]") {
  const auto s = good(R"yaml(
domains:
  - {domain: a.example, expect: absent, labels: {tier: 1, "team": no}}
domain_urls: [{url: "http://x.example/"}]
probe: {domain_interval: 1s, mx_interval: 2s, retry_interval: 500ms, policy_retry_interval: 3s, hold: 4s, start_rate: 5,
  endpoint_ttl: 6s, max_mx_hosts: 7, max_addresses: 8, concurrency: 9, workers: 10}
dns: {servers: ["[::1]:5353", 192.0.2.1], timeout: 11ms, tries: 3}
https: {timeout: 12s, max_body: 2KiB, per_address_interval: 13ms, per_address_connections: 14, addresses: one,
  user_agent: "probe (me)", proxy: "socks5h://u:p@192.0.2.1:1080"}
smtp: {enabled: false, helo_name: "[IPv6:2001:db8::1]", timeout: 15s, per_address_interval: 0s,
  per_address_connections: 16}
tls: {ca_file: roots.pem}
egress: {allow: [127.0.0.0/8, "::1"], deny: ["2001:db8::/32"]}
history: {url: "memory:", retention: 500d}
metrics: {families: [mta_sts_check_ok], max_domain_labels: 2}
)yaml")
                     .settings;
  CHECK(s.domains[0]->expect == Expectation::Absent);
  // A plain scalar is the text that stands there: no Norway problem.
  CHECK(s.domains[0]->labels == std::map<std::string, std::string>{{"team", "no"}, {"tier", "1"}});
  CHECK(s.domain_urls[0].refresh_interval == 5min);
  CHECK(s.probe.domain_interval == 1s);
  CHECK(s.probe.mx_interval == 2s);
  CHECK(s.probe.retry_interval == 500ms);
  CHECK(s.probe.policy_retry_interval == 3s);
  CHECK(s.probe.hold == 4s);
  CHECK(s.probe.start_rate == 5);
  CHECK(s.probe.endpoint_ttl == 6s);
  CHECK(s.probe.max_mx_hosts == 7);
  CHECK(s.probe.max_addresses == 8);
  CHECK(s.probe.concurrency == 9);
  CHECK(s.probe.workers == 10);
  REQUIRE(s.dns.servers.size() == 2);
  CHECK(s.dns.servers[0].port() == 5353);
  CHECK(s.dns.servers[1].port() == 53);
  CHECK(s.dns.timeout == 11ms);
  CHECK(s.dns.tries == 3);
  CHECK(s.https.timeout == 12s);
  CHECK(s.https.max_body == 2048);
  CHECK(s.https.per_address_interval == 13ms);
  CHECK(s.https.per_address_connections == 14);
  CHECK(s.https.addresses == AddressChoice::One);
  CHECK(s.https.user_agent == "probe (me)");
  CHECK(s.https.proxy == "socks5h://u:p@192.0.2.1:1080");
  CHECK_FALSE(s.smtp.enabled);
  CHECK(s.smtp.helo_name == "[IPv6:2001:db8::1]");
  CHECK(s.smtp.timeout == 15s);
  CHECK(s.smtp.per_address_interval == 0s);
  CHECK(s.smtp.per_address_connections == 16);
  CHECK(s.tls.ca_file == "roots.pem");
  REQUIRE(s.egress.allow.size() == 2);
  CHECK(s.egress.allow[1].to_text() == "::1/128");
  CHECK(s.egress.deny[0].to_text() == "2001:db8::/32");
  CHECK(s.history.url == "memory:");
  CHECK(s.history.retention == 500 * 24h);
  CHECK(std::get<std::vector<std::string>>(s.metrics.families) == std::vector<std::string>{"mta_sts_check_ok"});
  CHECK(s.metrics.max_domain_labels == 2);
}

TEST_CASE("settings: Unicode names become A-labels and keep the order of the file", "[settings][settings]") {
  const auto s = good("domains: [z.example, \"M\xc3\xbcller.Example\", a.example.]").settings;
  REQUIRE(s.domains.size() == 3);
  CHECK(s.domains[0]->name.text() == "z.example");
  CHECK(s.domains[1]->name.text() == "xn--mller-kva.example");
  CHECK(s.domains[2]->name.text() == "a.example");
}

TEST_CASE("settings: all faults of a file are told in its order, one a line", "[settings][settings]") {
  CHECK(
      bad("smtp: {enabled: 1}\ndomains: [a..b, 1.2.3.4]\n") ==
      "test.yml:1:17: smtp.enabled is \"1\"; expected true or false\n"
      "test.yml:2:11: the domain name \"a..b\" has an empty label (two dots together, or a dot at an end); expected a "
      "domain name such as example.com\n"
      "test.yml:2:17: \"1.2.3.4\" is an IP address; expected a domain name such as example.com");
}

TEST_CASE("settings: a file of faults has a bounded message", "[settings][settings]") {
  std::string text = "domains:\n";
  for (int i = 0; i < 1000; ++i) text += "  - bad_name\n";
  const auto message = bad(text);
  CHECK(lines_in(message) == kMaxFaultsShown + 1);
  CHECK(message.ends_with("\nand 950 more"));
}

TEST_CASE("settings: messages keep the secrets of URLs", "[settings][settings]") {
  for (const std::string text :
       {"https: {proxy: \"gopher://me:hunter2@x\"}", "https: {proxy: \"http://me:hunter2@x y\"}",
        "history: {url: \"mysql://me:hunter2@x\"}", "history: {url: \"hunter2\"}",
        "domain_urls: [{url: \"https:// me:hunter2@x\"}]", "domain_urls: [{url: \"hunter2@x\"}]"}) {
    CAPTURE(text);
    const auto message = bad(text);
    CHECK(message != "accepted");
    CHECK(message.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("settings: hostile text in a message cannot forge a line", "[settings][settings]") {
  const auto message = bad("\"x\\ntest.yml:9:9: \\e[31m\\u202e\": 1\n");
  CHECK(lines_in(message) == 1);
  CHECK(message.find('\x1b') == std::string::npos);
  CHECK(message.find("\xe2\x80\xae") == std::string::npos);
}

TEST_CASE("settings: an empty file has the defaults and a warning", "[settings][settings]") {
  for (const std::string text : {"", "# nothing yet\n", "{}", "domains: []"}) {
    CAPTURE(text);
    CHECK(good(text).warnings ==
          std::vector<std::string>{"test.yml:1:1: no domain is configured: nothing will be watched"});
  }
  CHECK(good("domain_files: [d.json]").warnings.empty());
}

TEST_CASE("settings: odd but usable values are warned about with their place", "[settings][settings]") {
  const auto warnings = good(
                            "domains: [a.example]\nprobe:\n  hold: 20m\n  retry_interval: 10m\nhistory:\n"
                            "  retention: 30d\n")
                            .warnings;
  REQUIRE(warnings.size() == 3);
  CHECK(warnings[0].starts_with("test.yml:3:9: probe.hold "));
  CHECK(warnings[1].starts_with("test.yml:4:19: probe.retry_interval "));
  CHECK(warnings[2].starts_with("test.yml:6:14: history.retention "));
}

TEST_CASE("settings: limits hold at both ends", "[settings][settings]") {
  CHECK(bad("probe: {domain_interval: 99ms}") != "accepted");
  CHECK(bad("probe: {domain_interval: 100ms}") == "accepted");
  CHECK(bad("probe: {domain_interval: 30d}") == "accepted");
  CHECK(bad("probe: {domain_interval: 30d1ms}") != "accepted");
  CHECK(bad("https: {max_body: 1023}") != "accepted");
  CHECK(bad("https: {max_body: 1024}") == "accepted");
  CHECK(bad("metrics: {max_domain_labels: 0}") == "accepted");
  CHECK(bad("metrics: {max_domain_labels: 65}") != "accepted");
  CHECK(bad("dns: {servers: [" + std::string("127.0.0.1") + std::string(16 * 11, ' ') + "]}") == "accepted");
  std::string servers;
  for (unsigned i = 0; i <= kMaxDnsServers; ++i) servers += "127.0.0.1, ";
  CHECK(bad("dns: {servers: [" + servers + "]}").find("dns.servers has 17 items; expected at most 16") !=
        std::string::npos);
}

TEST_CASE("settings: a file that cannot be read says why", "[settings][settings]") {
  const auto missing = load_settings("/nonexistent/x.yml");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message == "/nonexistent/x.yml: cannot be read: No such file or directory");
  const auto folder = load_settings("/");
  REQUIRE_FALSE(folder);
  CHECK(folder.error().message == "/: cannot be read: Is a directory");
}

TEST_CASE("settings: a file larger than the limit is refused", "[settings][settings]") {
  // /dev/zero never ends: reading stops at the limit.
  const auto endless = load_settings("/dev/zero");
  REQUIRE_FALSE(endless);
  CHECK(endless.error().message.starts_with("/dev/zero:1:1: more than"));
}

}  // namespace
}  // namespace mta_sts::settings
