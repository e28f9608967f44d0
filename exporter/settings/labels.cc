#include "exporter/settings/labels.h"

#include <algorithm>

#include "exporter/base/ascii.h"
#include "exporter/formats/quote.h"
#include "exporter/formats/utf8.h"
#include "exporter/settings/limits.h"

namespace mta_sts::settings {
namespace {

/// Labels that the families, Prometheus or the alert rules set themselves.
constexpr std::string_view kRefusedNames[] = {"domain",   "mx",        "address",  "mode",    "check", "reason",
                                              "outcome",  "kind",      "provider", "target",  "job",   "instance",
                                              "severity", "alertname", "le",       "quantile"};

bool is_name_char(char c) { return ascii::is_alnum(c) || c == '_'; }

}  // namespace

std::optional<std::string> label_name_problem(std::string_view name) {
  const auto found = "the label name " + formats::quoted(name);
  if (name.empty() || ascii::is_digit(name.front()) || !std::all_of(name.begin(), name.end(), is_name_char)) {
    return found + " is not valid; expected letters, digits and underscores, no digit first";
  }
  if (name.size() > kMaxLabelName) {
    return found + " is too long; expected at most " + std::to_string(kMaxLabelName) + " octets";
  }
  if (name.starts_with("__")) return found + " is reserved by Prometheus; expected a name that does not begin with __";
  if (std::find(std::begin(kRefusedNames), std::end(kRefusedNames), name) != std::end(kRefusedNames)) {
    return found + " is taken by the exporter, Prometheus or the alert rules; expected another name";
  }
  return std::nullopt;
}

std::optional<std::string> label_value_problem(std::string_view value) {
  const auto found = "the label value " + formats::quoted(value);
  if (value.size() > kMaxLabelValue) {
    return found + " is too long; expected at most " + std::to_string(kMaxLabelValue) + " octets";
  }
  if (!formats::is_utf8(value)) return found + " is no UTF-8; expected UTF-8 text";
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(value.begin(), value.end(), is_control)) {
    return found + " holds a control character; expected text of one line";
  }
  return std::nullopt;
}

}  // namespace mta_sts::settings
