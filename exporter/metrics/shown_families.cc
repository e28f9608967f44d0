#include "exporter/metrics/shown_families.h"

#include "exporter/metrics/domain_families.h"
#include "exporter/metrics/mx_families.h"
#include "exporter/metrics/self_metrics.h"

namespace mta_sts::metrics {

ShownFamilies shown_families(const ShowFamily& show) {
  ShownFamilies shown;
  for (const DomainFamily& family : domain_families()) shown.of_domains.push_back(show(family.family));
  for (const MxFamily& family : mx_families()) shown.of_mx.push_back(show(family.family));
  return shown;
}

std::vector<std::string_view> family_names() {
  std::vector<std::string_view> names;
  for (const DomainFamily& family : domain_families()) names.push_back(family.family.name);
  for (const MxFamily& family : mx_families()) names.push_back(family.family.name);
  for (const Family& family : self_families()) names.push_back(family.name);
  return names;
}

}  // namespace mta_sts::metrics
