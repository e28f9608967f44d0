#pragma once

#include <string>
#include <string_view>

#include "exporter/base/clock.h"
#include "exporter/board/board.h"

namespace mta_sts::web {

/// Pages for people: plain HTML without a script, links relative to the page. What domains serve is shown as text,
/// never as markup.

/// Every domain with its verdict and problems, broken ones first. `metrics_link` is relative to this page.
std::string status_page(const board::Snapshot& snapshot, std::string_view version, std::string_view metrics_link,
                        WallTime now);

/// One domain: what its last look found, check by check.
std::string domain_page(const judge::DomainState& state, WallTime now);

/// The style sheet of both.
std::string_view status_style();

/// Text between tags or in a quoted attribute.
std::string escape_html(std::string_view text);

}  // namespace mta_sts::web
