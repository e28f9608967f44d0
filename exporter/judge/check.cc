#include "exporter/judge/check.h"

namespace mta_sts::judge {

std::string_view to_text(Check check) {
  switch (check) {
    case Check::Record:
      return "record";
    case Check::PolicyFetch:
      return "policy_fetch";
    case Check::PolicySyntax:
      return "policy_syntax";
    case Check::PolicyServers:
      return "policy_servers";
    case Check::MxLookup:
      return "mx_lookup";
    case Check::MxPolicyMatch:
      return "mx_policy_match";
    case Check::MxTls:
      return "mx_tls";
    case Check::IdFresh:
      return "id_fresh";
    case Check::Lifecycle:
      return "lifecycle";
    case Check::Expectation:
      return "expectation";
    case Check::TlsRpt:
      return "tlsrpt";
  }
  return "";
}

std::string_view to_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::Fail:
      return "fail";
    case Outcome::Inconclusive:
      return "inconclusive";
  }
  return "";
}

}  // namespace mta_sts::judge
