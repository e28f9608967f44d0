#pragma once

#include <string>

#include "exporter/base/clock.h"

namespace mta_sts {

/// "2026-11-24 21:05 UTC", for people.
std::string utc_text(WallTime at);

}  // namespace mta_sts
