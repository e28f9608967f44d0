#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "exporter/metrics/family.h"

namespace mta_sts::metrics {

/// Which of the domain and MX families are shown (`metrics.families`); those of the exporter itself always are.
using ShowFamily = std::function<bool(const Family& family)>;

/// The same by the places in the two tables; what is not shown is not rendered either. All families, if it is empty.
struct ShownFamilies {
  std::vector<bool> of_domains;
  std::vector<bool> of_mx;
  friend bool operator==(const ShownFamilies&, const ShownFamilies&) = default;
};
ShownFamilies shown_families(const ShowFamily& show);

/// What `metrics.families` may name: also those of the exporter itself, which are shown in any case.
std::vector<std::string_view> family_names();

inline bool shows(const std::vector<bool>& table, std::size_t family) { return table.empty() || table[family]; }

}  // namespace mta_sts::metrics
