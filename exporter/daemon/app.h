#pragma once

#include <filesystem>
#include <memory>

#include <boost/asio/thread_pool.hpp>

#include "exporter/base/clock.h"
#include "exporter/base/guarded.h"
#include "exporter/base/result.h"
#include "exporter/board/board.h"
#include "exporter/daemon/options.h"
#include "exporter/daemon/signals.h"
#include "exporter/daemon/stored_pasts.h"
#include "exporter/formats/public_suffixes.h"
#include "exporter/history/writer.h"
#include "exporter/metrics/self_metrics.h"
#include "exporter/net/egress_guard.h"
#include "exporter/net/trust.h"
#include "exporter/schedule/address_gate.h"
#include "exporter/schedule/scheduler.h"
#include "exporter/settings/settings.h"
#include "exporter/targets/discovery.h"
#include "exporter/telemetry/log.h"
#include "exporter/web/server.h"

namespace mta_sts::daemon {

/// The daemon: owns every part, built in the order of the data flow, ended in the reverse order.
class App {
 public:
  /// Builds all parts; nothing runs yet. The error is for the person who starts the daemon.
  static Result<std::unique_ptr<App>> build(const RunOptions& options);

  /// Probes and serves until SIGTERM or SIGINT. An error: a listener failed.
  Result<void> run();

 private:
  App(const RunOptions& options, settings::Settings settings, std::shared_ptr<const net::Trust> trust);
  std::unique_ptr<history::Writer> make_history();
  history::Recorder& recorder();
  void recall();
  Result<void> serve();
  void wait_for_the_end();
  /// On the reloading thread.
  Result<void> reload();
  void warn_of_restart(const settings::Settings& wanted);
  /// On discovery's thread.
  targets::Discovery::Taken watch(targets::Catalogue catalogue);
  std::shared_ptr<const settings::Settings> settings() const {
    return settings_.with([](const auto& now) { return now; });
  }
  void take_changed_trust();
  bool ready();
  std::vector<prometheus::MetricFamily> exporter_families();

  Signals signals_;
  RunOptions options_;
  std::unique_ptr<telemetry::Log> log_;
  Guarded<std::shared_ptr<const settings::Settings>> settings_;  ///< in use
  SystemClock clock_;
  MonoTime started_ = clock_.mono_now();
  metrics::SelfMetrics self_metrics_;
  net::TrustSlot trust_;
  std::filesystem::file_time_type trust_time_;
  std::shared_ptr<schedule::AddressGate> policy_hosts_;
  formats::PublicSuffixes suffixes_;
  board::Board board_;
  history::NullRecorder no_history_;
  std::vector<history::StoredDomain> stored_domains_;  ///< until the scheduler was filled from them
  std::vector<history::StoredEndpoint> stored_endpoints_;
  targets::KeptLists kept_lists_;  ///< until discovery has them
  bool history_is_late_ = false;   ///< it could not be read at start
  LatePast late_past_;
  std::unique_ptr<history::Writer> history_;  ///< nullptr: history.url is memory:
  std::unique_ptr<targets::Discovery> discovery_;
  schedule::Scheduler scheduler_;
  Guarded<schedule::FirstPass> first_pass_;  ///< until every list was asked for
  std::vector<int> sockets_;                 ///< that systemd passed
  std::unique_ptr<web::Server> server_;
  boost::asio::thread_pool reloading_{1};
};

}  // namespace mta_sts::daemon
