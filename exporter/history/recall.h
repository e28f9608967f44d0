#pragma once

#include "exporter/history/documents.h"
#include "exporter/judge/memory.h"

namespace mta_sts::history {

/// What of a memory is stored.
DomainLooksKept looks_of(const judge::DomainMemory& memory);
EndpointLooksKept looks_of(const judge::EndpointMemory& memory);
Beat beat_of(const judge::DomainMemory& memory);
Beat beat_of(const judge::EndpointMemory& memory, WallTime named);

/// Puts an empty memory in the state that was stored, as of `now`: looks are remembered again. The past and the
/// certificates are those that were stored, whatever the looks add.
void recall(judge::DomainMemory& memory, DomainLooksKept looks, judge::Past past, WallTime now);
void recall(judge::EndpointMemory& memory, EndpointLooksKept looks, WallTime now);

}  // namespace mta_sts::history
