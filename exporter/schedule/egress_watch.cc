#include "exporter/schedule/egress_watch.h"

namespace mta_sts::schedule {

void EgressWatch::add(Tally& tally, const std::string& host, const std::string& provider) const {
  if (tally.hosts.size() < rule_.least_hosts) tally.hosts.insert(host);
  if (tally.providers.size() < rule_.least_providers) tally.providers.insert(provider);
}

bool EgressWatch::enough(const Tally& tally) const {
  return tally.hosts.size() >= rule_.least_hosts && tally.providers.size() >= rule_.least_providers;
}

void EgressWatch::note(const ConnectionAttempt& attempt, MonoTime now) {
  Target& target = targets_[attempt.target];
  if (attempt.connected) {
    newly_lost_ = {};
    connected_before_ = true;
  } else if (target.connected) {
    add(newly_lost_, attempt.host, attempt.provider);
    newly_lost_at_ = now;
  }
  changed_ = changed_ || target.connected != attempt.connected || target.host.empty();
  target.host = attempt.host;
  target.provider = attempt.provider;
  target.tried = now;
  target.connected = attempt.connected;
}

std::optional<bool> EgressWatch::ok(MonoTime now) {
  if (now - newly_lost_at_ > 2 * rule_.interval) newly_lost_ = {};
  // Counting walks over all targets: not for each attempt of a large fleet.
  const bool stale = now - counted_at_ >= kCountAgainAfter;
  if (stale || (changed_ && targets_.size() < kAlwaysCounted)) {
    counted_ = count(now);
    counted_at_ = now;
    changed_ = false;
  }
  return rule_.wants_earlier_success && enough(newly_lost_) ? std::optional(false) : counted_;
}

std::optional<bool> EgressWatch::count(MonoTime now) {
  std::erase_if(targets_, [&](const auto& entry) { return now - entry.second.tried > 2 * rule_.interval; });
  Tally tally;
  bool connected = false;
  for (const auto& [name, target] : targets_) {
    add(tally, target.host, target.provider);
    connected = connected || target.connected;
  }
  if (!enough(tally)) return std::nullopt;
  if (connected) return true;
  return rule_.wants_earlier_success && !connected_before_ ? std::nullopt : std::optional(false);
}

}  // namespace mta_sts::schedule
