#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include "exporter/base/clock.h"
#include "exporter/metrics/family.h"
#include "exporter/telemetry/telemetry.h"

namespace mta_sts::metrics {

struct BuildInfo {
  std::string version;
  std::string revision;
  std::string compiler;
};

/// A source of domains (domain_files, domain_urls) and how it fares.
struct DiscoverySource {
  std::string name;
  std::size_t domains = 0;
  std::optional<bool> good;  ///< the last reading
  std::optional<WallTime> last_success;
  std::size_t errors = 0;
};

/// The families of the exporter itself, on prometheus-cpp's registry; those of the process are read from /proc when
/// asked. Thread-safe.
class SelfMetrics final : public telemetry::Telemetry {
 public:
  explicit SelfMetrics(const BuildInfo& build);
  ~SelfMetrics() override;

  void dns_query(telemetry::QueryType type, telemetry::QueryResult result) override;
  void dns_query_sent() override;
  void dns_query_ended() override;
  void dns_question_shared(telemetry::Sharing how) override;
  void probe_started(telemetry::ProbeKind kind) override;
  void probe_finished(telemetry::ProbeKind kind, telemetry::ProbeResult result,
                      std::chrono::nanoseconds duration) override;
  void internal_error() override;

  void set_domains(std::size_t count);
  void set_mx_endpoints(std::size_t count);
  void set_mx_addresses_paused(std::size_t count);
  void set_domains_waiting(std::size_t count);
  void set_probe_concurrency(std::size_t count);
  void set_probe_interval(telemetry::ProbeKind kind, std::chrono::nanoseconds interval);
  void set_schedule_lag(telemetry::ProbeKind kind, std::chrono::nanoseconds lag);
  /// Absent: too few hosts to tell.
  void set_smtp_egress(std::optional<bool> ok);
  void set_https_egress(std::optional<bool> ok);
  void config_loaded(WallTime at);
  void config_refused();
  void set_discovery(std::vector<DiscoverySource> sources);
  /// What the history's writer says of itself; `last_write` is absent before the first one.
  void set_history(std::uint64_t errors, std::size_t queue_length, std::optional<WallTime> last_write);

  std::vector<prometheus::MetricFamily> collect() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

/// Names, types and meanings, for docs/metrics.md and its test.
std::vector<Family> self_families();

}  // namespace mta_sts::metrics
