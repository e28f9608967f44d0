#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace mta_sts::board {

/// Entries in the order of their keys, by pointers that lie one after another: who copies them all, as a snapshot does,
/// waits for no tree, and each takes 16 octets besides its entry. To add or remove one moves those behind it: for the
/// thousands of one shard that is a few microseconds. `key_of(entry)` is found by the entry's type.
template <typename Entry>
class SortedEntries {
 public:
  using Pointer = std::shared_ptr<const Entry>;

  /// Gives back what was there of the same key.
  Pointer put(Pointer entry) {
    const auto place = place_of(key_of(*entry));
    if (has(place, key_of(*entry))) return std::exchange(*place, std::move(entry));
    entries_.insert(place, std::move(entry));
    return nullptr;
  }
  template <typename Key>
  Pointer find(const Key& key) const {
    const auto place = lower_bound(key);
    return place != end() && key_of(**place) == key ? *place : nullptr;
  }
  template <typename Key>
  Pointer take(const Key& key) {
    const auto place = place_of(key);
    if (!has(place, key)) return nullptr;
    Pointer taken = std::move(*place);
    entries_.erase(place);
    return taken;
  }
  /// Each by what `made(entry)` gives, which has the same key.
  template <typename Made>
  void replace_each(Made made) {
    for (Pointer& entry : entries_) entry = made(*entry);
  }
  template <typename Key>
  auto lower_bound(const Key& key) const {
    return std::lower_bound(entries_.begin(), entries_.end(), key,
                            [](const Pointer& entry, const Key& wanted) { return key_of(*entry) < wanted; });
  }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }

  void append_to(std::vector<Pointer>& list) const {
    constexpr std::size_t kAhead = 8;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      // To copy a pointer touches its entry, which lies anywhere in the memory.
      if (i + kAhead < entries_.size()) __builtin_prefetch(entries_[i + kAhead].get());
      list.push_back(entries_[i]);
    }
  }

 private:
  using Place = typename std::vector<Pointer>::iterator;
  template <typename Key>
  Place place_of(const Key& key) {
    return entries_.begin() + (lower_bound(key) - entries_.cbegin());
  }
  template <typename Key>
  bool has(Place place, const Key& key) const {
    return place != entries_.end() && key_of(**place) == key;
  }

  std::vector<Pointer> entries_;
};

}  // namespace mta_sts::board
