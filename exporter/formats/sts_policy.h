#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/formats/finding.h"
#include "exporter/formats/mx_pattern.h"

namespace mta_sts::formats {

enum class Mode { Enforce, Testing, None };
std::string_view to_text(Mode mode);
std::optional<Mode> parse_mode(std::string_view text);  ///< case-sensitive (RFC 8461 3.2 `%s`)

inline constexpr std::chrono::seconds kMaxPolicyAge{31557600};  // RFC 8461 3.2
inline constexpr std::size_t kMaxPolicyOctets = 64 * 1024;      // RFC 8461 3.3: the suggested limit of a sender

/// A policy that a strict sender takes (RFC 8461 3.2).
struct StsPolicy {
  Mode mode = Mode::None;
  std::chrono::seconds max_age{0};  ///< 0 to 31557600; 0 is valid and expires at once
  std::vector<MxPattern> mx;        ///< in the order of the file, duplicates kept; may be empty with mode none
  friend bool operator==(const StsPolicy&, const StsPolicy&) = default;
};

/// Whether two policies mean the same: mode, max_age and the set of mx patterns (contract/metrics.md, "Policy").
bool same_meaning(const StsPolicy& a, const StsPolicy& b);

/// Whether a pattern of the policy matches the MX host (RFC 8461 4.1).
bool matches(const StsPolicy& policy, std::string_view host);

/// The policy as a file that parses to an equal one; lines end in LF.
std::string to_text(const StsPolicy& policy);

/// The exact body, at most a few hundred KiB. Line ends LF and CRLF; first of a duplicate wins; unknown fields are
/// checked for syntax and ignored. The size is not judged: kMaxPolicyOctets is a matter of the fetch.
///
/// A required field counts as missing only if no malformed line looks like it; then the malformed line is the error.
/// Advice: policy_mode_testing, policy_mode_none, policy_max_age_zero, policy_max_age_short (under a day),
/// policy_max_age_under_two_weeks, policy_mx_policy_host, policy_mx_address, policy_mx_wide, policy_duplicate_field,
/// policy_unknown_field.
Parsed<StsPolicy> parse_sts_policy(std::string_view body);

}  // namespace mta_sts::formats
