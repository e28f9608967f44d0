#pragma once

#include <string>

#include "exporter/commands/check.h"
#include "exporter/commands/look.h"

namespace mta_sts::commands {

/// What was found, step by step as a sender meets it, then the problems with clause and fix, then the verdict. What
/// domains serve is printable and bounded.
std::string report_text(const LookedDomain& looked, Colours colours);

}  // namespace mta_sts::commands
