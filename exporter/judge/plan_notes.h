#pragma once

#include <string>
#include <vector>

#include "exporter/judge/plan_facts.h"

namespace mta_sts::judge {

/// What a plan cannot know or does not count, for the person who acts on it. Hostile text.
std::vector<std::string> plan_notes(const Past& past, const DomainState& state, const MxChange& change,
                                    const PlanFacts& facts, WallTime now);

}  // namespace mta_sts::judge
