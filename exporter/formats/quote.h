#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mta_sts::formats {

inline constexpr std::size_t kMaxQuoted = 80;  ///< octets of the original that quoted() shows

/// Foreign text for a message: in double quotes, valid UTF-8, safe in a terminal and a log line. Octets that are no
/// UTF-8, controls and characters that cannot be seen or turn the direction of writing are escaped (\t, \xff,
/// \u{202e}); a text over kMaxQuoted is cut, with its length behind it.
std::string quoted(std::string_view text);

}  // namespace mta_sts::formats
