#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "exporter/base/output_format.h"
#include "exporter/base/result.h"
#include "exporter/commands/exporter_client.h"
#include "exporter/commands/look.h"
#include "exporter/judge/past.h"
#include "exporter/net/trust.h"
#include "exporter/settings/settings.h"
#include "exporter/web/mx_plan.h"

namespace mta_sts::commands {

/// `plan DOMAIN --mx HOST...`: may the domain switch to these MX hosts now, and if not, when and how. Looks once at the
/// domain and at the hosts. `past` as past_of() found it: without one the answer rests on the look alone and says so.
/// Exit code 0: now, 1: not yet, 2: unknown (contract/interface.md).
int plan(const settings::DomainSetting& domain, const std::vector<std::string>& hosts,
         const Result<std::optional<judge::Past>>& past, const settings::Settings& settings,
         const net::TrustSlot& trust, OutputFormat format, std::ostream& out);

/// The same from what a running exporter knows: nobody is looked at, and of hosts that no domain of its uses nothing is
/// known. What is in the way is told on `err`; then the answer is unknown.
int plan(const std::string& domain, const std::vector<std::string>& hosts, ExporterClient& exporter,
         OutputFormat format, std::ostream& out, std::ostream& err);

/// The plan that follows from a look and a past.
web::MadePlan make_plan(const LookedDomain& looked, const std::vector<LookedHost>& hosts,
                        const Result<std::optional<judge::Past>>& past);
/// What a look says of a host that is to receive mail.
judge::NewHost new_host(const LookedHost& looked);
int exit_code(judge::PlanAnswer answer);

}  // namespace mta_sts::commands
