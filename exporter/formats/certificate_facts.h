#pragma once

#include <cstddef>
#include <string>

#include <openssl/types.h>

#include "exporter/base/clock.h"
#include "exporter/formats/tls_facts.h"

namespace mta_sts::formats {

/// Octets of a subject, issuer or serial that are kept.
inline constexpr std::size_t kMaxNameOctets = 1024;
inline constexpr std::size_t kMaxSerialOctets = 128;

/// Reads the facts of one X.509 certificate (RFC 5280). Never fails: what cannot be read is empty or the epoch. Names
/// are valid UTF-8 without control characters, serials have no leading zeros, and a time that WallTime cannot hold
/// (1677 to 2262) is its nearest second.
CertificateFacts read_certificate(const X509& certificate);

/// Lower-case hex; empty if OpenSSL has no memory for it.
std::string fingerprint_sha256(const X509& certificate);

/// A time of a certificate; the epoch if it is malformed.
WallTime read_time(const ASN1_TIME& time);

}  // namespace mta_sts::formats
