#pragma once

#include <optional>
#include <vector>

#include "exporter/base/ip.h"
#include "exporter/base/reason.h"

namespace mta_sts::net {

/// Whether this program may connect to an address: a monitored domain chooses its addresses and must not make us knock
/// inside the operator's network (contract/metrics.md, address_not_public). Immutable, shared by all threads.
class EgressGuard {
 public:
  EgressGuard(std::vector<IpPrefix> allow, std::vector<IpPrefix> deny);
  /// address_not_public, address_denied, or nothing: may be connected to. `allow` wins over every denial; an address
  /// that is not public says so even if `deny` names it too.
  std::optional<Fault> check(const IpAddress& address) const;

 private:
  std::vector<IpPrefix> allow_;
  std::vector<IpPrefix> deny_;
};

/// Whether this machine has a route to the address, asked from the kernel without sending (connect of a UDP socket).
bool has_route(const IpAddress& address);

}  // namespace mta_sts::net
