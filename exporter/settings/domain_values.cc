#include "exporter/settings/domain_values.h"

#include "exporter/base/ip.h"
#include "exporter/formats/quote.h"
#include "exporter/settings/labels.h"

namespace mta_sts::settings {
namespace {

constexpr Choice<Expectation, 4> kExpectations{{{{"enforce", Expectation::Enforce},
                                                 {"testing", Expectation::Testing},
                                                 {"none", Expectation::None},
                                                 {"absent", Expectation::Absent}}}};

/// Tells what is wrong with a label that is shown.
void check_label(const YamlEntry& label, Faults& faults) {
  const auto& [name, value] = label;
  if (auto problem = label_name_problem(name.text)) faults.add(name.at, *problem);
  if (!value.is_text()) {
    const auto at = value.kind == YamlNode::Kind::Null ? name.at : value.at;
    faults.add(at, "the label " + formats::quoted(name.text) + " " + what_is(value) + "; expected text");
  } else if (auto problem = label_value_problem(value.text)) {
    faults.add(value.at, *problem);
  }
}

}  // namespace

std::optional<formats::DomainName> read_domain_name(const YamlNode& node, Faults& faults) {
  const auto refuse = [&](const std::string& found) {
    faults.add(node.at, found + "; expected " + std::string(kDomainForm));
    return std::nullopt;
  };
  if (node.text.empty()) return refuse("the domain name is empty");
  if (parse_ip(node.text)) return refuse(formats::quoted(node.text) + " is an IP address");
  auto name = formats::DomainName::parse(node.text);
  if (!name) return refuse(name.error().message);
  return std::move(*name);
}

Read<Expectation> read_expectation(const YamlNode& node) { return kExpectations(node); }

LabelSet read_labels(MapReader& map, MetaLabels meta, Faults& faults) {
  LabelSet labels;
  const YamlEntry* entry = map.find("labels");
  if (entry == nullptr) return labels;
  if (entry->value.kind != YamlNode::Kind::Map) {
    map.refuse(*entry, Bad{what_is(entry->value), "a mapping such as {team: mail}"});
    return labels;
  }
  // Its constructor refuses names that are given twice.
  const MapReader names(entry->value, map.full_name("labels"), faults);
  for (const YamlEntry& label : entry->value.entries) {
    if (meta == MetaLabels::Apart && label.key.text.starts_with("__")) {
      labels.meta.emplace(label.key.text, label.value);
    } else {
      check_label(label, faults);
      labels.shown.emplace(label.key.text, label.value.text);
    }
  }
  return labels;
}

void limit_labels(const formats::DomainName& domain, const LabelSet& labels, unsigned most, Position at,
                  Faults& faults) {
  if (labels.shown.size() <= most) return;
  faults.add(at, "the domain " + domain.text() + " has " + std::to_string(labels.shown.size()) +
                     " labels; expected at most " + std::to_string(most) + " (metrics.max_domain_labels)");
}

}  // namespace mta_sts::settings
