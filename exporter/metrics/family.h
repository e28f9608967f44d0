#pragma once

#include <string_view>

namespace mta_sts::metrics {

/// What a family is in OpenMetrics; in text 0.0.4 info is a gauge.
enum class FamilyType { Gauge, Counter, Histogram, Info };

/// Core families are always shown; detail ones unless `metrics.families: core`; those of the exporter itself always.
enum class FamilySet { Core, Detail, Exporter };

/// One metric family: what contract/metrics.md promises of it. `labels` is for docs/metrics.md and its test.
struct Family {
  std::string_view name;
  FamilyType type;
  FamilySet set;
  std::string_view labels;
  std::string_view help;
};

}  // namespace mta_sts::metrics
