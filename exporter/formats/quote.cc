#include "exporter/formats/quote.h"

#include <cstdint>
#include <iterator>

#include "exporter/formats/utf8.h"

namespace mta_sts::formats {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

/// Blanks, format characters and direction marks that a reader would not see (Unicode 15: Cc, Cf, Zs, Zl, Zp).
struct Range {
  std::uint32_t first;
  std::uint32_t last;
};
constexpr Range kUnseen[] = {{0x80, 0xa0},       {0xad, 0xad},      {0x600, 0x605},   {0x61c, 0x61c},
                             {0x1680, 0x1680},   {0x180e, 0x180e},  {0x2000, 0x200f}, {0x2028, 0x202f},
                             {0x205f, 0x206f},   {0x3000, 0x3000},  {0xfeff, 0xfeff}, {0xfff0, 0xffff},
                             {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};

std::uint32_t code_point(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first;
  std::uint32_t code = first & (0x7fU >> character.size());
  for (const char c : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3fU);
  return code;
}

bool unseen(std::uint32_t code) {
  for (const Range& range : kUnseen) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

void append_octet(std::string& out, char c) {
  const auto octet = static_cast<unsigned char>(c);
  out += "\\x";
  out += kHex[octet >> 4];
  out += kHex[octet & 0xf];
}

void append_code(std::string& out, std::uint32_t code) {
  std::string digits;
  for (; code != 0; code >>= 4) digits.insert(digits.begin(), kHex[code & 0xf]);
  out += "\\u{" + digits + "}";
}

void append_ascii(std::string& out, char c) {
  switch (c) {
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '"':
    case '\\':
      out += '\\';
      out += c;
      return;
    default:
      if (c >= 0x20 && c < 0x7f) {
        out += c;
      } else {
        append_octet(out, c);
      }
  }
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out = "\"";
  std::size_t at = 0;
  while (at < text.size()) {
    const auto length = utf8_length(text.substr(at));
    const auto step = length == 0 ? 1 : length;
    if (at + step > kMaxQuoted) break;
    const auto character = text.substr(at, step);
    if (length == 0) {
      append_octet(out, character[0]);
    } else if (length == 1) {
      append_ascii(out, character[0]);
    } else if (const auto code = code_point(character); unseen(code)) {
      append_code(out, code);
    } else {
      out += character;
    }
    at += step;
  }
  out += '"';
  if (at < text.size()) out += "... (" + std::to_string(text.size()) + " octets)";
  return out;
}

}  // namespace mta_sts::formats
