#include "exporter/judge/timeline.h"

#include <algorithm>
#include <utility>

#include "exporter/base/time_text.h"

namespace mta_sts::judge {
namespace {

std::optional<WallTime> end_of(const Sight& sight) {
  return sight.open ? std::nullopt : std::optional<WallTime>(sight.last);
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

std::string describe(const formats::StsPolicy& policy) {
  std::vector<std::string> mx;
  for (const auto& pattern : policy.mx) mx.push_back(pattern.text());
  return "mode " + std::string(to_text(policy.mode)) + ", max_age " + std::to_string(policy.max_age.count()) +
         (mx.empty() ? ", no mx" : ", mx " + joined(mx));
}

void add_policies(std::vector<Event>& events, const Past& past) {
  for (const PastPolicy& old : past.policies) {
    const std::string what = describe(old.policy);
    events.push_back({old.served.first, EventKind::Policy, "first served: " + what, end_of(old.served)});
    if (old.served.open) continue;
    events.push_back({old.served.last, EventKind::Policy,
                      "last served: " + what + "; senders may hold it until " + rfc3339(old.held_until()),
                      std::nullopt});
  }
  if (past.gone) {
    events.push_back({past.gone->first, EventKind::Policy, "record or policy is gone", end_of(*past.gone)});
  }
}

/// How a value follows the one before it; the same again was away in between.
std::string change(const std::string& what, const std::string* before, const std::string& now) {
  if (before == nullptr) return what + " " + now;
  if (*before == now) return what + " " + now + " is back";
  return what + " changed from " + *before + " to " + now;
}

void add_ids(std::vector<Event>& events, const Past& past) {
  const std::string* before = nullptr;
  for (const PastId& id : past.ids) {
    events.push_back({id.seen.first, EventKind::Id, change("id", before, id.id), end_of(id.seen)});
    before = &id.id;
  }
}

std::string describe(const PastMx& set) {
  std::vector<std::string> hosts;
  for (const auto& host : set.hosts) hosts.push_back(std::to_string(host.preference) + " " + host.name);
  return hosts.empty() ? "takes no mail" : joined(hosts);
}

void add_mx_sets(std::vector<Event>& events, const Past& past) {
  bool changed = false;
  for (const PastMx& set : past.mx_sets) {
    events.push_back(
        {set.seen.first, EventKind::Mx, (changed ? "MX set changed: " : "MX set: ") + describe(set), end_of(set.seen)});
    changed = true;
  }
}

void add_modes(std::vector<Event>& events, const Past& past) {
  std::optional<std::string> before;
  for (const PastMode& mode : past.modes) {
    std::string now(to_text(mode.mode));
    events.push_back(
        {mode.seen.first, EventKind::Mode, change("mode", before ? &*before : nullptr, now), end_of(mode.seen)});
    before = std::move(now);
  }
}

void add_checks(std::vector<Event>& events, const Past& past) {
  for (const PastChange& change : past.changes) {
    const std::string outcome = change.reason ? " fails: " + std::string(to_text(*change.reason)) : " passes";
    events.push_back({change.at, EventKind::Check, std::string(to_text(change.check)) + outcome, std::nullopt});
  }
}

}  // namespace

std::string_view to_text(EventKind kind) {
  switch (kind) {
    case EventKind::Policy:
      return "policy";
    case EventKind::Id:
      return "id";
    case EventKind::Mx:
      return "mx";
    case EventKind::Mode:
      return "mode";
    case EventKind::Check:
      return "check";
  }
  return "";
}

std::vector<Event> timeline(const Past& past) {
  std::vector<Event> events;
  add_policies(events, past);
  add_ids(events, past);
  add_mx_sets(events, past);
  add_modes(events, past);
  add_checks(events, past);
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return std::pair(a.at, a.kind) < std::pair(b.at, b.kind); });
  return events;
}

}  // namespace mta_sts::judge
