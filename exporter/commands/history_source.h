#pragma once

#include <optional>
#include <string>

#include "exporter/base/result.h"
#include "exporter/judge/past.h"
#include "exporter/settings/settings.h"

namespace mta_sts::commands {

/// What the store of history.url knows of a domain (A-labels); nothing if it does not know the domain. The store is
/// read only: a running exporter is not disturbed. An error where it cannot be read, and for memory:.
Result<std::optional<judge::Past>> past_of(const settings::Settings& settings, const std::string& domain);

}  // namespace mta_sts::commands
