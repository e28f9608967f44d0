#pragma once

#include <optional>
#include <string>

#include "exporter/judge/past.h"

namespace mta_sts::judge {

/// Whether record and policy were changed in the order that RFC 8461 8.1 wants, as far as it can be told. Each is a
/// text for people; nothing where there is nothing to say. `now` is the time of judging.

/// The id changed before the policy did, so that the earlier policy was served under the new id and may be held with
/// it.
std::optional<std::string> policy_after_id(const Past& past, WallTime now);

/// At first sight of a domain, while no change was seen: the file's Last-Modified (RFC 9110 8.8.2) is later than the
/// day that the id names, if it reads as one (YYYYMMDD...). No proof of anything.
std::optional<std::string> policy_newer_than_id(const Past& past, const std::string& last_modified);

}  // namespace mta_sts::judge
