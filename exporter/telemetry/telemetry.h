#pragma once

#include <chrono>

namespace mta_sts::telemetry {

enum class QueryType { Txt, Mx, A, Aaaa, Cname, Tlsa };
enum class QueryResult { Ok, Nxdomain, Nodata, Servfail, Refused, Timeout, Malformed };
/// How a question needed no query of its own: it joined one in flight, or an answer was given again.
enum class Sharing { Joined, Reused };
enum class ProbeKind { Domain, Mx };
enum class ProbeResult { Ok, Fail, Inconclusive };

/// What lower floors count, as an interface only; prometheus-cpp stands behind it in metrics/. Calls come from every
/// worker thread and must not block.
class Telemetry {
 public:
  virtual ~Telemetry() = default;
  virtual void dns_query(QueryType type, QueryResult result) = 0;
  /// A query is in flight from the one to the other, however it ends.
  virtual void dns_query_sent() = 0;
  virtual void dns_query_ended() = 0;
  virtual void dns_question_shared(Sharing how) = 0;
  virtual void probe_started(ProbeKind kind) = 0;
  virtual void probe_finished(ProbeKind kind, ProbeResult result, std::chrono::nanoseconds duration) = 0;
  /// A probe or request ended by a bug of ours.
  virtual void internal_error() = 0;
};

/// For commands and tests that count nothing.
class NullTelemetry final : public Telemetry {
 public:
  void dns_query(QueryType, QueryResult) override {}
  void dns_query_sent() override {}
  void dns_query_ended() override {}
  void dns_question_shared(Sharing) override {}
  void probe_started(ProbeKind) override {}
  void probe_finished(ProbeKind, ProbeResult, std::chrono::nanoseconds) override {}
  void internal_error() override {}
};

}  // namespace mta_sts::telemetry
