#include "exporter/settings/read_domains.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "exporter/formats/quote.h"
#include "exporter/settings/labels.h"
#include "exporter/settings/limits.h"

namespace mta_sts::settings {
namespace {

constexpr std::string_view kDomainForm = "a domain name such as example.com";
constexpr Choice<Expectation, 4> kExpectations{{{{"enforce", Expectation::Enforce},
                                                 {"testing", Expectation::Testing},
                                                 {"none", Expectation::None},
                                                 {"absent", Expectation::Absent}}}};

struct PlacedDomain {
  DomainSetting setting;
  Position name_at;
};

class DomainsReader {
 public:
  DomainsReader(unsigned max_labels, Faults& faults) : max_labels_(max_labels), faults_(faults) {}

  std::vector<DomainSetting> read(MapReader& top) {
    std::vector<DomainSetting> domains;
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
      auto name = read_name(item);
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
      name = read_name(entry->value);
    } else {
      map.refuse(*entry, Bad{what_is(entry->value), std::string(kDomainForm)});
    }
    auto labels = read_labels(map);
    const auto expect = map.get("expect", kExpectations, Expectation::None);
    const bool declared = map.find("expect") != nullptr;
    map.refuse_rest();
    if (!name) return std::nullopt;
    if (labels.size() > max_labels_) {
      faults_.add(entry->value.at, "the domain " + name->text() + " has " + std::to_string(labels.size()) +
                                       " labels; expected at most " + std::to_string(max_labels_) +
                                       " (metrics.max_domain_labels)");
    }
    return PlacedDomain{
        DomainSetting{std::move(*name), std::move(labels), declared ? std::optional(expect) : std::nullopt},
        entry->value.at};
  }

  std::optional<formats::DomainName> read_name(const YamlNode& node) {
    const auto refuse = [&](const std::string& found) {
      faults_.add(node.at, found + "; expected " + std::string(kDomainForm));
      return std::nullopt;
    };
    if (node.text.empty()) return refuse("the domain name is empty");
    if (parse_ip(node.text)) return refuse(formats::quoted(node.text) + " is an IP address");
    auto name = formats::DomainName::parse(node.text);
    if (!name) return refuse(name.error().message);
    return std::move(*name);
  }

  std::map<std::string, std::string> read_labels(MapReader& domain) {
    std::map<std::string, std::string> labels;
    const YamlEntry* entry = domain.find("labels");
    if (entry == nullptr) return labels;
    if (entry->value.kind != YamlNode::Kind::Map) {
      domain.refuse(*entry, Bad{what_is(entry->value), "a mapping such as {team: mail}"});
      return labels;
    }
    // Its constructor refuses names that are given twice.
    const MapReader map(entry->value, domain.full_name("labels"), faults_);
    for (const auto& [name, value] : entry->value.entries) {
      if (auto problem = label_name_problem(name.text)) faults_.add(name.at, *problem);
      if (!value.is_text()) {
        const auto at = value.kind == YamlNode::Kind::Null ? name.at : value.at;
        faults_.add(at, "the label " + formats::quoted(name.text) + " " + what_is(value) + "; expected text");
      } else if (auto problem = label_value_problem(value.text)) {
        faults_.add(value.at, *problem);
      }
      labels.emplace(name.text, value.text);
    }
    return labels;
  }

  unsigned max_labels_;
  Faults& faults_;
};

}  // namespace

std::vector<DomainSetting> read_domains(MapReader& top, unsigned max_labels, Faults& faults) {
  return DomainsReader(max_labels, faults).read(top);
}

}  // namespace mta_sts::settings
