#pragma once

#include <vector>

#include <prometheus/metric_family.h>

#include "exporter/metrics/family.h"

namespace mta_sts::metrics {

/// The standard process_* families, read from /proc/self; what cannot be read is left out.
std::vector<prometheus::MetricFamily> process_families();

std::vector<Family> process_family_list();

}  // namespace mta_sts::metrics
