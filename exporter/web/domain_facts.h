#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "exporter/judge/advice.h"
#include "exporter/judge/domain.h"
#include "exporter/judge/observation.h"

namespace mta_sts::web {

/// The latest look at an MX endpoint and what was judged of it. Neither is null.
struct EndpointFacts {
  const judge::EndpointObservation* seen;
  const judge::EndpointState* state;
};

/// What a page or report of one domain is made of; all of it lives elsewhere.
struct DomainFacts {
  const judge::DomainState& state;
  const judge::DomainObservation& seen;  ///< the latest look
  const std::vector<judge::Advice>& advice;
  /// nullopt before the first look at it.
  std::function<std::optional<EndpointFacts>(const std::string& mx, const IpAddress& address)> endpoint;
};

}  // namespace mta_sts::web
