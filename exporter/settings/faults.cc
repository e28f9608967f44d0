#include "exporter/settings/faults.h"

#include <algorithm>

#include "exporter/settings/limits.h"

namespace mta_sts::settings {

std::vector<std::string> Faults::lines(std::vector<Placed> placed) const {
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) { return a.first < b.first; });
  std::vector<std::string> lines;
  lines.reserve(placed.size());
  for (const auto& [at, message] : placed) {
    lines.push_back(file_name_ + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + message);
  }
  return lines;
}

std::string Faults::message() const {
  std::string text;
  std::size_t shown = 0;
  for (const auto& line : lines(faults_)) {
    if (shown == kMaxFaultsShown) break;
    if (shown++ != 0) text += '\n';
    text += line;
  }
  if (faults_.size() > shown) text += "\nand " + std::to_string(faults_.size() - shown) + " more";
  return text;
}

std::vector<std::string> Faults::warnings() const { return lines(warnings_); }

}  // namespace mta_sts::settings
