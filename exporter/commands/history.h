#pragma once

#include <iosfwd>
#include <optional>

#include "exporter/base/output_format.h"
#include "exporter/base/result.h"
#include "exporter/formats/domain_name.h"
#include "exporter/judge/past.h"

namespace mta_sts::commands {

/// `history DOMAIN`: the timeline of what was seen, oldest first, in UTC. `past` as past_of() found it. Exit code 0; 1:
/// the history cannot be read; 2: it does not know the domain (contract/interface.md).
int history(const formats::DomainName& domain, const Result<std::optional<judge::Past>>& past, OutputFormat format,
            std::ostream& out, std::ostream& err);

}  // namespace mta_sts::commands
