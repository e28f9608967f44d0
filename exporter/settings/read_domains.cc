#include "exporter/settings/read_domains.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "exporter/settings/domain_values.h"
#include "exporter/settings/limits.h"

namespace mta_sts::settings {
namespace {

struct PlacedDomain {
  DomainSetting setting;
  Position name_at;
};

class DomainsReader {
 public:
  DomainsReader(unsigned max_labels, Faults& faults) : max_labels_(max_labels), faults_(faults) {}

  std::vector<Shared<DomainSetting>> read(MapReader& top) {
    std::vector<Shared<DomainSetting>> domains;
    const YamlEntry* entry = top.find("domains");
    if (entry == nullptr || !top.is_list(*entry, "a list of domain names or mappings", kMaxDomains)) return domains;
    std::unordered_map<formats::DomainName, unsigned> first_lines;
    domains.reserve(entry->value.items.size());
    for (std::size_t i = 0; i < entry->value.items.size(); ++i) {
      auto domain = read_item(top, *entry, i);
      if (!domain) continue;
      const auto [first, fresh] = first_lines.emplace(domain->setting.name, domain->name_at.line);
      if (fresh) {
        domains.push_back(std::move(domain->setting));
      } else {
        faults_.add(domain->name_at, "the domain " + domain->setting.name.text() + " is given again (first in line " +
                                         std::to_string(first->second) + "); expected each domain once");
      }
    }
    return domains;
  }

 private:
  std::optional<PlacedDomain> read_item(MapReader& top, const YamlEntry& list, std::size_t index) {
    const YamlNode& item = list.value.items[index];
    if (item.kind == YamlNode::Kind::Map) return read_mapping(item);
    if (item.is_text()) {
      auto name = read_domain_name(item, faults_);
      if (!name) return std::nullopt;
      return PlacedDomain{DomainSetting{std::move(*name), {}, std::nullopt}, item.at};
    }
    top.refuse_item(list, index,
                    Bad{what_is(item), std::string(kDomainForm) + ", or a mapping with domain, labels, expect"});
    return std::nullopt;
  }

  std::optional<PlacedDomain> read_mapping(const YamlNode& item) {
    MapReader map(item, "domains[]", faults_);
    const YamlEntry* entry = map.find("domain");
    std::optional<formats::DomainName> name;
    if (entry == nullptr) {
      faults_.add(item.at, "an item of domains has no key domain; expected domain: example.com");
    } else if (entry->value.is_text()) {
      name = read_domain_name(entry->value, faults_);
    } else {
      map.refuse(*entry, Bad{what_is(entry->value), std::string(kDomainForm)});
    }
    auto labels = read_labels(map, MetaLabels::Refused, faults_);
    const auto expect = map.get("expect", read_expectation, Expectation::None);
    const bool declared = map.find("expect") != nullptr;
    map.refuse_rest();
    if (!name) return std::nullopt;
    limit_labels(*name, labels, max_labels_, entry->value.at, faults_);
    return PlacedDomain{
        DomainSetting{std::move(*name), std::move(labels.shown), declared ? std::optional(expect) : std::nullopt},
        entry->value.at};
  }

  unsigned max_labels_;
  Faults& faults_;
};

}  // namespace

std::vector<Shared<DomainSetting>> read_domains(MapReader& top, unsigned max_labels, Faults& faults) {
  return DomainsReader(max_labels, faults).read(top);
}

}  // namespace mta_sts::settings
