#pragma once

#include <string>
#include <vector>

#include "exporter/formats/sts_policy.h"
#include "exporter/judge/past.h"

namespace mta_sts::judge {

/// What to publish on the way to other MX hosts (RFC 8461 8.1). `hosts` are host names.

/// Whether some pattern matches the host, for every host.
bool names_all(const formats::StsPolicy& policy, const std::vector<std::string>& hosts);
/// The hosts that no pattern matches.
std::vector<std::string> not_named(const formats::StsPolicy& policy, const std::vector<std::string>& hosts);

/// The policy with each pattern once and, behind them, each host that none of them matches.
formats::StsPolicy with_hosts(formats::StsPolicy policy, const std::vector<std::string>& hosts);
/// The policy with the patterns only that match one of the hosts.
formats::StsPolicy only_for(formats::StsPolicy policy, const std::vector<std::string>& hosts);

/// An id (1*32 ALPHA/DIGIT, RFC 8461 3.1) made of the time that is none of `taken`.
std::string fresh_id(const std::vector<std::string>& taken, WallTime at);
/// Every id that was seen.
std::vector<std::string> ids_of(const Past& past);

}  // namespace mta_sts::judge
