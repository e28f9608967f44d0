#include "exporter/settings/json_as_yaml.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>

namespace mta_sts::settings {
namespace {

constexpr std::size_t kEscape = 6;  ///< octets of \uXXXX

bool is_json(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && (text[first] == '[' || text[first] == '{');
}

/// Of \uXXXX at the beginning.
std::optional<std::uint32_t> unit(std::string_view text) {
  if (text.size() < kEscape || !text.starts_with("\\u")) return std::nullopt;
  std::uint32_t value = 0;
  const char* end = text.data() + kEscape;
  const auto [at, error] = std::from_chars(text.data() + 2, end, value, 16);
  return error == std::errc() && at == end ? std::optional(value) : std::nullopt;
}

/// RFC 8259 7: a character beyond the basic plane is a pair of surrogates.
std::optional<std::uint32_t> pair(std::string_view text) {
  const auto high = unit(text);
  if (!high || *high < 0xD800 || *high > 0xDBFF) return std::nullopt;
  const auto low = unit(text.substr(kEscape));
  if (!low || *low < 0xDC00 || *low > 0xDFFF) return std::nullopt;
  return 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
}

std::string yaml_escape(std::uint32_t character) {
  char text[sizeof "\\U00000000"];
  std::snprintf(text, sizeof text, "\\U%08X", static_cast<unsigned>(character));
  return text;
}

}  // namespace

std::string json_as_yaml(std::string_view text) {
  if (!is_json(text)) return std::string(text);
  std::string yaml;
  yaml.reserve(text.size());
  bool indentation = true;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '\\') {
      const auto character = pair(text.substr(i));
      const std::size_t taken = character ? 2 * kEscape : std::min<std::size_t>(2, text.size() - i);
      yaml += character ? yaml_escape(*character) : std::string(text.substr(i, taken));
      i += taken;
      continue;
    }
    yaml += c == '\t' && indentation ? ' ' : c;
    indentation = c == '\n' || (indentation && (c == ' ' || c == '\t'));
    ++i;
  }
  return yaml;
}

}  // namespace mta_sts::settings
