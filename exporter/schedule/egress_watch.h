#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "exporter/base/clock.h"

namespace mta_sts::schedule {

/// Who was tried, and whether TCP stood.
struct ConnectionAttempt {
  std::string target;    ///< what is tried again each interval
  std::string host;      ///< counted once, however many targets it has
  std::string provider;  ///< registrable domain
  bool connected = false;
};

/// Tells a blocked port or a lost uplink from hosts that are down, by the latest attempt at each target
/// (contract/metrics.md, mta_sts_exporter_smtp_egress_ok and _https_egress_ok). Not thread-safe. Memory: one entry a
/// target, dropped after two to three intervals without an attempt.
class EgressWatch {
 public:
  struct Rule {
    std::size_t least_hosts;
    std::size_t least_providers;
    /// Blocked only if any target ever connected. Then it is also enough that so many hosts, which connected at
    /// their last attempt, fail in a row: a lost uplink is noticed before each domain was blamed for it.
    bool wants_earlier_success;
    std::chrono::nanoseconds interval;  ///< of the attempts at one target
  };

  explicit EgressWatch(Rule rule) : rule_(rule) {}

  void set_interval(std::chrono::nanoseconds interval) { rule_.interval = interval; }

  void note(const ConnectionAttempt& attempt, MonoTime now);
  /// False: most likely blocked here. Absent: too few hosts to tell.
  std::optional<bool> ok(MonoTime now);

 private:
  /// Stands for a text, to be told from others: of a large fleet the texts would take much more. Two of the same hash
  /// count as one.
  using Hash = std::size_t;
  struct Target {
    Hash host;
    Hash provider;
    MonoTime tried;
    bool connected = false;
  };
  /// Distinct hosts and providers, counted no further than the rule needs.
  struct Tally {
    std::set<Hash> hosts;
    std::set<Hash> providers;
  };
  bool counts(const Target& target, MonoTime now) const { return now - target.tried <= 2 * rule_.interval; }
  void add(Tally& tally, const Target& target) const;
  bool enough(const Tally& tally) const;
  std::optional<bool> count(MonoTime now) const;
  void drop_old(MonoTime now);

  static constexpr std::chrono::seconds kCountAgainAfter{1};
  static constexpr std::size_t kAlwaysCounted = 1000;

  Rule rule_;
  std::unordered_map<Hash, Target> targets_;
  bool connected_before_ = false;
  Tally newly_lost_;  // since the last success
  MonoTime newly_lost_at_{};
  std::optional<bool> counted_;
  MonoTime counted_at_{};
  MonoTime dropped_at_{};
  bool changed_ = true;
};

}  // namespace mta_sts::schedule
