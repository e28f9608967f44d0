#pragma once

#include <string>
#include <vector>

#include "exporter/judge/advisory.h"
#include "exporter/judge/domain.h"

namespace mta_sts::judge {

/// One thing that is worth a look although no check fails by it.
struct Advice {
  Advisory advisory;
  std::string text;    ///< what was found; hostile text
  std::string clause;  ///< such as "RFC 8461 3.2"
  friend bool operator==(const Advice&, const Advice&) = default;
};

/// Everything worth a look in what is known of a domain, in the order of the record, the policy host, the policy, the
/// MX hosts and TLS-RPT. Of the policy only what holds for the live one. Changes nothing in verdict or metrics.
std::vector<Advice> advise(const DomainState& state, const DomainMemory& memory, const FindEndpoint& find,
                           WallTime now);

}  // namespace mta_sts::judge
