#include "exporter/web/password_check.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace mta_sts::web {
namespace asio = boost::asio;

namespace {

asio::awaitable<bool> compare(BcryptHash hash, std::string password) { co_return hash.matches(password); }

BcryptHash decoy_for(const Users& users) {
  unsigned cost = kLeastBcryptCost;
  for (const auto& [name, hash] : users) cost = std::max(cost, hash.cost());
  return BcryptHash::decoy(cost);
}

/// Whoever has one IPv6 address has its /64 (RFC 6177): counted by address, it would have every place.
IpAddress network_of(const IpAddress& peer) {
  return peer.is_v6() ? asio::ip::make_network_v6(peer.to_v6(), 64).canonical().address() : peer;
}

}  // namespace

/// Among the comparisons that wait, for as long as it lives. Holds its own share of the list, which may outlive the
/// check.
class PasswordCheck::Place {
 public:
  Place(std::shared_ptr<Peers> waiting, const IpAddress& peer)
      : waiting_(std::move(waiting)), at_(waiting_->insert(peer)) {}
  ~Place() { waiting_->erase(at_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::shared_ptr<Peers> waiting_;
  Peers::iterator at_;
};

PasswordCheck::PasswordCheck() {
  if (RAND_bytes(secret_.data(), static_cast<int>(secret_.size())) != 1) throw std::runtime_error("RAND_bytes");
}

PasswordCheck::~PasswordCheck() {
  worker_.stop();
  worker_.join();
}

asio::awaitable<PasswordCheck::Verdict> PasswordCheck::check(Credentials given, std::shared_ptr<const Config> config,
                                                             IpAddress peer) {
  const auto known = config->users.find(given.user);
  const bool is_known = known != config->users.end();
  const BcryptHash hash = is_known ? known->second : decoy_for(config->users);
  const Digest answer = digest(given, hash);
  if (remembers(answer)) co_return Verdict::Right;
  const IpAddress network = network_of(peer);
  if (waiting_->size() >= kWaiting || waiting_->count(network) >= kWaitingOfPeer) co_return Verdict::Busy;
  const Place place(waiting_, network);
  const bool matches = co_await asio::co_spawn(worker_, compare(hash, std::move(given.password)), asio::use_awaitable);
  if (!matches || !is_known) co_return Verdict::Wrong;
  remember(answer);
  co_return Verdict::Right;
}

bool PasswordCheck::remembers(const Credentials& given, const Config& config) const {
  const auto known = config.users.find(given.user);
  return known != config.users.end() && remembers(digest(given, known->second));
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
