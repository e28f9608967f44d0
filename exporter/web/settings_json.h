#pragma once

#include <boost/json/fwd.hpp>
#include <boost/json/object.hpp>

#include "exporter/settings/settings.h"

namespace mta_sts::web {

/// Every key of the configuration file with its value, in the file's own spelling; of the domains their number, of URLs
/// no password.
boost::json::object settings_json(const settings::Settings& settings);

}  // namespace mta_sts::web
