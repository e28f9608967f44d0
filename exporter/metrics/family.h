#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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

/// The lines of one object, family by family: the text is rendered when the object's state changes, a scrape only
/// concatenates. `ends[i]` is the end of family i of the object's table.
struct RenderedText {
  std::string text;
  std::vector<std::uint32_t> ends;

  std::string_view family(std::size_t index) const {
    const std::uint32_t begin = index == 0 ? 0 : ends[index - 1];
    return std::string_view(text).substr(begin, ends[index] - begin);
  }
};

}  // namespace mta_sts::metrics
