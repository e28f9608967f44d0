#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/base/clock.h"
#include "exporter/judge/past.h"

namespace mta_sts::judge {

/// What an entry is about; entries of one moment stand in this order.
enum class EventKind { Policy, Id, Mx, Mode, Check };
std::string_view to_text(EventKind kind);

struct Event {
  WallTime at;
  EventKind kind{};
  std::string text;               ///< for people; hostile text
  std::optional<WallTime> until;  ///< last look that still found it; absent: it goes on, or it is a moment
  friend bool operator==(const Event&, const Event&) = default;
};

/// What a domain published and what became of its checks, oldest first.
std::vector<Event> timeline(const Past& past);

}  // namespace mta_sts::judge
