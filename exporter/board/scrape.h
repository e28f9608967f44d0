#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/metric_family.h>

#include "exporter/board/board.h"
#include "exporter/metrics/exposition.h"

namespace mta_sts::board {

/// Which of the domain and MX families are shown (`metrics.families`); those of the exporter itself always are.
using ShowFamily = std::function<bool(const metrics::Family& family)>;

/// The answer to a scrape: concatenates what was rendered when states changed. Touches no network.
std::string scrape(const Snapshot& snapshot, const std::vector<prometheus::MetricFamily>& exporter_families,
                   const ShowFamily& show, metrics::Exposition exposition);

}  // namespace mta_sts::board
