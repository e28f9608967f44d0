#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "exporter/web/mx_plan.h"

namespace mta_sts::web {

/// For people: answer, numbered steps with what to publish, notes. What is to be copied stands at the line's begin.
std::string plan_text(const MadePlan& made);
/// One object with the same.
boost::json::object plan_json(const MadePlan& made);

}  // namespace mta_sts::web
