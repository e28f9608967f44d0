#include "exporter/commands/plan.h"

#include <ostream>

#include <boost/json.hpp>

#include "exporter/base/printable.h"
#include "exporter/web/plan_report.h"

namespace mta_sts::commands {
namespace {

namespace json = boost::json;

bool has_answer(const judge::AddressLookup& lookup) {
  return !lookup.addresses.empty() || !lookup.fault || lookup.fault->reason == Reason::DnsNxdomain ||
         lookup.fault->reason == Reason::DnsNodata;
}

/// A sender that holds a policy may refresh it whatever the record says (RFC 8461 10.2): so the policy host is asked
/// without a record too.
settings::DomainSetting asked_always(settings::DomainSetting domain) {
  if (!domain.expect) domain.expect = settings::Expectation::Enforce;
  return domain;
}

/// Unknown where the exporter says something else.
judge::PlanAnswer answer_in(const json::object& answer) {
  const json::value* text = answer.if_contains("answer");
  for (const auto known : {judge::PlanAnswer::Now, judge::PlanAnswer::NotYet}) {
    if (text != nullptr && text->is_string() && text->get_string() == to_text(known)) return known;
  }
  return judge::PlanAnswer::Unknown;
}

}  // namespace

judge::NewHost new_host(const LookedHost& looked) {
  const auto& lookup = looked.host.lookup;
  const bool known = has_answer(lookup);
  const auto problems =
      judge::name_problems({known ? &looked.host : nullptr, known ? std::nullopt : lookup.fault}, looked.host);
  return web::new_host(looked.host.name, problems, looked.endpoints);
}

web::MadePlan make_plan(const LookedDomain& looked, const std::vector<LookedHost>& hosts,
                        const Result<std::optional<judge::Past>>& past) {
  std::vector<judge::NewHost> new_hosts;
  for (const LookedHost& host : hosts) new_hosts.push_back(new_host(host));
  return web::make_plan(looked.facts(), std::move(new_hosts), past, looked.state.last_probe);
}

int exit_code(judge::PlanAnswer answer) {
  switch (answer) {
    case judge::PlanAnswer::Now:
      return 0;
    case judge::PlanAnswer::NotYet:
      return 1;
    case judge::PlanAnswer::Unknown:
      return 2;
  }
  return 2;
}

int plan(const settings::DomainSetting& domain, const std::vector<std::string>& hosts,
         const Result<std::optional<judge::Past>>& past, const settings::Settings& settings,
         const net::TrustSlot& trust, OutputFormat format, std::ostream& out) {
  const auto looked = look_once({{asked_always(domain)}, {}, hosts}, settings, trust);
  const web::MadePlan made = make_plan(looked.domains.front(), looked.hosts, past);
  switch (format) {
    case OutputFormat::Json:
      out << json::serialize(web::plan_json(made)) << '\n';
      break;
    case OutputFormat::Text:
      out << web::plan_text(made);
      break;
  }
  out.flush();
  return exit_code(made.plan.answer);
}

int plan(const std::string& domain, const std::vector<std::string>& hosts, ExporterClient& exporter,
         OutputFormat format, std::ostream& out, std::ostream& err) {
  std::string path = "domains/" + domain + "/plan";
  for (const auto& host : hosts) path += (host == hosts.front() ? "?mx=" : "&mx=") + host;
  auto answer = exporter.get(path);
  if (!answer || !*answer) {
    err << "plan: " << printable(answer ? domain + " is not known there" : answer.error().message) << '\n';
    return exit_code(judge::PlanAnswer::Unknown);
  }
  const auto said = answer_in(**answer);
  switch (format) {
    case OutputFormat::Json:
      (*answer)->erase("text");
      out << json::serialize(**answer) << '\n';
      break;
    case OutputFormat::Text:
      write_text_of(**answer, out);
      break;
  }
  out.flush();
  return exit_code(said);
}

}  // namespace mta_sts::commands
