#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/base/clock.h"
#include "exporter/metrics/object_lines.h"

namespace mta_sts::metrics {

inline constexpr std::size_t kMaxLabelValue =
    128;  ///< octets of a label value from outside (contract/metrics.md, rule 3)

/// Whether a long value loses its end. The name of an object keeps it, since two of one beginning would be one series;
/// so does what the operator wrote. Both are limited where they come in.
enum class Cut { Yes, No };

struct Label {
  std::string_view name;
  std::string_view value;
  Cut cut = Cut::Yes;
};

using Labels = std::initializer_list<Label>;

/// Adds sample lines of one family to those of an object; the line form is the same in text 0.0.4 and OpenMetrics 1.0.
/// Labels are those besides the object's own. An absent value writes nothing: unknown is never 0.
class SampleWriter {
 public:
  SampleWriter(ObjectLines::Writer& lines, std::size_t family) : lines_(lines), family_(family) {}

  void value(Labels labels, double number);
  void value(Labels labels, std::optional<double> number) {
    if (number) value(labels, *number);
  }
  void flag(Labels labels, std::optional<bool> holds) {
    if (holds) value(labels, *holds ? 1.0 : 0.0);
  }
  void count(Labels labels, std::optional<std::size_t> number) {
    if (number) value(labels, static_cast<double>(*number));
  }
  void time(Labels labels, std::optional<WallTime> at);
  void seconds(Labels labels, std::optional<std::chrono::nanoseconds> span);
  /// A 1 with these labels and `more`, which are of the configuration, for info families.
  void info(Labels labels, const std::map<std::string, std::string>& more = {});

 private:
  std::string& begin(Labels labels, const std::map<std::string, std::string>& more);

  ObjectLines::Writer& lines_;
  std::size_t family_;
};

/// One label as it stands between the braces.
void append_label(std::string& text, const Label& label);

/// Labels as they stand between the braces.
std::string labels_text(Labels labels);

/// A label value as it stands between the quotes: printable, cut unless it is to be whole, escaped.
std::string label_text(std::string_view value, Cut cut = Cut::Yes);

/// The shortest text that reads back as the same double.
std::string number_text(double value);

}  // namespace mta_sts::metrics
