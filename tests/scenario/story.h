#pragma once

#include <string>

namespace mta_sts::scenario {

/// Tells a story from a file (tests/scenario/README.md) with Catch2's CHECKs at each step.
void tell(const std::string& file);

}  // namespace mta_sts::scenario
