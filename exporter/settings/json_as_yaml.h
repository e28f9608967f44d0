#pragma once

#include <string>
#include <string_view>

namespace mta_sts::settings {

/// JSON as parse_yaml() takes it: YAML has all of JSON but tabs for indentation, and characters beyond the basic plane
/// as two escapes. Lines stay, and so do columns but behind such escapes. Text that is no JSON comes back as it is.
std::string json_as_yaml(std::string_view text);

}  // namespace mta_sts::settings
