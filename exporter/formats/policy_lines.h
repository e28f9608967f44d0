#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/base/ascii.h"

namespace mta_sts::formats {

/// The lines of a policy file and the part of its grammar that is the same for every field (RFC 8461 3.2):
///   record = field *WSP *(term field *WSP) [term],  term = LF / CRLF,  field = name ":" *WSP value
struct PolicyLine {
  std::size_t number = 0;  ///< from 1
  std::string_view text;   ///< without its terminator
  bool last = false;       ///< nothing but blanks and line ends follows
};

struct PolicyField {
  std::string_view name;
  std::string_view value;  ///< without the WSP around it
};

/// Octets of nothing but WSP and line ends.
bool is_blank(std::string_view text);

/// Why no field of any name can stand in this line, as a sentence; nothing if one does. Values are not looked at but
/// for bare CRs.
std::optional<std::string> line_problem(const PolicyLine& line);

/// The parts of a line without a problem.
PolicyField split_policy_field(std::string_view text);

/// Why `value` is no sts-policy-ext-value, in words that go on after the quoted line; nothing if it is one.
std::optional<std::string> ext_value_problem(std::string_view value);

/// Calls `take` for each line. A terminator at the end of `body` begins no line.
template <typename Take>
void each_policy_line(std::string_view body, Take take) {
  const auto last_text = body.find_last_not_of(" \t\r\n");
  std::size_t number = 0;
  for (std::size_t at = 0; at < body.size();) {
    const auto end = body.find('\n', at);
    auto text = body.substr(at, end == std::string_view::npos ? end : end - at);
    // Only together with its LF is a CR part of a terminator.
    if (end != std::string_view::npos && text.ends_with('\r')) text.remove_suffix(1);
    const bool last = last_text == std::string_view::npos || at + text.size() > last_text;
    take(PolicyLine{++number, text, last});
    if (end == std::string_view::npos) return;
    at = end + 1;
  }
}

}  // namespace mta_sts::formats
