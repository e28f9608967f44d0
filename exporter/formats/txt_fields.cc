#include "exporter/formats/txt_fields.h"

#include <algorithm>

#include "exporter/base/ascii.h"

namespace mta_sts::formats {
namespace {

constexpr std::size_t kMaxExtName = 32;
/// A version further back than this is not what the record is about.
constexpr std::size_t kNearMissOctets = 64;

constexpr bool is_name_char(char c) { return ascii::is_alnum(c) || c == '_' || c == '-' || c == '.'; }

}  // namespace

TxtFields split_txt_fields(std::string_view after_version) {
  TxtFields split;
  auto delimiter = after_version.find(';');
  split.delimited = ascii::trim(after_version.substr(0, delimiter)).empty() && delimiter != std::string_view::npos;
  if (!split.delimited) return split;
  split.blank_before_first = delimiter > 0;
  while (delimiter != std::string_view::npos) {
    after_version.remove_prefix(delimiter + 1);
    delimiter = after_version.find(';');
    const auto raw = after_version.substr(0, delimiter);
    const auto field = ascii::trim(raw);
    const bool last = delimiter == std::string_view::npos;
    if (!field.empty()) {
      split.fields.push_back(field);
      // RFC 8461 §3.1: WSP belongs to a delimiter; behind the last field it needs the ";".
      split.trailing_blanks = last && ascii::is_wsp(raw.back());
    } else if (!last) {
      ++split.empty_fields;
    }
  }
  return split;
}

bool is_ext_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxExtName && ascii::is_alnum(name.front()) &&
         std::all_of(name.begin(), name.end(), is_name_char);
}

bool is_txt_ext_value(std::string_view value) {
  return !value.empty() &&
         std::all_of(value.begin(), value.end(), [](char c) { return ascii::is_visible(c) && c != ';' && c != '='; });
}

std::optional<std::string> txt_field_problem(std::string_view field) {
  const auto equals = field.find('=');
  if (equals == std::string_view::npos) return "has no \"=\"; name=value is expected";
  const auto name = field.substr(0, equals);
  const auto value = field.substr(equals + 1);
  if (name.empty()) return "has no name before the \"=\"";
  if (ascii::is_wsp(name.back())) return "has a blank before the \"=\"";
  if (!is_ext_name(name)) {
    return "has a malformed name; 1 to 32 letters, digits, \"_\", \"-\" and \".\" are expected, the first one a letter "
           "or digit";
  }
  if (value.empty()) return "has no value";
  if (ascii::is_wsp(value.front())) return "has a blank after the \"=\"";
  if (!is_txt_ext_value(value)) return "has a value with a blank, \"=\", a control or an octet outside ASCII";
  return std::nullopt;
}

bool looks_like(std::string_view field, std::string_view name) {
  std::size_t at = 0;
  for (; at < field.size() && !ascii::is_alnum(field[at]); ++at) {
    if (field[at] == '#' || field[at] == '/') return false;
  }
  std::size_t matched = 0;
  for (; at < field.size(); ++at) {
    const char c = ascii::to_lower(field[at]);
    if (c == '_' || c == '-') continue;
    if (!ascii::is_alnum(c)) return matched == name.size() && (c == ':' || c == '=' || ascii::is_wsp(c) || c == '"');
    while (matched < name.size() && (name[matched] == '_' || name[matched] == '-')) ++matched;
    if (matched == name.size() || name[matched] != c) return false;
    ++matched;
  }
  return matched == name.size();
}

std::vector<std::size_t> begin_with(const std::vector<std::string>& rrs, std::string_view prefix) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < rrs.size(); ++i) {
    if (rrs[i].starts_with(prefix)) found.push_back(i);
  }
  return found;
}

std::optional<std::size_t> near_miss(const std::vector<std::string>& rrs, std::string_view prefix,
                                     std::string_view version) {
  const auto wanted = ascii::to_lower(version);
  for (std::size_t i = 0; i < rrs.size(); ++i) {
    if (rrs[i].starts_with(prefix)) continue;
    const auto start = ascii::to_lower(std::string_view(rrs[i]).substr(0, kNearMissOctets));
    if (start.find(wanted) != std::string::npos) return i;
  }
  return std::nullopt;
}

}  // namespace mta_sts::formats
