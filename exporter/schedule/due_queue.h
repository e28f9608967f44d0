#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "exporter/base/clock.h"

namespace mta_sts::schedule {

/// What is due when, earliest first; equal times in the order of their scheduling. One thread.
template <typename Item>
class DueQueue {
 public:
  void schedule(MonoTime at, Item item) { items_.emplace(at, std::move(item)); }

  /// Makes it due at `at`, if it is due later; false: it is not in the queue. Looks at every item.
  bool hasten(const Item& item, MonoTime at) {
    const auto found =
        std::find_if(items_.begin(), items_.end(), [&](const auto& entry) { return entry.second == item; });
    if (found == items_.end()) return false;
    if (found->first <= at) return true;
    auto node = items_.extract(found);
    node.key() = at;
    items_.insert(std::move(node));
    return true;
  }

  /// Gives it the time of the earliest of those before it that `gives_way`, which takes its time.
  template <typename GivesWay>
  void put_before(const Item& item, GivesWay gives_way) {
    const auto first = std::find_if(items_.begin(), items_.end(),
                                    [&](const auto& entry) { return entry.second == item || gives_way(entry.second); });
    const auto found = std::find_if(first, items_.end(), [&](const auto& entry) { return entry.second == item; });
    if (found != items_.end()) std::swap(first->second, found->second);
  }

  /// Takes out all that `goes(item, due)`. Looks at every item.
  template <typename Goes>
  std::vector<Item> take_if(Goes goes) {
    std::vector<Item> taken;
    std::erase_if(items_, [&](const auto& entry) {
      if (!goes(entry.second, entry.first)) return false;
      taken.push_back(entry.second);
      return true;
    });
    return taken;
  }

  /// Gives every item the time of place(item, due).
  template <typename Place>
  void place_anew(Place place) {
    std::multimap<MonoTime, Item> placed;
    while (!items_.empty()) {
      auto node = items_.extract(items_.begin());
      node.key() = place(node.mapped(), node.key());
      placed.insert(std::move(node));
    }
    items_ = std::move(placed);
  }

  /// When the earliest is due; nothing if the queue is empty.
  std::optional<MonoTime> next() const { return items_.empty() ? std::nullopt : std::optional(items_.begin()->first); }

  /// Takes the earliest if it is due at `now`.
  std::optional<Item> pop_due(MonoTime now) {
    if (items_.empty() || items_.begin()->first > now) return std::nullopt;
    auto node = items_.extract(items_.begin());
    return std::move(node.mapped());
  }

 private:
  std::multimap<MonoTime, Item> items_;
};

}  // namespace mta_sts::schedule
