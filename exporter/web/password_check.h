#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <set>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "exporter/base/ip.h"
#include "exporter/web/config.h"
#include "exporter/web/credentials.h"

namespace mta_sts::web {

/// Compares passwords with bcrypt hashes on a thread of its own, so that the web thread serves others meanwhile; called
/// on the web thread. Right answers are remembered by a keyed digest, never by the password; wrong ones are not, so
/// that nobody can push out what others need.
class PasswordCheck {
 public:
  static constexpr std::size_t kWaiting = 32;       ///< comparisons at once: about 1.6 s of work at cost 10
  static constexpr std::size_t kWaitingOfPeer = 8;  ///< of these for one IPv4 address or IPv6 /64
  static constexpr std::size_t kRemembered = 128;   ///< right answers

  enum class Verdict { Right, Wrong, Busy };

  PasswordCheck();
  /// Waits for the comparison in work, drops the others.
  ~PasswordCheck();
  PasswordCheck(const PasswordCheck&) = delete;
  PasswordCheck& operator=(const PasswordCheck&) = delete;

  /// An unknown user costs a comparison as well: with a hash of the highest cost among `users`, which is not empty.
  boost::asio::awaitable<Verdict> check(Credentials given, std::shared_ptr<const Config> config, IpAddress peer);
  /// Found right before, and still so by this configuration. Costs no comparison.
  bool remembers(const Credentials& given, const Config& config) const;

 private:
  using Digest = std::array<unsigned char, 32>;
  using Peers = std::multiset<IpAddress>;
  class Place;
  Digest digest(const Credentials& given, const BcryptHash& hash) const;
  bool remembers(const Digest& answer) const;
  void remember(const Digest& answer);

  Digest secret_;              ///< random, of this process
  std::vector<Digest> right_;  ///< the oldest first
  std::shared_ptr<Peers> waiting_ = std::make_shared<Peers>();
  boost::asio::thread_pool worker_{1};
};

}  // namespace mta_sts::web
