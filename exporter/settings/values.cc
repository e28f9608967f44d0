#include "exporter/settings/values.h"

#include <algorithm>

#include "exporter/formats/quote.h"
#include "exporter/settings/limits.h"
#include "exporter/settings/units.h"

namespace mta_sts::settings {

std::string what_is(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::Null:
      return "is empty";
    case YamlNode::Kind::Plain:
    case YamlNode::Kind::Quoted:
      return "is " + formats::quoted(node.text);
    case YamlNode::Kind::List:
      return "is a list";
    case YamlNode::Kind::Map:
      return "is a mapping";
  }
  return {};
}

Read<std::chrono::milliseconds> DurationIn::operator()(const YamlNode& node) const {
  const auto duration = node.is_text() ? parse_duration(node.text) : std::nullopt;
  if (!duration) return tl::unexpected(Bad{what_is(node), "a duration such as 500ms, 30s, 5m, 1h30m or 7d"});
  if (*duration < least || *duration > most) {
    return tl::unexpected(Bad{what_is(node), "a duration from " + to_text(least) + " to " + to_text(most)});
  }
  return *duration;
}

Read<std::chrono::milliseconds> DurationOrZero::operator()(const YamlNode& node) const {
  const auto duration = node.is_text() ? parse_duration(node.text) : std::nullopt;
  if (duration && duration->count() == 0) return *duration;
  auto in_range = range(node);
  if (!in_range && duration) in_range.error().expected += ", or 0s for " + std::string(meaning_of_zero);
  return in_range;
}

Read<unsigned> NumberIn::operator()(const YamlNode& node) const {
  const auto expected = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  if (node.kind == YamlNode::Kind::Quoted) return tl::unexpected(Bad{what_is(node), expected + " without quotes"});
  const auto number = node.kind == YamlNode::Kind::Plain ? parse_number(node.text) : std::nullopt;
  if (!number || *number < least || *number > most) return tl::unexpected(Bad{what_is(node), expected});
  return static_cast<unsigned>(*number);
}

Read<std::size_t> SizeIn::operator()(const YamlNode& node) const {
  const auto size = node.is_text() ? parse_size(node.text) : std::nullopt;
  if (!size) return tl::unexpected(Bad{what_is(node), "a size such as 65536, 64KiB or 1MiB"});
  if (*size < least || *size > most) {
    return tl::unexpected(Bad{what_is(node), "a size from " + size_text(least) + " to " + size_text(most)});
  }
  return *size;
}

Read<bool> read_bool(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::Plain && (node.text == "true" || node.text == "false")) return node.text == "true";
  const auto* const form = node.kind == YamlNode::Kind::Quoted ? "true or false without quotes" : "true or false";
  return tl::unexpected(Bad{what_is(node), form});
}

Read<std::string> Text::operator()(const YamlNode& node) const {
  if (!node.is_text()) return tl::unexpected(Bad{what_is(node), std::string(what)});
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(node.text.begin(), node.text.end(), is_control)) {
    return tl::unexpected(Bad{"holds a control character", std::string(what)});
  }
  if (node.text.size() > kMaxText) {
    return tl::unexpected(Bad{"has " + std::to_string(node.text.size()) + " octets",
                              std::string(what) + " of at most " + std::to_string(kMaxText)});
  }
  return node.text;
}

}  // namespace mta_sts::settings
