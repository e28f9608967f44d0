#include "exporter/metrics/sample_writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include "exporter/base/printable.h"

namespace mta_sts::metrics {

std::string label_text(std::string_view value, Cut cut) {
  const std::string shown = cut == Cut::Yes ? printable(value, kMaxLabelValue) : printable(value);
  std::string escaped;
  escaped.reserve(shown.size());
  for (const char c : shown) {
    // Line ends are escaped by printable() already; the exposition formats leave these two.
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 64> digits{};
  const bool whole = std::nearbyint(value) == value && std::abs(value) < 1e15;
  const auto end = whole ? std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<std::int64_t>(value))
                         : std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return std::string(digits.data(), end.ptr);
}

void append_label(std::string& text, const Label& label) {
  text.append(label.name).append("=\"").append(label_text(label.value, label.cut)).append("\"");
}

std::string labels_text(Labels labels) {
  std::string text;
  for (const Label& label : labels) {
    if (!text.empty()) text += ',';
    append_label(text, label);
  }
  return text;
}

/// Up to the value.
std::string& SampleWriter::begin(Labels labels, const std::map<std::string, std::string>& more) {
  std::string& line = lines_.begin_line(family_);
  const auto add = [&](const Label& label) {
    line += ',';
    append_label(line, label);
  };
  for (const Label& label : labels) add(label);
  for (const auto& [name, value] : more) add({name, value, Cut::No});
  return line.append("} ");
}

void SampleWriter::value(Labels labels, double number) { begin(labels, {}).append(number_text(number)).append("\n"); }

void SampleWriter::time(Labels labels, std::optional<WallTime> at) {
  if (!at) return;
  using Milliseconds = std::chrono::milliseconds;
  const auto since_epoch = std::chrono::floor<Milliseconds>(at->time_since_epoch()).count();
  value(labels, static_cast<double>(since_epoch) / 1000.0);
}

void SampleWriter::seconds(Labels labels, std::optional<std::chrono::nanoseconds> span) {
  if (!span) return;
  const auto micros = std::chrono::round<std::chrono::microseconds>(*span).count();
  value(labels, static_cast<double>(micros) / 1e6);
}

void SampleWriter::info(Labels labels, const std::map<std::string, std::string>& more) {
  begin(labels, more).append("1\n");
}

}  // namespace mta_sts::metrics
