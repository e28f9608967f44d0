#include "exporter/base/printable.h"

#include <array>
#include <cstdio>

namespace mta_sts {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::string_view kCut = "...";

struct Decoded {
  char32_t point = 0;
  std::size_t octets = 1;
  bool valid = false;
};

bool is_tail(unsigned char c) { return (c & 0xc0) == 0x80; }

/// One character of UTF-8 (RFC 3629 4): shortest form only, no surrogates.
Decoded decode(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t octets = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < octets) return {};
  char32_t point = lead & (0x7fu >> octets);
  for (std::size_t i = 1; i < octets; ++i) {
    if (!is_tail(at(i))) return {};
    point = (point << 6) | (at(i) & 0x3fu);
  }
  constexpr std::array<char32_t, 5> kLowest = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kLowest[octets] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return {};
  return {point, octets, true};
}

bool is_unsafe(char32_t point) {
  if (point < 0x20 || (point >= 0x7f && point <= 0x9f)) return true;  // C0, DEL, C1
  if (point >= 0x200b && point <= 0x200f) return true;                // zero width, LRM, RLM
  if (point >= 0x2028 && point <= 0x202e) return true;                // separators, embeddings, overrides
  return (point >= 0x2060 && point <= 0x206f) || point == 0xfeff || point == 0x061c;  // isolates, BOM, ALM
}

std::string escaped(char32_t point) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), point < 0x100 ? "\\x%02x" : "\\u{%04x}", static_cast<unsigned>(point));
  return text.data();
}

/// Appends pieces until one does not fit; tells whether all fitted.
template <typename Append>
void each_piece(std::string_view text, Append append) {
  while (!text.empty()) {
    const Decoded next = decode(text);
    const bool more = !next.valid             ? append(kReplacement)
                      : is_unsafe(next.point) ? append(std::string_view(escaped(next.point)))
                                              : append(text.substr(0, next.octets));
    if (!more) return;
    text.remove_prefix(next.octets);
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  each_piece(text, [&](std::string_view piece) {
    shown += piece;
    return true;
  });
  return shown;
}

std::string printable(std::string_view text, std::size_t limit) {
  std::string shown;
  std::size_t fits_with_mark = 0;
  bool cut = false;
  each_piece(text, [&](std::string_view piece) {
    if (shown.size() + piece.size() > limit) {
      cut = true;
      return false;
    }
    shown += piece;
    if (shown.size() + kCut.size() <= limit) fits_with_mark = shown.size();
    return true;
  });
  if (cut && limit >= kCut.size()) {
    shown.resize(fits_with_mark);
    shown += kCut;
  }
  return shown;
}

}  // namespace mta_sts
