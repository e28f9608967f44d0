#include "exporter/web/settings_json.h"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

namespace mta_sts::web {
namespace {

boost::json::object shown(const std::string& text) {
  const auto loaded = settings::parse_settings(text, "test.yml");
  if (!loaded) FAIL(loaded.error().message);
  return settings_json(loaded->settings);
}

TEST_CASE("settings as JSON: values stand as the configuration file spells them", "[web][settings]") {
  const auto config = shown(R"(
domains: [a.example, b.example]
domain_files: [/etc/x/*.yml]
domain_urls: [{url: "https://me:secret@a.example/d?token=t", refresh_interval: 90s}]
probe: {domain_interval: 90m, mx_interval: 30d, start_rate: 7}
dns: {servers: ["127.0.0.1", "[::1]:5353"], timeout: 1500ms}
https: {max_body: 1MiB, addresses: one, proxy: "http://me:secret@p.example:1"}
smtp: {enabled: false, helo_name: probe.example, per_address_interval: 0s}
egress: {allow: [192.0.2.0/24], deny: ["2001:db8::/32"]}
history: {url: "postgresql://me:secret@h/sts"}
metrics: {families: [mta_sts_check_ok]}
)");
  CHECK(boost::json::serialize(config).find("secret") == std::string::npos);
  CHECK(config.at("domains") == 2);
  CHECK(config.at("domain_files").at(0) == "/etc/x/*.yml");
  CHECK(config.at("domain_urls").at(0).at("url") == "https://me:***@a.example/d?token=***");
  CHECK(config.at("domain_urls").at(0).at("refresh_interval") == "1m30s");
  CHECK(config.at("probe").at("domain_interval") == "1h30m");
  CHECK(config.at("probe").at("mx_interval") == "30d");
  CHECK(config.at("probe").at("start_rate") == 7);
  CHECK(config.at("dns").at("servers") == boost::json::array{"127.0.0.1:53", "[::1]:5353"});
  CHECK(config.at("dns").at("timeout") == "1s500ms");
  CHECK(config.at("https").at("max_body") == "1MiB");
  CHECK(config.at("https").at("addresses") == "one");
  CHECK(config.at("https").at("proxy") == "http://me:***@p.example:1");
  CHECK(config.at("smtp").at("enabled") == false);
  CHECK(config.at("smtp").at("per_address_interval") == "0s");
  CHECK(config.at("egress").at("allow") == boost::json::array{"192.0.2.0/24"});
  CHECK(config.at("egress").at("deny") == boost::json::array{"2001:db8::/32"});
  CHECK(config.at("history").at("url") == "postgresql://me:***@h/sts");
  CHECK(config.at("metrics").at("families") == boost::json::array{"mta_sts_check_ok"});
  CHECK(shown("metrics: {families: core}").at("metrics").at("families") == "core");
}

}  // namespace
}  // namespace mta_sts::web
