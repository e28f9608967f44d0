#pragma once

#include "exporter/settings/settings.h"

namespace mta_sts::schedule {

/// With the machine's own values where the configuration leaves them to it: its resolvers, its host name, a worker a
/// core.
settings::Settings in_use(settings::Settings settings);

}  // namespace mta_sts::schedule
