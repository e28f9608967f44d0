#include "exporter/targets/shard.h"

#include <algorithm>

#include "exporter/base/hash.h"

namespace mta_sts::targets {
std::uint32_t shard_of(const formats::DomainName& domain, std::uint32_t count) {
  std::uint64_t state = fnv1a(domain.text());
  // The domain jumps to ever higher shards, as if these were added one by one; it is in the last one below `count`.
  std::int64_t shard = 0;
  std::int64_t next = 0;
  while (next < std::int64_t{count}) {
    shard = next;
    state = state * 2862933555777941757U + 1;
    const double share = static_cast<double>(std::int64_t{1} << 31) / static_cast<double>((state >> 33) + 1);
    next = static_cast<std::int64_t>(static_cast<double>(shard + 1) * share);
  }
  return static_cast<std::uint32_t>(shard);
}

std::vector<Shared<settings::DomainSetting>> only(Shard shard, std::vector<Shared<settings::DomainSetting>> domains) {
  if (shard.count > 1)
    std::erase_if(domains, [&](const auto& domain) { return shard_of(domain->name, shard.count) != shard.index; });
  return domains;
}

settings::Settings divided(settings::Settings settings, Shard shard) {
  settings.smtp.per_address_interval *= shard.count;
  settings.smtp.per_address_connections = std::max(1u, settings.smtp.per_address_connections / shard.count);
  settings.https.per_address_interval *= shard.count;
  settings.https.per_address_connections = std::max(1u, settings.https.per_address_connections / shard.count);
  return settings;
}

}  // namespace mta_sts::targets
