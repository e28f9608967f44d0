#include "exporter/web/bcrypt.h"

#include <algorithm>
#include <crypt.h>
#include <cstddef>
#include <memory>

#include <openssl/crypto.h>

#include "exporter/base/ascii.h"

namespace mta_sts::web {
namespace {

constexpr std::size_t kPrefix = 7;  ///< "$2b$10$"
constexpr std::size_t kSalt = 22;
constexpr std::size_t kDigest = 31;
constexpr std::size_t kPasswordOctets = 72;  ///< what bcrypt looks at

bool is_base64(char c) { return ascii::is_alnum(c) || c == '.' || c == '/'; }

std::string two_digits(unsigned number) {
  return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

}  // namespace

Result<BcryptHash> BcryptHash::parse(std::string_view text) {
  const bool form = text.size() == kPrefix + kSalt + kDigest && text.starts_with("$2") &&
                    std::string_view("aby").find(text[2]) != std::string_view::npos && text[3] == '$' &&
                    ascii::is_digit(text[4]) && ascii::is_digit(text[5]) && text[6] == '$' &&
                    std::all_of(text.begin() + kPrefix, text.end(), is_base64);
  if (!form) return fail("is no bcrypt hash");
  const auto cost = static_cast<unsigned>((text[4] - '0') * 10 + (text[5] - '0'));
  if (cost < kLeastBcryptCost || cost > kMostBcryptCost)
    return fail("is a bcrypt hash of cost " + std::to_string(cost));
  return BcryptHash(std::string(text), cost);
}

BcryptHash BcryptHash::decoy(unsigned cost) {
  return {"$2b$" + two_digits(cost) + "$" + std::string(kSalt + kDigest, '.'), cost};
}

bool BcryptHash::matches(std::string_view password) const {
  // crypt(3) takes text that ends with a NUL: what stands behind one would not count.
  const bool has_nul = password.find('\0') != std::string_view::npos;
  std::string looked_at(password.substr(0, kPasswordOctets));
  const auto work = std::make_unique<crypt_data>();
  const char* const computed = crypt_r(looked_at.c_str(), text_.c_str(), work.get());
  // Only the digest: of the salt's last character two bits count, and other programs write the rest differently.
  const bool equal = computed != nullptr && std::string_view(computed).size() == text_.size() &&
                     CRYPTO_memcmp(computed + kPrefix + kSalt, text_.data() + kPrefix + kSalt, kDigest) == 0;
  OPENSSL_cleanse(looked_at.data(), looked_at.size());
  OPENSSL_cleanse(work.get(), sizeof *work);
  return equal && !has_nul;
}

}  // namespace mta_sts::web
