#include "exporter/board/boards.h"

#include <iterator>

namespace mta_sts::board {
namespace {

template <typename T>
void append(std::vector<T>& list, std::vector<T> more) {
  list.insert(list.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::shared_ptr<const judge::EndpointState> Boards::endpoint(const std::string& mx, const IpAddress& address) const {
  auto state = configured_.endpoint(mx, address);
  return state ? state : guests_.endpoint(mx, address);
}

std::vector<std::string> Boards::domains_of(const std::string& mx) const {
  auto names = configured_.domains_of(mx);
  append(names, guests_.domains_of(mx));
  return names;
}

Snapshot Boards::snapshot_of(const std::string& domain) const {
  Snapshot part = configured_.snapshot_of(domain);
  if (!part.domains.empty()) return part;
  const auto entry = guests_.domain(domain);
  if (!entry) return part;
  part.domains.push_back(entry);
  for (const auto& host : entry->state.mx.hosts) {
    // An MX host of configured domains is shown as they have it: each series once.
    Snapshot known = configured_.snapshot_of_mx(host.name);
    Snapshot of_guests = guests_.snapshot_of_mx(host.name);
    append(part.mx_hosts, std::move(known.mx_hosts.empty() ? of_guests.mx_hosts : known.mx_hosts));
    append(part.endpoints, std::move(known.endpoints));
    for (auto& endpoint : of_guests.endpoints) {
      if (!configured_.endpoint(host.name, endpoint->state.address)) part.endpoints.push_back(std::move(endpoint));
    }
  }
  return part;
}

}  // namespace mta_sts::board
