#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace mta_sts::judge {

/// The closed list of advisories: what works today and will surprise someone. None of them changes a verdict, a metric
/// or an exit code. What a parser finds keeps the name that `lint` shows it under (formats/finding.h).
enum class Advisory {
  RecordDuplicateField,        ///< a field of the record stands twice
  RecordUnknownField,          ///< a field of the record that the RFC does not have
  RecordBlankBeforeDelimiter,  ///< "v=STSv1 ;": legal by the ABNF, discarded by RFC 8461 3.1
  RecordNearMiss,              ///< another TXT record is almost one of MTA-STS
  DelegationMixed,             ///< CNAME on one of record and policy host only
  PolicyModeNone,              ///< mode none
  PolicyModeTesting,           ///< mode testing
  PolicyMaxAgeZero,            ///< max_age 0
  PolicyMaxAgeShort,           ///< max_age under a day
  PolicyMaxAgeUnderTwoWeeks,   ///< max_age under two weeks with enforce
  PolicyMxPolicyHost,          ///< an mx pattern that names the policy host
  PolicyMxAddress,             ///< an mx pattern that looks like an IP address
  PolicyMxWide,                ///< a wildcard right below a top-level domain
  PolicyMxUnused,              ///< an mx pattern that matches no MX host
  PolicyDuplicateField,        ///< a field of the policy stands twice
  PolicyUnknownField,          ///< a field of the policy that the RFC does not have
  PolicyAfterId,               ///< the id changed before the policy did
  PolicyNewerThanId,           ///< a policy file that was changed after the day that the id names
  PolicyCertEnding,            ///< under a third of the lifetime of the policy host's certificate is left
  MxCertEnding,                ///< the same for an MX host
  TlsRptAbsent,                ///< no TLS-RPT record
  TlsRptNoUsableRua,           ///< no report can be sent to any rua
  TlsRptRuaUnusable,           ///< one rua cannot be used
  TlsRptRuaScheme,             ///< one rua is neither mailto: nor https:
  TlsRptDuplicateField,        ///< a field of the TLS-RPT record stands twice
  TlsRptUnknownField,          ///< a field of the TLS-RPT record that the RFC does not have
  TlsRptBlankBeforeDelimiter,  ///< "v=TLSRPTv1 ;"
  TlsRptNearMiss,              ///< another TXT record is almost one of TLS-RPT
};
inline constexpr std::size_t kAdvisoryCount = static_cast<std::size_t>(Advisory::TlsRptNearMiss) + 1;

/// The name, as in docs/findings.md.
std::string_view to_text(Advisory advisory);
std::optional<Advisory> parse_advisory(std::string_view text);
/// What the operator does about it.
std::string_view fix_of(Advisory advisory);

}  // namespace mta_sts::judge
