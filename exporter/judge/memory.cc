#include "exporter/judge/memory.h"

#include <algorithm>

#include "exporter/judge/endpoint.h"
#include "exporter/judge/outcome.h"

namespace mta_sts::judge {
namespace {

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

void add_other_family(std::vector<IpAddress>& now, const std::vector<IpAddress>& before, bool answered_v4) {
  std::copy_if(before.begin(), before.end(), std::back_inserter(now),
               [&](const IpAddress& address) { return address.is_v4() != answered_v4; });
  std::sort(now.begin(), now.end());
}

template <typename T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

void DomainMemory::remember(DomainObservation observation) {
  take(std::move(observation));
  remember_past();
}

/// All but what it means for the past.
void DomainMemory::take(DomainObservation observation) {
  latest_ = std::make_shared<const DomainObservation>(std::move(observation));
  const WallTime at = now_ = latest_->finished;
  if (conclusive(Place::TxtRecord, latest_->record.fault)) {
    record_ = {{part(latest_->record), formats::parse_sts_records(latest_->record.rrs)}, at};
  }
  if (conclusive(Place::TxtRecord, latest_->tlsrpt.fault)) {
    tlsrpt_ = {{part(latest_->tlsrpt), formats::parse_tlsrpt_records(latest_->tlsrpt.rrs)}, at};
  }
  remember_mx(latest_->mx);
  if (latest_->policy_host) remember_policy_host(part(*latest_->policy_host));
}

bool DomainMemory::is_latest_alone() const {
  return latest_ && conclusive_ == latest_ && record_ && record_->value.seen.get() == &latest_->record && tlsrpt_ &&
         tlsrpt_->value.seen.get() == &latest_->tlsrpt && mx_is_of_latest() && policy_is_of_latest();
}

bool DomainMemory::mx_is_of_latest() const {
  if (!mx_ || mx_->value.get() != &latest_->mx || latest_->mx.too_many) return false;
  std::size_t names = 0;  // that can have addresses
  for (const MxHost& host : latest_->mx.hosts) {
    if (!host.is_host_name) continue;
    const auto known = mx_hosts_.find(host.name);
    if (known == mx_hosts_.end() || known->second.value.host.get() != &host || host.lookup.partial()) return false;
    ++names;
  }
  return mx_hosts_.size() == names;
}

bool DomainMemory::policy_is_of_latest() const {
  if (blame_) return false;
  if (!latest_->policy_host) return !servers_ && !decided_ && !policy_host_name_ && certificates_.empty();
  const PolicyHost& host = *latest_->policy_host;
  if (policy_silence_ || !servers_ || !decided_ || decided_->value != servers_ || decided_->at != latest_->finished ||
      host.lookup.partial() || servers_->routable.size() != host.fetches.size())
    return false;
  std::size_t chains = 0;
  for (const PolicyFetch& fetch : host.fetches) {
    const auto server = servers_->routable.find(fetch.address);
    if (server == servers_->routable.end() || server->second.silent || server->second.said->seen.get() != &fetch)
      return false;
    // Where the addresses serve different policies, the one that was live before counts.
    const auto& policy = server->second.said->read.policy;
    if (policy && !(served_ && same_meaning(*policy, *served_))) return false;
    if (!fetch.tls.chain) continue;
    const auto certificate = certificates_.find(fetch.address);
    if (certificate == certificates_.end() || !(certificate->second == fetch.tls.chain)) return false;
    ++chains;
  }
  return certificates_.size() == chains;
}

void DomainMemory::restore_alone(DomainObservation latest, Past past, WallTime now, bool past_changed) {
  past_ = std::move(past);
  take(std::move(latest));
  conclude();
  now_ = now;
  past_changed_ = past_changed;
}

void DomainMemory::restore(Past past, std::map<IpAddress, Shared<formats::ChainFacts>> certificates, WallTime now) {
  past_ = std::move(past);
  certificates_ = std::move(certificates);
  now_ = now;
}

std::optional<DomainObservation> DomainMemory::known_before_latest() const {
  if (!conclusive_) return std::nullopt;
  const WallTime since = conclusive_->finished;
  DomainObservation known = *conclusive_;
  known.policy_host = known_policy_host(since);
  const bool answers = known.policy_host && !known.policy_host->fetches.empty();
  if (conclusive_ == latest_ && !answers) return std::nullopt;
  if (record_) known.record = *record_->value.seen;
  if (tlsrpt_ && tlsrpt_->at >= since) known.tlsrpt = *tlsrpt_->value.seen;
  if (mx_ && !mx_->value->too_many) known.mx = known_mx(since);
  return known;
}

MxLookup DomainMemory::known_mx(WallTime since) const {
  MxLookup mx = *mx_->value;
  for (MxHost& host : mx.hosts) {
    const auto known = mx_hosts_.find(host.name);
    if (known == mx_hosts_.end() || known->second.at < since) continue;
    host.lookup = known->second.value.host->lookup;
    host.endpoints = known->second.value.host->endpoints;
  }
  return mx;
}

/// With the answers that the latest look does not hold itself.
std::optional<PolicyHost> DomainMemory::known_policy_host(WallTime since) const {
  if (!decided_ || decided_->at < since || !policy_host_name_) return conclusive_->policy_host;
  const PolicyServers& servers = *decided_->value;
  PolicyHost host{policy_host_name_->target, policy_host_name_->provider, {}, {}, {}, {}, since};
  host.lookup.fault = servers.no_address ? servers.no_address : servers.whole_at ? std::nullopt : servers.silent_family;
  for (const auto& [address, server] : servers.routable) {
    host.lookup.addresses.push_back(address);
    const bool in_latest = conclusive_ == latest_ && was_asked(*latest_->policy_host, address);
    if (server.said && server.said_at >= since && !in_latest) host.fetches.push_back(*server.said->seen);
  }
  host.routable = host.lookup.addresses;
  return host;
}

void DomainMemory::join_past(Past older) {
  past_ = joined(std::move(older), past_);
  past_changed_ = true;
}

void DomainMemory::remember_policy_host(const std::shared_ptr<const PolicyHost>& look) {
  const PolicyHost& host = *look;
  take_back_blame(host);
  const bool leads = name_known(host.lookup);
  if (leads) {
    policy_host_name_ = {host.target, host.provider};
    servers_ =
        std::make_shared<const PolicyServers>(servers_after(look, servers_.get(), latest_->finished, limits_.hold));
  }
  policy_silence_ = silence_of(host, leads ? servers_.get() : nullptr);
  // A look that leaves policy_fetch open does not take the place of one that decided it.
  if (!policy_silence_) decide(host);
  remember_certificates(host);
  choose_served();
}

/// What the latest look adds to the past, where it could tell.
void DomainMemory::remember_past() {
  std::optional<std::string> id;
  if (record_ && conclusive(Place::TxtRecord, latest_->record.fault)) {
    id = last_id();
    note_found([&](Past& past, WallTime now) { return add_id(past, id, latest_->record.ttl, now); });
  }
  if (latest_->policy_host && !policy_silence_) {
    const auto served = served_now(*latest_->policy_host);
    note_found([&](Past& past, WallTime now) { return add_served(past, served, id, now); });
  }
  if (silence_of(latest_->mx)) return;
  std::vector<PastMx::Host> hosts;
  for (const MxHost& host : latest_->mx.hosts) hosts.push_back({host.preference, host.name});
  note_found([&](Past& past, WallTime now) { return add_mx(past, std::move(hosts), now); });
}

std::vector<ServedPolicy> DomainMemory::served_now(const PolicyHost& host) const {
  std::vector<ServedPolicy> served;
  for (const PolicyFetch& fetch : host.fetches) {
    const PolicyServer& server = servers_->routable.at(fetch.address);
    if (!server.silent && server.said->read.policy)
      served.push_back({&*server.said->read.policy, &server.said->seen->body});
  }
  return served;
}

void DomainMemory::decide(const PolicyHost& host) {
  const bool blamed = !host.fetches.empty() && std::all_of(host.fetches.begin(), host.fetches.end(),
                                                           [](const auto& f) { return failed_to_connect(f.fault); });
  if (!blamed) {
    blame_.reset();
  } else if (!blame_) {
    blame_ = {decided_, host.at};
  }
  decided_ = {servers_, latest_->finished};
}

/// A lost uplink is known only after some hosts failed to connect: unless the way out worked since this one did, what
/// was known before comes back.
void DomainMemory::take_back_blame(const PolicyHost& host) {
  const bool blocked = std::any_of(host.fetches.begin(), host.fetches.end(), [](const PolicyFetch& fetch) {
    return fetch.fault && fetch.fault->reason == Reason::EgressBlocked;
  });
  if (!blocked || !blame_ || (host.egress_worked && *host.egress_worked >= blame_->since)) return;
  decided_ = std::move(blame_->before);
  servers_ = decided_ ? decided_->value : nullptr;
  blame_.reset();
}

void DomainMemory::remember_certificates(const PolicyHost& host) {
  bool any = false;
  for (const PolicyFetch& fetch : host.fetches) {
    if (!fetch.tls.chain) continue;
    certificates_.insert_or_assign(fetch.address, fetch.tls.chain);
    any = true;
  }
  // Those of addresses that the name no longer has go, but only once another certificate was seen in their place.
  if (!any) return;
  const auto& addresses = host.lookup.addresses;
  const auto gone = [&](const IpAddress& address) {
    const bool asked_for = !family_silent(host.lookup) || address.is_v4() == addresses.front().is_v4();
    return asked_for && !contains(addresses, address);
  };
  std::erase_if(certificates_, [&](const auto& entry) { return gone(entry.first); });
}

void DomainMemory::choose_served() {
  std::vector<const Shared<formats::StsPolicy>*> valid;  // by address, lowest first
  const std::map<IpAddress, PolicyServer> none;
  for (const auto& [address, server] : policy_decided() ? decided_->value->routable : none) {
    const FetchPart* said = answer(server).used;
    if (said != nullptr && said->read.policy) valid.push_back(&said->read.policy);
  }
  const auto servers_of = [&](const formats::StsPolicy& policy) {
    return std::count_if(valid.begin(), valid.end(), [&](const auto* other) { return same_meaning(**other, policy); });
  };
  const auto& before = served_ ? served_ : past_.live;
  const auto was_live = [&](const formats::StsPolicy& policy) { return before && same_meaning(*before, policy); };
  Shared<formats::StsPolicy> best;
  for (const auto* policy : valid) {
    const bool better = !best || servers_of(**policy) > servers_of(*best) ||
                        (servers_of(**policy) == servers_of(*best) && was_live(**policy) && !was_live(*best));
    if (better) best = *policy;
  }
  served_ = std::move(best);
}

void DomainMemory::remember_mx(const MxLookup& mx) {
  const bool whole = !silence_of(mx);
  // A set of which a part is not looked at is better than none.
  if (whole || (mx.too_many && if_held(mx_) == nullptr)) {
    mx_ = {part(mx), latest_->finished};
    std::erase_if(mx_hosts_, [&](const auto& entry) {
      return std::none_of(mx.hosts.begin(), mx.hosts.end(),
                          [&](const MxHost& host) { return host.name == entry.first; });
    });
  }
  for (const MxHost& host : mx.hosts) {
    if (host.is_host_name && conclusive(host.lookup)) remember_mx_host(part(host));
  }
}

void DomainMemory::remember_mx_host(std::shared_ptr<const MxHost> host) {
  KnownMxHost known{host, latest_->finished};
  if (host->lookup.partial()) {
    const auto before = mx_hosts_.find(host->name);
    known.whole_at = before == mx_hosts_.end() ? std::nullopt : before->second.value.whole_at;
    if (known.whole_at && held(*known.whole_at)) {
      const bool answered_v4 = host->lookup.addresses.front().is_v4();
      const MxHost& whole = *before->second.value.host;
      MxHost both = *host;
      add_other_family(both.lookup.addresses, whole.lookup.addresses, answered_v4);
      add_other_family(both.endpoints, whole.endpoints, answered_v4);
      both.lookup.fault.reset();
      known.host = std::make_shared<const MxHost>(std::move(both));
    }
  }
  mx_hosts_.insert_or_assign(host->name, Held<KnownMxHost>{std::move(known), latest_->finished});
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

const PolicyServers* DomainMemory::latest_servers() const {
  return latest_->policy_host && name_known(latest_->policy_host->lookup) ? servers_.get() : nullptr;
}

Look<MxLookup> DomainMemory::mx() const {
  const auto* held = if_held(mx_);
  return {held == nullptr ? nullptr : held->get(), silence_of(latest_->mx)};
}

Look<MxHost> DomainMemory::mx_host(const std::string& name) const {
  const auto known = mx_hosts_.find(name);
  Look<MxHost> look;
  if (known != mx_hosts_.end() && held(known->second.at)) look.used = known->second.value.host.get();
  for (const MxHost& now : latest_->mx.hosts) {
    if (now.name == name && now.is_host_name && !conclusive(now.lookup)) look.inconclusive = now.lookup.fault;
  }
  return look;
}

const MxHost* DomainMemory::last_mx_host(const std::string& name) const {
  const auto known = mx_hosts_.find(name);
  return known == mx_hosts_.end() ? nullptr : known->second.value.host.get();
}

void EndpointMemory::remember(EndpointObservation observation) {
  latest_ = std::make_shared<const EndpointObservation>(std::move(observation));
  now_ = latest_->finished;
  if (latest_->tls.chain) certificate_ = latest_->tls.chain;
  const auto fault = first_fault(*latest_);
  if (!fault || outcome_of(*latest_, fault->reason) == Outcome::Fail) conclusive_ = latest_;
}

bool EndpointMemory::is_latest_alone() const {
  return latest_ && (!conclusive_ || conclusive_ == latest_) && certificate_ == latest_->tls.chain;
}

void EndpointMemory::restore_alone(EndpointObservation latest, WallTime now) {
  remember(std::move(latest));
  now_ = now;
}

void EndpointMemory::restore(Shared<formats::ChainFacts> certificate, WallTime now) {
  certificate_ = std::move(certificate);
  now_ = now;
}

const EndpointObservation* EndpointMemory::conclusive() const {
  const bool held = conclusive_ && is_held(conclusive_->finished, now_, limits_.hold);
  return held ? conclusive_.get() : nullptr;
}

std::optional<WallTime> EndpointMemory::last_conclusive() const {
  return conclusive_ ? std::optional(conclusive_->finished) : std::nullopt;
}

}  // namespace mta_sts::judge
