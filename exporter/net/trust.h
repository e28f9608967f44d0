#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/types.h>

#include "exporter/base/clock.h"
#include "exporter/base/guarded.h"
#include "exporter/base/result.h"
#include "exporter/formats/tls_facts.h"
#include "exporter/net/known_chains.h"

namespace mta_sts::net {

/// The trusted roots: one X509_STORE built from a PEM bundle and never changed after, so that threads may share it. A
/// changed file gives a new Trust.
class Trust {
 public:
  static Result<std::shared_ptr<const Trust>> load(const std::string& ca_file);

  /// Judges a chain as sent (leaf first) for a TLS server named `host` at `now`: every fault is collected, in the order
  /// of contract/metrics.md; name by SAN dNSName only, wildcards for one whole label (RFC 8461 3.3, 4.2; RFC 6125);
  /// security level 2. Pure but for the store: a chain that was accepted is not verified again within its dates, for
  /// kKnownFor at most, since another issuer may have come in date. Safe from several threads.
  Shared<formats::ChainFacts> judge(const STACK_OF(X509) & sent, std::string_view host, WallTime now) const;

  static constexpr std::chrono::hours kKnownFor{24};

 private:
  struct StoreFree {
    void operator()(X509_STORE* store) const;
  };
  explicit Trust(std::unique_ptr<X509_STORE, StoreFree> store) : store_(std::move(store)) {}
  struct Judgement {
    formats::ChainFacts facts;
    std::optional<KnownChains::Dates> dates;  ///< of the chain to a root; absent: there is none
  };
  Judgement verify_anew(const STACK_OF(X509) & sent, std::string_view host, WallTime now) const;

  std::unique_ptr<X509_STORE, StoreFree> store_;
  mutable KnownChains known_;
};

/// The Trust in force: clients take it anew for each connection, the daemon replaces it when the bundle changed.
class TrustSlot {
 public:
  explicit TrustSlot(std::shared_ptr<const Trust> trust) : trust_(std::move(trust)) {}
  std::shared_ptr<const Trust> get() const {
    return trust_.with([](const auto& trust) { return trust; });
  }
  void set(std::shared_ptr<const Trust> trust) {
    trust_.with([&](auto& held) { held = std::move(trust); });
  }

 private:
  Guarded<std::shared_ptr<const Trust>> trust_;
};

}  // namespace mta_sts::net
