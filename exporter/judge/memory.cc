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

bool conclusive(const MxLookup& mx) {
  return !mx.fault || mx.fault->reason == Reason::DnsNxdomain || mx.fault->reason == Reason::DnsNodata;
}

/// Why the policy host's name says nothing: the lookup's fault, or no route to any of its addresses.
std::optional<Fault> inconclusive_name(const PolicyHost& host) {
  const AddressLookup& lookup = host.lookup;
  if (lookup.addresses.empty()) {
    return conclusive(Place::PolicyHost, lookup.fault) ? std::nullopt : lookup.fault;
  }
  if (host.fetches.empty())
    return Fault{Reason::NoRoute, "this machine has no route to any address of the policy host"};
  return std::nullopt;
}

template <typename T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
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
  if (!inconclusive_name(host)) {
    std::vector<IpAddress> routable;
    for (const PolicyFetch& fetch : host.fetches) routable.push_back(fetch.address);
    std::erase_if(fetches_, [&](const auto& entry) { return !contains(routable, entry.first); });
    policy_host_ = {{host.target, host.provider, host.lookup, std::move(routable)}, latest_->finished};
  }
  for (const PolicyFetch& fetch : host.fetches) {
    if (conclusive(Place::PolicyHost, fetch.fault)) {
      fetches_.insert_or_assign(fetch.address, Held<FetchPart>{{fetch, evaluate_fetch(fetch)}, host.at});
    }
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
  if (conclusive(mx)) {
    mx_ = {mx, latest_->finished};
    std::erase_if(mx_hosts_, [&](const auto& entry) {
      return std::none_of(mx.hosts.begin(), mx.hosts.end(),
                          [&](const MxHost& host) { return host.name == entry.first; });
    });
  }
  for (const MxHost& host : mx.hosts) {
    if (host.is_host_name && conclusive(host.lookup)) {
      mx_hosts_.insert_or_assign(host.name, Held<MxHost>{host, latest_->finished});
    }
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

Look<PolicyHostName> DomainMemory::policy_host() const {
  return {if_held(policy_host_), latest_->policy_host ? inconclusive_name(*latest_->policy_host) : std::nullopt};
}

Look<FetchPart> DomainMemory::fetch(const IpAddress& address) const {
  Look<FetchPart> look{if_held(fetches_, address), std::nullopt};
  if (!latest_->policy_host) return look;
  for (const PolicyFetch& now : latest_->policy_host->fetches) {
    if (now.address == address && !conclusive(Place::PolicyHost, now.fault)) look.inconclusive = now.fault;
  }
  return look;
}

Look<MxLookup> DomainMemory::mx() const {
  return {if_held(mx_), conclusive(latest_->mx) ? std::nullopt : latest_->mx.fault};
}

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
