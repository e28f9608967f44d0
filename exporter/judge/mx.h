#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/judge/check.h"
#include "exporter/judge/endpoint.h"
#include "exporter/judge/memory.h"
#include "exporter/judge/policy.h"

namespace mta_sts::judge {

/// What keeps an MX host's name from leading to an address, as far as known.
struct NameProblems {
  Shared<Problem> fail;          ///< it conclusively has no address
  Shared<Problem> inconclusive;  ///< of the latest look
  friend bool operator==(const NameProblems&, const NameProblems&) = default;
};
NameProblems name_problems(const Look<MxHost>& look, const MxHost& host);

/// One MX host of a domain.
struct MxHostState {
  std::string name;
  std::uint16_t preference = 0;
  std::string provider;              ///< registrable domain
  std::optional<bool> policy_match;  ///< mode enforce or testing only, as the next
  std::optional<bool> deliverable;   ///< judged as if enforced
  /// A sender that wants what a policy demands delivers to it; deliverable is this, if the live policy names the host.
  std::optional<bool> accepts;
  bool enforced = false;  ///< a sender may hold a policy with mode enforce that names it
  NameProblems problems;  ///< of the name, whose series has no address
};

/// An MX host of the last set known, after its hold: what infos still tell.
struct LastMxHost {
  std::string name;
  std::string provider;
};

struct MxState {
  CheckState lookup;
  CheckState policy_match;
  CheckState tls;
  std::vector<MxHostState> hosts;      ///< by preference, then name
  std::vector<LastMxHost> last_hosts;  ///< only while no set is held
  bool known = false;                  ///< the MX set is held
  bool whole = false;                  ///< and `hosts` is all of it
  bool null_mx = false;                ///< the domain takes no mail (RFC 7505)
  bool tls_awaited = false;            ///< mx_tls applies, and nothing is known yet of an MX endpoint
  std::optional<bool> delivery_ok;
  std::optional<bool> enforce_ready;
  std::optional<std::uint32_t> patterns_unused;
};

/// The latest state of an endpoint; nullptr before its first look.
using FindEndpoint =
    std::function<std::shared_ptr<const EndpointState>(const std::string& mx, const IpAddress& address)>;

enum class SmtpLooks { Enabled, Disabled };

MxState judge_mx(const DomainMemory& memory, const PolicyState& policy, const FindEndpoint& find, SmtpLooks smtp);

}  // namespace mta_sts::judge
