#pragma once

#include <string>
#include <vector>

#include "exporter/commands/look.h"

namespace mta_sts::commands {

/// One object: `domains`, each with verdict, checks, problems with reason, clause, fix and the name of their page,
/// advisories, and the evidence.
std::string report_json(const std::vector<LookedDomain>& looked);

}  // namespace mta_sts::commands
