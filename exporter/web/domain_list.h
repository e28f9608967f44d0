#pragma once

#include <cstddef>
#include <set>

#include <boost/json/object.hpp>

#include "exporter/base/result.h"
#include "exporter/board/board.h"
#include "exporter/web/http.h"

namespace mta_sts::web {

/// Entries of one page of a list, at most.
constexpr std::size_t kMaxPageSize = 1000;
constexpr std::size_t kPageSize = 100;

/// Why the checks of a domain do not pass.
std::set<Reason> reasons_of(const judge::DomainState& state);

/// One page of the domains that fit all of: verdict (ok, fail, inconclusive, absent), reason, mode, mx (a host),
/// label=NAME:VALUE (each may stand several times: labels must all fit, of the others one), q (part of the name),
/// sorted by severity, name or last_probe; page, page_size. The error names a parameter that is not known, or its
/// value.
Result<boost::json::object> domain_list(const board::Snapshot& snapshot, const Fields& query);

/// One page of the MX hosts, most used first: q; page, page_size.
Result<boost::json::object> mx_list(const board::Snapshot& snapshot, const Fields& query);

}  // namespace mta_sts::web
