#pragma once

#include <iosfwd>
#include <optional>

#include <boost/json/array.hpp>

#include "exporter/base/output_format.h"
#include "exporter/base/result.h"
#include "exporter/formats/domain_name.h"

namespace mta_sts::commands {

/// `history DOMAIN`: the timeline of what was seen, oldest first, in UTC, as timeline_of() found it. Exit code 0; 1:
/// the history cannot be read; 2: it does not know the domain (contract/interface.md).
int history(const formats::DomainName& domain, const Result<std::optional<boost::json::array>>& timeline,
            OutputFormat format, std::ostream& out, std::ostream& err);

}  // namespace mta_sts::commands
