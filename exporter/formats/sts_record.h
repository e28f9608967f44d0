#pragma once

#include <string>
#include <vector>

#include "exporter/formats/finding.h"

namespace mta_sts::formats {

/// The MTA-STS TXT record (RFC 8461 3.1).
struct StsRecord {
  std::string id;  ///< 1 to 32 letters and digits, as published (case counts)
  friend bool operator==(const StsRecord&, const StsRecord&) = default;
};

/// What the TXT RRs of `_mta-sts.<domain>` say. `present` holds for at least one record, valid or not. The line of a
/// finding is the number of its RR, from 1.
struct StsRecordSet : Parsed<StsRecord> {
  bool present = false;
};

/// The record as text that parses to an equal one.
std::string to_text(const StsRecord& record);

/// Judges a whole RRset; each element is one RR with its character-strings joined without spaces (RFC 8461 3.1).
/// Counts first, parses after: a second record that begins "v=STSv1;" makes the set invalid even when it is malformed.
/// Without any, one RR alone that follows the ABNF is taken (docs/decisions/0001-ambiguous-vectors.md).
/// Advice: record_blank_before_delimiter, record_near_miss, record_duplicate_field, record_unknown_field.
StsRecordSet parse_sts_records(const std::vector<std::string>& rrs);

}  // namespace mta_sts::formats
