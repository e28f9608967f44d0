#pragma once

#include <memory>
#include <vector>

#include "exporter/judge/advice.h"
#include "exporter/judge/domain.h"
#include "exporter/judge/past.h"

namespace mta_sts::judge {

/// All that is known of a domain at one moment, for who asks in detail.
struct KnownDomain {
  DomainState state;
  std::shared_ptr<const DomainObservation> seen;  ///< the latest look
  std::vector<Advice> advice;
  Past past;
};

}  // namespace mta_sts::judge
