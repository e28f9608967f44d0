#include "exporter/daemon/configuration.h"

#include <algorithm>
#include <iterator>
#include <ostream>

#include "exporter/metrics/shown_families.h"
#include "exporter/targets/domain_files.h"
#include "exporter/web/config.h"

namespace mta_sts::daemon {

Result<settings::Loaded> load_configuration(const std::string& file) {
  return settings::load_settings(file, metrics::family_names());
}

Result<std::shared_ptr<const net::Trust>> load_trust(const std::string& file, const settings::TlsSettings& tls) {
  auto trust = net::Trust::load(tls.ca_file);
  if (trust) return trust;
  std::string place = file;
  if (const auto& at = tls.ca_file_at) place += ":" + std::to_string(at->line) + ":" + std::to_string(at->column);
  return fail(place + ": tls.ca_file: " + trust.error().message + "; expected a PEM file of trusted roots");
}

targets::Sources sources_of(const settings::Settings& settings) {
  return {settings.domains, settings.domain_files, settings.domain_urls, settings.metrics.max_domain_labels,
          settings.tls.ca_file};
}

namespace {

/// Of the files that the configuration `file` names.
std::vector<std::string> file_errors(const std::string& file, const settings::Settings& settings) {
  std::vector<std::string> errors;
  // Start and reload refuse it too.
  if (const auto trust = load_trust(file, settings.tls); !trust) errors.push_back(trust.error().message);
  for (const std::string& glob : settings.domain_files) {
    auto refreshed = targets::DomainFiles(glob, settings.metrics.max_domain_labels).refresh(WallTime());
    std::move(refreshed.errors.begin(), refreshed.errors.end(), std::back_inserter(errors));
  }
  return errors;
}

/// In the order in which the first one with a name counts. Of files that cannot be read `run` tells.
std::vector<Shared<settings::DomainSetting>> domains_of(const settings::Settings& settings) {
  auto domains = settings.domains;
  for (const std::string& glob : settings.domain_files) {
    targets::DomainFiles files(glob, settings.metrics.max_domain_labels);
    files.refresh(WallTime());
    for (const auto& list : files.lists()) domains.insert(domains.end(), list.domains.begin(), list.domains.end());
  }
  return domains;
}

}  // namespace

int check_configuration(const std::string& file, const std::string& web_file, std::ostream& out, std::ostream& err) {
  const auto loaded = load_configuration(file);
  bool good = loaded.has_value();
  if (loaded) {
    for (const std::string& warning : loaded->warnings) err << warning << '\n';
    const auto errors = file_errors(file, loaded->settings);
    for (const std::string& error : errors) err << error << '\n';
    good = errors.empty();
    if (good) out << file << ": valid, " << loaded->settings.domains.size() << " domains\n";
  } else {
    err << loaded.error().message << '\n';
  }
  if (web_file.empty()) return good ? 0 : 1;
  const auto web = web::read_config(web_file).config;
  if (web) {
    out << web_file << ": valid, " << (web->tls ? "HTTPS" : "plain HTTP") << '\n';
  } else {
    err << web.error().message << '\n';
  }
  return good && web ? 0 : 1;
}

Result<settings::Settings> read_settings(const std::optional<std::string>& file) {
  if (!file) return settings::Settings();
  auto loaded = load_configuration(*file);
  if (!loaded) return tl::unexpected(loaded.error());
  return std::move(loaded->settings);
}

Result<PreparedCheck> prepare_check(const CheckOptions& options) {
  auto read = read_settings(options.config_file);
  if (!read) return tl::unexpected(read.error());
  PreparedCheck prepared;
  settings::Settings& settings = prepared.settings = std::move(*read);
  if (!options.dns_servers.empty()) settings.dns.servers = options.dns_servers;
  if (!options.egress_allow.empty()) settings.egress.allow = options.egress_allow;
  const auto configured = domains_of(settings);
  for (const formats::DomainName& name : options.domains) {
    const auto known =
        std::find_if(configured.begin(), configured.end(), [&](const auto& domain) { return domain->name == name; });
    prepared.domains.push_back(known == configured.end() ? settings::DomainSetting{name, {}, {}} : **known);
  }
  if (options.ca_file) settings.tls.ca_file = *options.ca_file;
  const bool configured_roots = options.config_file && !options.ca_file;
  auto trust =
      configured_roots ? load_trust(*options.config_file, settings.tls) : net::Trust::load(settings.tls.ca_file);
  if (!trust) return tl::unexpected(trust.error());
  prepared.trust = std::make_unique<net::TrustSlot>(std::move(*trust));
  return prepared;
}

}  // namespace mta_sts::daemon
