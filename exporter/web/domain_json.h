#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/fwd.hpp>
#include <boost/json/object.hpp>

#include "exporter/judge/advice.h"
#include "exporter/judge/domain.h"
#include "exporter/judge/observation.h"

namespace mta_sts::web {

/// The latest look at an MX endpoint and what was judged of it. Neither is null.
struct EndpointFacts {
  const judge::EndpointObservation* seen;
  const judge::EndpointState* state;
};
/// nullopt before its first look.
using FindEndpointFacts = std::function<std::optional<EndpointFacts>(const std::string& mx, const IpAddress& address)>;

/// One domain for machines, as `check --json` and the API have it: verdict, checks, problems with reason, clause, fix
/// and the name of their page, advisories, and the evidence of the latest look.
boost::json::object domain_json(const judge::DomainState& state, const judge::DomainObservation& seen,
                                const std::vector<judge::Advice>& advice, const FindEndpointFacts& find);

/// One address of an MX host, with its certificate chain and the lines of the dialogue.
boost::json::object endpoint_json(const EndpointFacts& facts);

/// What a domain published and what became of its checks, oldest first.
boost::json::array timeline_json(const judge::Past& past);

}  // namespace mta_sts::web
