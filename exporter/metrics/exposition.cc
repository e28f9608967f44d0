#include "exporter/metrics/exposition.h"

#include <cmath>

#include "exporter/metrics/sample_writer.h"

namespace mta_sts::metrics {
namespace {

std::string_view type_text(FamilyType type, Exposition exposition) {
  switch (type) {
    case FamilyType::Gauge:
      return "gauge";
    case FamilyType::Counter:
      return "counter";
    case FamilyType::Histogram:
      return "histogram";
    case FamilyType::Info:
      // Text 0.0.4 knows no info.
      return exposition == Exposition::OpenMetrics100 ? "info" : "gauge";
  }
  return "untyped";
}

/// OpenMetrics names the family, not the sample: without _total and _info.
std::string_view family_name(std::string_view name, FamilyType type, Exposition exposition) {
  if (exposition == Exposition::Text004) return name;
  const std::string_view suffix = type == FamilyType::Counter ? "_total" : type == FamilyType::Info ? "_info" : "";
  if (!suffix.empty() && name.ends_with(suffix)) name.remove_suffix(suffix.size());
  return name;
}

FamilyType type_of(const prometheus::MetricFamily& family) {
  if (family.type == prometheus::MetricType::Counter) return FamilyType::Counter;
  if (family.type == prometheus::MetricType::Histogram) return FamilyType::Histogram;
  return family.name.ends_with("_info") ? FamilyType::Info : FamilyType::Gauge;
}

/// Bucket bounds are written as floats in both formats, as OpenMetrics wants them: a series has one name.
std::string bound_text(double bound) {
  std::string text = number_text(bound);
  if (std::isfinite(bound) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

/// The exporter's own labels are whole: no value is from outside.
void append_sample(std::string& text, std::string_view name, const std::vector<prometheus::ClientMetric::Label>& labels,
                   std::string_view bound, double value) {
  text += name;
  char before = '{';
  const auto add = [&](std::string_view label, std::string_view label_value) {
    text += before;
    append_label(text, {label, label_value, Cut::No});
    before = ',';
  };
  for (const auto& label : labels) add(label.name, label.value);
  if (!bound.empty()) add("le", bound);
  if (before == ',') text += '}';
  text += ' ';
  text += number_text(value);
  text += '\n';
}

void append_histogram(std::string& text, const std::string& name, const prometheus::ClientMetric& metric) {
  const auto& histogram = metric.histogram;
  for (const auto& bucket : histogram.bucket) {
    append_sample(text, name + "_bucket", metric.label, bound_text(bucket.upper_bound),
                  static_cast<double>(bucket.cumulative_count));
  }
  append_sample(text, name + "_sum", metric.label, "", histogram.sample_sum);
  append_sample(text, name + "_count", metric.label, "", static_cast<double>(histogram.sample_count));
}

}  // namespace

std::string_view content_type(Exposition exposition) {
  switch (exposition) {
    case Exposition::Text004:
      return "text/plain; version=0.0.4; charset=utf-8";
    case Exposition::OpenMetrics100:
      return "application/openmetrics-text; version=1.0.0; charset=utf-8";
  }
  return "text/plain";
}

void append_header(std::string& text, const Family& family, Exposition exposition) {
  const auto name = family_name(family.name, family.type, exposition);
  text.append("# TYPE ").append(name).append(" ").append(type_text(family.type, exposition)).append("\n");
  text.append("# HELP ").append(name).append(" ").append(family.help).append("\n");
}

void append_families(std::string& text, const std::vector<prometheus::MetricFamily>& families, Exposition exposition) {
  for (const auto& family : families) {
    if (family.metric.empty()) continue;
    append_header(text, {family.name, type_of(family), FamilySet::Exporter, "", family.help}, exposition);
    for (const auto& metric : family.metric) {
      if (family.type == prometheus::MetricType::Histogram) {
        append_histogram(text, family.name, metric);
      } else {
        const double value = family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
        append_sample(text, family.name, metric.label, "", value);
      }
    }
  }
}

std::string_view trailer(Exposition exposition) { return exposition == Exposition::OpenMetrics100 ? "# EOF\n" : ""; }

}  // namespace mta_sts::metrics
