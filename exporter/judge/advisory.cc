#include "exporter/judge/advisory.h"

#include <array>

namespace mta_sts::judge {
namespace {

struct Row {
  Advisory advisory;
  std::string_view name;
  std::string_view fix;
};

constexpr std::string_view kRenew = "Renew it now, and see why the automatic renewal did not: it is due at a third.";
constexpr std::string_view kRua = "Write rua as mailto: or https: URIs, separated by commas.";

constexpr std::array<Row, kAdvisoryCount> kRows = {{
    {Advisory::RecordDuplicateField, "record_duplicate_field", "Delete the field that is ignored."},
    {Advisory::RecordUnknownField, "record_unknown_field", "Correct the name of the field, or delete it."},
    {Advisory::RecordBlankBeforeDelimiter, "record_blank_before_delimiter", "Begin the record with \"v=STSv1;\"."},
    {Advisory::RecordNearMiss, "record_near_miss", "Delete that TXT record."},
    {Advisory::DelegationMixed, "delegation_mixed",
     "Nothing, if policy and id are both in your hands; else delegate both names to the provider, or neither."},
    {Advisory::PolicyModeNone, "policy_mode_none",
     "Delete record and policy once no earlier policy can be held, or go to mode testing."},
    {Advisory::PolicyModeTesting, "policy_mode_testing",
     "When the reports show no failures, set \"mode: enforce\" and change the id."},
    {Advisory::PolicyMaxAgeZero, "policy_max_age_zero", "Raise max_age to weeks, such as 1209600, and change the id."},
    {Advisory::PolicyMaxAgeShort, "policy_max_age_short",
     "Raise max_age to weeks, such as 1209600, and change the id."},
    {Advisory::PolicyMaxAgeUnderTwoWeeks, "policy_max_age_under_two_weeks",
     "Raise max_age to 1209600 (two weeks) or more and change the id, once the policy is stable."},
    {Advisory::PolicyMxPolicyHost, "policy_mx_policy_host",
     "Name the MX hosts in the mx lines; the web server of the policy is none, unless it takes mail as well."},
    {Advisory::PolicyMxAddress, "policy_mx_address", "Name the MX host instead of its address."},
    {Advisory::PolicyMxWide, "policy_mx_wide", "Name the MX hosts, or a wildcard below a name that is yours."},
    {Advisory::PolicyMxUnused, "policy_mx_unused",
     "See whether it is a slip of the pen; delete the line if that host does not take your mail any more."},
    {Advisory::PolicyDuplicateField, "policy_duplicate_field", "Keep one line for each field but mx."},
    {Advisory::PolicyUnknownField, "policy_unknown_field", "Correct the name of the field, or delete the line."},
    {Advisory::PolicyAfterId, "policy_after_id",
     "Change the id once more; next time first the policy on every server, then the id."},
    {Advisory::PolicyNewerThanId, "policy_newer_than_id",
     "If the policy changed its meaning then, change the id; else nothing is wrong."},
    {Advisory::PolicyCertEnding, "policy_cert_ending", kRenew},
    {Advisory::MxCertEnding, "mx_cert_ending", kRenew},
    {Advisory::TlsRptAbsent, "tlsrpt_absent",
     "Publish a TXT record at _smtp._tls.<domain>: \"v=TLSRPTv1; rua=mailto:tls-reports@<domain>\"."},
    {Advisory::TlsRptNoUsableRua, "tlsrpt_no_usable_rua", kRua},
    {Advisory::TlsRptRuaUnusable, "tlsrpt_rua_unusable", kRua},
    {Advisory::TlsRptRuaScheme, "tlsrpt_rua_scheme", kRua},
    {Advisory::TlsRptDuplicateField, "tlsrpt_duplicate_field", "Delete the field that is ignored."},
    {Advisory::TlsRptUnknownField, "tlsrpt_unknown_field", "Correct the name of the field, or delete it."},
    {Advisory::TlsRptBlankBeforeDelimiter, "tlsrpt_blank_before_delimiter", "Begin the record with \"v=TLSRPTv1;\"."},
    {Advisory::TlsRptNearMiss, "tlsrpt_near_miss", "Delete that TXT record."},
}};

constexpr bool complete() {
  for (std::size_t i = 0; i < kAdvisoryCount; ++i) {
    if (kRows[i].advisory != static_cast<Advisory>(i)) return false;
  }
  return true;
}
static_assert(complete(), "one row an advisory, in the order of the enumeration");

}  // namespace

std::string_view to_text(Advisory advisory) { return kRows[static_cast<std::size_t>(advisory)].name; }

std::optional<Advisory> parse_advisory(std::string_view text) {
  for (const Row& row : kRows) {
    if (row.name == text) return row.advisory;
  }
  return std::nullopt;
}

std::string_view fix_of(Advisory advisory) { return kRows[static_cast<std::size_t>(advisory)].fix; }

}  // namespace mta_sts::judge
