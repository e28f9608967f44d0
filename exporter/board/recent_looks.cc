#include "exporter/board/recent_looks.h"

namespace mta_sts::board {
namespace {

/// Newest first; what does not fit is handed to `left_over`.
template <typename LeftOver>
void keep(std::deque<LookResult>& results, std::size_t most, LookResult result, LeftOver left_over) {
  results.push_front(std::move(result));
  if (results.size() <= most) return;
  left_over(std::move(results.back()));
  results.pop_back();
}

}  // namespace

std::string_view to_text(AskedBy asked_by) {
  switch (asked_by) {
    case AskedBy::Schedule:
      return "schedule";
    case AskedBy::Probe:
      return "probe";
  }
  return "";
}

void RecentLooks::add(LookResult result) {
  kept_.with([&](Kept& kept) {
    keep(kept.recent, kRecent, std::move(result), [&](LookResult older) {
      if (older.verdict == judge::Verdict::Ok) return;
      keep(kept.failures, kFailures, std::move(older), [](const LookResult&) {});
    });
  });
}

std::vector<LookResult> RecentLooks::newest_first() const {
  return kept_.with([](const Kept& kept) {
    std::vector<LookResult> all(kept.recent.begin(), kept.recent.end());
    all.insert(all.end(), kept.failures.begin(), kept.failures.end());
    return all;
  });
}

}  // namespace mta_sts::board
