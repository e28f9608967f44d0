#pragma once

#include <string>
#include <utility>
#include <vector>

#include "exporter/settings/yaml_tree.h"

namespace mta_sts::settings {

/// Collects what is wrong with one file, and what is merely odd, in any order; tells it in the order of the file.
class Faults {
 public:
  explicit Faults(std::string file_name) : file_name_(std::move(file_name)) {}

  /// `message` says what was found and what was expected.
  void add(Position at, std::string message) { faults_.emplace_back(at, std::move(message)); }
  void warn(Position at, std::string message) { warnings_.emplace_back(at, std::move(message)); }

  bool empty() const { return faults_.empty(); }
  /// One line a fault, `FILE:LINE:COLUMN: message`, at most kMaxFaultsShown of them, without a line end at the end.
  std::string message() const;
  /// `FILE:LINE:COLUMN: message` each.
  std::vector<std::string> warnings() const;

 private:
  using Placed = std::pair<Position, std::string>;
  std::vector<std::string> lines(std::vector<Placed> placed) const;

  std::string file_name_;
  std::vector<Placed> faults_;
  std::vector<Placed> warnings_;
};

}  // namespace mta_sts::settings
