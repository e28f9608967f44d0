#include "exporter/metrics/self_metrics.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "exporter/metrics/exposition.h"

using mta_sts::metrics::Exposition;
using mta_sts::metrics::SelfMetrics;
using mta_sts::telemetry::ProbeKind;
using mta_sts::telemetry::ProbeResult;
using mta_sts::telemetry::QueryResult;
using mta_sts::telemetry::QueryType;
using mta_sts::telemetry::Sharing;
using std::chrono::milliseconds;

namespace {

std::string text_of(const SelfMetrics& self) {
  std::string text;
  append_families(text, self.collect(), Exposition::Text004);
  return text;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

/// The value of the sample that begins so; -1 without one.
double value_of(const std::string& text, const std::string& series) {
  const auto at = ("\n" + text).find("\n" + series + " ");
  return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 1));
}

}  // namespace

TEST_CASE("self_metrics: every counter is 0 before anything happened", "[metrics][self_metrics]") {
  const auto text = text_of(SelfMetrics({"1.2.3", "abc", "gcc"}));
  for (const std::string qtype : {"txt", "mx", "a", "aaaa", "cname", "tlsa"}) {
    for (const std::string result : {"ok", "nxdomain", "nodata", "servfail", "refused", "timeout", "malformed"}) {
      CHECK(has_line(text, "mta_sts_exporter_dns_queries_total{qtype=\"" + qtype + "\",result=\"" + result + "\"} 0"));
    }
  }
  for (const std::string how : {"joined", "reused"}) {
    CHECK(has_line(text, "mta_sts_exporter_dns_questions_shared_total{how=\"" + how + "\"} 0"));
  }
  CHECK(has_line(text, "mta_sts_exporter_dns_queries_in_flight 0"));
  for (const std::string kind : {"domain", "mx"}) {
    CHECK(has_line(text, "mta_sts_exporter_probes_total{kind=\"" + kind + "\"} 0"));
    CHECK(has_line(text, "mta_sts_exporter_probe_problems_total{kind=\"" + kind + "\",outcome=\"fail\"} 0"));
    CHECK(has_line(text, "mta_sts_exporter_probe_problems_total{kind=\"" + kind + "\",outcome=\"inconclusive\"} 0"));
    CHECK(has_line(text, "mta_sts_exporter_probe_duration_seconds_count{kind=\"" + kind + "\"} 0"));
    CHECK(has_line(text, "mta_sts_exporter_probes_in_flight{kind=\"" + kind + "\"} 0"));
  }
  CHECK(has_line(text, "mta_sts_exporter_internal_errors_total 0"));
}

TEST_CASE("self_metrics: build_info names version, revision and compiler", "[metrics][self_metrics]") {
  const auto text = text_of(SelfMetrics({"1.2.3", "abc", "GCC 12"}));
  CHECK(text.find("mta_sts_exporter_build_info{") != std::string::npos);
  for (const std::string label : {"version=\"1.2.3\"", "revision=\"abc\"", "compiler=\"GCC 12\""}) {
    CHECK(text.find(label) != std::string::npos);
  }
}

TEST_CASE("self_metrics: each event moves its own counter", "[metrics][self_metrics]") {
  SelfMetrics self({"1", "", ""});
  self.dns_query(QueryType::Aaaa, QueryResult::Servfail);
  self.dns_query(QueryType::Aaaa, QueryResult::Servfail);
  for (int i = 0; i < 3; ++i) self.dns_query_sent();
  self.dns_query_ended();
  self.dns_question_shared(Sharing::Joined);
  for (int i = 0; i < 2; ++i) self.dns_question_shared(Sharing::Reused);
  self.probe_started(ProbeKind::Domain);
  self.probe_started(ProbeKind::Mx);
  self.probe_started(ProbeKind::Mx);
  self.probe_finished(ProbeKind::Domain, ProbeResult::Ok, milliseconds(250));
  self.probe_finished(ProbeKind::Mx, ProbeResult::Fail, milliseconds(500));
  self.internal_error();
  auto text = text_of(self);
  CHECK(has_line(text, "mta_sts_exporter_dns_queries_total{qtype=\"aaaa\",result=\"servfail\"} 2"));
  CHECK(has_line(text, "mta_sts_exporter_dns_queries_total{qtype=\"a\",result=\"servfail\"} 0"));
  CHECK(has_line(text, "mta_sts_exporter_dns_queries_in_flight 2"));
  CHECK(has_line(text, "mta_sts_exporter_dns_questions_shared_total{how=\"joined\"} 1"));
  CHECK(has_line(text, "mta_sts_exporter_dns_questions_shared_total{how=\"reused\"} 2"));
  CHECK(has_line(text, "mta_sts_exporter_probes_total{kind=\"domain\"} 1"));
  CHECK(has_line(text, "mta_sts_exporter_probe_problems_total{kind=\"domain\",outcome=\"fail\"} 0"));
  CHECK(has_line(text, "mta_sts_exporter_probe_problems_total{kind=\"mx\",outcome=\"fail\"} 1"));
  CHECK(has_line(text, "mta_sts_exporter_probes_in_flight{kind=\"domain\"} 0"));
  CHECK(has_line(text, "mta_sts_exporter_probes_in_flight{kind=\"mx\"} 1"));
  CHECK(has_line(text, "mta_sts_exporter_probe_duration_seconds_sum{kind=\"mx\"} 0.5"));
  CHECK(has_line(text, "mta_sts_exporter_internal_errors_total 1"));
  self.probe_finished(ProbeKind::Mx, ProbeResult::Inconclusive, milliseconds(1));
  text = text_of(self);
  CHECK(has_line(text, "mta_sts_exporter_probe_problems_total{kind=\"mx\",outcome=\"inconclusive\"} 1"));
  CHECK(has_line(text, "mta_sts_exporter_probes_total{kind=\"mx\"} 2"));
}

TEST_CASE("self_metrics: gauges show what was set", "[metrics][self_metrics]") {
  SelfMetrics self({"1", "", ""});
  self.set_domains(12);
  self.set_mx_endpoints(34);
  self.set_probe_interval(ProbeKind::Mx, std::chrono::minutes(30));
  self.set_schedule_lag(ProbeKind::Domain, milliseconds(1500));
  self.config_loaded(mta_sts::WallTime(std::chrono::seconds(1750000000)));
  const auto text = text_of(self);
  CHECK(has_line(text, "mta_sts_exporter_domains 12"));
  CHECK(has_line(text, "mta_sts_exporter_mx_endpoints 34"));
  CHECK(has_line(text, "mta_sts_exporter_probe_interval_seconds{kind=\"mx\"} 1800"));
  CHECK(has_line(text, "mta_sts_exporter_schedule_lag_seconds{kind=\"domain\"} 1.5"));
  CHECK(has_line(text, "mta_sts_exporter_config_last_reload_successful 1"));
  CHECK(has_line(text, "mta_sts_exporter_config_last_reload_success_timestamp_seconds 1750000000"));
}

TEST_CASE("self_metrics: the process families are read and plausible", "[metrics][process]") {
  const auto text = text_of(SelfMetrics({"1", "", ""}));
  CHECK(value_of(text, "process_cpu_seconds_total") >= 0);
  CHECK(value_of(text, "process_resident_memory_bytes") > 1e5);
  CHECK(value_of(text, "process_virtual_memory_bytes") > value_of(text, "process_resident_memory_bytes"));
  CHECK(value_of(text, "process_open_fds") >= 1);
  CHECK(value_of(text, "process_max_fds") >= value_of(text, "process_open_fds"));
  CHECK(value_of(text, "process_threads") >= 1);
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  CHECK(value_of(text, "process_start_time_seconds") > now - 3600);
  CHECK(value_of(text, "process_start_time_seconds") < now + 60);
}

TEST_CASE("self_metrics: the list of families is what is collected, with the same types", "[metrics][self_metrics]") {
  std::set<std::string> listed;
  for (const auto& family : mta_sts::metrics::self_families()) listed.insert(std::string(family.name));
  std::set<std::string> collected;
  SelfMetrics metrics({"1", "", ""});
  metrics.set_smtp_egress(true);
  metrics.set_https_egress(true);
  metrics.set_history(0, 0, std::chrono::system_clock::now());
  metrics.set_discovery({{"list.yml", 1, true, std::chrono::system_clock::now(), 0}});
  for (const auto& family : metrics.collect()) collected.insert(family.name);
  CHECK(listed == collected);
}

TEST_CASE("self_metrics: a list of domains that was never read has no time and no success", "[metrics][self_metrics]") {
  SelfMetrics metrics({"1", "", ""});
  const auto names = [&] {
    std::set<std::string> shown;
    for (const auto& family : metrics.collect()) {
      if (family.name.starts_with("mta_sts_exporter_discovery_")) shown.insert(family.name);
    }
    return shown;
  };
  CHECK(names().empty());
  metrics.set_discovery({{"http://cmdb.example/", 0, {}, {}, 0}});
  CHECK(names() ==
        std::set<std::string>{"mta_sts_exporter_discovery_domains", "mta_sts_exporter_discovery_errors_total"});
}

TEST_CASE("self_metrics: egress is absent while too few hosts tell", "[metrics][self_metrics]") {
  SelfMetrics metrics({"1", "", ""});
  const auto shown = [&] {
    std::string text = "-";
    for (const auto& family : metrics.collect()) {
      if (family.name == "mta_sts_exporter_smtp_egress_ok" && !family.metric.empty())
        text = family.metric.front().gauge.value == 0 ? "0" : "1";
    }
    return text;
  };
  CHECK(shown() == "-");
  metrics.set_smtp_egress(false);
  CHECK(shown() == "0");
  metrics.set_smtp_egress(true);
  CHECK(shown() == "1");
  metrics.set_smtp_egress(std::nullopt);
  CHECK(shown() == "-");
}
