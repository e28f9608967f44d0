#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exporter/board/board.h"
#include "exporter/judge/advice.h"
#include "exporter/judge/domain.h"
#include "exporter/net/trust.h"
#include "exporter/settings/settings.h"
#include "exporter/web/domain_facts.h"

namespace mta_sts::commands {

struct LookedEndpoint {
  judge::EndpointObservation seen;
  judge::EndpointState state;
};

/// One domain as a single look found it.
struct LookedDomain {
  judge::DomainMemory memory;  ///< the facts
  judge::DomainState state;
  std::vector<judge::Advice> advice;
  std::map<board::Board::EndpointKey, std::shared_ptr<const LookedEndpoint>> endpoints;

  /// For a report; refers to this object.
  web::DomainFacts facts() const;
};

/// An MX host that was asked for by name.
struct LookedHost {
  judge::MxHost host;
  std::vector<judge::EndpointState> endpoints;
};

struct Looked {
  std::vector<LookedDomain> domains;
  std::vector<LookedHost> hosts;
};

/// Looks once at every domain and at every MX endpoint that they lead to, each endpoint once, one address after the
/// other connection by connection (smtp.per_address_interval is kept). In the order of `domains`. Blocks until all is
/// seen.
std::vector<LookedDomain> look_once(const std::vector<settings::DomainSetting>& domains,
                                    const settings::Settings& settings, const net::TrustSlot& trust);
/// The same, and at MX hosts that these domains need not name.
Looked look_once(const std::vector<settings::DomainSetting>& domains, const std::vector<std::string>& hosts,
                 const settings::Settings& settings, const net::TrustSlot& trust);

}  // namespace mta_sts::commands
