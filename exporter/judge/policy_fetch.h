#pragma once

#include <optional>

#include "exporter/formats/sts_policy.h"
#include "exporter/judge/observation.h"

namespace mta_sts::judge {

/// How far a sender came with one fetch of the policy.
enum class FetchStage { Fetch, Syntax, Valid };

/// One fetch as a sender takes it (RFC 8461 3.3, then 3.2).
struct FetchVerdict {
  FetchStage stage = FetchStage::Fetch;    ///< where the fault was met; Valid without one
  std::optional<Fault> fault;              ///< the fault that a sender meets first
  Shared<formats::StsPolicy> policy;       ///< with Valid only
  std::vector<formats::Finding> findings;  ///< of the policy text, advice included
};

FetchVerdict evaluate_fetch(const PolicyFetch& fetch);

}  // namespace mta_sts::judge
