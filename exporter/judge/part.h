#pragma once

#include <memory>
#include <optional>

#include "exporter/base/reason.h"

namespace mta_sts::judge {

/// What was seen in one part of a look, which it shares, with what was read in it.
template <typename Seen, typename Read>
struct Part {
  std::shared_ptr<const Seen> seen;
  Read read;
};

/// A part as judging uses it: the last conclusive one while it is held (contract/metrics.md, rule 7), and beside it why
/// the latest look says nothing.
template <typename T>
struct Look {
  const T* used = nullptr;            ///< nullptr: never conclusive, or held too long
  std::optional<Fault> inconclusive;  ///< of the latest look
};

}  // namespace mta_sts::judge
