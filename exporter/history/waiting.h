#pragma once

#include <map>
#include <utility>
#include <vector>

#include "exporter/history/keys.h"

namespace mta_sts::history {

/// Documents that are empty are unchanged: those of the older row stay.
inline void take_over(StoredDomain& newer, StoredDomain& older) {
  if (newer.past.empty()) newer.past = std::move(older.past);
  if (newer.looks.empty()) newer.looks = std::move(older.looks);
}
inline void take_over(StoredEndpoint& newer, StoredEndpoint& older) {
  if (is_change(newer)) return;
  newer.looks = std::move(older.looks);
  newer.gone = older.gone;
}

/// What is to be written, one row an object. Changes hurry, beats do not.
template <typename Row>
class Waiting {
 public:
  void add(Row row) {
    auto name = name_of(row);
    const auto change = changes_.find(name);
    if (change != changes_.end()) {
      take_over(row, change->second);
      change->second = std::move(row);
    } else if (is_change(row)) {
      beats_.erase(name);
      changes_.emplace(std::move(name), std::move(row));
    } else {
      beats_.insert_or_assign(std::move(name), std::move(row));
    }
  }

  /// A row that could not be written. What was added since is newer.
  void give_back(Row older) {
    const auto name = name_of(older);
    for (auto* rows : {&changes_, &beats_}) {
      const auto found = rows->find(name);
      if (found == rows->end()) continue;
      Row newer = std::move(found->second);
      rows->erase(found);
      take_over(newer, older);
      add(std::move(newer));
      return;
    }
    add(std::move(older));
  }

  /// All changes, and all beats if `with_beats`.
  std::vector<Row> take(bool with_beats) {
    std::vector<Row> rows;
    rows.reserve(changes_.size() + (with_beats ? beats_.size() : 0));
    move_out(changes_, rows);
    if (with_beats) move_out(beats_, rows);
    return rows;
  }

  std::size_t size() const { return changes_.size() + beats_.size(); }
  std::size_t changes() const { return changes_.size(); }

 private:
  using Rows = std::map<typename Keys<Row>::Name, Row>;
  static void move_out(Rows& from, std::vector<Row>& to) {
    for (auto& [name, row] : from) to.push_back(std::move(row));
    from.clear();
  }

  Rows changes_;
  Rows beats_;
};

}  // namespace mta_sts::history
