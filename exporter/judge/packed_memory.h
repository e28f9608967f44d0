#pragma once

#include <string>
#include <vector>

#include "exporter/judge/memory.h"

namespace mta_sts::judge {

/// A memory where all that is known is the latest look and, of a domain, the past (is_latest_alone()): some hundred
/// octets, and the chains of that look, which others hold too.
struct PackedMemory {
  std::string text;
  std::vector<Shared<formats::ChainFacts>> chains;
};

PackedMemory pack(const DomainMemory& memory);
PackedMemory pack(const EndpointMemory& memory);
/// Into an empty memory; what was read in the look is read again.
void unpack(const PackedMemory& packed, DomainMemory& memory);
void unpack(const PackedMemory& packed, EndpointMemory& memory);

}  // namespace mta_sts::judge
