#pragma once

#include <string>
#include <vector>

#include "exporter/formats/finding.h"

namespace mta_sts::formats {

/// The TLS-RPT TXT record (RFC 8460 3).
struct TlsRptRecord {
  std::vector<std::string> rua;  ///< every URI, in order
  /// Those that a reporter can use: mailto with an address and https with a host, the two schemes that are supported.
  std::vector<std::string> usable_rua;
  friend bool operator==(const TlsRptRecord&, const TlsRptRecord&) = default;
};

/// The line of a finding is the number of its RR, from 1.
struct TlsRptRecordSet : Parsed<TlsRptRecord> {
  bool present = false;
};

/// The record as text that parses to an equal one.
std::string to_text(const TlsRptRecord& record);

/// Judges the RRset of `_smtp._tls.<domain>`; each element is one RR with its character-strings joined. Repeated `rua`
/// fields are collected. Without an RR that begins "v=TLSRPTv1;", one RR alone that follows the ABNF is taken
/// (docs/decisions/0001-ambiguous-vectors.md).
/// Advice: tlsrpt_blank_before_delimiter, tlsrpt_near_miss, tlsrpt_rua_scheme, tlsrpt_rua_unusable,
/// tlsrpt_no_usable_rua, tlsrpt_duplicate_field, tlsrpt_unknown_field.
TlsRptRecordSet parse_tlsrpt_records(const std::vector<std::string>& rrs);

}  // namespace mta_sts::formats
