#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <unordered_map>

#include <openssl/types.h>

#include "exporter/base/clock.h"
#include "exporter/base/guarded.h"
#include "exporter/formats/tls_facts.h"

struct stack_st_X509;  // STACK_OF(X509), of the global namespace

namespace mta_sts::net {

/// What one Trust found of chains: the facts of each certificate once, however many chains have it, and of the chains
/// that it accepts the whole judgement, which stays the same within their dates. Holds nothing alive: who keeps the
/// facts keeps them known. Thread-safe.
class KnownChains {
 public:
  using Digest = std::array<unsigned char, 32>;  ///< SHA-256
  /// Of the chain as sent and the name that it was judged for.
  static Digest digest(const STACK_OF(X509) & sent, std::string_view host);

  Shared<formats::CertificateFacts> certificate(const X509& certificate);

  /// When a judgement holds: a chain without faults, while all its certificates up to the root are in date.
  struct Dates {
    WallTime from;
    WallTime until;
  };
  /// None: not accepted yet, or not at `now`.
  Shared<formats::ChainFacts> find(const Digest& chain, WallTime now) const;
  void accepted(const Digest& chain, const Shared<formats::ChainFacts>& facts, Dates dates);

 private:
  /// Entries that nobody keeps any more go when the map has grown to twice what it was.
  static constexpr std::size_t kFirstSweep = 1024;
  struct Hash {
    std::size_t operator()(const Digest& digest) const {
      std::size_t hash = 0;
      std::memcpy(&hash, digest.data(), sizeof hash);
      return hash;
    }
  };
  struct Accepted {
    std::weak_ptr<const formats::ChainFacts> facts;
    Dates dates;
  };
  struct Known {
    /// By the hash of their fingerprints, which are in the facts.
    std::unordered_multimap<std::size_t, std::weak_ptr<const formats::CertificateFacts>> certificates;
    std::unordered_map<Digest, Accepted, Hash> chains;
    std::size_t sweep_at = kFirstSweep;
  };
  static void sweep(Known& known);

  Guarded<Known> known_;
};

}  // namespace mta_sts::net
