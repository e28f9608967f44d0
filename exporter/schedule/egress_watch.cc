#include "exporter/schedule/egress_watch.h"

#include <functional>
#include <utility>

namespace mta_sts::schedule {

void EgressWatch::add(Tally& tally, const Target& target) const {
  if (tally.hosts.size() < rule_.least_hosts) tally.hosts.insert(target.host);
  if (tally.providers.size() < rule_.least_providers) tally.providers.insert(target.provider);
}

bool EgressWatch::enough(const Tally& tally) const {
  return tally.hosts.size() >= rule_.least_hosts && tally.providers.size() >= rule_.least_providers;
}

void EgressWatch::note(const ConnectionAttempt& attempt, MonoTime now) {
  const std::hash<std::string> hash;
  const auto [entry, added] = targets_.try_emplace(hash(attempt.target));
  Target& target = entry->second;
  const bool was_connected = std::exchange(target.connected, attempt.connected);
  target.host = hash(attempt.host);
  target.provider = hash(attempt.provider);
  target.tried = now;
  if (attempt.connected) {
    newly_lost_ = {};
    connected_before_ = true;
  } else if (was_connected) {
    add(newly_lost_, target);
    newly_lost_at_ = now;
  }
  changed_ = changed_ || added || was_connected != attempt.connected;
}

std::optional<bool> EgressWatch::ok(MonoTime now) {
  if (now - newly_lost_at_ > 2 * rule_.interval) newly_lost_ = {};
  drop_old(now);
  // While none connects, counting walks over all targets: not for each attempt of a large fleet.
  const bool stale = now - counted_at_ >= kCountAgainAfter;
  if (stale || (changed_ && targets_.size() < kAlwaysCounted)) {
    counted_ = count(now);
    counted_at_ = now;
    changed_ = false;
  }
  return rule_.wants_earlier_success && enough(newly_lost_) ? std::optional(false) : counted_;
}

void EgressWatch::drop_old(MonoTime now) {
  if (now - dropped_at_ < rule_.interval) return;
  dropped_at_ = now;
  std::erase_if(targets_, [&](const auto& entry) { return !counts(entry.second, now); });
}

std::optional<bool> EgressWatch::count(MonoTime now) const {
  Tally tally;
  bool connected = false;
  for (const auto& [name, target] : targets_) {
    if (!counts(target, now)) continue;
    add(tally, target);
    connected = connected || target.connected;
    if (connected && enough(tally)) return true;
  }
  if (!enough(tally)) return std::nullopt;
  return rule_.wants_earlier_success && !connected_before_ ? std::nullopt : std::optional(false);
}

}  // namespace mta_sts::schedule
