#include "exporter/web/domain_text.h"

#include <array>
#include <ctime>

#include "exporter/base/ascii.h"
#include "exporter/base/printable.h"
#include "exporter/base/time_text.h"
#include "exporter/judge/explain.h"

namespace mta_sts::web {
namespace {

using judge::Check;
using judge::CheckState;
using judge::Outcome;
using judge::Verdict;

constexpr std::size_t kShownText = 400;  ///< octets of a TXT RR or header that are shown
constexpr std::size_t kLabelWidth = 13;
constexpr std::size_t kShownSmtpLines = 12;

enum class Tint { Good, Bad, Unsure, Faint, Strong };

/// Writes lines under step labels, coloured on a terminal.
class Report {
 public:
  explicit Report(Colours colours) : colours_(colours) {}

  std::string tinted(Tint tint, const std::string& text) const {
    if (colours_ == Colours::Off) return text;
    constexpr std::array kCodes = {"\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[1m"};
    return kCodes[static_cast<std::size_t>(tint)] + text + "\x1b[0m";
  }
  void step(const std::string& label) { label_ = label; }
  void line(const std::string& text) {
    std::string label = label_;
    label.resize(std::max(label.size(), kLabelWidth), ' ');
    text_ += "  " + tinted(Tint::Strong, label) + text + "\n";
    label_.clear();
  }
  void plain(const std::string& text) { text_ += text + "\n"; }
  std::string take() { return std::move(text_); }

 private:
  Colours colours_;
  std::string label_;
  std::string text_;
};

std::string shown(const std::string& text) { return printable(text, kShownText); }

std::string quoted(const std::string& text) { return "\"" + shown(text) + "\""; }

std::string days(std::chrono::seconds span) {
  const auto seconds = span.count();
  if (seconds >= 86400 && seconds % 86400 == 0) return std::to_string(seconds / 86400) + " d";
  return std::to_string(seconds) + " s";
}

std::string mark(const Report& report, const CheckState& check) {
  if (check.ok == true && check.problems.empty()) return report.tinted(Tint::Good, "ok");
  if (check.problems.empty()) return report.tinted(Tint::Faint, "-");
  const auto& problem = check.problems.front();
  const Tint tint = problem.outcome == Outcome::Fail ? Tint::Bad : Tint::Unsure;
  return report.tinted(tint, std::string(to_text(problem.outcome)) + ": " + std::string(to_text(problem.reason)));
}

std::string certificate_text(const formats::TlsFacts& tls) {
  std::string text = tls.handshake_done() ? tls.version : "TLS handshake not done";
  if (!tls.chain) return text;
  const auto& chain = *tls.chain;
  text += ", certificate until " + utc_text(chain.sent.front()->not_after);
  text += ", issued by " + printable(chain.sent.front()->issuer, 80);
  for (const Fault& fault : chain.faults) text += ", " + std::string(to_text(fault.reason));
  return text;
}

void write_record(Report& report, const DomainFacts& facts) {
  const auto& record = facts.seen.record;
  report.step("Record");
  report.line("_mta-sts." + facts.state.setting->name.text() + "  " + mark(report, facts.state.record.check));
  for (const auto& rr : record.rrs) report.line("TXT " + quoted(rr));
  if (!record.cname_chain.empty()) report.line("by CNAME from " + shown(record.cname_chain.back()));
}

std::string fetch_text(const judge::PolicyFetch& fetch) {
  std::string text = mta_sts::to_text(fetch.address) + "  ";
  const bool connected = fetch.tls.handshake_done() || fetch.tls.chain;
  if (connected) text += certificate_text(fetch.tls);
  if (fetch.status != 0) {
    text += ", HTTP " + std::to_string(fetch.status);
    text += fetch.content_type ? ", " + shown(*fetch.content_type) : ", no Content-Type";
    text += ", " + std::to_string(fetch.body.size()) + " octets";
  }
  if (fetch.fault)
    text += (connected ? ", " : "") + std::string(to_text(fetch.fault->reason)) + ": " + shown(fetch.fault->detail);
  return text;
}

void write_policy_host(Report& report, const DomainFacts& facts) {
  report.step("Policy host");
  const std::string name = "mta-sts." + facts.state.setting->name.text();
  const auto& host = facts.seen.policy_host;
  if (!host) {
    report.line(name + "  not looked at: no record leads there");
    return;
  }
  const bool delegated = host->target != name;
  report.line(name + (delegated ? " -> " + shown(host->target) : "") + "  " + mark(report, facts.state.policy.fetch));
  for (const auto& fetch : host->fetches) report.line(fetch_text(fetch));
}

void write_policy(Report& report, const DomainFacts& facts) {
  const auto& policy = facts.state.policy;
  if (!policy.fetch.ok.value_or(false) && !policy.live) return;
  report.step("Policy");
  if (!policy.live) {
    report.line(mark(report, policy.syntax));
    return;
  }
  report.line("mode " + std::string(to_text(policy.live->mode)) + ", max_age " + days(policy.live->max_age) + "  " +
              mark(report, policy.syntax));
  for (const auto& pattern : policy.live->mx) report.line("mx " + pattern.text());
}

/// Whether the plain part of the dialogue explains the problem.
bool is_dialogue(Reason reason) { return reason >= Reason::SmtpTimeout && reason <= Reason::StarttlsInjection; }

void write_endpoint(Report& report, const DomainFacts& facts, const std::string& mx, const IpAddress& address) {
  const std::string place = "  " + mta_sts::to_text(address) + "  ";
  const auto found = facts.endpoint(mx, address);
  if (!found) {
    report.line(place + report.tinted(Tint::Faint, "not looked at"));
    return;
  }
  const auto& seen = *found->seen;
  const auto& state = *found->state;
  std::string text = place + (seen.starttls ? "STARTTLS, " + certificate_text(seen.tls) : "no TLS");
  if (state.problems.empty()) {
    report.line(text + "  " + report.tinted(Tint::Good, "ok"));
    return;
  }
  const auto& problem = state.problems.front();
  const Tint tint = problem.outcome == Outcome::Fail ? Tint::Bad : Tint::Unsure;
  report.line(text + "  " +
              report.tinted(tint, std::string(to_text(problem.outcome)) + ": " + std::string(to_text(problem.reason))));
  if (!is_dialogue(problem.reason)) return;
  std::size_t lines = 0;
  for (const auto line : ascii::lines(seen.transcript)) {
    if (lines++ < kShownSmtpLines) report.line(report.tinted(Tint::Faint, "    " + shown(std::string(line))));
  }
}

std::string match_text(const Report& report, const judge::MxHostState& host) {
  if (!host.policy_match) return "";
  return "  " + (*host.policy_match ? report.tinted(Tint::Good, "named by the policy")
                                    : report.tinted(Tint::Bad, "not named by the policy"));
}

void write_mx(Report& report, const DomainFacts& facts) {
  report.step("MX");
  const auto& mx = facts.seen.mx;
  const std::string what = facts.state.mx.null_mx ? "null MX: the domain takes no mail"
                           : mx.implicit          ? "implicit MX: the domain itself"
                                                  : "";
  report.line(what + (what.empty() ? "" : "  ") + mark(report, facts.state.mx.lookup));
  for (std::size_t i = 0; i < mx.hosts.size(); ++i) {
    const auto& host = mx.hosts[i];
    std::string text = std::to_string(host.preference) + " " + shown(host.name);
    if (i < facts.state.mx.hosts.size()) text += match_text(report, facts.state.mx.hosts[i]);
    report.line(text);
    for (const IpAddress& address : host.endpoints) write_endpoint(report, facts, host.name, address);
  }
}

void write_tlsrpt(Report& report, const DomainFacts& facts) {
  report.step("TLS-RPT");
  report.line("_smtp._tls." + facts.state.setting->name.text() + "  " + mark(report, facts.state.tlsrpt.check));
  for (const auto& rr : facts.seen.tlsrpt.rrs) report.line("TXT " + quoted(rr));
}

std::string see(std::string_view clause, std::string_view name) {
  return (clause.empty() ? "" : std::string(clause) + ", ") + judge::documentation_of(name);
}

std::string weight_text(const Report& report, Outcome outcome, bool counted) {
  if (!counted) return report.tinted(Tint::Faint, "note  ");
  return outcome == Outcome::Fail ? report.tinted(Tint::Bad, "FAIL  ") : report.tinted(Tint::Unsure, "?     ");
}

void write_problem(Report& report, Check check, const judge::Problem& problem, bool counted) {
  const auto explanation = judge::explain(check, problem.reason);
  report.plain("  " + weight_text(report, problem.outcome, counted) +
               report.tinted(Tint::Strong, std::string(to_text(check)) + ": " + std::string(to_text(problem.reason))) +
               (problem.subject.empty() ? "" : "  at " + shown(problem.subject)));
  if (!problem.detail.empty()) report.plain("        found  " + shown(problem.detail));
  report.plain("        means  " + std::string(explanation.meaning));
  report.plain("        fix    " + std::string(explanation.fix));
  report.plain("        see    " + see(explanation.clause, to_text(problem.reason)));
}

void write_problems(Report& report, const DomainFacts& facts) {
  bool first = true;
  for (std::size_t i = 0; i < judge::kCheckCount; ++i) {
    const auto check = static_cast<Check>(i);
    for (const auto& problem : facts.state.check(check).problems) {
      // The advisory tlsrpt_absent says it.
      if (problem.reason == Reason::TlsrptMissing) continue;
      if (first) report.plain("");
      first = false;
      write_problem(report, check, problem, judge::counts(facts.state, check, problem.outcome));
    }
  }
}

void write_advice(Report& report, const DomainFacts& facts) {
  if (!facts.advice.empty()) report.plain("");
  for (const judge::Advice& advice : facts.advice) {
    report.plain("  " + report.tinted(Tint::Faint, "note  ") + std::string(to_text(advice.advisory)) + ": " +
                 shown(advice.text));
    report.plain("        fix    " + std::string(judge::fix_of(advice.advisory)));
    report.plain("        see    " + see(advice.clause, to_text(advice.advisory)));
  }
}

/// The checks that count and have such an outcome, by name.
std::string checks_with(const judge::DomainState& state, Outcome outcome) {
  std::string names;
  for (std::size_t i = 0; i < judge::kCheckCount; ++i) {
    const auto check = static_cast<Check>(i);
    if (!judge::counts(state, check, outcome)) continue;
    for (const auto& problem : state.check(check).problems) {
      if (problem.outcome == outcome) names += (names.empty() ? "" : ", ") + std::string(to_text(check));
    }
  }
  return names;
}

Tint verdict_tint(const judge::DomainState& state) {
  switch (judge::verdict_of(state)) {
    case Verdict::Ok:
      return Tint::Good;
    case Verdict::Fail:
      return Tint::Bad;
    case Verdict::Inconclusive:
      return Tint::Unsure;
  }
  return Tint::Unsure;
}

}  // namespace

std::string domain_text(const DomainFacts& facts, Colours colours) {
  Report report(colours);
  report.plain(report.tinted(Tint::Strong, facts.state.setting->name.text()));
  write_record(report, facts);
  write_policy_host(report, facts);
  write_policy(report, facts);
  write_mx(report, facts);
  write_tlsrpt(report, facts);
  write_problems(report, facts);
  write_advice(report, facts);
  report.plain("");
  report.plain(
      "  " +
      report.tinted(verdict_tint(facts.state), "Verdict: " + std::string(to_text(judge::verdict_of(facts.state)))) +
      ", " + verdict_sentence(facts.state));
  report.plain("");
  return report.take();
}

std::string verdict_sentence(const judge::DomainState& state) {
  const Verdict verdict = judge::verdict_of(state);
  if (judge::without_mta_sts(state) && verdict == Verdict::Ok) return "no MTA-STS, and none is expected";
  if (state.mx.delivery_ok == false) {
    return "mail is being lost: under the enforce policy senders deliver to no MX host (" +
           checks_with(state, Outcome::Fail) + ")";
  }
  switch (verdict) {
    case Verdict::Ok:
      return "all checks pass";
    case Verdict::Fail:
      return "broken: " + checks_with(state, Outcome::Fail);
    case Verdict::Inconclusive:
      break;
  }
  const std::string unseen = checks_with(state, Outcome::Inconclusive);
  return unseen.empty() ? "not known yet: not all of it was looked at" : "could not be seen from here: " + unseen;
}

}  // namespace mta_sts::web
