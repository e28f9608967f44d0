#include "exporter/metrics/self_metrics.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "exporter/base/guarded.h"
#include "exporter/metrics/process.h"

namespace mta_sts::metrics {
namespace {

using telemetry::ProbeKind;
using telemetry::ProbeResult;
using telemetry::QueryResult;
using telemetry::QueryType;
using telemetry::Sharing;

constexpr std::array kTypes = {QueryType::Txt,  QueryType::Mx,    QueryType::A,
                               QueryType::Aaaa, QueryType::Cname, QueryType::Tlsa};
constexpr std::array kTypeTexts = {"txt", "mx", "a", "aaaa", "cname", "tlsa"};
constexpr std::array kResults = {QueryResult::Ok,       QueryResult::Nxdomain, QueryResult::Nodata,
                                 QueryResult::Servfail, QueryResult::Refused,  QueryResult::Timeout,
                                 QueryResult::Malformed};
constexpr std::array kResultTexts = {"ok", "nxdomain", "nodata", "servfail", "refused", "timeout", "malformed"};
constexpr std::array kSharings = {Sharing::Joined, Sharing::Reused};
constexpr std::array kSharingTexts = {"joined", "reused"};
constexpr std::array kKinds = {ProbeKind::Domain, ProbeKind::Mx};
constexpr std::array kKindTexts = {"domain", "mx"};

template <typename Enum>
constexpr std::size_t index(Enum value) {
  return static_cast<std::size_t>(value);
}

/// From a look at a near server to one that runs into the whole-probe timeout.
const prometheus::Histogram::BucketBoundaries kDurations = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
                                                            2.5,  5,     10,   20,  30,   60,  120};

constexpr std::array kFamilies = {
    Family{"mta_sts_exporter_build_info", FamilyType::Info, FamilySet::Exporter, "version, revision, compiler",
           "What this exporter was built from."},
    Family{"mta_sts_exporter_domains", FamilyType::Gauge, FamilySet::Exporter, "", "Configured domains."},
    Family{"mta_sts_exporter_mx_endpoints", FamilyType::Gauge, FamilySet::Exporter, "",
           "Known MX endpoints (MX host and address)."},
    Family{"mta_sts_exporter_probe_interval_seconds", FamilyType::Gauge, FamilySet::Exporter, "kind",
           "Interval between two probes of one object."},
    Family{"mta_sts_exporter_probes_total", FamilyType::Counter, FamilySet::Exporter, "kind", "Finished probes."},
    Family{"mta_sts_exporter_probe_problems_total", FamilyType::Counter, FamilySet::Exporter, "kind, outcome",
           "Finished probes that failed or were inconclusive."},
    Family{"mta_sts_exporter_probe_duration_seconds", FamilyType::Histogram, FamilySet::Exporter, "kind",
           "Wall time of finished probes."},
    Family{"mta_sts_exporter_probes_in_flight", FamilyType::Gauge, FamilySet::Exporter, "kind",
           "Probes that are running."},
    Family{"mta_sts_exporter_probe_concurrency", FamilyType::Gauge, FamilySet::Exporter, "",
           "Probes that may run at a time: as configured, or as many as file descriptors and memory allow."},
    Family{"mta_sts_exporter_schedule_lag_seconds", FamilyType::Gauge, FamilySet::Exporter, "kind",
           "How late the oldest due probe is."},
    Family{"mta_sts_exporter_mx_addresses_paused", FamilyType::Gauge, FamilySet::Exporter, "",
           "Addresses of MX hosts that said that they are too busy (421, 450) and are left alone for a while."},
    Family{"mta_sts_exporter_domains_waiting", FamilyType::Gauge, FamilySet::Exporter, "",
           "Domains whose probe waits for an address of their policy host, which others use (https.per_address_*)."},
    Family{"mta_sts_exporter_dns_queries_total", FamilyType::Counter, FamilySet::Exporter, "qtype, result",
           "DNS questions by type and result."},
    Family{"mta_sts_exporter_dns_questions_shared_total", FamilyType::Counter, FamilySet::Exporter, "how",
           "DNS questions that needed no query of their own. joined: the same one was in flight. reused: the addresses "
           "of the host were known, for no longer than their TTL."},
    Family{"mta_sts_exporter_dns_queries_in_flight", FamilyType::Gauge, FamilySet::Exporter, "",
           "DNS queries that are running. A worker runs 512 at most; more wait, and that they do is no dns_timeout."},
    Family{"mta_sts_exporter_smtp_egress_ok", FamilyType::Gauge, FamilySet::Exporter, "",
           "0: no MX host can be connected to, most likely port 25 is blocked here. 1: some can. Absent: too few hosts "
           "to tell."},
    Family{"mta_sts_exporter_https_egress_ok", FamilyType::Gauge, FamilySet::Exporter, "",
           "0: no policy host can be connected to any more, most likely the way out is lost. 1: some can. Absent: too "
           "few hosts to tell."},
    Family{"mta_sts_exporter_config_last_reload_successful", FamilyType::Gauge, FamilySet::Exporter, "",
           "Whether the last reading of the configuration succeeded."},
    Family{"mta_sts_exporter_config_last_reload_success_timestamp_seconds", FamilyType::Gauge, FamilySet::Exporter, "",
           "Time of the last successful reading of the configuration."},
    Family{"mta_sts_exporter_discovery_domains", FamilyType::Gauge, FamilySet::Exporter, "source",
           "Domains that the source (a glob of domain_files, a URL of domain_urls) gave last."},
    Family{"mta_sts_exporter_discovery_successful", FamilyType::Gauge, FamilySet::Exporter, "source",
           "Whether the source was read well the last time; absent before the first."},
    Family{"mta_sts_exporter_discovery_last_success_timestamp_seconds", FamilyType::Gauge, FamilySet::Exporter,
           "source", "When the source was last read well; absent before that."},
    Family{"mta_sts_exporter_discovery_errors_total", FamilyType::Counter, FamilySet::Exporter, "source",
           "Lists of the source that could not be had or read; the domains that it gave before stay."},
    Family{"mta_sts_exporter_history_errors_total", FamilyType::Counter, FamilySet::Exporter, "",
           "Attempts to read or write the history that failed."},
    Family{"mta_sts_exporter_history_queue_length", FamilyType::Gauge, FamilySet::Exporter, "",
           "Domains and MX endpoints of which a change waits to be written to the history."},
    Family{"mta_sts_exporter_history_last_write_timestamp_seconds", FamilyType::Gauge, FamilySet::Exporter, "",
           "All that was seen before is in the history; absent before the first write and without a history."},
    Family{"mta_sts_exporter_internal_errors_total", FamilyType::Counter, FamilySet::Exporter, "",
           "Probes or requests that a bug of the exporter ended."},
};

const Family& family_named(std::string_view name) {
  for (const Family& family : kFamilies) {
    if (family.name == name) return family;
  }
  return kFamilies.front();
}

template <typename Builder>
auto& build(Builder builder, std::string_view name, prometheus::Registry& registry) {
  return builder.Name(std::string(name)).Help(std::string(family_named(name).help)).Register(registry);
}

/// A gauge that is absent while nothing is known.
class OptionalGauge {
 public:
  explicit OptionalGauge(prometheus::Family<prometheus::Gauge>& family) : family_(family) {}

  void set(std::optional<bool> value) { set(value ? std::optional(*value ? 1.0 : 0.0) : std::nullopt); }
  void set(std::optional<double> value) {
    gauge_.with([&](prometheus::Gauge*& gauge) {
      if (!value) {
        if (gauge != nullptr) family_.Remove(std::exchange(gauge, nullptr));
        return;
      }
      if (gauge == nullptr) gauge = &family_.Add({});
      gauge->Set(*value);
    });
  }

 private:
  prometheus::Family<prometheus::Gauge>& family_;
  Guarded<prometheus::Gauge*> gauge_{nullptr};
};

/// To the millisecond, as a double can show it.
double in_seconds(WallTime at) {
  return std::chrono::duration<double>(std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch())).count();
}

double in_seconds(std::chrono::nanoseconds span) { return std::chrono::duration<double>(span).count(); }

}  // namespace

/// References into the registry, all label sets made at the start: a counter that never moved is 0, not absent.
struct SelfMetrics::Families {
  using Counter = prometheus::Counter;
  using Gauge = prometheus::Gauge;
  using Histogram = prometheus::Histogram;

  explicit Families(const BuildInfo& build_info) {
    gauges("mta_sts_exporter_build_info")
        .Add({{"version", build_info.version}, {"revision", build_info.revision}, {"compiler", build_info.compiler}})
        .Set(1);
    auto& queries = counters("mta_sts_exporter_dns_queries_total");
    for (const auto type : kTypes) {
      for (const auto result : kResults) {
        dns_queries[index(type)][index(result)] =
            &queries.Add({{"qtype", kTypeTexts[index(type)]}, {"result", kResultTexts[index(result)]}});
      }
    }
    auto& shared = counters("mta_sts_exporter_dns_questions_shared_total");
    for (const auto how : kSharings) questions_shared[index(how)] = &shared.Add({{"how", kSharingTexts[index(how)]}});
    auto& finished = counters("mta_sts_exporter_probes_total");
    auto& problems = counters("mta_sts_exporter_probe_problems_total");
    auto& durations = build(prometheus::BuildHistogram(), "mta_sts_exporter_probe_duration_seconds", registry);
    auto& flights = gauges("mta_sts_exporter_probes_in_flight");
    auto& lags = gauges("mta_sts_exporter_schedule_lag_seconds");
    auto& intervals = gauges("mta_sts_exporter_probe_interval_seconds");
    for (const auto kind : kKinds) {
      const std::string text = kKindTexts[index(kind)];
      kinds[index(kind)] = {&finished.Add({{"kind", text}}),
                            &problems.Add({{"kind", text}, {"outcome", "fail"}}),
                            &problems.Add({{"kind", text}, {"outcome", "inconclusive"}}),
                            &durations.Add({{"kind", text}}, kDurations),
                            &flights.Add({{"kind", text}}),
                            &lags.Add({{"kind", text}}),
                            &intervals.Add({{"kind", text}})};
    }
  }

  prometheus::Family<Counter>& counters(std::string_view name) {
    return build(prometheus::BuildCounter(), name, registry);
  }
  prometheus::Family<Gauge>& gauges(std::string_view name) { return build(prometheus::BuildGauge(), name, registry); }

  struct Kind {
    Counter* finished = nullptr;
    Counter* fails = nullptr;
    Counter* inconclusive = nullptr;
    Histogram* durations = nullptr;
    Gauge* in_flight = nullptr;
    Gauge* lag = nullptr;
    Gauge* interval = nullptr;
  };

  prometheus::Registry registry;
  std::array<std::array<Counter*, kResults.size()>, kTypes.size()> dns_queries{};
  std::array<Counter*, kSharings.size()> questions_shared{};
  Gauge& dns_in_flight = gauges("mta_sts_exporter_dns_queries_in_flight").Add({});
  std::array<Kind, kKinds.size()> kinds{};
  Counter& internal_errors = counters("mta_sts_exporter_internal_errors_total").Add({});
  Gauge& domains = gauges("mta_sts_exporter_domains").Add({});
  Gauge& mx_endpoints = gauges("mta_sts_exporter_mx_endpoints").Add({});
  Gauge& probe_concurrency = gauges("mta_sts_exporter_probe_concurrency").Add({});
  Gauge& mx_addresses_paused = gauges("mta_sts_exporter_mx_addresses_paused").Add({});
  Gauge& domains_waiting = gauges("mta_sts_exporter_domains_waiting").Add({});
  OptionalGauge smtp_egress{gauges("mta_sts_exporter_smtp_egress_ok")};
  OptionalGauge https_egress{gauges("mta_sts_exporter_https_egress_ok")};
  Counter& history_errors = counters("mta_sts_exporter_history_errors_total").Add({});
  Gauge& history_queue = gauges("mta_sts_exporter_history_queue_length").Add({});
  OptionalGauge history_last_write{gauges("mta_sts_exporter_history_last_write_timestamp_seconds")};
  Gauge& reload_successful = gauges("mta_sts_exporter_config_last_reload_successful").Add({});
  Gauge& reload_success_time = gauges("mta_sts_exporter_config_last_reload_success_timestamp_seconds").Add({});
  Guarded<std::vector<DiscoverySource>> sources;  ///< they come and go with the configuration
};

namespace {

prometheus::ClientMetric labelled(const DiscoverySource& source) {
  prometheus::ClientMetric metric;
  metric.label = {{"source", source.name}};
  return metric;
}

std::vector<prometheus::MetricFamily> discovery_families(const std::vector<DiscoverySource>& sources) {
  const auto family = [](const char* name, prometheus::MetricType type) {
    return prometheus::MetricFamily{name, std::string(family_named(name).help), type, {}};
  };
  auto domains = family("mta_sts_exporter_discovery_domains", prometheus::MetricType::Gauge);
  auto good = family("mta_sts_exporter_discovery_successful", prometheus::MetricType::Gauge);
  auto success = family("mta_sts_exporter_discovery_last_success_timestamp_seconds", prometheus::MetricType::Gauge);
  auto errors = family("mta_sts_exporter_discovery_errors_total", prometheus::MetricType::Counter);
  for (const DiscoverySource& source : sources) {
    domains.metric.push_back(labelled(source));
    domains.metric.back().gauge.value = static_cast<double>(source.domains);
    errors.metric.push_back(labelled(source));
    errors.metric.back().counter.value = static_cast<double>(source.errors);
    if (source.good) {
      good.metric.push_back(labelled(source));
      good.metric.back().gauge.value = *source.good ? 1 : 0;
    }
    if (!source.last_success) continue;
    success.metric.push_back(labelled(source));
    success.metric.back().gauge.value = in_seconds(*source.last_success);
  }
  std::vector<prometheus::MetricFamily> families{domains, good, success, errors};
  std::erase_if(families, [](const auto& shown) { return shown.metric.empty(); });
  return families;
}

}  // namespace

SelfMetrics::SelfMetrics(const BuildInfo& build) : families_(std::make_unique<Families>(build)) {}
SelfMetrics::~SelfMetrics() = default;

void SelfMetrics::dns_query(QueryType type, QueryResult result) {
  families_->dns_queries[index(type)][index(result)]->Increment();
}

void SelfMetrics::dns_query_sent() { families_->dns_in_flight.Increment(); }

void SelfMetrics::dns_query_ended() { families_->dns_in_flight.Decrement(); }

void SelfMetrics::dns_question_shared(Sharing how) { families_->questions_shared[index(how)]->Increment(); }

void SelfMetrics::probe_started(ProbeKind kind) { families_->kinds[index(kind)].in_flight->Increment(); }

void SelfMetrics::probe_finished(ProbeKind kind, ProbeResult result, std::chrono::nanoseconds duration) {
  const auto& of_kind = families_->kinds[index(kind)];
  of_kind.in_flight->Decrement();
  of_kind.finished->Increment();
  of_kind.durations->Observe(in_seconds(duration));
  if (result == ProbeResult::Fail) of_kind.fails->Increment();
  if (result == ProbeResult::Inconclusive) of_kind.inconclusive->Increment();
}

void SelfMetrics::internal_error() { families_->internal_errors.Increment(); }

void SelfMetrics::set_domains(std::size_t count) { families_->domains.Set(static_cast<double>(count)); }

void SelfMetrics::set_mx_endpoints(std::size_t count) { families_->mx_endpoints.Set(static_cast<double>(count)); }

void SelfMetrics::set_mx_addresses_paused(std::size_t count) {
  families_->mx_addresses_paused.Set(static_cast<double>(count));
}

void SelfMetrics::set_domains_waiting(std::size_t count) { families_->domains_waiting.Set(static_cast<double>(count)); }

void SelfMetrics::set_probe_concurrency(std::size_t count) {
  families_->probe_concurrency.Set(static_cast<double>(count));
}

void SelfMetrics::set_probe_interval(ProbeKind kind, std::chrono::nanoseconds interval) {
  families_->kinds[index(kind)].interval->Set(in_seconds(interval));
}

void SelfMetrics::set_schedule_lag(ProbeKind kind, std::chrono::nanoseconds lag) {
  families_->kinds[index(kind)].lag->Set(in_seconds(lag));
}

void SelfMetrics::set_smtp_egress(std::optional<bool> ok) { families_->smtp_egress.set(ok); }
void SelfMetrics::set_https_egress(std::optional<bool> ok) { families_->https_egress.set(ok); }

void SelfMetrics::config_loaded(WallTime at) {
  families_->reload_successful.Set(1);
  families_->reload_success_time.Set(in_seconds(at));
}

void SelfMetrics::config_refused() { families_->reload_successful.Set(0); }

void SelfMetrics::set_discovery(std::vector<DiscoverySource> sources) {
  families_->sources.with([&](auto& shown) { shown = std::move(sources); });
}

void SelfMetrics::set_history(std::uint64_t errors, std::size_t queue_length, std::optional<WallTime> last_write) {
  auto& counter = families_->history_errors;
  counter.Increment(std::max(0.0, static_cast<double>(errors) - counter.Value()));
  families_->history_queue.Set(static_cast<double>(queue_length));
  families_->history_last_write.set(last_write ? std::optional(in_seconds(*last_write)) : std::nullopt);
}

std::vector<prometheus::MetricFamily> SelfMetrics::collect() const {
  auto families = families_->registry.Collect();
  for (auto& family : discovery_families(families_->sources.with([](const auto& shown) { return shown; })))
    families.push_back(std::move(family));
  for (auto& family : process_families()) families.push_back(std::move(family));
  return families;
}

std::vector<Family> self_families() {
  std::vector<Family> families(kFamilies.begin(), kFamilies.end());
  for (const Family& family : process_family_list()) families.push_back(family);
  return families;
}

}  // namespace mta_sts::metrics
