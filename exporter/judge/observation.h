#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exporter/base/clock.h"
#include "exporter/base/ip.h"
#include "exporter/base/reason.h"
#include "exporter/formats/domain_name.h"
#include "exporter/formats/tls_facts.h"

namespace mta_sts::judge {

/// Facts of one look at a domain or an MX endpoint, with no judgement. Made by probe/, read by the pure functions here.
/// A Fault beside no records says why there are none.

struct TxtLookup {
  std::vector<std::string> rrs;  ///< each RR with its character-strings joined (RFC 8461 3.1)
  std::optional<Fault> fault;    ///< a dns_* reason
  std::vector<std::string> cname_chain;
  std::chrono::seconds ttl{0};
  friend bool operator==(const TxtLookup&, const TxtLookup&) = default;
};

/// The A and AAAA records of a name together.
struct AddressLookup {
  std::vector<IpAddress> addresses;  ///< lowest first
  /// Without addresses: why, dns_nxdomain and dns_nodata included. Beside addresses: the other family could not be
  /// asked.
  std::optional<Fault> fault;
  std::vector<std::string> cname_chain;

  /// Only one family could be asked: there may be more addresses.
  bool partial() const { return !addresses.empty() && fault.has_value(); }
  friend bool operator==(const AddressLookup&, const AddressLookup&) = default;
};

/// One GET of the policy at one address.
struct PolicyFetch {
  IpAddress address;
  /// What ended it before a whole answer; also address_not_public, address_denied, egress_blocked: not connected to.
  std::optional<Fault> fault;
  formats::TlsFacts tls;
  int status = 0;  ///< 0: no answer
  std::optional<std::string> content_type;
  std::optional<std::string> content_encoding;
  std::optional<std::string> last_modified;
  std::string body;
  std::optional<std::chrono::nanoseconds> duration;  ///< absent: not connected to, or fetched by an earlier process
  friend bool operator==(const PolicyFetch&, const PolicyFetch&) = default;
};

struct PolicyHost {
  std::string target;                ///< last name of the CNAME chain of the policy host; the name itself without one
  std::string provider;              ///< registrable domain of `target`, ICANN section; `target` where there is none
  AddressLookup lookup;              ///< all addresses, routable or not
  std::vector<IpAddress> routable;   ///< those that this machine can route, lowest first, at most probe.max_addresses
  std::vector<PolicyFetch> fetches;  ///< one for each address that was asked, lowest first (https.addresses)
  std::optional<WallTime> egress_worked;  ///< when this machine last connected to any policy host; with egress_blocked
  WallTime at;  ///< end of the fetch: older than the probe if that kept it (probe.policy_retry_interval)
  friend bool operator==(const PolicyHost&, const PolicyHost&) = default;
};

struct MxHost {
  std::string name;  ///< as in the MX record, lower case, without the trailing dot
  std::uint16_t preference = 0;
  std::string provider;              ///< registrable domain of `name`, ICANN section
  AddressLookup lookup;              ///< empty if the name is no host name
  std::vector<IpAddress> endpoints;  ///< routable addresses that are looked at, at most probe.max_addresses
  bool is_host_name = true;          ///< false: an IP literal or no host name
  friend bool operator==(const MxHost&, const MxHost&) = default;
};

/// The MX set (RFC 5321 5.1). By preference, then name; each name once, with its lowest preference.
struct MxLookup {
  std::optional<Fault>
      fault;  ///< the MX question (or that for the implicit MX) could not be answered, or the domain is NXDOMAIN
  std::vector<MxHost> hosts;  ///< without the null MX
  bool implicit = false;      ///< no MX record: the domain itself with preference 0 is the one host (RFC 5321 5.1)
  bool null_mx = false;       ///< "." is among the records (RFC 7505); the only one if `hosts` is empty
  bool too_many = false;      ///< more hosts than probe.max_mx_hosts; the rest is not in `hosts`
  friend bool operator==(const MxLookup&, const MxLookup&) = default;
};

struct DomainObservation {
  WallTime finished;
  std::optional<std::chrono::nanoseconds> duration;  ///< absent: a look of an earlier process
  TxtLookup record;                                  ///< TXT at _mta-sts.<domain>
  std::optional<PolicyHost> policy_host;             ///< absent: not looked at
  MxLookup mx;
  TxtLookup tlsrpt;  ///< TXT at _smtp._tls.<domain>
  friend bool operator==(const DomainObservation&, const DomainObservation&) = default;
};

/// One STARTTLS dialogue with one (MX name, address).
struct EndpointObservation {
  WallTime finished;
  std::optional<std::chrono::nanoseconds> duration;  ///< absent: not connected to, or a look of an earlier process
  std::optional<Fault> fault;  ///< what ended it early; also address_not_public, address_denied, egress_blocked
  bool greeted = false;        ///< a 220 greeting was received
  bool starttls = false;       ///< STARTTLS was offered and answered 220
  bool busy = false;           ///< told to come back later: the address is left alone for a while
  formats::TlsFacts tls;
  std::string transcript;  ///< lines, each printable() and ended by LF: thousands are kept
  friend bool operator==(const EndpointObservation&, const EndpointObservation&) = default;
};

}  // namespace mta_sts::judge
