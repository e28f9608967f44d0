#include "exporter/judge/policy_servers.h"

#include <algorithm>

#include "exporter/judge/outcome.h"

namespace mta_sts::judge {
namespace {

PolicyServer known_server(const PolicyServers* before, const IpAddress& address) {
  if (before == nullptr) return {};
  const auto found = before->routable.find(address);
  return found == before->routable.end() ? PolicyServer{} : found->second;
}

void add_answer(PolicyServer& server, std::shared_ptr<const PolicyFetch> fetch, WallTime now) {
  if (conclusive(Place::PolicyHost, fetch->fault)) {
    FetchVerdict verdict = evaluate_fetch(*fetch);
    server = {std::make_shared<const FetchPart>(FetchPart{std::move(fetch), std::move(verdict)}), now, std::nullopt};
  } else {
    server.silent = fetch->fault;
  }
}

void keep_silent_family(PolicyServers& servers, const PolicyServers& before, const AddressLookup& lookup) {
  const bool answered_v4 = lookup.addresses.front().is_v4();
  for (const auto& [address, server] : before.routable) {
    if (address.is_v4() != answered_v4) servers.routable[address] = {server.said, server.said_at, lookup.fault};
  }
}

}  // namespace

bool was_asked(const PolicyHost& host, const IpAddress& address) {
  return std::any_of(host.fetches.begin(), host.fetches.end(),
                     [&](const PolicyFetch& fetch) { return fetch.address == address; });
}

bool name_known(const AddressLookup& lookup) {
  return !lookup.addresses.empty() || conclusive(Place::PolicyHost, lookup.fault);
}

bool family_silent(const AddressLookup& lookup) {
  return lookup.partial() && !conclusive(Place::PolicyHost, lookup.fault);
}

PolicyServers servers_after(const std::shared_ptr<const PolicyHost>& look, const PolicyServers* before, WallTime now,
                            std::chrono::milliseconds hold) {
  const PolicyHost& host = *look;
  const AddressLookup& lookup = host.lookup;
  PolicyServers servers;
  if (lookup.addresses.empty()) servers.no_address = lookup.fault;
  for (const IpAddress& address : host.routable) {
    PolicyServer& server = servers.routable[address] = known_server(before, address);
    // https.addresses: one: an address that was not asked counts with its last look, however old.
    if (!was_asked(host, address) && !server.silent) server.said_at = now;
  }
  for (const PolicyFetch& fetch : host.fetches)
    add_answer(servers.routable[fetch.address], std::shared_ptr<const PolicyFetch>(look, &fetch), now);
  servers.whole_at = now;
  if (family_silent(lookup)) {
    servers.silent_family = lookup.fault;
    servers.whole_at = before == nullptr ? std::nullopt : before->whole_at;
    if (servers.whole_at && is_held(*servers.whole_at, now, hold)) keep_silent_family(servers, *before, lookup);
  }
  return servers;
}

std::optional<Silence> silence_of(const PolicyHost& host, const PolicyServers* now) {
  const AddressLookup& lookup = host.lookup;
  if (now == nullptr) return Silence{*lookup.fault, std::nullopt};
  if (lookup.addresses.empty()) return std::nullopt;
  const auto passes = [](const PolicyServer& server) {
    return !server.silent && server.said && server.said->read.stage != FetchStage::Fetch;
  };
  std::optional<Silence> silence;
  for (const PolicyFetch& fetch : host.fetches) {
    const PolicyServer& server = now->routable.at(fetch.address);
    if (passes(server)) return std::nullopt;
    if (server.silent && !silence) silence = Silence{*server.silent, fetch.address};
  }
  if (silence) return silence;
  if (now->silent_family) return Silence{*now->silent_family, std::nullopt};
  if (!host.routable.empty()) return std::nullopt;
  return Silence{{Reason::NoRoute, "this machine has no route to any address of the policy host"}, std::nullopt};
}

}  // namespace mta_sts::judge
