#include "exporter/commands/plan.h"

#include <algorithm>
#include <ostream>

#include "exporter/base/printable.h"
#include "exporter/commands/plan_report.h"
#include "exporter/judge/policy_fetch.h"

namespace mta_sts::commands {
namespace {

std::string text_of(const judge::Problem& problem) {
  return std::string(to_text(problem.reason)) + (problem.detail.empty() ? "" : ": " + problem.detail);
}

bool has_answer(const judge::AddressLookup& lookup) {
  return !lookup.addresses.empty() || !lookup.fault || lookup.fault->reason == Reason::DnsNxdomain ||
         lookup.fault->reason == Reason::DnsNodata;
}

/// Nothing where no answer was got, and one may hide behind a silence.
std::optional<std::vector<formats::StsPolicy>> served_policies(const LookedDomain& looked) {
  const auto& host = looked.memory.latest().policy_host;
  if (!host) return std::nullopt;
  std::vector<formats::StsPolicy> served;
  for (const judge::PolicyFetch& fetch : host->fetches) {
    if (auto policy = judge::evaluate_fetch(fetch).policy) served.push_back(std::move(*policy));
  }
  if (served.empty() && looked.state.policy.fetch.inconclusive()) return std::nullopt;
  return served;
}

/// The longest that is known: a resolver counts down what it keeps.
std::optional<std::chrono::seconds> txt_ttl(const LookedDomain& looked, const judge::Past& past) {
  auto ttl = looked.memory.latest().record.ttl;
  if (!past.ids.empty()) ttl = std::max(ttl, past.ids.back().ttl);
  return ttl.count() > 0 ? std::optional(ttl) : std::nullopt;
}

std::string missing_past(const Result<std::optional<judge::Past>>& past) {
  return "No history was read: " +
         (past ? std::string("it does not know the domain") : printable(past.error().message)) + ".";
}

/// A sender that holds a policy may refresh it whatever the record says (RFC 8461 10.2): so the policy host is asked
/// without a record too.
settings::DomainSetting asked_always(settings::DomainSetting domain) {
  if (!domain.expect) domain.expect = settings::Expectation::Enforce;
  return domain;
}

}  // namespace

judge::NewHost new_host(const LookedHost& looked) {
  judge::NewHost host{looked.host.name, std::nullopt, "not looked at"};
  const auto& lookup = looked.host.lookup;
  const bool known = has_answer(lookup);
  const auto problems =
      judge::name_problems({known ? &looked.host : nullptr, known ? std::nullopt : lookup.fault}, looked.host);
  if (problems.fail) return {host.name, false, text_of(*problems.fail)};
  if (problems.inconclusive) host.problem = text_of(*problems.inconclusive);
  bool all = !looked.endpoints.empty();
  for (const judge::EndpointState& endpoint : looked.endpoints) {
    const std::string at = mta_sts::to_text(endpoint.address);
    const std::string why = endpoint.problems.empty() ? at : at + ", " + text_of(endpoint.problems.front());
    if (endpoint.passes == false) return {host.name, false, why};
    if (!endpoint.passes) host.problem = why;
    all = all && endpoint.passes.value_or(false);
  }
  if (!all) return host;
  return {host.name, true, ""};
}

MadePlan make_plan(const LookedDomain& looked, const std::vector<LookedHost>& hosts,
                   const Result<std::optional<judge::Past>>& past) {
  const judge::Past known = past && *past ? **past : judge::Past();
  judge::MxChange change;
  for (const LookedHost& host : hosts) change.hosts.push_back(new_host(host));
  change.served = served_policies(looked);
  change.txt_ttl = txt_ttl(looked, known);
  auto plan = judge::plan_mx_change(known, looked.state, change, looked.state.last_probe);
  // Who cannot read what was seen cannot say that no earlier policy is held.
  if (!past && looked.state.sts_seen && plan.answer == judge::PlanAnswer::Now) plan.answer = judge::PlanAnswer::Unknown;
  if (!past || !*past) plan.notes.insert(plan.notes.begin(), missing_past(past));
  return {looked.state.setting->name.text(), std::move(change.hosts), std::move(plan)};
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
  const auto looked = look_once({asked_always(domain)}, hosts, settings, trust);
  const MadePlan made = make_plan(looked.domains.front(), looked.hosts, past);
  switch (format) {
    case OutputFormat::Json:
      out << plan_json(made) << '\n';
      break;
    case OutputFormat::Text:
      out << plan_text(made);
      break;
  }
  out.flush();
  return exit_code(made.plan.answer);
}

}  // namespace mta_sts::commands
