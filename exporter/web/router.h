#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "exporter/base/clock.h"
#include "exporter/board/board.h"
#include "exporter/board/scrape.h"
#include "exporter/web/api.h"
#include "exporter/web/http.h"

namespace mta_sts::web {

struct RouterOptions {
  std::string telemetry_path = "/metrics";
  std::string route_prefix = "/";                              ///< what stands before every path; "/" for nothing
  std::string version;                                         ///< shown on the status page
  board::ShowFamily show;                                      ///< which families `/metrics` and `/probe` show
  std::function<std::chrono::milliseconds()> domain_interval;  ///< how long a result is fresh for `/probe`
};

/// What the pages show; all are called on the web thread and touch no network.
struct RouterSources {
  ApiSources api;
  std::function<board::Snapshot(const std::string& domain)> snapshot_of;
  /// Looks at a domain out of turn; false: there will be no look.
  std::function<void(std::string domain, Answer<bool>)> look_now;
  std::function<std::shared_ptr<const board::DomainEntry>(const std::string&)> domain;
  std::function<std::vector<prometheus::MetricFamily>()> exporter_families;
  std::function<WallTime()> now;
  /// Reads the configuration anew and answers with what is wrong with it, "" for nothing. Null: --web.enable-lifecycle
  /// is not given.
  std::function<void(Answer<std::string>)> reload;
};

/// From a request to its answer: `/metrics`, `/-/healthy`, `/-/ready`, `/-/reload`, the pages, `/probe` and
/// `/api/v1`.
AsyncHandler make_router(RouterOptions options, RouterSources sources);

}  // namespace mta_sts::web
