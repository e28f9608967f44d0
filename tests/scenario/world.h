#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "exporter/base/clock_watch.h"
#include "exporter/judge/domain.h"
#include "exporter/judge/resting_memory.h"

namespace mta_sts::scenario {

/// What a domain publishes, and what a look at it finds; and the exporter that looks, remembers, and may be restarted.
/// Time is told, never waited for.
class World {
 public:
  static constexpr std::chrono::minutes kHold{15};
  static inline const WallTime kBegin{std::chrono::seconds(1'700'000'000)};

  explicit World(std::optional<settings::Expectation> expect);

  // What is published:
  judge::TxtLookup record;
  std::map<IpAddress, judge::PolicyFetch> servers;  ///< of the policy host
  std::optional<Fault> policy_host_fault;           ///< its name has no address
  judge::MxLookup mx;
  std::map<std::string, Reason> broken_mx;  ///< MX hosts at which TLS fails

  /// `mono`: the time that has passed, whatever the clock says.
  void look(WallTime now, MonoTime mono);
  /// An endpoint's standing changed: what is known is judged anew.
  void judge_anew(WallTime now);
  /// The exporter ends and starts, with what it stored.
  void restart(WallTime now);
  /// What it stored is gone.
  void lose_store();

  /// Family, other labels than domain as "name=value,..." in their order -> value; of the exporter's last look.
  std::map<std::string, double> samples() const;

 private:
  judge::PolicyHost policy_host() const;
  judge::FindEndpoint finder();
  void judge();

  std::shared_ptr<const settings::DomainSetting> setting_;
  judge::RestingMemory memory_{{kHold}};  ///< rests whenever nothing happens
  ClockWatch clock_watch_{std::chrono::hours(1)};
  std::optional<judge::DomainState> state_;
};

}  // namespace mta_sts::scenario
