#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporter/base/result.h"
#include "exporter/judge/mx.h"
#include "exporter/judge/past.h"
#include "exporter/judge/plan.h"
#include "exporter/web/domain_facts.h"

namespace mta_sts::web {

/// What is known of a domain and of the MX hosts that it is to change to, and what follows from it.
struct MadePlan {
  std::string domain;
  std::vector<judge::NewHost> hosts;
  judge::Plan plan;
};

/// Notes of a past that is missing, or the error why it could not be read, stand first; without one the answer rests on
/// the look alone.
MadePlan make_plan(const DomainFacts& facts, std::vector<judge::NewHost> hosts,
                   const Result<std::optional<judge::Past>>& past, WallTime now);

/// What is known of a host that is to receive mail: of its name, and of every address that was looked at.
judge::NewHost new_host(const std::string& name, const judge::NameProblems& problems,
                        const std::vector<judge::EndpointState>& endpoints);

}  // namespace mta_sts::web
