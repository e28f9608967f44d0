#include "exporter/web/domain_json.h"

#include <boost/json.hpp>

#include "exporter/base/ascii.h"
#include "exporter/base/time_text.h"
#include "exporter/formats/finding.h"
#include "exporter/judge/explain.h"
#include "exporter/judge/timeline.h"
#include "exporter/web/domain_text.h"
#include "exporter/web/json_text.h"

namespace mta_sts::web {
namespace {

namespace json = boost::json;
using judge::Check;

double seconds_of(WallTime at) {
  return std::chrono::duration<double>(std::chrono::floor<std::chrono::seconds>(at.time_since_epoch())).count();
}

/// In the words of `lint`; what does not count is worth knowing.
formats::Severity severity_of(judge::Outcome outcome, bool counted) {
  if (!counted) return formats::Severity::Info;
  return outcome == judge::Outcome::Fail ? formats::Severity::Error : formats::Severity::Warning;
}

json::object problem_object(Check check, const judge::Problem& problem, bool counted) {
  const auto explanation = judge::explain(check, problem.reason);
  return {{"outcome", to_text(problem.outcome)},
          {"reason", to_text(problem.reason)},
          {"severity", to_text(severity_of(problem.outcome, counted))},
          {"at", text_of(problem.subject)},
          {"detail", text_of(problem.detail)},
          {"clause", explanation.clause},
          {"meaning", explanation.meaning},
          {"fix", explanation.fix},
          {"doc", judge::documentation_of(to_text(problem.reason))}};
}

json::object checks_object(const judge::DomainState& state) {
  json::object checks;
  for (std::size_t i = 0; i < judge::kCheckCount; ++i) {
    const auto check = static_cast<Check>(i);
    const judge::CheckState& found = state.check(check);
    if (!found.ok && found.problems.empty()) continue;
    json::array problems;
    for (const auto& problem : found.problems)
      problems.push_back(problem_object(check, problem, judge::counts(state, check, problem.outcome)));
    checks[to_text(check)] = {{"ok", or_null(found.ok)}, {"problems", std::move(problems)}};
  }
  return checks;
}

json::array advisories_array(const std::vector<judge::Advice>& advice) {
  json::array advisories;
  for (const judge::Advice& found : advice) {
    advisories.push_back({{"advisory", to_text(found.advisory)},
                          {"detail", text_of(found.text)},
                          {"clause", found.clause},
                          {"fix", judge::fix_of(found.advisory)},
                          {"doc", judge::documentation_of(to_text(found.advisory))}});
  }
  return advisories;
}

json::object certificate_object(const formats::CertificateFacts& facts) {
  json::array names;
  for (const auto& name : facts.dns_names) names.push_back(text_of(name));
  return {{"subject", text_of(facts.subject)},
          {"issuer", text_of(facts.issuer)},
          {"serial", facts.serial},
          {"fingerprint_sha256", facts.fingerprint_sha256},
          {"dns_names", std::move(names)},
          {"not_before", seconds_of(facts.not_before)},
          {"not_after", seconds_of(facts.not_after)}};
}

json::object tls_object(const formats::TlsFacts& tls) {
  json::object object{{"version", tls.version}, {"cipher", tls.cipher}, {"group", tls.group}};
  if (!tls.chain) return object;
  json::array chain;
  for (const auto& certificate : tls.chain->sent) chain.push_back(certificate_object(*certificate));
  json::array faults;
  for (const Fault& fault : tls.chain->faults) {
    faults.push_back({{"reason", to_text(fault.reason)}, {"detail", text_of(fault.detail)}});
  }
  object["chain"] = std::move(chain);
  object["faults"] = std::move(faults);
  return object;
}

json::value fault_value(const std::optional<Fault>& fault) {
  if (!fault) return nullptr;
  return {{"reason", to_text(fault->reason)}, {"detail", text_of(fault->detail)}};
}

json::object txt_object(const judge::TxtLookup& lookup) {
  json::array rrs;
  for (const auto& rr : lookup.rrs) rrs.push_back(text_of(rr));
  return {{"txt", std::move(rrs)}, {"fault", fault_value(lookup.fault)}, {"ttl", lookup.ttl.count()}};
}

/// The lines of a body without their ends: what is escaped in them is no line end.
json::array lines_of(std::string_view body) {
  json::array lines;
  for (auto line : ascii::lines(body)) {
    const bool has_end = line.data() + line.size() != body.data() + body.size();
    if (has_end && line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(text_of(line));
  }
  return lines;
}

json::value policy_host_value(const std::optional<judge::PolicyHost>& host) {
  if (!host) return nullptr;
  json::array fetches;
  for (const auto& fetch : host->fetches) {
    json::object object{{"address", mta_sts::to_text(fetch.address)},
                        {"fault", fault_value(fetch.fault)},
                        {"status", fetch.status},
                        {"content_type", fetch.content_type ? json::value(text_of(*fetch.content_type)) : nullptr},
                        {"octets", fetch.body.size()},
                        {"lines", lines_of(fetch.body)},
                        {"tls", tls_object(fetch.tls)}};
    fetches.push_back(std::move(object));
  }
  return {{"target", text_of(host->target)},
          {"provider", text_of(host->provider)},
          {"fault", fault_value(host->lookup.fault)},
          {"fetches", std::move(fetches)}};
}

json::value policy_value(const judge::PolicyState& policy) {
  if (!policy.live) return nullptr;
  json::array mx;
  for (const auto& pattern : policy.live->mx) mx.push_back(json::string(pattern.text()));
  return {{"mode", to_text(policy.live->mode)}, {"max_age", policy.live->max_age.count()}, {"mx", std::move(mx)}};
}

json::object endpoint_object(const std::optional<EndpointFacts>& facts, const IpAddress& address) {
  json::object object{{"address", mta_sts::to_text(address)}};
  if (!facts) return object;
  const auto& [seen, state] = *facts;
  json::array lines;
  for (const auto line : ascii::lines(seen->transcript)) lines.push_back(text_of(line));
  json::array problems;
  for (const auto& problem : state->problems) problems.push_back(problem_object(Check::MxTls, problem, true));
  object["passes"] = or_null(state->passes);
  object["problems"] = std::move(problems);
  object["tls"] = tls_object(seen->tls);
  object["smtp"] = std::move(lines);
  return object;
}

json::array mx_array(const DomainFacts& facts) {
  const auto& mx = facts.state.mx;
  const auto& seen = facts.seen.mx;
  json::array hosts;
  for (std::size_t i = 0; i < mx.hosts.size() && i < seen.hosts.size(); ++i) {
    const auto& state = mx.hosts[i];
    json::array endpoints;
    for (const auto& address : seen.hosts[i].endpoints)
      endpoints.push_back(endpoint_object(facts.endpoint(state.name, address), address));
    hosts.push_back({{"name", text_of(state.name)},
                     {"preference", state.preference},
                     {"policy_match", or_null(state.policy_match)},
                     {"deliverable", or_null(state.deliverable)},
                     {"endpoints", std::move(endpoints)}});
  }
  return hosts;
}

}  // namespace

json::object domain_json(const DomainFacts& facts) {
  const judge::DomainState& state = facts.state;
  const judge::DomainObservation& seen = facts.seen;
  return {{"domain", state.setting->name.text()},
          {"verdict", to_text(judge::verdict_of(state))},
          {"summary", text_of(verdict_sentence(state))},
          {"without_mta_sts", judge::without_mta_sts(state)},
          {"delivery_ok", or_null(state.mx.delivery_ok)},
          {"enforce_ready", or_null(state.mx.enforce_ready)},
          {"checks", checks_object(state)},
          {"advisories", advisories_array(facts.advice)},
          {"record", txt_object(seen.record)},
          {"policy_host", policy_host_value(seen.policy_host)},
          {"policy", policy_value(state.policy)},
          {"mx", mx_array(facts)},
          {"tlsrpt", txt_object(seen.tlsrpt)}};
}

json::object endpoint_json(const EndpointFacts& facts) {
  json::object object = endpoint_object(facts, facts.state->address);
  object["reachable"] = or_null(facts.state->reachable);
  object["last_probe"] = rfc3339(facts.state->last_probe);
  return object;
}

json::object labels_json(const settings::DomainSetting& setting) {
  json::object labels;
  for (const auto& [name, value] : setting.labels) labels[name] = text_of(value);
  return labels;
}

json::object held_json(const judge::CachedState& cached) {
  const auto time = [](const std::optional<WallTime>& at) {
    return at ? json::value(rfc3339(*at)) : json::value(nullptr);
  };
  return {{"id_stale", or_null(cached.id_stale)},
          {"conflict", or_null(cached.conflict)},
          {"exposed", or_null(cached.exposed)},
          {"until", time(cached.expiry)},
          {"enforce_until", time(cached.enforce_held_until)},
          {"removal_safe", time(cached.removal_safe)}};
}

json::array suggestions_json(const std::vector<judge::Suggestion>& suggestions) {
  json::array texts;
  for (const judge::Suggestion& suggestion : suggestions) {
    texts.push_back({{"publish", to_text(suggestion.publication)},
                     {"where", text_of(suggestion.where)},
                     {"text", suggestion.text},
                     {"why", suggestion.why}});
  }
  return texts;
}

json::array timeline_json(const judge::Past& past) {
  json::array timeline;
  for (const judge::Event& event : judge::timeline(past)) {
    timeline.push_back({{"time", rfc3339(event.at)},
                        {"last_seen", event.until ? json::value(rfc3339(*event.until)) : nullptr},
                        {"kind", to_text(event.kind)},
                        {"text", text_of(event.text)}});
  }
  return timeline;
}

}  // namespace mta_sts::web
