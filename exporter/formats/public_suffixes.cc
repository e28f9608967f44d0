#include "exporter/formats/public_suffixes.h"

#include <libpsl.h>

namespace mta_sts::formats {

PublicSuffixes::PublicSuffixes() : list_(psl_latest(nullptr)) {}

PublicSuffixes::~PublicSuffixes() { psl_free(list_); }

std::string PublicSuffixes::registrable_domain(const std::string& host) const {
  // From the right, the first name that is no public suffix.
  for (auto dot = host.rfind('.'); dot != std::string::npos && dot > 0; dot = host.rfind('.', dot - 1)) {
    const auto before = host.rfind('.', dot - 1);
    const std::string candidate = before == std::string::npos ? host : host.substr(before + 1);
    if (psl_is_public_suffix2(list_, candidate.c_str(), PSL_TYPE_ICANN) == 0) return candidate;
    if (before == std::string::npos) break;
  }
  return host;
}

}  // namespace mta_sts::formats
