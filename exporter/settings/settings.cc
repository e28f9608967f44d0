#include "exporter/settings/settings.h"

#include <utility>

#include "exporter/base/version.h"
#include "exporter/settings/file_text.h"
#include "exporter/settings/read_domains.h"
#include "exporter/settings/read_sections.h"
#include "exporter/settings/yaml_tree.h"

namespace mta_sts::settings {
namespace {

Settings read_settings(const YamlNode& root, const std::vector<std::string_view>& families, Faults& faults) {
  MapReader top(root, "", faults);
  Settings settings;
  // In the order of the contract: the message about an unknown key lists them so. Only the domains need another
  // section.
  top.find("domains");
  settings.domain_files = read_domain_files(top);
  settings.domain_urls = read_domain_urls(top, faults);
  settings.probe = read_probe(top.section("probe"));
  settings.dns = read_dns(top.section("dns"));
  settings.https = read_https(top.section("https"));
  settings.smtp = read_smtp(top.section("smtp"));
  settings.tls = read_tls(top.section("tls"));
  settings.egress = read_egress(top.section("egress"));
  settings.history = read_history(top.section("history"));
  settings.metrics = read_metrics(top.section("metrics"), families);
  settings.domains = read_domains(top, settings.metrics.max_domain_labels, faults);
  top.refuse_rest();
  if (settings.domains.empty() && settings.domain_files.empty() && settings.domain_urls.empty()) {
    faults.warn(Position{}, "no domain is configured: nothing will be watched");
  }
  return settings;
}

}  // namespace

std::string_view to_text(Expectation expectation) {
  switch (expectation) {
    case Expectation::Enforce:
      return "enforce";
    case Expectation::Testing:
      return "testing";
    case Expectation::None:
      return "none";
    case Expectation::Absent:
      return "absent";
  }
  return {};
}

std::string default_user_agent() { return "mta_sts_exporter/" + std::string(version()); }

Result<Loaded> parse_settings(std::string_view text, const std::string& file_name,
                              const std::vector<std::string_view>& families) {
  Faults faults(file_name);
  const auto root = parse_mapping(text, "domains", faults);
  if (!root) return fail(faults.message());
  auto settings = read_settings(*root, families, faults);
  if (!faults.empty()) return fail(faults.message());
  return Loaded{std::move(settings), faults.warnings()};
}

Result<Loaded> load_settings(const std::string& path, const std::vector<std::string_view>& families) {
  const auto text = read_file(path, YamlLimits{}.octets);
  if (!text) return fail(path + ": " + text.error().message);
  return parse_settings(*text, path, families);
}

}  // namespace mta_sts::settings
