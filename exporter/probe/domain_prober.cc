#include "exporter/probe/domain_prober.h"

#include <algorithm>
#include <map>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "exporter/formats/sts_record.h"
#include "exporter/judge/policy_fetch.h"
#include "exporter/net/gather.h"

namespace mta_sts::probe {
namespace {

// NOLINTNEXTLINE(misc-unused-using-decls): clang-tidy misses uses in coroutines
using boost::asio::experimental::awaitable_operators::operator&&;
using judge::AddressLookup;
using judge::MxHost;
using judge::MxLookup;
using judge::PolicyFetch;
using judge::PolicyHost;
using judge::TxtLookup;
using net::DnsAnswer;

bool says_nothing(const std::optional<Fault>& fault) {
  return fault && fault->reason != Reason::DnsNxdomain && fault->reason != Reason::DnsNodata;
}

/// Answers by how little they say: a silent one may hide addresses, a bogus one hides them from senders too.
int silence(const std::optional<Fault>& fault) {
  if (!fault) return 0;
  if (fault->reason == Reason::DnsNodata) return 1;
  if (fault->reason == Reason::DnsNxdomain) return 2;
  return fault->reason == Reason::DnsBogus ? 3 : 4;
}

/// A and AAAA as one: addresses of both; of two faults that of the answer that says least.
AddressLookup merged(DnsAnswer a, DnsAnswer aaaa) {
  AddressLookup lookup;
  lookup.addresses = std::move(a.addresses);
  lookup.addresses.insert(lookup.addresses.end(), aaaa.addresses.begin(), aaaa.addresses.end());
  std::sort(lookup.addresses.begin(), lookup.addresses.end());
  lookup.addresses.erase(std::unique(lookup.addresses.begin(), lookup.addresses.end()), lookup.addresses.end());
  lookup.cname_chain =
      a.cname_chain.size() >= aaaa.cname_chain.size() ? std::move(a.cname_chain) : std::move(aaaa.cname_chain);
  auto& fault = silence(a.fault) >= silence(aaaa.fault) ? a.fault : aaaa.fault;
  if (lookup.addresses.empty() || says_nothing(fault)) lookup.fault = std::move(fault);
  return lookup;
}

/// A name that can have an address: neither an IP literal nor outside the grammar of host names (RFC 5321 2.3.5).
bool is_host_name(const std::string& name) {
  return !parse_ip(name).has_value() && formats::DomainName::from_ascii(name).has_value();
}

/// Each name once with its lowest preference; by preference, then name.
std::vector<net::MxRecord> ranked(const std::vector<net::MxRecord>& records) {
  std::map<std::string, std::uint16_t> lowest;
  for (const auto& record : records) {
    const auto [entry, added] = lowest.try_emplace(record.exchange, record.preference);
    entry->second = std::min(entry->second, record.preference);
  }
  std::vector<net::MxRecord> ranking;
  for (const auto& [exchange, preference] : lowest) ranking.push_back({preference, exchange});
  std::stable_sort(ranking.begin(), ranking.end(),
                   [](const auto& a, const auto& b) { return a.preference < b.preference; });
  return ranking;
}

/// DNS keeps no order among the records of a set.
bool same_records(std::vector<std::string> a, std::vector<std::string> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

bool id_changed(const std::optional<std::string>& known, const formats::StsRecordSet& record) {
  return known && record.valid() && record.value->id != *known;
}

}  // namespace

DomainProber::DomainProber(net::Resolver& resolver, net::HttpsFetcher& fetcher, const net::EgressGuard& guard,
                           HasRoute has_route, const formats::PublicSuffixes& suffixes, const Clock& clock,
                           DomainProbeOptions options)
    : resolver_(resolver),
      fetcher_(fetcher),
      guard_(guard),
      has_route_(std::move(has_route)),
      suffixes_(suffixes),
      clock_(clock),
      options_(options) {}

boost::asio::awaitable<judge::DomainObservation> DomainProber::probe(DomainProbeRequest request) {
  const MonoTime begin = clock_.mono_now();
  const std::string domain = request.domain.text();
  auto [policy, mx, tlsrpt] =
      co_await (look_up_policy(std::move(request)) && look_up_mx(domain) && look_up_txt("_smtp._tls." + domain));
  judge::DomainObservation observation;
  observation.record = std::move(policy.record);
  observation.policy_host = std::move(policy.policy_host);
  observation.mx = std::move(mx);
  observation.tlsrpt = std::move(tlsrpt);
  observation.finished = clock_.wall_now();
  observation.duration = clock_.mono_now() - begin;
  co_return observation;
}

boost::asio::awaitable<DomainProber::RecordAndPolicy> DomainProber::look_up_policy(DomainProbeRequest request) {
  RecordAndPolicy found;
  found.record = co_await look_up_txt("_mta-sts." + request.domain.text());
  const auto record = formats::parse_sts_records(found.record.rrs);
  if (!record.present && request.fetch == FetchWhen::RecordPresent) co_return found;
  // RFC 8461 §3.3: a failed fetch is not repeated within five minutes, unless the record changed.
  const bool unchanged = found.record.fault || same_records(found.record.rrs, request.young_failure_record);
  if (request.young_failure && unchanged) {
    found.policy_host = std::move(request.young_failure);
    co_return found;
  }
  // RFC 8461 §3.3: a new id tells senders to fetch anew.
  if (request.rotation && id_changed(request.rotation->id, record)) request.rotation.reset();
  found.policy_host = co_await look_up_policy_host("mta-sts." + request.domain.text(), std::move(request.rotation));
  co_return found;
}

boost::asio::awaitable<PolicyHost> DomainProber::look_up_policy_host(std::string host,
                                                                     std::optional<Rotation> rotation) {
  PolicyHost found;
  found.lookup = co_await look_up_addresses(host);
  found.target = found.lookup.cname_chain.empty() ? host : found.lookup.cname_chain.back();
  found.provider = suffixes_.registrable_domain(found.target);
  found.routable = routable(found.lookup);
  // Two statements: GCC 12 destroys the operands of a conditional co_await twice.
  if (rotation) {
    found.fetches = co_await fetch_in_turn(host, found.routable, *std::move(rotation));
  } else {
    found.fetches = co_await fetch_all(host, found.routable);
  }
  found.at = clock_.wall_now();
  co_return found;
}

boost::asio::awaitable<std::vector<PolicyFetch>> DomainProber::fetch_all(std::string host,
                                                                         std::vector<IpAddress> addresses) {
  std::vector<boost::asio::awaitable<PolicyFetch>> fetches;
  for (const IpAddress& address : addresses) fetches.push_back(fetch(host, address));
  co_return co_await net::gather(std::move(fetches));
}

/// One address, another one each time; as a sender does, the next ones while no policy was got. All of them once an
/// answer is another policy than the live one.
boost::asio::awaitable<std::vector<PolicyFetch>> DomainProber::fetch_in_turn(std::string host,
                                                                             std::vector<IpAddress> addresses,
                                                                             Rotation rotation) {
  std::vector<PolicyFetch> fetches;
  bool changed = false;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    fetches.push_back(co_await fetch(host, addresses[(rotation.place + i) % addresses.size()]));
    const auto policy = judge::evaluate_fetch(fetches.back()).policy;
    changed = changed || (policy && rotation.policy && !formats::same_meaning(*policy, *rotation.policy));
    if (policy && !changed) break;
  }
  std::sort(fetches.begin(), fetches.end(), [](const auto& a, const auto& b) { return a.address < b.address; });
  co_return fetches;
}

boost::asio::awaitable<PolicyFetch> DomainProber::fetch(std::string host, IpAddress address) {
  PolicyFetch seen;
  seen.address = address;
  seen.fault = guard_.check(address);
  if (seen.fault) co_return seen;
  net::HttpsRequest request;
  request.host = std::move(host);
  request.address = address;
  request.max_body = options_.max_body;
  auto result = co_await fetcher_.fetch(std::move(request), Deadline::after(options_.https_timeout));
  seen.fault = std::move(result.fault);
  seen.tls = std::move(result.tls);
  seen.status = result.status;
  seen.content_type = std::move(result.content_type);
  seen.content_encoding = std::move(result.content_encoding);
  seen.last_modified = std::move(result.last_modified);
  seen.body = std::move(result.body);
  seen.duration = result.duration;
  co_return seen;
}

boost::asio::awaitable<MxLookup> DomainProber::look_up_mx(std::string domain) {
  const DnsAnswer answer = co_await resolver_.query(domain, net::QueryType::Mx, dns_deadline());
  MxLookup mx;
  std::vector<net::MxRecord> ranking;
  if (answer.fault && answer.fault->reason == Reason::DnsNodata) {
    // RFC 5321 §5.1: an empty list of MXs is the implicit MX, the domain itself with preference 0.
    mx.implicit = true;
    ranking = {{0, domain}};
  } else if (answer.fault) {
    mx.fault = answer.fault;
    co_return mx;
  } else {
    ranking = ranked(answer.mx);
  }
  // RFC 7505 §3: the root as exchange is the null MX.
  mx.null_mx = std::erase_if(ranking, [](const auto& record) { return record.exchange.empty(); }) > 0;
  mx.too_many = ranking.size() > options_.max_mx_hosts;
  if (mx.too_many) ranking.resize(options_.max_mx_hosts);
  std::vector<boost::asio::awaitable<MxHost>> lookups;
  for (const auto& record : ranking) lookups.push_back(look_up_mx_host(record.exchange, record.preference));
  mx.hosts = co_await net::gather(std::move(lookups));
  co_return mx;
}

boost::asio::awaitable<MxHost> DomainProber::look_up_mx_host(std::string name, std::uint16_t preference) {
  MxHost host;
  host.name = name;
  host.preference = preference;
  host.provider = suffixes_.registrable_domain(name);
  host.is_host_name = is_host_name(name);
  if (!host.is_host_name) co_return host;
  host.lookup = co_await look_up_addresses(std::move(name));
  host.endpoints = routable(host.lookup);
  co_return host;
}

boost::asio::awaitable<TxtLookup> DomainProber::look_up_txt(std::string name) {
  DnsAnswer answer = co_await resolver_.query(std::move(name), net::QueryType::Txt, dns_deadline());
  TxtLookup lookup;
  lookup.rrs = std::move(answer.txt);
  lookup.cname_chain = std::move(answer.cname_chain);
  lookup.ttl = answer.ttl;
  // NXDOMAIN and no data are an empty RRset: the record is missing (RFC 8461 §3.1).
  if (says_nothing(answer.fault)) lookup.fault = std::move(answer.fault);
  co_return lookup;
}

boost::asio::awaitable<AddressLookup> DomainProber::look_up_addresses(std::string name) {
  auto [a, aaaa] = co_await (resolver_.query(name, net::QueryType::A, dns_deadline()) &&
                             resolver_.query(name, net::QueryType::Aaaa, dns_deadline()));
  co_return merged(std::move(a), std::move(aaaa));
}

std::vector<IpAddress> DomainProber::routable(const AddressLookup& lookup) const {
  std::vector<IpAddress> addresses;
  for (const IpAddress& address : lookup.addresses) {
    if (addresses.size() < options_.max_addresses && has_route_(address)) addresses.push_back(address);
  }
  return addresses;
}

}  // namespace mta_sts::probe
