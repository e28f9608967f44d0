#include "exporter/commands/check.h"

#include <algorithm>
#include <ostream>

#include <boost/json.hpp>

#include "exporter/commands/look.h"
#include "exporter/web/domain_json.h"

namespace mta_sts::commands {
namespace {

int exit_code(const std::vector<LookedDomain>& looked) {
  const auto any = [&](judge::Verdict verdict) {
    return std::any_of(looked.begin(), looked.end(),
                       [&](const LookedDomain& domain) { return judge::verdict_of(domain.state) == verdict; });
  };
  if (any(judge::Verdict::Fail)) return 1;
  return any(judge::Verdict::Inconclusive) ? 2 : 0;
}

std::string all_json(const std::vector<LookedDomain>& looked) {
  boost::json::array domains;
  for (const LookedDomain& domain : looked) domains.push_back(web::domain_json(domain.facts()));
  return boost::json::serialize(boost::json::object{{"domains", std::move(domains)}});
}

}  // namespace

int check(const std::vector<settings::DomainSetting>& domains, const settings::Settings& settings,
          const net::TrustSlot& trust, OutputFormat format, web::Colours colours, std::ostream& out) {
  const auto looked = look_once(domains, settings, trust);
  switch (format) {
    case OutputFormat::Json:
      out << all_json(looked) << '\n';
      break;
    case OutputFormat::Text:
      for (const LookedDomain& domain : looked) out << web::domain_text(domain.facts(), colours);
      break;
  }
  out.flush();
  return exit_code(looked);
}

}  // namespace mta_sts::commands
