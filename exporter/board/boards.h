#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exporter/board/board.h"

namespace mta_sts::board {

/// Whom something is looked at for: configured domains, or guests, which nobody configured and somebody asks for
/// (--web.probe-any-domain).
enum class Standing : std::uint8_t { Configured, Guest };

/// The board that every scrape and list shows, and one beside it for guests, which only who asks for one of them sees.
/// Both outlive this. Thread-safe.
class Boards {
 public:
  Boards(Board& configured, Board& guests) : configured_(configured), guests_(guests) {}

  Board& of(Standing standing) const { return standing == Standing::Configured ? configured_ : guests_; }

  // Of both:
  std::shared_ptr<const judge::EndpointState> endpoint(const std::string& mx, const IpAddress& address) const;
  std::vector<std::string> domains_of(const std::string& mx) const;
  /// A guest with what either board has of its MX hosts.
  Snapshot snapshot_of(const std::string& domain) const;

 private:
  Board& configured_;
  Board& guests_;
};

}  // namespace mta_sts::board
