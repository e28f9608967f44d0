#pragma once

#include <string>

#include "exporter/commands/plan.h"

namespace mta_sts::commands {

/// For people: answer, numbered steps with what to publish, notes. What is to be copied stands at the line's begin.
std::string plan_text(const MadePlan& made);
/// One object with the same.
std::string plan_json(const MadePlan& made);

}  // namespace mta_sts::commands
