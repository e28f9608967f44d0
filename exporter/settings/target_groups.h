#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/base/result.h"
#include "exporter/settings/settings.h"

namespace mta_sts::settings {

/// The domains of one list in Prometheus' discovery format, YAML or JSON: `[{targets: [...], labels: {...}}, ...]`. A
/// target is a domain, `__mta_sts_expect` its expectation, other labels that begin with "__" are dropped
/// (contract/interface.md, "Configuration"). One bad entry makes the whole list bad: a domain that is left out in
/// silence would lose its series. Messages as those of load_settings(); `name` stands for the file.
Result<std::vector<Shared<DomainSetting>>> parse_target_groups(std::string_view text, const std::string& name,
                                                               unsigned max_labels);

}  // namespace mta_sts::settings
