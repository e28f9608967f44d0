#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "exporter/history/store.h"

namespace mta_sts::history {

/// What tells one object from another.
inline std::string name_of(const StoredDomain& row) { return row.name; }
inline std::pair<std::string, std::string> name_of(const StoredEndpoint& row) { return {row.mx, to_text(row.address)}; }

/// More than a beat.
inline bool is_change(const StoredDomain& row) { return !row.past.empty() || !row.looks.empty(); }
inline bool is_change(const StoredEndpoint& row) { return !row.looks.empty() || row.gone; }

inline bool is_gone(const StoredDomain&) { return false; }
inline bool is_gone(const StoredEndpoint& row) { return row.gone; }

/// The numbers under which objects are stored.
template <typename Row>
class Keys {
 public:
  using Name = decltype(name_of(std::declval<Row>()));

  void add(const Name& name, long long key) {
    keys_[name] = key;
    last_ = std::max(last_, key);
  }
  std::optional<long long> find(const Row& row) const {
    const auto found = keys_.find(name_of(row));
    return found == keys_.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<long long> find_or_add(const Row& row) {
    const auto [place, is_new] = keys_.try_emplace(name_of(row), last_ + 1);
    if (is_new) ++last_;
    return place->second;
  }
  void remove(const Row& row) { keys_.erase(name_of(row)); }

 private:
  std::map<Name, long long> keys_;
  long long last_ = 0;
};

}  // namespace mta_sts::history
