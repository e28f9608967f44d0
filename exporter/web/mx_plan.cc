#include "exporter/web/mx_plan.h"

#include <algorithm>

#include "exporter/base/printable.h"
#include "exporter/judge/policy_fetch.h"

namespace mta_sts::web {
namespace {

std::string text_of(const judge::Problem& problem) {
  return std::string(to_text(problem.reason)) + (problem.detail.empty() ? "" : ": " + problem.detail);
}

/// Nothing where no answer was got, and one may hide behind a silence.
std::optional<std::vector<formats::StsPolicy>> served_policies(const DomainFacts& facts) {
  const auto& host = facts.seen.policy_host;
  if (!host) return std::nullopt;
  std::vector<formats::StsPolicy> served;
  for (const judge::PolicyFetch& fetch : host->fetches) {
    if (auto policy = judge::evaluate_fetch(fetch).policy) served.push_back(std::move(*policy));
  }
  if (served.empty() && facts.state.policy.fetch.inconclusive()) return std::nullopt;
  return served;
}

/// The longest that is known: a resolver counts down what it keeps.
std::optional<std::chrono::seconds> txt_ttl(const DomainFacts& facts, const judge::Past& past) {
  auto ttl = facts.seen.record.ttl;
  if (!past.ids.empty()) ttl = std::max(ttl, past.ids.back().ttl);
  return ttl.count() > 0 ? std::optional(ttl) : std::nullopt;
}

std::string missing_past(const Result<std::optional<judge::Past>>& past) {
  return "No history was read: " +
         (past ? std::string("it does not know the domain") : printable(past.error().message)) + ".";
}

}  // namespace

judge::NewHost new_host(const std::string& name, const judge::NameProblems& problems,
                        const std::vector<judge::EndpointState>& endpoints) {
  judge::NewHost host{name, std::nullopt, "not looked at"};
  if (problems.fail) return {name, false, text_of(*problems.fail)};
  if (problems.inconclusive) host.problem = text_of(*problems.inconclusive);
  bool all = !endpoints.empty();
  for (const judge::EndpointState& endpoint : endpoints) {
    const std::string at = mta_sts::to_text(endpoint.address);
    const std::string why = endpoint.problems.empty() ? at : at + ", " + text_of(endpoint.problems.front());
    if (endpoint.passes == false) return {name, false, why};
    if (!endpoint.passes) host.problem = why;
    all = all && endpoint.passes.value_or(false);
  }
  if (!all) return host;
  return {name, true, ""};
}

MadePlan make_plan(const DomainFacts& facts, std::vector<judge::NewHost> hosts,
                   const Result<std::optional<judge::Past>>& past, WallTime now) {
  const judge::Past known = past && *past ? **past : judge::Past();
  judge::MxChange change{std::move(hosts), served_policies(facts), txt_ttl(facts, known)};
  auto plan = judge::plan_mx_change(known, facts.state, change, now);
  // Who cannot read what was seen cannot say that no earlier policy is held.
  if (!past && facts.state.sts_seen && plan.answer == judge::PlanAnswer::Now) plan.answer = judge::PlanAnswer::Unknown;
  if (!past || !*past) plan.notes.insert(plan.notes.begin(), missing_past(past));
  return {facts.state.setting->name.text(), std::move(change.hosts), std::move(plan)};
}

}  // namespace mta_sts::web
