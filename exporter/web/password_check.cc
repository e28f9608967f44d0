#include "exporter/web/password_check.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "exporter/web/place.h"

namespace mta_sts::web {
namespace asio = boost::asio;

namespace {

asio::awaitable<bool> compare(BcryptHash hash, std::string password) { co_return hash.matches(password); }

BcryptHash decoy_for(const Users& users) {
  unsigned cost = kLeastBcryptCost;
  for (const auto& [name, hash] : users) cost = std::max(cost, hash.cost());
  return BcryptHash::decoy(cost);
}

}  // namespace

PasswordCheck::PasswordCheck() {
  if (RAND_bytes(secret_.data(), static_cast<int>(secret_.size())) != 1) throw std::runtime_error("RAND_bytes");
}

PasswordCheck::~PasswordCheck() {
  worker_.stop();
  worker_.join();
}

asio::awaitable<PasswordCheck::Verdict> PasswordCheck::check(Credentials given, std::shared_ptr<const Config> config) {
  const auto known = config->users.find(given.user);
  const bool is_known = known != config->users.end();
  const BcryptHash hash = is_known ? known->second : decoy_for(config->users);
  const Digest answer = digest(given, hash);
  if (remembers(answer)) co_return Verdict::Right;
  if (*waiting_ >= kWaiting) co_return Verdict::Busy;
  const Place place(waiting_);
  const bool matches = co_await asio::co_spawn(worker_, compare(hash, std::move(given.password)), asio::use_awaitable);
  if (!matches || !is_known) co_return Verdict::Wrong;
  remember(answer);
  co_return Verdict::Right;
}

PasswordCheck::Digest PasswordCheck::digest(const Credentials& given, const BcryptHash& hash) const {
  // The length first: no two pairs of name and password give one text. Hashes have one length.
  std::string text = std::to_string(given.user.size()) + ':' + given.user + hash.text() + given.password;
  Digest result{};
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), result.data(), nullptr);
  OPENSSL_cleanse(text.data(), text.size());
  return result;
}

bool PasswordCheck::remembers(const Digest& answer) const {
  return std::find(right_.begin(), right_.end(), answer) != right_.end();
}

void PasswordCheck::remember(const Digest& answer) {
  if (remembers(answer)) return;
  if (right_.size() == kRemembered) right_.erase(right_.begin());
  right_.push_back(answer);
}

}  // namespace mta_sts::web
