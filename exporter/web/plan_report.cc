#include "exporter/web/plan_report.h"

#include <boost/json.hpp>

#include "exporter/base/printable.h"
#include "exporter/base/time_text.h"
#include "exporter/web/json_text.h"

namespace mta_sts::web {
namespace {

namespace json = boost::json;
using judge::PlanAnswer;
using judge::PlanStep;
using judge::StepKind;

constexpr std::size_t kMaxShownText = 2000;  ///< octets of a sentence for people

std::string shown(const std::string& text) { return printable(text, kMaxShownText); }

std::string answer_text(PlanAnswer answer) {
  switch (answer) {
    case PlanAnswer::Now:
      return "yes, now";
    case PlanAnswer::NotYet:
      return "not yet";
    case PlanAnswer::Unknown:
      return "unknown";
  }
  return "";
}

std::string time_text(const PlanStep& step) {
  if (!step.when) return "";
  return (step.kind == StepKind::Wait ? ", that is until " : ", not before ") + rfc3339(*step.when);
}

std::string step_text(std::size_t number, const PlanStep& step, const std::string& domain) {
  std::string text = "  " + std::to_string(number) + ". " + shown(step.text) + time_text(step) + "\n";
  // Without indentation, which is no part of a policy (RFC 8461 3.2).
  if (!step.policy.empty()) text += "\n" + step.policy + "\n";
  if (!step.record.empty()) {
    text +=
        (step.policy.empty() ? "\n" : "") + std::string("_mta-sts.") + domain + ". IN TXT \"" + step.record + "\"\n\n";
  }
  return text;
}

json::value null_if_empty(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

}  // namespace

std::string plan_text(const MadePlan& made) {
  std::string text = made.domain + ", MX to be:";
  for (const auto& host : made.hosts) text += " " + host.name;
  text +=
      "\n\n  May the MX records change? " + answer_text(made.plan.answer) + ": " + shown(made.plan.reason) + ".\n\n";
  std::size_t number = 0;
  for (const PlanStep& step : made.plan.steps) text += step_text(++number, step, made.domain);
  if (!made.plan.notes.empty() && !text.ends_with("\n\n")) text += "\n";
  for (const auto& note : made.plan.notes) text += "  note  " + shown(note) + "\n";
  return text;
}

json::object plan_json(const MadePlan& made) {
  json::array hosts;
  for (const auto& host : made.hosts) {
    hosts.push_back({{"name", host.name},
                     {"passes", host.passes ? json::value(*host.passes) : json::value(nullptr)},
                     {"problem", text_of(host.problem)}});
  }
  json::array steps;
  for (const PlanStep& step : made.plan.steps) {
    steps.push_back({{"step", to_text(step.kind)},
                     {"text", text_of(step.text)},
                     {"when", null_if_empty(step.when ? rfc3339(*step.when) : "")},
                     {"policy", null_if_empty(step.policy)},
                     {"record", null_if_empty(step.record)}});
  }
  json::array notes;
  for (const auto& note : made.plan.notes) notes.push_back(text_of(note));
  return {{"domain", made.domain},
          {"mx", std::move(hosts)},
          {"answer", to_text(made.plan.answer)},
          {"reason", text_of(made.plan.reason)},
          {"steps", std::move(steps)},
          {"notes", std::move(notes)}};
}

}  // namespace mta_sts::web
