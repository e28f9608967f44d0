#pragma once

#include <string>

#include "exporter/base/clock.h"

namespace mta_sts {

/// Whole seconds in UTC, as in "2026-01-31T23:59:59Z" (RFC 3339).
std::string rfc3339(WallTime at);
/// The same as fourteen digits: "20260131235959".
std::string utc_digits(WallTime at);

/// For people: "2026-01-31 23:59 UTC".
std::string utc_text(WallTime at);

}  // namespace mta_sts
