#include "exporter/settings/target_groups.h"

#include <unordered_map>

#include "exporter/settings/domain_values.h"
#include "exporter/settings/json_as_yaml.h"
#include "exporter/settings/limits.h"

namespace mta_sts::settings {
namespace {

constexpr std::string_view kExpectLabel = "__mta_sts_expect";
constexpr std::string_view kForm = "a list of mappings with targets and labels";

class GroupsReader {
 public:
  GroupsReader(unsigned max_labels, Faults& faults) : max_labels_(max_labels), faults_(faults) {}

  std::vector<Shared<DomainSetting>> read(const YamlNode& root) {
    // A file that is half written is empty at first: that means no domains to nobody.
    if (root.kind == YamlNode::Kind::Null) {
      faults_.add(Position{}, "the list is empty; expected " + std::string(kForm) + ", or [] for no domains");
      return {};
    }
    if (root.kind != YamlNode::Kind::List) {
      faults_.add(root.at, "the list " + what_is(root) + "; expected " + std::string(kForm));
      return {};
    }
    for (const YamlNode& group : root.items) read_group(group);
    return std::move(domains_);
  }

 private:
  void read_group(const YamlNode& group) {
    if (group.kind != YamlNode::Kind::Map)
      return faults_.add(group.at, "an item of the list " + what_is(group) + "; expected a mapping with targets");
    MapReader map(group, "", faults_);
    const LabelSet labels = read_labels(map, MetaLabels::Apart, faults_);
    const auto expect = expectation(labels);
    const YamlEntry* targets = map.find("targets");
    if (targets == nullptr) {
      faults_.add(group.at, "an item of the list has no key targets; expected targets: [example.com]");
    } else if (map.is_list(*targets, "a list of domain names", kMaxDomains)) {
      for (std::size_t i = 0; i < targets->value.items.size(); ++i) read_target(map, *targets, i, labels, expect);
    }
    map.refuse_rest();
  }

  void read_target(MapReader& map, const YamlEntry& targets, std::size_t index, const LabelSet& labels,
                   const std::optional<Expectation>& expect) {
    const YamlNode& target = targets.value.items[index];
    if (!target.is_text()) return map.refuse_item(targets, index, Bad{what_is(target), std::string(kDomainForm)});
    auto name = read_domain_name(target, faults_);
    if (!name) return;
    const auto [first, fresh] = first_lines_.emplace(*name, target.at.line);
    if (!fresh) {
      return faults_.add(target.at, "the domain " + name->text() + " is given again (first in line " +
                                        std::to_string(first->second) + "); expected each domain once");
    }
    limit_labels(*name, labels, max_labels_, target.at, faults_);
    domains_.emplace_back(DomainSetting{std::move(*name), labels.shown, expect});
  }

  std::optional<Expectation> expectation(const LabelSet& labels) {
    const auto given = labels.meta.find(std::string(kExpectLabel));
    if (given == labels.meta.end()) return std::nullopt;
    const auto read = read_expectation(given->second);
    if (read) return *read;
    faults_.add(given->second.at,
                std::string(kExpectLabel) + " " + read.error().found + "; expected " + read.error().expected);
    return std::nullopt;
  }

  unsigned max_labels_;
  Faults& faults_;
  std::unordered_map<formats::DomainName, unsigned> first_lines_;
  std::vector<Shared<DomainSetting>> domains_;
};

}  // namespace

Result<std::vector<Shared<DomainSetting>>> parse_target_groups(std::string_view text, const std::string& name,
                                                               unsigned max_labels) {
  Faults faults(name);
  const auto root = parse_yaml(json_as_yaml(text));
  if (!root) {
    faults.add(root.error().at, root.error().message);
    return fail(faults.message());
  }
  auto domains = GroupsReader(max_labels, faults).read(*root);
  if (!faults.empty()) return fail(faults.message());
  return domains;
}

}  // namespace mta_sts::settings
