#pragma once

#include <string>
#include <string_view>

namespace mta_sts {

/// Of this program: "0.1.0".
std::string_view version();
/// The commit it was built from, with "-dirty" if files were changed; "unknown" without git.
std::string_view revision();
/// What compiled it: "GCC 12.2.0".
std::string compiler();

}  // namespace mta_sts
