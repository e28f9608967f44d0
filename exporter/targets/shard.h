#pragma once

#include <cstdint>
#include <vector>

#include "exporter/settings/settings.h"

namespace mta_sts::targets {

/// One of several exporters that share the domains among them.
struct Shard {
  std::uint32_t index = 0;
  std::uint32_t count = 1;
};

/// Jump consistent hash (Lamping and Veach 2014) of FNV-1a 64 of the A-label: with one exporter more only the domains
/// that it takes change places. Frozen: other programs may compute it.
std::uint32_t shard_of(const formats::DomainName& domain, std::uint32_t count);

/// Those of the shard.
std::vector<Shared<settings::DomainSetting>> only(Shard shard, std::vector<Shared<settings::DomainSetting>> domains);

/// `count` exporters that reach the same addresses ask each of them no more often together than one would alone.
settings::Settings divided(settings::Settings settings, Shard shard);

}  // namespace mta_sts::targets
