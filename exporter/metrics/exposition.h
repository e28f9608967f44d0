#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <prometheus/metric_family.h>

#include "exporter/metrics/family.h"

namespace mta_sts::metrics {

/// The two text formats that Prometheus negotiates. Sample lines are the same in both; what stands above them differs.
enum class Exposition { Text004, OpenMetrics100 };

std::string_view content_type(Exposition exposition);

/// TYPE and HELP of a family.
void append_header(std::string& text, const Family& family, Exposition exposition);

/// Whole families of prometheus-cpp (the exporter's own).
void append_families(std::string& text, const std::vector<prometheus::MetricFamily>& families, Exposition exposition);

/// What ends the text: "# EOF" in OpenMetrics.
std::string_view trailer(Exposition exposition);

}  // namespace mta_sts::metrics
