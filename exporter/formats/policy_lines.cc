#include "exporter/formats/policy_lines.h"

#include "exporter/formats/quote.h"
#include "exporter/formats/txt_fields.h"
#include "exporter/formats/utf8.h"

namespace mta_sts::formats {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string blank_line_problem(const PolicyLine& line) {
  if (!line.last) return "the line is blank; every line of a policy holds a field";
  return line.text.empty() ? "a blank line follows the last field; at most one line end may"
                           : "blanks follow the last line end";
}

std::string name_problem(std::string_view line, std::string_view name) {
  const auto found = "the line " + quoted(line);
  if (line.starts_with(kByteOrderMark)) return found + " begins with a byte order mark; save the file without it";
  if (ascii::is_wsp(line.front())) return found + " begins with a blank; names stand at the beginning of a line";
  if (line.front() == '#') return found + " is a comment, which policies do not have";
  if (line.front() == '<') return found + " is no field of a policy; it looks like an HTML page";
  if (name.empty()) return found + " has no name before the \":\"";
  if (ascii::is_wsp(name.back())) return found + " has a blank before the \":\"";
  return found +
         " has a malformed name; 1 to 32 letters, digits, \"_\", \"-\" and \".\" are expected, the first one a letter "
         "or digit";
}

}  // namespace

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

std::optional<std::string> line_problem(const PolicyLine& line) {
  const auto text = line.text;
  if (ascii::trim(text).empty()) return blank_line_problem(line);
  // RFC 8461 §3.2: sts-policy-term = LF / CRLF.
  if (text.find('\r') != std::string_view::npos) {
    return "the line " + quoted(text) + " holds a bare CR; lines end in LF or CRLF";
  }
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  if (colon == std::string_view::npos) {
    if (!ascii::is_alnum(text.front())) return name_problem(text, name);
    return "the line " + quoted(text) + " has no \":\"; \"name: value\" is expected";
  }
  if (!is_ext_name(name)) return name_problem(text, name);
  return std::nullopt;
}

PolicyField split_policy_field(std::string_view text) {
  const auto colon = text.find(':');
  return {text.substr(0, colon), ascii::trim(text.substr(colon + 1))};
}

std::optional<std::string> ext_value_problem(std::string_view value) {
  if (value.empty()) return "has no value";
  // RFC 8461 §3.2: SP and sts-policy-vchar = %x21-7E / UTF8-2 / UTF8-3 / UTF8-4.
  while (!value.empty()) {
    const auto length = utf8_length(value);
    if (length == 0) return "is not UTF-8";
    if (length == 1 && value.front() != ' ' && !ascii::is_visible(value.front())) {
      return "holds the control character " + quoted(value.substr(0, 1));
    }
    value.remove_prefix(length);
  }
  return std::nullopt;
}

}  // namespace mta_sts::formats
