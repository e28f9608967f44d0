#include "exporter/formats/public_suffixes.h"

#include <algorithm>
#include <libpsl.h>

namespace mta_sts::formats {

namespace {

/// As of an IPv4 literal: no top-level domain is all digits (RFC 3696 2).
bool ends_in_number(const std::string& host) {
  const auto last = std::find(host.rbegin(), host.rend(), '.').base();
  return last != host.end() && std::all_of(last, host.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

PublicSuffixes::PublicSuffixes() : list_(psl_latest(nullptr)) {}

PublicSuffixes::~PublicSuffixes() { psl_free(list_); }

std::string PublicSuffixes::registrable_domain(const std::string& host) const {
  if (ends_in_number(host)) return host;
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
