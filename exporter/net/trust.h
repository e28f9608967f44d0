#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>

#include "exporter/base/clock.h"
#include "exporter/base/guarded.h"
#include "exporter/base/result.h"
#include "exporter/formats/tls_facts.h"

struct stack_st_X509;  // STACK_OF(X509), of the global namespace

namespace mta_sts::net {

/// The trusted roots: one X509_STORE built from a PEM bundle and never changed after, so that threads may share it. A
/// changed file gives a new Trust.
class Trust {
 public:
  static Result<std::shared_ptr<const Trust>> load(const std::string& ca_file);

  /// Judges a chain as sent (leaf first) for a TLS server named `host` at `now`: every fault is collected, in the order
  /// of contract/metrics.md; name by SAN dNSName only, wildcards for one whole label (RFC 8461 3.3, 4.2; RFC 6125);
  /// security level 2. Pure but for the store. Safe from several threads.
  formats::ChainFacts judge(const STACK_OF(X509) & sent, std::string_view host, WallTime now) const;

 private:
  struct StoreFree {
    void operator()(X509_STORE* store) const;
  };
  explicit Trust(std::unique_ptr<X509_STORE, StoreFree> store) : store_(std::move(store)) {}
  std::unique_ptr<X509_STORE, StoreFree> store_;
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
