#pragma once

#include <optional>
#include <string>

#include "exporter/base/clock.h"
#include "exporter/base/guarded.h"
#include "exporter/board/boards.h"
#include "exporter/formats/public_suffixes.h"
#include "exporter/judge/observation.h"
#include "exporter/schedule/egress_watch.h"
#include "exporter/telemetry/log.h"

namespace mta_sts::schedule {

/// Whether this machine gets out to port 25 and to policy hosts. While it does not, what failed to connect becomes
/// egress_blocked, which blames nobody. Shared by all workers; thread-safe. Logs one line at each change.
class Egress {
 public:
  Egress(const Clock& clock, telemetry::Log& log, const formats::PublicSuffixes& suffixes,
         std::chrono::nanoseconds mx_interval, std::chrono::nanoseconds domain_interval);

  /// They are others after a reload.
  void set_intervals(std::chrono::nanoseconds mx_interval, std::chrono::nanoseconds domain_interval);

  /// Notes how a look went, and takes the blame off it where the way out is blocked. Guests are not noted: who asks for
  /// them must not be able to make this machine look cut off.
  void pass(const std::string& mx, const IpAddress& address, board::Standing standing,
            judge::EndpointObservation& observation);
  void pass(board::Standing standing, judge::PolicyHost& host);

  std::optional<bool> smtp_ok();
  std::optional<bool> https_ok();

 private:
  struct Way {
    EgressWatch watch;
    bool blocked = false;
    std::optional<WallTime> worked;  // when any attempt last connected
  };
  bool blocked(Guarded<Way>& guarded, const ConnectionAttempt* attempt, const char* what);
  std::optional<bool> ok(Guarded<Way>& guarded);

  const Clock& clock_;
  telemetry::Log& log_;
  const formats::PublicSuffixes& suffixes_;
  Guarded<Way> smtp_;
  Guarded<Way> https_;
};

}  // namespace mta_sts::schedule
