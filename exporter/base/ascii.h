#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mta_sts::ascii {

/// Character classes of RFC 5234 B.1, free of the locale: what is parsed here comes from the network.
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_alpha(char c) { return is_upper(c) || is_lower(c); }
constexpr bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
constexpr bool is_wsp(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_visible(char c) { return c >= 0x21 && c <= 0x7e; }
constexpr char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

std::string to_lower(std::string_view text);
/// ASCII case-insensitive equality.
bool same(std::string_view a, std::string_view b);
/// Without WSP at both ends.
std::string_view trim(std::string_view text);
/// The lines of a text, each without the LF that ends it.
std::vector<std::string_view> lines(std::string_view text);

}  // namespace mta_sts::ascii
