#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporter/base/clock.h"
#include "exporter/settings/settings.h"

namespace mta_sts::targets {

/// The domains of one file, one URL, or the configuration itself.
struct DomainList {
  std::string name;  ///< for people: a path, a URL without its password, "domains"
  std::vector<Shared<settings::DomainSetting>> domains;
};

/// How one configured source fares: a glob of domain_files, or a URL.
struct SourceStatus {
  std::string source;
  std::size_t domains = 0;
  std::optional<bool> good;  ///< the last reading went well; absent before the first
  std::optional<WallTime> last_success;
  std::size_t errors = 0;  ///< since the start
};

}  // namespace mta_sts::targets
