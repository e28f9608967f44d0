#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporter/base/clock.h"
#include "exporter/base/reason.h"
#include "exporter/base/shared.h"

namespace mta_sts::formats {

/// One certificate, as metrics and reports show it. Texts are as in the certificate: hostile until escaped.
struct CertificateFacts {
  std::string subject;                 ///< RFC 2253 form
  std::string issuer;                  ///< RFC 2253 form
  std::string serial;                  ///< lower-case hex
  std::string fingerprint_sha256;      ///< lower-case hex
  std::vector<std::string> dns_names;  ///< SAN dNSNames, at most kMaxDnsNames
  WallTime not_before;
  WallTime not_after;
  friend bool operator==(const CertificateFacts&, const CertificateFacts&) = default;
};

inline constexpr std::size_t kMaxDnsNames = 100;
inline constexpr std::size_t kMaxChain = 10;

/// The chain that a server sent and what PKIX (RFC 5280) and the name check (RFC 8461 3.3, 4.2) say of it. Facts
/// survive an invalid certificate.
struct ChainFacts {
  std::vector<Shared<CertificateFacts>>
      sent;  ///< leaf first, as sent, at most kMaxChain; never empty, nor is one of them
  /// Earliest end in the chain to a trusted root, built without regard to dates; absent if none can be built.
  std::optional<WallTime> chain_not_after;
  /// Every fault, in the order in which contract/metrics.md ranks them; empty: a sender accepts the certificate.
  std::vector<Fault> faults;
  friend bool operator==(const ChainFacts&, const ChainFacts&) = default;
};

/// What a TLS handshake showed.
struct TlsFacts {
  std::string version;       ///< "TLSv1.2" or "TLSv1.3"; empty unless the handshake was done
  std::string cipher;        ///< IANA name
  std::string group;         ///< IANA name of the key exchange group; may be empty
  Shared<ChainFacts> chain;  ///< absent if no certificate was received
  bool handshake_done() const { return !version.empty(); }
  friend bool operator==(const TlsFacts&, const TlsFacts&) = default;
};

}  // namespace mta_sts::formats
