#include "exporter/commands/report_json.h"

#include <boost/json.hpp>

#include "exporter/web/domain_json.h"

namespace mta_sts::commands {

std::string report_json(const std::vector<LookedDomain>& looked) {
  boost::json::array domains;
  for (const LookedDomain& domain : looked) {
    const auto find = [&](const std::string& mx, const IpAddress& address) -> std::optional<web::EndpointFacts> {
      const auto found = domain.endpoints.find({mx, address});
      if (found == domain.endpoints.end() || !found->second) return std::nullopt;
      return web::EndpointFacts{&found->second->seen, &found->second->state};
    };
    domains.push_back(web::domain_json(domain.state, domain.memory.latest(), domain.advice, find));
  }
  return boost::json::serialize(boost::json::object{{"domains", std::move(domains)}});
}

}  // namespace mta_sts::commands
