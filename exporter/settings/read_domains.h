#pragma once

#include <vector>

#include "exporter/settings/map_reader.h"
#include "exporter/settings/settings.h"

namespace mta_sts::settings {

/// The key `domains` of the top of a configuration. `max_labels` is metrics.max_domain_labels.
std::vector<Shared<DomainSetting>> read_domains(MapReader& top, unsigned max_labels, Faults& faults);

}  // namespace mta_sts::settings
