#include "exporter/metrics/sample_writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include "exporter/base/printable.h"

namespace mta_sts::metrics {

std::string label_text(std::string_view value) {
  const std::string shown = printable(value, kMaxLabelValue);
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

void SampleWriter::name_and_labels(Labels labels, const std::map<std::string, std::string>& more) {
  text_ += name_;
  char before = '{';
  const auto add = [&](std::string_view name, std::string_view value) {
    text_ += before;
    text_ += name;
    text_ += "=\"";
    text_ += label_text(value);
    text_ += '"';
    before = ',';
  };
  for (const Label& label : labels) add(label.name, label.value);
  for (const auto& [name, value] : more) add(name, value);
  if (before == ',') text_ += '}';
  text_ += ' ';
}

void SampleWriter::value(Labels labels, double number) {
  name_and_labels(labels, {});
  text_ += number_text(number);
  text_ += '\n';
}

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
  name_and_labels(labels, more);
  text_ += "1\n";
}

}  // namespace mta_sts::metrics
