#pragma once

#include <memory>
#include <optional>
#include <string>

#include "exporter/judge/check.h"
#include "exporter/judge/memory.h"

namespace mta_sts::judge {

/// What is shown of one (MX name, address), judged as a sender meets it (RFC 8461 4.2).
struct EndpointState {
  std::string mx;
  IpAddress address;
  WallTime last_probe;
  std::optional<WallTime> last_conclusive;
  std::optional<std::chrono::nanoseconds> duration;  ///< absent: not connected to, or recalled
  std::optional<bool> reachable;                     ///< of the last look only
  std::optional<bool> starttls;
  std::optional<bool> cert_valid;
  /// A sender delivers under an enforce policy; absent: never conclusive, or held too long.
  std::optional<bool> passes;
  Shared<formats::TlsFacts> tls;           ///< of the last conclusive look, however old; absent: there was none
  Shared<formats::CertificateFacts> cert;  ///< the last one seen
  std::optional<WallTime> chain_not_after;
  Problems problems;  ///< the fail may be held

  bool inconclusive() const { return !problems.empty() && problems.back().outcome == Outcome::Inconclusive; }
};

/// The fault that ends a sender's attempt first; nothing if it delivers.
std::optional<Fault> first_fault(const EndpointObservation& observation);
Outcome outcome_of(const EndpointObservation& observation, Reason reason);

EndpointState judge_endpoint(std::string mx, const IpAddress& address, const EndpointMemory& memory);

/// Whether a domain's verdict can differ between the two.
bool same_standing(const EndpointState& a, const EndpointState& b);

}  // namespace mta_sts::judge
