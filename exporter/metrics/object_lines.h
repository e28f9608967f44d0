#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mta_sts::metrics {

/// The sample lines of one object, rendered when its state changes. What each of them begins with, the name of its
/// family and the labels that every series of the object has, is held once: of a line there is the rest, less than a
/// third of it, and a scrape only puts the two together. Families stand in the order of the object's table and are read
/// in that order.
class ObjectLines {
 public:
  static constexpr std::size_t kMaxFamilies = 256;  ///< of a table

  ObjectLines() = default;
  /// `labels`: `a="1",b="2"`, of every series of the object; at least one.
  explicit ObjectLines(std::string_view labels);

  /// Begins a line of a family, which is not before that of the last line. The caller appends what follows the labels,
  /// up to the line's LF.
  std::string& begin_line(std::size_t family);
  void shrink_to_fit() { octets_.shrink_to_fit(); }

  /// Where a reader is; it begins with 0.
  using Place = std::uint32_t;
  /// Goes on to the lines of a family, if there are any.
  bool find(std::size_t family, Place& place) const;
  /// After find(): appends the lines of that family, whose name is `name`, and goes behind them.
  void append(std::string& text, std::string_view name, Place& place) const;
  /// What find() and append() will read there, to be fetched ahead.
  const char* labels_address() const { return octets_.data(); }
  const char* address(Place place) const { return octets_.data() + place; }

 private:
  std::string octets_;        // `{labels`, then of each line: an octet that is its family's index, the rest, LF
  std::uint32_t labels_ = 0;  // where the first line begins
};

}  // namespace mta_sts::metrics
