#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "exporter/metrics/object_lines.h"

namespace mta_sts::testing {

/// As a scrape has the lines of one family.
inline std::string lines_of(const metrics::ObjectLines& lines, std::size_t family, std::string_view name) {
  std::string text;
  metrics::ObjectLines::Place place;
  lines.append(text, "", family, name, place);
  return text;
}

/// Those of all families of a table.
template <typename Families>
std::string text_of(const metrics::ObjectLines& lines, std::span<const Families> table) {
  std::string text;
  for (std::size_t i = 0; i < table.size(); ++i) text += lines_of(lines, i, table[i].family.name);
  return text;
}

}  // namespace mta_sts::testing
