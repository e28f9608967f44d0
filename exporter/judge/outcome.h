#pragma once

#include <optional>

#include "exporter/base/reason.h"
#include "exporter/judge/check.h"

namespace mta_sts::judge {

/// Where a reason was met: the same fault means different things to a sender (contract/metrics.md, "Reasons").
enum class Place {
  TxtRecord,   ///< the TXT records
  PolicyHost,  ///< the policy host's name, its addresses and what they serve
  MxSet,       ///< the MX lookup and the address lookups of its hosts
  Endpoint,    ///< an MX address
};

/// A fail is what a sender meets as well; inconclusive is what only we met, or what says nothing about MTA-STS. For an
/// endpoint smtp_timeout depends on the greeting, see judge_endpoint().
Outcome outcome_of(Place place, Reason reason);

/// There is no fault, or one that a sender meets as well. For an endpoint see EndpointMemory.
bool conclusive(Place place, const std::optional<Fault>& fault);

/// A question to the DNS had no answer, or none that leads on.
bool is_dns(Reason reason);

/// It was tried, and TCP did not stand.
bool failed_to_connect(const std::optional<Fault>& fault);

}  // namespace mta_sts::judge
