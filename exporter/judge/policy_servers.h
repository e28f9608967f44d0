#pragma once

#include <map>
#include <memory>
#include <optional>

#include "exporter/judge/observation.h"
#include "exporter/judge/part.h"
#include "exporter/judge/policy_fetch.h"

namespace mta_sts::judge {

using FetchPart = Part<PolicyFetch, FetchVerdict>;

/// One address of the policy host, with the last conclusive thing that it said.
struct PolicyServer {
  std::shared_ptr<const FetchPart> said;  ///< nullptr: nothing yet
  WallTime said_at{};
  std::optional<Fault> silent;  ///< why the latest look at it says nothing
};

/// The addresses of a policy host as they stand after a look that found where the name leads. At most
/// probe.max_addresses of each family.
struct PolicyServers {
  std::map<IpAddress, PolicyServer> routable;  ///< by this machine
  std::optional<Fault> no_address;             ///< the name conclusively has none
  std::optional<Fault> silent_family;          ///< one address family could not be asked
  std::optional<WallTime> whole_at;            ///< when both families were last known
};

/// A fault and the address that it was met at, if it was met at one.
struct Silence {
  Fault fault;
  std::optional<IpAddress> address;
};

/// The look asked the address.
bool was_asked(const PolicyHost& host, const IpAddress& address);

/// Where the policy host's name leads is known, or that it leads nowhere for a sender.
bool name_known(const AddressLookup& lookup);

/// One address family could not be asked, and it may have addresses.
bool family_silent(const AddressLookup& lookup);

/// The servers after a look whose name_known(); they share what it fetched. What a silent address said `before`, and
/// what the addresses of a silent family were, stays for `hold`.
PolicyServers servers_after(const std::shared_ptr<const PolicyHost>& host, const PolicyServers* before, WallTime now,
                            std::chrono::milliseconds hold);

/// Why the look leaves policy_fetch open: no address passes, and one of them or a family of them could not be asked.
/// `now` is nullptr where the name is not known.
std::optional<Silence> silence_of(const PolicyHost& host, const PolicyServers* now);

}  // namespace mta_sts::judge
