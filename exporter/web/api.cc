#include "exporter/web/api.h"

#include <algorithm>
#include <map>

#include <boost/json.hpp>

#include "exporter/base/time_text.h"
#include "exporter/formats/domain_name.h"
#include "exporter/web/domain_json.h"
#include "exporter/web/domain_list.h"
#include "exporter/web/domain_text.h"
#include "exporter/web/json_text.h"
#include "exporter/web/plan_report.h"

namespace mta_sts::web {
namespace {

namespace json = boost::json;
using boost::asio::awaitable;

constexpr std::string_view kReport = "/report";
constexpr std::string_view kPlan = "/plan";
/// Of one plan: no sender tries more MX hosts by far.
constexpr std::size_t kMaxNewHosts = 64;
constexpr std::string_view kNoSuchPath = "there is no such path";
/// Of an MX host's domains.
constexpr std::size_t kMaxNamedDomains = 1000;
constexpr std::size_t kMaxShownValue = 100;  ///< octets of a parameter in a message

Response json_response(unsigned status, const json::value& value) {
  auto body = std::make_shared<const std::string>(json::serialize(value) + '\n');
  return {status, "application/json", {{"Cache-Control", "no-store"}}, std::move(body)};
}

Response refused(unsigned status, std::string_view why) { return json_response(status, {{"error", text_of(why)}}); }

Response listed(const Result<json::object>& list) {
  return list ? json_response(200, *list) : refused(400, list.error().message);
}

using Counts = std::map<std::string_view, std::size_t>;

json::object counts_json(const Counts& counts) {
  json::object object;
  for (const auto& [name, count] : counts) object[name] = count;
  return object;
}

/// The MX hosts that the request names, each once.
Result<std::vector<std::string>> new_hosts_of(const Request& request) {
  std::vector<std::string> names;
  for (const auto& [key, value] : request.query) {
    const auto name = formats::DomainName::parse(value);
    if (key != "mx" || !name || parse_ip(value))
      return fail("the parameter " + key + "=" + printable(value, kMaxShownValue) + " is not valid; expected mx=HOST");
    if (std::find(names.begin(), names.end(), name->text()) == names.end()) names.push_back(name->text());
  }
  if (names.empty()) return fail("mx=HOST is missing: the hosts that are to receive mail");
  if (names.size() > kMaxNewHosts) return fail("more than " + std::to_string(kMaxNewHosts) + " MX hosts");
  return names;
}

/// What `check` prints; the verdict beside it is of the same moment.
json::object report_of(const HeardDomain& heard) {
  const judge::DomainState& state = heard.known.state;
  return {{"domain", state.setting->name.text()},
          {"verdict", to_text(judge::verdict_of(state))},
          {"text", domain_text(heard.facts(), Colours::Off)}};
}

}  // namespace

awaitable<Response> Api::get(std::string path, Request request) const {
  constexpr std::string_view kDomain = "domains/";
  constexpr std::string_view kMx = "mx/";
  if (path == "domains") co_return listed(domain_list(sources_.snapshot(), request.query));
  if (path == "mx") co_return listed(mx_list(sources_.snapshot(), request.query));
  if (path == "config") co_return json_response(200, sources_.config());
  if (path == "looks") co_return looks();
  if (path == "status") co_return status();
  if (path.starts_with(kDomain)) co_return co_await domain(path.substr(kDomain.size()), std::move(request));
  if (path.starts_with(kMx)) co_return co_await mx_host(path.substr(kMx.size()));
  co_return refused(404, kNoSuchPath);
}

/// NAME, NAME/report or NAME/plan.
awaitable<Response> Api::domain(std::string path, Request request) const {
  const auto slash = std::min(path.find('/'), path.size());
  const std::string part = path.substr(slash);
  if (!part.empty() && part != kReport && part != kPlan) co_return refused(404, kNoSuchPath);
  const auto heard = co_await hear_domain(sources_.facts, path.substr(0, slash), Deadline::after(kAnswerPatience));
  if (!heard) co_return refused(404, "this domain is not configured, or was not looked at yet");
  if (part == kReport) co_return json_response(200, report_of(*heard));
  if (part == kPlan) co_return plan(*heard, request);
  json::object object = domain_json(heard->facts());
  const auto& state = heard->known.state;
  object["last_probe"] = rfc3339(state.last_probe);
  object["labels"] = labels_json(*state.setting);
  object["expect"] = state.setting->expect ? json::value(to_text(*state.setting->expect)) : json::value(nullptr);
  object["held"] = held_json(state.cached);
  object["suggestions"] =
      suggestions_json(judge::suggest(state, *heard->known.seen, heard->known.past, state.last_probe));
  object["timeline"] = timeline_json(heard->known.past);
  co_return json_response(200, object);
}

judge::NewHost Api::host_on_board(const std::string& name) const {
  const auto part = sources_.snapshot_of_mx(name);
  std::vector<judge::EndpointState> endpoints;
  for (const auto& entry : part.endpoints) endpoints.push_back(entry->state);
  return new_host(name, part.mx_hosts.empty() ? judge::NameProblems() : part.mx_hosts.front()->view.problems,
                  endpoints);
}

/// What `plan` prints, as JSON and as text.
Response Api::plan(const HeardDomain& heard, const Request& request) const {
  const auto names = new_hosts_of(request);
  if (!names) return refused(400, names.error().message);
  std::vector<judge::NewHost> hosts;
  for (const auto& name : *names) hosts.push_back(host_on_board(name));
  const auto made = make_plan(heard.facts(), std::move(hosts), std::optional(heard.known.past), sources_.now());
  json::object answer = plan_json(made);
  answer["text"] = plan_text(made);
  return json_response(200, answer);
}

awaitable<Response> Api::mx_host(std::string name) const {
  const auto snapshot = sources_.snapshot_of_mx(name);
  if (snapshot.mx_hosts.empty()) co_return refused(404, "no configured domain is known to use this MX host");
  const auto& view = snapshot.mx_hosts.front()->view;
  json::object object{{"mx", text_of(name)},
                      {"provider", text_of(view.provider)},
                      {"domains", view.domains},
                      {"enforced_domains", view.enforced}};
  json::array names;
  for (const std::string& domain : sources_.domains_of(name)) {
    if (names.size() < kMaxNamedDomains) names.push_back(text_of(domain));
  }
  json::array endpoints;
  const auto deadline = Deadline::after(kAnswerPatience);
  for (const auto& entry : snapshot.endpoints) {
    const auto heard = co_await hear_endpoint(sources_.facts, name, entry->state.address, deadline);
    if (heard) endpoints.push_back(endpoint_json({&heard->seen, heard->state.get()}));
  }
  object["domain_names"] = std::move(names);
  object["endpoints"] = std::move(endpoints);
  co_return json_response(200, object);
}

Response Api::looks() const {
  json::array looks;
  for (const board::LookResult& look : sources_.recent_looks()) {
    looks.push_back({{"domain", look.domain},
                     {"finished", rfc3339(look.finished)},
                     {"duration_seconds", std::chrono::duration<double>(look.duration).count()},
                     {"verdict", to_text(look.verdict)},
                     {"asked_by", to_text(look.asked_by)}});
  }
  return json_response(200, {{"looks", std::move(looks)}});
}

Response Api::status() const {
  Counts verdicts{{"ok", 0}, {"fail", 0}, {"inconclusive", 0}, {"absent", 0}};
  Counts reasons;
  std::size_t losing = 0;
  const auto snapshot = sources_.snapshot();
  for (const auto& entry : snapshot.domains) {
    const auto& state = entry->state;
    ++verdicts[judge::without_mta_sts(state) ? "absent" : to_text(judge::verdict_of(state))];
    losing += state.mx.delivery_ok == false;
    for (const Reason reason : reasons_of(state)) ++reasons[to_text(reason)];
  }
  return json_response(200, {{"version", sources_.version},
                             {"revision", sources_.revision},
                             {"ready", sources_.ready()},
                             {"domains", snapshot.domains.size()},
                             {"verdicts", counts_json(verdicts)},
                             {"reasons", counts_json(reasons)},
                             {"losing_mail", losing},
                             {"mx_hosts", snapshot.mx_hosts.size()},
                             {"mx_endpoints", snapshot.endpoints.size()}});
}

}  // namespace mta_sts::web
