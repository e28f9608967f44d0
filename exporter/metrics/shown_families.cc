#include "exporter/metrics/shown_families.h"

#include "exporter/metrics/domain_families.h"
#include "exporter/metrics/mx_families.h"

namespace mta_sts::metrics {

ShownFamilies shown_families(const ShowFamily& show) {
  ShownFamilies shown;
  for (const DomainFamily& family : domain_families()) shown.of_domains.push_back(show(family.family));
  for (const MxFamily& family : mx_families()) shown.of_mx.push_back(show(family.family));
  return shown;
}

}  // namespace mta_sts::metrics
