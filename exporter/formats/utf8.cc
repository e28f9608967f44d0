#include "exporter/formats/utf8.h"

namespace mta_sts::formats {
namespace {

bool in(std::string_view text, std::size_t at, unsigned char low, unsigned char high) {
  if (at >= text.size()) return false;
  const auto octet = static_cast<unsigned char>(text[at]);
  return octet >= low && octet <= high;
}

bool tails(std::string_view text, std::size_t from, std::size_t to) {
  for (std::size_t at = from; at < to; ++at) {
    if (!in(text, at, 0x80, 0xbf)) return false;
  }
  return true;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  if (first < 0xe0) return tails(text, 1, 2) ? 2 : 0;
  if (first < 0xf0) {
    // RFC 3629 §4: E0 has no overlong forms, ED no surrogates.
    const bool second = in(text, 1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
    return second && tails(text, 2, 3) ? 3 : 0;
  }
  // RFC 3629 §4: F0 has no overlong forms, F4 ends at U+10FFFF.
  const bool second = in(text, 1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
  return second && tails(text, 2, 4) ? 4 : 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string make_utf8(std::string_view text, std::size_t max_octets) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";
  std::string clean;
  while (!text.empty()) {
    const auto length = utf8_length(text);
    const auto next = length == 0 ? kReplacement : text.substr(0, length);
    if (clean.size() + next.size() > max_octets) break;
    clean += next;
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return clean;
}

}  // namespace mta_sts::formats
