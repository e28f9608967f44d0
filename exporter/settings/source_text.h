#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "exporter/settings/yaml_tree.h"

namespace mta_sts::settings {

/// The text of a file with the places of its lines. A view: the text outlives it.
class SourceText {
 public:
  explicit SourceText(std::string_view text);

  /// `line` and `column` count octets from 0, as yaml-cpp does. Quick while the places asked for go forward.
  Position position(int line, int column);

  /// What YAML or yaml-cpp would let through in silence and nobody means: octets that are no UTF-8, control characters,
  /// a tab in an indentation, a directive.
  std::optional<YamlFault> first_fault();

  /// Whether a quoted scalar whose node begins at that place (its anchor included) ends in its line. yaml-cpp takes the
  /// end of the file for a closing quote.
  bool quote_ends_in_line(int line, int column) const;

 private:
  std::string_view line_text(std::size_t line) const;

  std::string_view text_;
  std::vector<std::size_t> line_starts_;
  /// The last place that was asked for: a file of one long line would take quadratic time without it.
  std::size_t cursor_line_ = 0;
  std::size_t cursor_octet_ = 0;
  unsigned cursor_column_ = 1;
};

}  // namespace mta_sts::settings
