#include "exporter/targets/catalogue.h"

#include <unordered_map>
#include <utility>

namespace mta_sts::targets {

Catalogue merge(std::vector<DomainList> lists) {
  Catalogue catalogue;
  std::unordered_map<formats::DomainName, const std::string*> owners;
  std::size_t repeated = 0;
  for (DomainList& list : lists) {
    for (Shared<settings::DomainSetting>& domain : list.domains) {
      const auto [owner, fresh] = owners.emplace(domain->name, &list.name);
      if (fresh) {
        catalogue.domains.push_back(std::move(domain));
      } else if (++repeated <= kMaxWarnings) {
        catalogue.warnings.push_back("the domain " + domain->name.text() + " of " + list.name + " is that of " +
                                     *owner->second + " already, which counts");
      }
    }
  }
  if (repeated > kMaxWarnings)
    catalogue.warnings.push_back(std::to_string(repeated - kMaxWarnings) + " more domains are given again");
  return catalogue;
}

}  // namespace mta_sts::targets
