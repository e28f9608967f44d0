#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/array.hpp>

#include "exporter/base/result.h"
#include "exporter/commands/exporter_client.h"
#include "exporter/judge/past.h"
#include "exporter/settings/settings.h"

namespace mta_sts::commands {

/// What the store of history.url knows of a domain (A-labels); nothing if it does not know the domain. The store is
/// read only: a running exporter is not disturbed. An error where it cannot be read, and for memory:.
Result<std::optional<judge::Past>> past_of(const settings::Settings& settings, const std::string& domain);

/// The same of each domain, an empty past where nothing is known. What is in the way is told on `err`; memory: is not.
std::vector<judge::Past> pasts_of(const settings::Settings& settings,
                                  const std::vector<settings::DomainSetting>& domains, std::ostream& err);

/// What it says to people and machines (web::timeline_json): from that store, or from a running exporter.
Result<std::optional<boost::json::array>> timeline_of(const settings::Settings& settings, const std::string& domain);
Result<std::optional<boost::json::array>> timeline_of(ExporterClient& exporter, const std::string& domain);

}  // namespace mta_sts::commands
