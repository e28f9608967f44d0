#include "exporter/judge/past.h"

#include <algorithm>
#include <utility>

namespace mta_sts::judge {
namespace {

using formats::StsPolicy;
using std::chrono::seconds;

/// Goes on with an open sight, or opens it again; tells whether it was closed. A `last` ahead of now was written while
/// the clock was ahead: what is seen now was seen now.
bool extend(Sight& sight, WallTime now) {
  sight.last = now;
  return !std::exchange(sight.open, true);
}

bool close(Sight& sight) { return std::exchange(sight.open, false); }

template <typename Entry>
bool close_last(std::vector<Entry>& entries) {
  return !entries.empty() && close(entries.back().seen);
}

/// A new entry, at the cost of the oldest where there are too many.
template <typename Entry>
void append(std::vector<Entry>& entries, Entry entry, std::size_t most) {
  if (entries.size() >= most) entries.erase(entries.begin());
  entries.push_back(std::move(entry));
}

PastPolicy* find_entry(Past& past, const StsPolicy& meaning) {
  const auto found = std::find_if(past.policies.begin(), past.policies.end(),
                                  [&](const PastPolicy& entry) { return same_meaning(entry.policy, meaning); });
  return found == past.policies.end() ? nullptr : &*found;
}

/// Room for another policy: the one goes that no sender can hold first.
void make_room(std::vector<PastPolicy>& policies) {
  if (policies.size() < Past::kMaxPolicies) return;
  policies.erase(std::min_element(policies.begin(), policies.end(), [](const PastPolicy& a, const PastPolicy& b) {
    return a.held_until() < b.held_until();
  }));
}

bool add_policy_id(PastPolicy& entry, const std::string& id, WallTime now) {
  bool changed = false;
  for (auto& [other, sight] : entry.ids) changed |= other != id && close(sight);
  const auto [sight, added] = entry.ids.try_emplace(id, Sight{now, now, true});
  changed |= added || extend(sight->second, now);
  while (entry.ids.size() > Past::kMaxSights) {
    entry.ids.erase(std::min_element(entry.ids.begin(), entry.ids.end(),
                                     [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
  }
  return changed;
}

bool add_policy(Past& past, const ServedPolicy& served, const std::optional<std::string>& id, WallTime now) {
  PastPolicy* entry = find_entry(past, *served.policy);
  bool changed = entry == nullptr;
  if (entry == nullptr) {
    make_room(past.policies);
    entry = &past.policies.emplace_back(PastPolicy{*served.policy, {}, Sight{now, now, true}, {}});
  }
  changed |= extend(entry->served, now);
  std::string text = served.text->substr(0, Past::kMaxKeptText);
  changed |= entry->text != text;
  entry->text = std::move(text);
  if (id) changed |= add_policy_id(*entry, *id, now);
  return changed;
}

bool close_ids(PastPolicy& entry) {
  bool changed = false;
  for (auto& [id, sight] : entry.ids) changed |= close(sight);
  return changed;
}

bool close_policy(PastPolicy& entry) {
  const bool ids = close_ids(entry);
  return close(entry.served) || ids;
}

template <typename Entry>
bool drop_before(std::vector<Entry>& entries, WallTime then) {
  const auto present = entries.empty() ? entries.end() : entries.end() - 1;  // the last one is what is known now
  const auto end =
      std::remove_if(entries.begin(), present, [&](const Entry& e) { return !e.seen.open && e.seen.last < then; });
  const bool any = end != present;
  entries.erase(end, present);
  return any;
}

/// A time ahead was written while the clock was ahead. Left there, it would be the present for as long as it was ahead.
bool pull_back(WallTime& at, WallTime now) {
  const bool ahead = at > now;
  if (ahead) at = now;
  return ahead;
}
bool pull_back(std::optional<WallTime>& at, WallTime now) { return at && pull_back(*at, now); }
bool pull_back(Sight& sight, WallTime now) {
  const bool first = pull_back(sight.first, now);
  const bool last = pull_back(sight.last, now);
  return first || last;
}

template <typename Entry>
bool pull_back(std::vector<Entry>& entries, WallTime now) {
  bool changed = false;
  for (Entry& entry : entries) changed |= pull_back(entry.seen, now);
  return changed;
}

bool pull_back(Past& past, WallTime now) {
  bool changed = false;
  for (PastPolicy& entry : past.policies) {
    changed |= pull_back(entry.served, now);
    for (auto& [id, sight] : entry.ids) changed |= pull_back(sight, now);
  }
  changed |= pull_back(past.ids, now);
  changed |= pull_back(past.mx_sets, now);
  changed |= pull_back(past.modes, now);
  for (PastChange& change : past.changes) changed |= pull_back(change.at, now);
  for (auto* at : {&past.policy_changed, &past.id_changed, &past.last_success, &past.enforce_ready_since})
    changed |= pull_back(*at, now);
  if (past.gone) changed |= pull_back(*past.gone, now);
  return changed;
}

Sight joined(const Sight& older, const Sight& newer) {
  return {std::min(older.first, newer.first), std::max(older.last, newer.last), newer.open};
}

bool same_thing(const PastId& a, const PastId& b) { return a.id == b.id; }
bool same_thing(const PastMx& a, const PastMx& b) { return a.hosts == b.hosts; }
bool same_thing(const PastMode& a, const PastMode& b) { return a.mode == b.mode; }

template <typename Entry>
std::vector<Entry> joined(std::vector<Entry> older, const std::vector<Entry>& newer) {
  close_last(older);
  for (const Entry& entry : newer) {
    if (!older.empty() && same_thing(older.back(), entry)) {
      older.back().seen = joined(older.back().seen, entry.seen);
    } else {
      append(older, entry, Past::kMaxSights);
    }
  }
  return older;
}

void join_policy(Past& past, const PastPolicy& newer) {
  PastPolicy* entry = find_entry(past, newer.policy);
  if (entry == nullptr) {
    make_room(past.policies);
    past.policies.push_back(newer);
    return;
  }
  entry->served = joined(entry->served, newer.served);
  entry->text = newer.text;
  for (const auto& [id, sight] : newer.ids) {
    const auto [known, added] = entry->ids.try_emplace(id, sight);
    if (!added) known->second = joined(known->second, sight);
  }
}

/// When the change came to sight that happened between the two.
std::optional<WallTime> id_change(const Past& older, const Past& newer) {
  if (newer.id_changed) return newer.id_changed;
  const bool differs = !older.ids.empty() && !newer.ids.empty() && older.ids.back().id != newer.ids.front().id;
  return differs ? newer.ids.front().seen.first : older.id_changed;
}

std::optional<WallTime> policy_change(const Past& older, const Past& newer) {
  if (newer.policy_changed) return newer.policy_changed;
  const bool differs = older.live && newer.live && !same_meaning(*older.live, *newer.live);
  const PastPolicy* entry = differs ? newer.find(*newer.live) : nullptr;
  return entry == nullptr ? older.policy_changed : entry->served.first;
}

}  // namespace

WallTime PastPolicy::held_until() const { return served.last + policy.max_age; }

bool PastPolicy::held_with(const std::string& id, WallTime now) const {
  const auto sight = ids.find(id);
  return sight != ids.end() && sight->second.last + policy.max_age > now;
}

const PastPolicy* Past::find(const StsPolicy& meaning) const { return find_entry(const_cast<Past&>(*this), meaning); }

bool add_served(Past& past, const std::vector<ServedPolicy>& served, const std::optional<std::string>& id,
                WallTime now) {
  bool changed = false;
  for (PastPolicy& entry : past.policies) {
    const bool still = std::any_of(served.begin(), served.end(),
                                   [&](const ServedPolicy& s) { return same_meaning(*s.policy, entry.policy); });
    changed |= !still && close_policy(entry);
  }
  for (const ServedPolicy& policy : served) changed |= add_policy(past, policy, id, now);
  if (served.empty()) return changed;
  past.last_success = now;
  changed |= !std::exchange(past.sts_seen, true);
  return changed;
}

bool add_id(Past& past, const std::optional<std::string>& id, seconds ttl, WallTime now) {
  if (!id) {
    bool changed = close_last(past.ids);
    // Served on without a record, a policy is no longer served under the id.
    for (PastPolicy& entry : past.policies) changed |= close_ids(entry);
    return changed;
  }
  const bool first_seen = !std::exchange(past.sts_seen, true);
  if (!past.ids.empty() && past.ids.back().id == *id) {
    PastId& entry = past.ids.back();
    const bool longer = ttl > entry.ttl;
    entry.ttl = std::max(entry.ttl, ttl);
    const bool reopened = extend(entry.seen, now);
    return reopened || longer || first_seen;
  }
  if (!past.ids.empty()) past.id_changed = now;
  close_last(past.ids);
  append(past.ids, PastId{*id, {now, now, true}, ttl}, Past::kMaxSights);
  return true;
}

bool add_mx(Past& past, std::vector<PastMx::Host> hosts, WallTime now) {
  if (!past.mx_sets.empty() && past.mx_sets.back().hosts == hosts) return extend(past.mx_sets.back().seen, now);
  close_last(past.mx_sets);
  append(past.mx_sets, PastMx{std::move(hosts), {now, now, true}}, Past::kMaxSights);
  return true;
}

bool add_live(Past& past, const Shared<StsPolicy>& live, WallTime now) {
  if (!live) return close_last(past.modes);
  bool changed = !past.live || !same_meaning(*past.live, *live);
  if (past.live && changed) past.policy_changed = now;
  if (changed) past.live = live;
  if (!past.modes.empty() && past.modes.back().mode == live->mode) {
    changed |= extend(past.modes.back().seen, now);
    return changed;
  }
  close_last(past.modes);
  append(past.modes, PastMode{live->mode, {now, now, true}}, Past::kMaxSights);
  return true;
}

bool add_enforce_ready(Past& past, std::optional<bool> ready, WallTime now) {
  if (!ready || *ready == past.enforce_ready_since.has_value()) return false;
  past.enforce_ready_since = *ready ? std::optional(now) : std::nullopt;
  return true;
}

bool add_gone(Past& past, bool gone, WallTime now) {
  if (!gone) return std::exchange(past.gone, std::nullopt).has_value();
  if (!past.gone) {
    past.gone = Sight{now, now, true};
    return true;
  }
  // A first look that lies ahead is not before this one; without it the two would not be apart for a long time.
  const bool ahead = pull_back(past.gone->first, now);
  return extend(*past.gone, now) || ahead;
}

bool add_check(Past& past, Check check, const CheckState& state, WallTime now) {
  if (!state.ok) return false;
  const std::optional<Reason> reason =
      *state.ok || state.problems.empty() ? std::nullopt : std::optional(state.problems.front().reason);
  const auto last = std::find_if(past.changes.rbegin(), past.changes.rend(),
                                 [&](const PastChange& change) { return change.check == check; });
  // What was never seen to fail passed all the time.
  if (last == past.changes.rend() ? !reason : last->reason == reason) return false;
  append(past.changes, PastChange{now, check, reason}, Past::kMaxChanges);
  return true;
}

bool expire(Past& past, seconds retention, WallTime now) {
  const WallTime then = now - retention;
  const auto over = [&](const PastPolicy& entry) {
    return !entry.served.open && entry.served.last < then && entry.held_until() <= now;
  };
  bool changed = pull_back(past, now);
  changed |= std::erase_if(past.policies, over) > 0;
  changed |= drop_before(past.ids, then);
  changed |= drop_before(past.mx_sets, then);
  changed |= drop_before(past.modes, then);
  changed |= std::erase_if(past.changes, [&](const PastChange& change) { return change.at < then; }) > 0;
  return changed;
}

Past joined(Past older, const Past& newer) {
  Past both = older;
  both.id_changed = id_change(older, newer);
  both.policy_changed = policy_change(older, newer);
  for (PastPolicy& entry : both.policies) close_policy(entry);
  for (const PastPolicy& entry : newer.policies) join_policy(both, entry);
  both.ids = joined(std::move(older.ids), newer.ids);
  both.mx_sets = joined(std::move(older.mx_sets), newer.mx_sets);
  both.modes = joined(std::move(older.modes), newer.modes);
  for (const PastChange& change : newer.changes) append(both.changes, change, Past::kMaxChanges);
  if (newer.live) both.live = newer.live;
  both.last_success = std::max(older.last_success, newer.last_success);
  both.enforce_ready_since =
      newer.enforce_ready_since && older.enforce_ready_since ? older.enforce_ready_since : newer.enforce_ready_since;
  // A newer look that found it there is judged again after the joining, which ends the older sight.
  if (newer.gone) both.gone = older.gone ? joined(*older.gone, *newer.gone) : *newer.gone;
  both.sts_seen = older.sts_seen || newer.sts_seen;
  return both;
}

}  // namespace mta_sts::judge
