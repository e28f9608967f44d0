#include "exporter/judge/next_policy.h"

#include <algorithm>

#include "exporter/base/time_text.h"

namespace mta_sts::judge {
namespace {

using formats::MxPattern;
using formats::StsPolicy;

bool names(const std::vector<MxPattern>& patterns, const std::string& host) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const MxPattern& pattern) { return pattern.matches(host); });  // RFC 8461 4.1
}

}  // namespace

bool names_all(const StsPolicy& policy, const std::vector<std::string>& hosts) {
  return not_named(policy, hosts).empty();
}

std::vector<std::string> not_named(const StsPolicy& policy, const std::vector<std::string>& hosts) {
  std::vector<std::string> missing;
  for (const std::string& host : hosts) {
    if (!names(policy.mx, host)) missing.push_back(host);
  }
  return missing;
}

StsPolicy with_hosts(StsPolicy policy, const std::vector<std::string>& hosts) {
  std::vector<MxPattern> patterns;
  for (MxPattern& pattern : policy.mx) {
    if (std::find(patterns.begin(), patterns.end(), pattern) == patterns.end()) patterns.push_back(std::move(pattern));
  }
  for (const std::string& host : hosts) {
    // What is no host name cannot be named.
    const auto pattern = MxPattern::parse(host);
    if (pattern && !names(patterns, host)) patterns.push_back(*pattern);
  }
  policy.mx = std::move(patterns);
  return policy;
}

StsPolicy only_for(StsPolicy policy, const std::vector<std::string>& hosts) {
  std::erase_if(policy.mx, [&](const MxPattern& pattern) {
    return std::none_of(hosts.begin(), hosts.end(), [&](const std::string& host) { return pattern.matches(host); });
  });
  return policy;
}

std::string fresh_id(const std::vector<std::string>& taken, WallTime at) {
  const std::string base = utc_digits(at);
  std::string id = base;
  for (unsigned n = 1; std::find(taken.begin(), taken.end(), id) != taken.end(); ++n) id = base + std::to_string(n);
  return id;
}

std::vector<std::string> ids_of(const Past& past) {
  std::vector<std::string> ids;
  for (const PastId& id : past.ids) ids.push_back(id.id);
  for (const PastPolicy& policy : past.policies) {
    for (const auto& [id, sight] : policy.ids) ids.push_back(id);
  }
  return ids;
}

}  // namespace mta_sts::judge
