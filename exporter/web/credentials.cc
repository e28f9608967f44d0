#include "exporter/web/credentials.h"

#include <algorithm>

#include <openssl/evp.h>

#include "exporter/base/ascii.h"

namespace mta_sts::web {
namespace {

bool is_base64(char c) { return ascii::is_alnum(c) || c == '+' || c == '/'; }

/// RFC 4648 §4 with its padding; OpenSSL alone would also take spaces and padding in the middle.
std::optional<std::string> decode_base64(std::string_view text) {
  auto digits = text;
  while (digits.ends_with('=') && text.size() - digits.size() < 2) digits.remove_suffix(1);
  if (text.size() % 4 != 0 || !std::all_of(digits.begin(), digits.end(), is_base64)) return std::nullopt;
  std::string decoded(text.size() / 4 * 3, '\0');
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()), reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  decoded.resize(decoded.size() - (text.size() - digits.size()));
  return decoded;
}

}  // namespace

std::optional<Credentials> parse_basic(std::string_view authorization) {
  const auto space = authorization.find(' ');
  if (space == std::string_view::npos || !ascii::same(authorization.substr(0, space), "Basic")) return std::nullopt;
  auto decoded = decode_base64(ascii::trim(authorization.substr(space)));
  if (!decoded) return std::nullopt;
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

}  // namespace mta_sts::web
