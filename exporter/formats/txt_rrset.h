#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/formats/finding.h"
#include "exporter/formats/txt_fields.h"

namespace mta_sts::formats {

/// What differs between the RRsets of `_mta-sts` and `_smtp._tls`; how one is chosen from the set is the same
/// (RFC 8461 3.1, RFC 8460 3).
struct TxtRecordKind {
  std::string_view version;  ///< "v=STSv1"
  std::string_view prefix;   ///< "v=STSv1;"
  std::string_view tag;      ///< "STSv1": what near misses hold in some case
  std::string_view example;  ///< a whole record
  std::string_view clause;
  Reason missing;
  Reason multiple;
  Reason syntax;
  std::string_view blank_advice;  ///< WSP before the first ";"
  std::string_view near_advice;   ///< a discarded RR that looks like a record
};

/// Writes down what is wrong between the fields; whether nothing is.
bool judge_delimiters(const TxtFields& split, const TxtRecordKind& kind, std::size_t number, FindingLog& log);

void log_missing(const std::vector<std::string>& rrs, const TxtRecordKind& kind, FindingLog& log);
void log_multiple(std::size_t count, const TxtRecordKind& kind, FindingLog& log);
void log_near_miss(const std::vector<std::string>& rrs, const TxtRecordKind& kind, FindingLog& log);

/// `parse_one(rr, number, log)` gives the value of one RR that begins with the version, or nothing and errors.
template <typename Set, typename ParseOne>
Set judge_txt_rrset(const std::vector<std::string>& rrs, const TxtRecordKind& kind, ParseOne parse_one) {
  Set set;
  const auto candidates = begin_with(rrs, kind.prefix);
  // Records are discarded by the literal prefix if multiple ones are returned; one alone is judged by the ABNF, which
  // allows a blank before the ";".
  if (candidates.empty() && rrs.size() == 1 && rrs[0].starts_with(kind.version)) {
    FindingLog log(kind.clause);
    set.value = parse_one(rrs[0], std::size_t{1}, log);
    if (set.value) {
      set.present = true;
      set.findings = std::move(log).take();
      return set;
    }
  }
  FindingLog log(kind.clause);
  set.present = !candidates.empty();
  if (!set.present) log_missing(rrs, kind, log);
  // "If the number of resulting records is not one": counted before any is parsed.
  if (candidates.size() > 1) log_multiple(candidates.size(), kind, log);
  for (const auto index : candidates) {
    auto value = parse_one(rrs[index], index + 1, log);
    if (candidates.size() == 1) set.value = std::move(value);
  }
  if (set.present) log_near_miss(rrs, kind, log);
  set.findings = std::move(log).take();
  return set;
}

}  // namespace mta_sts::formats
