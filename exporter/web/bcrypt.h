#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "exporter/base/result.h"

namespace mta_sts::web {

/// The work of a hash doubles with each step: about 50 ms at 10, 0.8 s at 14. Stopping waits for one that is being
/// computed, and whoever sends a wrong password can have one computed, so that more is refused.
inline constexpr unsigned kLeastBcryptCost = 4;
inline constexpr unsigned kMostBcryptCost = 14;

/// A bcrypt hash as htpasswd -B and Python's bcrypt write it. A value.
class BcryptHash {
 public:
  /// "$2y$10$" (or $2a$, $2b$) with 53 characters behind it. The error goes on after a name and does not show the text.
  static Result<BcryptHash> parse(std::string_view text);
  /// Costs what a real hash of that cost does; no password matches it.
  static BcryptHash decoy(unsigned cost);

  unsigned cost() const { return cost_; }
  const std::string& text() const { return text_; }

  /// Burns CPU for what cost() says, whatever the password is: not for the web thread. Safe from several threads.
  /// Like bcrypt everywhere, it looks at the first 72 octets only.
  bool matches(std::string_view password) const;

 private:
  BcryptHash(std::string text, unsigned cost) : text_(std::move(text)), cost_(cost) {}
  std::string text_;
  unsigned cost_;
};

}  // namespace mta_sts::web
