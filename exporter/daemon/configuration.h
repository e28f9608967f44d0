#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/base/result.h"
#include "exporter/daemon/options.h"
#include "exporter/net/trust.h"
#include "exporter/settings/settings.h"
#include "exporter/targets/discovery.h"

namespace mta_sts::daemon {

/// The configuration file, with what only the floors above settings/ can check: the names of families.
Result<settings::Loaded> load_configuration(const std::string& file);

/// The roots that the configuration `file` names; an error has its place there.
Result<std::shared_ptr<const net::Trust>> load_trust(const std::string& file, const settings::TlsSettings& tls);

/// Where the domains come from.
targets::Sources sources_of(const settings::Settings& settings);

/// `--config.check`: exit code 0, or 1 with what is wrong on `err`, of all files, those of domain_files and tls.ca_file
/// too. `web_file` "": there is none.
int check_configuration(const std::string& file, const std::string& web_file, std::ostream& out, std::ostream& err);

/// What `check` looks with: the configuration file, if one is named, overridden by flags; a domain that it or one of
/// its domain_files names keeps its labels and expectation.
struct PreparedCheck {
  std::vector<settings::DomainSetting> domains;
  settings::Settings settings;
  std::unique_ptr<net::TrustSlot> trust;
};
Result<PreparedCheck> prepare_check(const CheckOptions& options);

/// The settings of a file, or the defaults where none is named.
Result<settings::Settings> read_settings(const std::optional<std::string>& file);

}  // namespace mta_sts::daemon
