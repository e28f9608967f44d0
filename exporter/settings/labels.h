#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mta_sts::settings {

/// Why a label of that name cannot stand on mta_sts_domain_info, as "found; expected ..."; nothing if it can. The same
/// rule holds for labels from every source (contract/interface.md, "Configuration").
std::optional<std::string> label_name_problem(std::string_view name);
/// The same for its value.
std::optional<std::string> label_value_problem(std::string_view value);

}  // namespace mta_sts::settings
