#pragma once

#include <string>
#include <vector>

#include "exporter/targets/domain_list.h"

namespace mta_sts::targets {

/// All domains that are watched, each once.
struct Catalogue {
  std::vector<Shared<settings::DomainSetting>> domains;
  std::vector<std::string> warnings;  ///< at most kMaxWarnings, and one that counts the rest
};

inline constexpr std::size_t kMaxWarnings = 20;

/// Of a domain that several lists have the first one counts, with a warning (contract/interface.md, "Configuration").
Catalogue merge(std::vector<DomainList> lists);

}  // namespace mta_sts::targets
