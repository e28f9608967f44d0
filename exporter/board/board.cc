#include "exporter/board/board.h"

#include <algorithm>

namespace mta_sts::board {
namespace {

template <typename Entry, typename State>
std::shared_ptr<const Entry> rendered(State state, const metrics::ShownFamilies& shown) {
  auto lines = metrics::render(state, shown);
  return std::make_shared<const Entry>(Entry{std::move(lines), std::move(state)});
}

template <typename Value>
std::vector<std::string> keys(const std::map<std::string, Value>& map) {
  std::vector<std::string> list;
  for (const auto& [key, value] : map) list.push_back(key);
  return list;
}

struct Sizes {
  std::size_t domains = 0, endpoints = 0, mx_hosts = 0;
};

/// Whether a domain uses the MX host, or used it when its set was last known.
bool names(const judge::MxState& state, const std::string& mx) {
  const auto is = [&](const auto& host) { return host.name == mx; };
  return std::any_of(state.hosts.begin(), state.hosts.end(), is) ||
         std::any_of(state.last_hosts.begin(), state.last_hosts.end(), is);
}

}  // namespace

void Board::show(const metrics::ShowFamily& show) {
  const auto now = std::make_shared<const metrics::ShownFamilies>(metrics::shown_families(show));
  if (*shown() == *now) return;
  shown_.with([&](Shown& shown) { shown = now; });
  for (auto& guarded : shards_) {
    guarded.with([&](Shard& held) {
      held.domains.replace_each([&](const auto& entry) { return rendered<DomainEntry>(entry.state, *now); });
      held.endpoints.replace_each([&](const auto& entry) { return rendered<EndpointEntry>(entry.state, *now); });
      held.mx_hosts.replace_each([&](const auto& entry) { return rendered<MxHostEntry>(entry.view, *now); });
    });
  }
}

template <typename Entry, typename State>
Board::Put<Entry> Board::put(Guarded<Shard>& shard, SortedEntries<Entry> Shard::* entries, State state) {
  auto shown = this->shown();
  auto entry = rendered<Entry>(std::move(state), *shown);
  const auto put = [&] { return shard.with([&](Shard& held) { return (held.*entries).put(entry); }); };
  const auto before = put();
  // What is shown may have changed between rendering and putting.
  for (auto now = this->shown(); now != shown; now = this->shown()) {
    shown = std::move(now);
    entry = rendered<Entry>(entry->state, *shown);
    put();
  }
  return {std::move(entry), before};
}

void Board::publish(judge::DomainState state) {
  const std::string name = state.setting->name.text();
  const auto [entry, before] = put(shard(name), &Shard::domains, std::move(state));
  // Of one domain only one worker publishes, so these need not be one step with the above.
  const judge::MxState& mx = entry->state.mx;
  // Judged anew, the same look says nothing new of a name that another domain may have asked for since.
  const bool is_new = !before || before->state.last_probe != entry->state.last_probe;
  for (const auto& host : mx.hosts)
    join(name, {host.name, host.provider}, {true, host.enforced}, is_new ? &host.problems : nullptr);
  for (const auto& host : mx.last_hosts) join(name, host, {}, nullptr);
  if (!before) return;
  const auto leave_if_gone = [&](const auto& host) {
    if (!names(mx, host.name)) leave(name, host.name);
  };
  const judge::MxState& mx_before = before->state.mx;
  std::for_each(mx_before.hosts.begin(), mx_before.hosts.end(), leave_if_gone);
  std::for_each(mx_before.last_hosts.begin(), mx_before.last_hosts.end(), leave_if_gone);
}

void Board::join(const std::string& domain, const judge::LastMxHost& host, Use use,
                 const judge::NameProblems* problems) {
  shard(host.name).with([&](Shard& held) {
    const auto before = held.mx_hosts.find(host.name);
    const auto [known, added] = held.uses[host.name].try_emplace(domain);
    const bool same = before && !added && known->second == use && before->view.provider == host.provider &&
                      (problems == nullptr || before->view.problems == *problems);
    if (same) return;
    metrics::MxHostView mx = before ? before->view : metrics::MxHostView{host.name, {}, 0, 0, {}};
    count_use(mx, known->second, use);
    if (problems != nullptr) mx.problems = *problems;
    mx.provider = host.provider;
    render(held, std::move(mx));
    known->second = use;  // after what may throw
  });
}

void Board::leave(const std::string& domain, const std::string& name) {
  shard(name).with([&](Shard& held) {
    const auto found = held.uses.find(name);
    if (found == held.uses.end()) return;
    const auto known = found->second.find(domain);
    if (known == found->second.end()) return;
    if (found->second.size() == 1) {
      held.uses.erase(found);
      held.mx_hosts.take(name);
      return;
    }
    const auto shown = held.mx_hosts.find(name);
    if (shown) {
      metrics::MxHostView mx = shown->view;
      count_use(mx, known->second, {});
      render(held, std::move(mx));
    }
    found->second.erase(known);
  });
}

/// Once no domain's set is held, what was known of the name is gone but for the info.
void Board::render(Shard& held, metrics::MxHostView mx) const {
  if (mx.domains == 0) mx.problems = {};
  held.mx_hosts.put(rendered<MxHostEntry>(std::move(mx), *shown()));
}

void Board::count_use(metrics::MxHostView& mx, Use before, Use now) {
  mx.domains += now.counted;
  mx.domains -= before.counted;
  mx.enforced += now.enforced;
  mx.enforced -= before.enforced;
}

void Board::publish(judge::EndpointState state) {
  const EndpointKey key(state.mx, state.address);
  if (!put(shard(key.first), &Shard::endpoints, std::move(state)).before) ++endpoint_count_;
}

void Board::forget_domain(const std::string& name) {
  const auto before = shard(name).with([&](Shard& held) { return held.domains.take(name); });
  if (!before) return;
  for (const auto& host : before->state.mx.hosts) leave(name, host.name);
  for (const auto& host : before->state.mx.last_hosts) leave(name, host.name);
}

void Board::forget_endpoint(const EndpointKey& key) {
  const auto before =
      shard(key.first).with([&](Shard& held) { return held.endpoints.take(std::tie(key.first, key.second)); });
  if (before) --endpoint_count_;
}

std::shared_ptr<const DomainEntry> Board::domain(const std::string& name) const {
  return shard(name).with([&](const Shard& held) { return held.domains.find(name); });
}

std::shared_ptr<const judge::EndpointState> Board::endpoint(const std::string& mx, const IpAddress& address) const {
  const auto entry = shard(mx).with([&](const Shard& held) { return held.endpoints.find(std::tie(mx, address)); });
  return entry ? std::shared_ptr<const judge::EndpointState>(entry, &entry->state) : nullptr;
}

std::vector<std::string> Board::domains_of(const std::string& mx) const {
  return shard(mx).with([&](const Shard& held) {
    const auto found = held.uses.find(mx);
    return found == held.uses.end() ? std::vector<std::string>() : keys(found->second);
  });
}

Snapshot Board::snapshot() const {
  Snapshot copy;
  // Growing step by step would hold the pointers twice. More may come meanwhile.
  Sizes sizes;
  for (const auto& guarded : shards_) {
    guarded.with([&](const Shard& held) {
      sizes.domains += held.domains.size();
      sizes.endpoints += held.endpoints.size();
      sizes.mx_hosts += held.mx_hosts.size();
    });
  }
  copy.domains.reserve(sizes.domains);
  copy.endpoints.reserve(sizes.endpoints);
  copy.mx_hosts.reserve(sizes.mx_hosts);
  for (const auto& guarded : shards_) {
    guarded.with([&](const Shard& held) {
      held.domains.append_to(copy.domains);
      held.endpoints.append_to(copy.endpoints);
      held.mx_hosts.append_to(copy.mx_hosts);
    });
  }
  return copy;
}

Snapshot Board::snapshot_of(const std::string& domain) const {
  Snapshot part;
  const auto entry = this->domain(domain);
  if (!entry) return part;
  part.domains.push_back(entry);
  for (const auto& host : entry->state.mx.hosts) add_mx(part, host.name);
  return part;
}

Snapshot Board::snapshot_of_mx(const std::string& mx) const {
  Snapshot part;
  add_mx(part, mx);
  return part;
}

void Board::add_mx(Snapshot& part, const std::string& mx) const {
  shard(mx).with([&](const Shard& held) {
    const IpAddress least;
    for (auto at = held.endpoints.lower_bound(std::tie(mx, least)); at != held.endpoints.end() && (*at)->state.mx == mx;
         ++at) {
      part.endpoints.push_back(*at);
    }
    if (auto host = held.mx_hosts.find(mx)) part.mx_hosts.push_back(std::move(host));
  });
}

}  // namespace mta_sts::board
