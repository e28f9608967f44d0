#include "exporter/commands/check.h"

#include <algorithm>
#include <ostream>

#include "exporter/commands/look.h"
#include "exporter/commands/report_json.h"
#include "exporter/commands/report_text.h"

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

}  // namespace

int check(const std::vector<settings::DomainSetting>& domains, const settings::Settings& settings,
          const net::TrustSlot& trust, OutputFormat format, Colours colours, std::ostream& out) {
  const auto looked = look_once(domains, settings, trust);
  switch (format) {
    case OutputFormat::Json:
      out << report_json(looked) << '\n';
      break;
    case OutputFormat::Text:
      for (const LookedDomain& domain : looked) out << report_text(domain, colours);
      break;
  }
  out.flush();
  return exit_code(looked);
}

}  // namespace mta_sts::commands
