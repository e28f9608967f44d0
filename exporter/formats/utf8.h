#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mta_sts::formats {

/// Octets of the UTF-8 character (RFC 3629 §4: no overlong form, no surrogate) that `text` begins with: 1 to 4; 0 if it
/// begins with none.
std::size_t utf8_length(std::string_view text);
bool is_utf8(std::string_view text);

/// `text` with each octet that is no UTF-8 made U+FFFD, cut at `max_octets` between two characters.
std::string make_utf8(std::string_view text, std::size_t max_octets);

}  // namespace mta_sts::formats
