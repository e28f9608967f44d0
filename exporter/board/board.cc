#include "exporter/board/board.h"

#include <algorithm>

namespace mta_sts::board {
namespace {

std::shared_ptr<const MxHostEntry> render_host(metrics::MxHostView view) {
  auto text = metrics::render(view);
  return std::make_shared<const MxHostEntry>(MxHostEntry{std::move(view), std::move(text)});
}

bool names(const std::vector<judge::MxHostState>& hosts, const std::string& mx) {
  return std::any_of(hosts.begin(), hosts.end(), [&](const auto& host) { return host.name == mx; });
}

}  // namespace

void Board::publish(judge::DomainState state) {
  const std::string name = state.setting->name.text();
  auto text = metrics::render(state);
  const auto entry = std::make_shared<const DomainEntry>(DomainEntry{std::move(state), std::move(text)});
  const auto before = shard(name).with([&](Shard& held) { return std::exchange(held.domains[name], entry); });
  // Of one domain only one worker publishes, so these need not be one step with the above.
  const auto& hosts = entry->state.mx.hosts;
  for (const auto& host : hosts) join(name, host);
  if (!before) return;
  for (const auto& host : before->state.mx.hosts) {
    if (!names(hosts, host.name)) leave(name, host.name);
  }
}

void Board::join(const std::string& domain, const judge::MxHostState& host) {
  shard(host.name).with([&](Shard& held) {
    MxHost& mx = held.mx_hosts[host.name];
    const bool added = mx.domains.insert(domain).second;
    const bool same = !added && mx.problems == host.problems && mx.provider == host.provider;
    if (same) return;
    mx.problems = host.problems;
    mx.provider = host.provider;
    mx.entry = render_host({host.name, mx.provider, mx.domains.size(), mx.problems});
  });
}

void Board::leave(const std::string& domain, const std::string& name) {
  shard(name).with([&](Shard& held) {
    const auto found = held.mx_hosts.find(name);
    if (found == held.mx_hosts.end()) return;
    MxHost& mx = found->second;
    mx.domains.erase(domain);
    if (mx.domains.empty()) {
      held.mx_hosts.erase(found);
    } else {
      mx.entry = render_host({name, mx.provider, mx.domains.size(), mx.problems});
    }
  });
}

void Board::publish(judge::EndpointState state) {
  const EndpointKey key(state.mx, state.address);
  auto text = metrics::render(state);
  const auto entry = std::make_shared<const EndpointEntry>(EndpointEntry{std::move(state), std::move(text)});
  const bool added =
      shard(key.first).with([&](Shard& held) { return held.endpoints.insert_or_assign(key, entry).second; });
  if (added) ++endpoint_count_;
}

void Board::forget_endpoint(const EndpointKey& key) {
  endpoint_count_ -= shard(key.first).with([&](Shard& held) { return held.endpoints.erase(key); });
}

std::shared_ptr<const DomainEntry> Board::domain(const std::string& name) const {
  return shard(name).with([&](const Shard& held) {
    const auto found = held.domains.find(name);
    return found == held.domains.end() ? nullptr : found->second;
  });
}

std::shared_ptr<const judge::EndpointState> Board::endpoint(const std::string& mx, const IpAddress& address) const {
  const auto entry = shard(mx).with([&](const Shard& held) {
    const auto found = held.endpoints.find({mx, address});
    return found == held.endpoints.end() ? nullptr : found->second;
  });
  return entry ? std::shared_ptr<const judge::EndpointState>(entry, &entry->state) : nullptr;
}

std::vector<std::string> Board::domains_of(const std::string& mx) const {
  return shard(mx).with([&](const Shard& held) {
    const auto found = held.mx_hosts.find(mx);
    return found == held.mx_hosts.end()
               ? std::vector<std::string>()
               : std::vector<std::string>(found->second.domains.begin(), found->second.domains.end());
  });
}

Snapshot Board::snapshot() const {
  Snapshot copy;
  for (const auto& guarded : shards_) {
    guarded.with([&](const Shard& held) {
      for (const auto& [name, entry] : held.domains) copy.domains.push_back(entry);
      for (const auto& [key, entry] : held.endpoints) copy.endpoints.push_back(entry);
      for (const auto& [name, mx] : held.mx_hosts) copy.mx_hosts.push_back(mx.entry);
    });
  }
  return copy;
}

}  // namespace mta_sts::board
