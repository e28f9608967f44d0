#include "exporter/judge/memory.h"

#include <algorithm>

#include "exporter/judge/endpoint.h"
#include "exporter/judge/outcome.h"

namespace mta_sts::judge {
namespace {

bool conclusive(Place place, const std::optional<Fault>& fault) {
  return !fault || outcome_of(place, fault->reason) == Outcome::Fail;
}

/// An address lookup says something if it has addresses, or says for certain that there are none.
bool conclusive(const AddressLookup& lookup) {
  return !lookup.addresses.empty() || !lookup.fault || lookup.fault->reason == Reason::DnsNxdomain ||
         lookup.fault->reason == Reason::DnsNodata;
}

/// Why the MX set is not known, or not whole.
std::optional<Fault> silence_of(const MxLookup& mx) {
  if (mx.too_many) return Fault{Reason::MxTooMany, "the domain has more MX hosts than are looked at"};
  const bool known = !mx.fault || mx.fault->reason == Reason::DnsNxdomain || mx.fault->reason == Reason::DnsNodata;
  return known ? std::nullopt : mx.fault;
}

/// With the addresses that only the family has which could not be asked this time.
std::vector<IpAddress> united(std::vector<IpAddress> now, const std::vector<IpAddress>& before) {
  now.insert(now.end(), before.begin(), before.end());
  std::sort(now.begin(), now.end());
  now.erase(std::unique(now.begin(), now.end()), now.end());
  return now;
}

template <typename T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

/// Where the policy host's name leads is known, or that it leads nowhere for a sender.
bool name_known(const AddressLookup& lookup) {
  return !lookup.addresses.empty() || conclusive(Place::PolicyHost, lookup.fault);
}

/// policy_fetch is open while no address passes and one of them, or a family of them, could not be asked.
std::optional<Silence> silence_of(const PolicyHost& host) {
  const AddressLookup& lookup = host.lookup;
  if (!name_known(lookup)) return Silence{*lookup.fault, std::nullopt};
  if (lookup.addresses.empty()) return std::nullopt;
  if (host.routable.empty())
    return Silence{{Reason::NoRoute, "this machine has no route to any address of the policy host"}, std::nullopt};
  const auto passes = [&](const PolicyFetch& fetch) {
    return conclusive(Place::PolicyHost, fetch.fault) && evaluate_fetch(fetch).stage != FetchStage::Fetch;
  };
  if (std::any_of(host.fetches.begin(), host.fetches.end(), passes)) return std::nullopt;
  for (const PolicyFetch& fetch : host.fetches) {
    if (!conclusive(Place::PolicyHost, fetch.fault)) return Silence{*fetch.fault, fetch.address};
  }
  return lookup.partial() ? std::optional(Silence{*lookup.fault, std::nullopt}) : std::nullopt;
}

}  // namespace

void DomainMemory::remember(DomainObservation observation) {
  latest_ = std::move(observation);
  const WallTime at = latest_->finished;
  if (conclusive(Place::TxtRecord, latest_->record.fault)) {
    record_ = {{latest_->record, formats::parse_sts_records(latest_->record.rrs)}, at};
    sts_seen_ = sts_seen_ || record_->value.read.valid();
  }
  if (conclusive(Place::TxtRecord, latest_->tlsrpt.fault)) {
    tlsrpt_ = {{latest_->tlsrpt, formats::parse_tlsrpt_records(latest_->tlsrpt.rrs)}, at};
  }
  remember_mx(latest_->mx);
  if (latest_->policy_host) remember_policy_host(*latest_->policy_host);
}

void DomainMemory::remember_policy_host(const PolicyHost& host) {
  const AddressLookup& lookup = host.lookup;
  const PolicyServers* held_servers = if_held(policy_servers_);
  PolicyServers servers{host.routable, std::nullopt};
  const bool leads = name_known(lookup);
  if (leads) policy_host_name_ = {host.target, host.provider};
  if (lookup.addresses.empty()) servers.no_address = lookup.fault;
  if (lookup.partial() && held_servers != nullptr)
    servers.routable = united(std::move(servers.routable), held_servers->routable);
  for (const PolicyFetch& fetch : host.fetches) remember_fetch(fetch, host.at);
  // https.addresses: one: an address that was not asked counts with its last look.
  for (const IpAddress& address : host.routable) {
    const auto known = fetches_.find(address);
    const bool asked = std::any_of(host.fetches.begin(), host.fetches.end(),
                                   [&](const PolicyFetch& fetch) { return fetch.address == address; });
    if (!asked && known != fetches_.end()) known->second.at = host.at;
  }
  policy_silence_ = silence_of(host);
  // A look that leaves policy_fetch open does not take the place of one that decided it.
  if (!policy_silence_ || held_servers == nullptr) {
    const auto left = [&](const auto& entry) { return !contains(servers.routable, entry.first); };
    std::erase_if(fetches_, left);
    std::erase_if(before_blame_, left);
    if (leads) policy_servers_ = {std::move(servers), latest_->finished};
  }
  remember_certificates(host);
  choose_served();
  const auto valid_now = [&](const PolicyFetch& fetch) {
    const auto look = this->fetch(fetch.address);
    return !look.inconclusive && look.used != nullptr && look.used->read.policy.has_value();
  };
  if (std::any_of(host.fetches.begin(), host.fetches.end(), valid_now)) {
    last_success_ = host.at;
    sts_seen_ = true;
  }
}

/// A lost uplink is known only after some hosts failed to connect: what was known before the blame comes back.
void DomainMemory::remember_fetch(const PolicyFetch& fetch, WallTime at) {
  const auto known = fetches_.find(fetch.address);
  if (fetch.fault && fetch.fault->reason == Reason::EgressBlocked) {
    const auto before = before_blame_.find(fetch.address);
    if (before == before_blame_.end()) return;
    fetches_.insert_or_assign(fetch.address, before->second);
    before_blame_.erase(before);
    return;
  }
  if (!conclusive(Place::PolicyHost, fetch.fault)) return;
  if (!failed_to_connect(fetch.fault)) {
    before_blame_.erase(fetch.address);
  } else if (known != fetches_.end() && !failed_to_connect(known->second.value.seen.fault)) {
    before_blame_.insert_or_assign(fetch.address, known->second);
  }
  fetches_.insert_or_assign(fetch.address, Held<FetchPart>{{fetch, evaluate_fetch(fetch)}, at});
}

void DomainMemory::remember_certificates(const PolicyHost& host) {
  bool any = false;
  for (const PolicyFetch& fetch : host.fetches) {
    if (!fetch.tls.chain) continue;
    certificates_.insert_or_assign(fetch.address, *fetch.tls.chain);
    any = true;
  }
  // Those of addresses that the name no longer has go, but only once another certificate was seen in their place.
  if (!any) return;
  std::erase_if(certificates_, [&](const auto& entry) { return !contains(host.lookup.addresses, entry.first); });
}

void DomainMemory::choose_served() {
  std::vector<const formats::StsPolicy*> valid;  // by address, lowest first
  for (const auto& [address, fetch] : fetches_) {
    if (held(fetch.at) && fetch.value.read.policy) valid.push_back(&*fetch.value.read.policy);
  }
  const auto servers_of = [&](const formats::StsPolicy& policy) {
    return std::count_if(valid.begin(), valid.end(), [&](const auto* other) { return same_meaning(*other, policy); });
  };
  const auto was_live = [&](const formats::StsPolicy& policy) { return served_ && same_meaning(*served_, policy); };
  const formats::StsPolicy* best = nullptr;
  for (const auto* policy : valid) {
    const bool better = best == nullptr || servers_of(*policy) > servers_of(*best) ||
                        (servers_of(*policy) == servers_of(*best) && was_live(*policy) && !was_live(*best));
    if (better) best = policy;
  }
  served_ = best == nullptr ? std::nullopt : std::optional(*best);
}

void DomainMemory::remember_mx(const MxLookup& mx) {
  const bool whole = !silence_of(mx);
  // A set of which a part is not looked at is better than none.
  if (whole || (mx.too_many && if_held(mx_) == nullptr)) {
    mx_ = {mx, latest_->finished};
    std::erase_if(mx_hosts_, [&](const auto& entry) {
      return std::none_of(mx.hosts.begin(), mx.hosts.end(),
                          [&](const MxHost& host) { return host.name == entry.first; });
    });
  }
  for (const MxHost& host : mx.hosts) {
    if (!host.is_host_name || !conclusive(host.lookup)) continue;
    MxHost known = host;
    const MxHost* before = if_held(mx_hosts_, host.name);
    if (host.lookup.partial() && before != nullptr) {
      known.lookup.addresses = united(std::move(known.lookup.addresses), before->lookup.addresses);
      known.endpoints = united(std::move(known.endpoints), before->endpoints);
    }
    mx_hosts_.insert_or_assign(host.name, Held<MxHost>{std::move(known), latest_->finished});
  }
}

Look<RecordPart> DomainMemory::record() const {
  const auto& fault = latest_->record.fault;
  return {if_held(record_), conclusive(Place::TxtRecord, fault) ? std::nullopt : fault};
}

Look<TlsRptPart> DomainMemory::tlsrpt() const {
  const auto& fault = latest_->tlsrpt.fault;
  return {if_held(tlsrpt_), conclusive(Place::TxtRecord, fault) ? std::nullopt : fault};
}

std::optional<std::string> DomainMemory::last_id() const {
  return record_ && record_->value.read.valid() ? std::optional(record_->value.read.value->id) : std::nullopt;
}

Look<FetchPart> DomainMemory::fetch(const IpAddress& address) const {
  Look<FetchPart> look{if_held(fetches_, address), std::nullopt};
  if (!latest_->policy_host) return look;
  for (const PolicyFetch& now : latest_->policy_host->fetches) {
    if (now.address == address && !conclusive(Place::PolicyHost, now.fault)) look.inconclusive = now.fault;
  }
  return look;
}

Look<MxLookup> DomainMemory::mx() const { return {if_held(mx_), silence_of(latest_->mx)}; }

Look<MxHost> DomainMemory::mx_host(const std::string& name) const {
  Look<MxHost> look{if_held(mx_hosts_, name), std::nullopt};
  for (const MxHost& now : latest_->mx.hosts) {
    if (now.name == name && now.is_host_name && !conclusive(now.lookup)) look.inconclusive = now.lookup.fault;
  }
  return look;
}

void EndpointMemory::remember(EndpointObservation observation) {
  latest_ = std::move(observation);
  if (latest_->tls.chain) certificate_ = latest_->tls.chain;
  const auto fault = first_fault(*latest_);
  if (!fault || outcome_of(*latest_, fault->reason) == Outcome::Fail) conclusive_ = latest_;
}

const EndpointObservation* EndpointMemory::conclusive() const {
  const bool held = conclusive_ && latest_->finished - conclusive_->finished <= hold_;
  return held ? &*conclusive_ : nullptr;
}

std::optional<WallTime> EndpointMemory::last_conclusive() const {
  return conclusive_ ? std::optional(conclusive_->finished) : std::nullopt;
}

}  // namespace mta_sts::judge
