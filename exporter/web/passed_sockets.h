#pragma once

#include <vector>

#include "exporter/base/result.h"

namespace mta_sts::web {

/// The listening TCP sockets that systemd passed to this process (sd_listen_fds(3), --web.systemd-socket), one at
/// least; the error is for the person who wrote the unit. Changes no environment: threads may run.
Result<std::vector<int>> passed_sockets();

}  // namespace mta_sts::web
