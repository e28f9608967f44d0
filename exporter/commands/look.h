#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exporter/board/board.h"
#include "exporter/judge/advice.h"
#include "exporter/judge/domain.h"
#include "exporter/judge/past.h"
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

/// What is to be looked at once.
struct Wanted {
  std::vector<settings::DomainSetting> domains;
  std::vector<judge::Past> pasts;  ///< of each domain; none: they are judged by the look alone
  std::vector<std::string> hosts;  ///< MX hosts that these domains need not name
};

/// Looks once at every domain and at every MX endpoint that they lead to, each endpoint once, one address after the
/// other connection by connection (smtp.per_address_interval is kept). In the order of `wanted`. Blocks until all is
/// seen.
Looked look_once(const Wanted& wanted, const settings::Settings& settings, const net::TrustSlot& trust);

}  // namespace mta_sts::commands
