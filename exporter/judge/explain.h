#pragma once

#include <string>
#include <string_view>

#include "exporter/base/reason.h"
#include "exporter/judge/check.h"

namespace mta_sts::judge {

/// What a reason means for mail and what to do, for a person who has not read the RFC. docs/findings.md says more.
struct Explanation {
  std::string_view clause;   ///< such as "RFC 8461 3.1"
  std::string_view meaning;  ///< what a sender does
  std::string_view fix;      ///< what the operator does
};

/// The clause of the certificate reasons depends on whose certificate it is.
Explanation explain(Check check, Reason reason);

/// Where a reason or an advisory of that name is documented: "docs/findings.md#cert_expired".
std::string documentation_of(std::string_view name);

}  // namespace mta_sts::judge
