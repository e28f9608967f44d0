#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "exporter/base/clock.h"
#include "exporter/formats/domain_name.h"
#include "exporter/formats/public_suffixes.h"
#include "exporter/formats/sts_policy.h"
#include "exporter/judge/observation.h"
#include "exporter/net/egress_guard.h"
#include "exporter/net/https.h"
#include "exporter/net/resolver.h"

namespace mta_sts::probe {

struct DomainProbeOptions {
  std::chrono::milliseconds dns_timeout{15000};    ///< of one question, all tries
  std::chrono::milliseconds https_timeout{60000};  ///< of one whole fetch (RFC 8461 3.3)
  std::size_t max_body = 64 * 1024;                ///< octets of a policy
  std::size_t max_mx_hosts = 64;                   ///< looked at, lowest preference first
  std::size_t max_addresses = 16;                  ///< looked at of one name
};

/// When the policy host is fetched.
enum class FetchWhen {
  RecordPresent,  ///< a sender comes only if a record is present (RFC 8461 3.1)
  Always,  ///< MTA-STS was seen or is expected: a sender may refresh a cached policy whatever the record says (10.2)
};

/// https.addresses: one: one address of the policy host a look. Every one where something changed: otherwise what the
/// others said before the change would stand beside what this one says.
struct Rotation {
  std::size_t place = 0;                ///< of the address that is asked first
  std::optional<std::string> id;        ///< of the record, as known before the look
  Shared<formats::StsPolicy> policy{};  ///< that is live
};

struct DomainProbeRequest {
  formats::DomainName domain;
  FetchWhen fetch = FetchWhen::RecordPresent;
  /// A failed fetch that is too young to be repeated, with the RRs that it was made for: kept while these are the same.
  std::optional<judge::PolicyHost> young_failure{};
  std::vector<std::string> young_failure_record{};
  std::optional<Rotation> rotation{};  ///< none: all addresses of the policy host are asked
};

/// Looks at one domain as a sending server does: TXT record, policy host, MX set, TLS-RPT record. Delivers facts,
/// always; there is no failure return. One for each worker, on its thread.
class DomainProber {
 public:
  using HasRoute = std::function<bool(const IpAddress&)>;

  DomainProber(net::Resolver& resolver, net::HttpsFetcher& fetcher, const net::EgressGuard& guard, HasRoute has_route,
               const formats::PublicSuffixes& suffixes, const Clock& clock, DomainProbeOptions options);

  boost::asio::awaitable<judge::DomainObservation> probe(DomainProbeRequest request);

  /// The addresses of one MX host, also of one that no MX record names yet.
  boost::asio::awaitable<judge::MxHost> look_up_mx_host(std::string name, std::uint16_t preference);

 private:
  template <typename T>
  using awaitable = boost::asio::awaitable<T>;

  struct RecordAndPolicy {
    judge::TxtLookup record;
    std::optional<judge::PolicyHost> policy_host;
  };

  awaitable<RecordAndPolicy> look_up_policy(DomainProbeRequest request);
  awaitable<judge::PolicyHost> look_up_policy_host(std::string host, std::optional<Rotation> rotation);
  awaitable<std::vector<judge::PolicyFetch>> fetch_all(std::string host, std::vector<IpAddress> addresses);
  awaitable<std::vector<judge::PolicyFetch>> fetch_in_turn(std::string host, std::vector<IpAddress> addresses,
                                                           Rotation rotation);
  awaitable<judge::PolicyFetch> fetch(std::string host, IpAddress address);
  awaitable<judge::MxLookup> look_up_mx(std::string domain);
  awaitable<judge::TxtLookup> look_up_txt(std::string name);
  awaitable<judge::AddressLookup> look_up_addresses(std::string name);
  std::vector<IpAddress> routable(const judge::AddressLookup& lookup) const;
  Deadline dns_deadline() const { return Deadline::after(options_.dns_timeout); }

  net::Resolver& resolver_;
  net::HttpsFetcher& fetcher_;
  const net::EgressGuard& guard_;
  HasRoute has_route_;
  const formats::PublicSuffixes& suffixes_;
  const Clock& clock_;
  DomainProbeOptions options_;
};

}  // namespace mta_sts::probe
