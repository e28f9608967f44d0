#pragma once

#include <string>

#include "exporter/board/board.h"
#include "tests/unit/board/states.h"

namespace mta_sts::bench {

/// Domains with two MX hosts of their own each, each with one address.
inline void fill(board::Board& board, int domains) {
  for (int i = 0; i < domains; ++i) {
    const std::string name = "d" + std::to_string(i) + ".example.org";
    const std::string first = "mx1." + name;
    const std::string second = "mx2." + name;
    auto state = testing::domain_state(name, {first, second});
    state.record.id = "20260101000000";
    board.publish(std::move(state));
    for (const std::string& mx : {first, second}) board.publish(testing::endpoint_state(mx, "192.0.2.25"));
  }
}

}  // namespace mta_sts::bench
