#include "exporter/web/status_page.h"

#include <algorithm>
#include <chrono>

#include "exporter/base/printable.h"
#include "exporter/judge/explain.h"

namespace mta_sts::web {
namespace {

using judge::DomainState;
using judge::Verdict;

std::string_view shown_verdict(const DomainState& state) {
  return judge::without_mta_sts(state) ? "no MTA-STS" : to_text(judge::verdict_of(state));
}

std::string_view css_class(const DomainState& state) {
  return judge::without_mta_sts(state) ? "absent" : to_text(judge::verdict_of(state));
}

std::string mode_text(const DomainState& state) {
  return state.policy.live ? std::string(to_text(state.policy.live->mode)) : "—";
}

std::string ago(WallTime at, WallTime now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - at).count();
  if (seconds < 120) return std::to_string(std::max<std::int64_t>(0, seconds)) + " s ago";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min ago";
  return std::to_string(seconds / 3600) + " h ago";
}

std::string problems_text(const DomainState& state) {
  std::string text;
  if (state.mx.delivery_ok == false) text += "<strong>mail is being lost</strong> ";
  for (std::size_t i = 0; i < judge::kCheckCount; ++i) {
    const auto check = static_cast<judge::Check>(i);
    for (const judge::Problem& problem : state.check(check).problems) {
      text += "<span class=\"" + std::string(to_text(problem.outcome)) + "\">" + std::string(to_text(check)) + ": " +
              std::string(to_text(problem.reason)) + "</span> ";
    }
  }
  return text;
}

std::string head(std::string_view title, std::string_view style_link) {
  return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
         "content=\"width=device-width, initial-scale=1\"><title>" +
         escape_html(title) + "</title><link rel=\"stylesheet\" href=\"" + std::string(style_link) + "\"></head><body>";
}

std::string domain_row(const DomainState& state, WallTime now) {
  const std::string name = escape_html(state.setting->name.text());
  return "<tr><td><a href=\"domains/" + name + "\">" + name + "</a></td><td class=\"" + std::string(css_class(state)) +
         "\">" + std::string(shown_verdict(state)) + "</td><td>" + mode_text(state) + "</td><td>" +
         problems_text(state) + "</td><td>" + ago(state.last_probe, now) + "</td></tr>\n";
}

std::string summary(const std::vector<const DomainState*>& states) {
  const auto count = [&](auto holds) {
    return std::to_string(
        std::count_if(states.begin(), states.end(), [&](const auto* state) { return holds(*state); }));
  };
  const auto is = [](Verdict verdict) {
    return [verdict](const DomainState& s) { return !judge::without_mta_sts(s) && judge::verdict_of(s) == verdict; };
  };
  return "<p>" + std::to_string(states.size()) + " domains looked at: <span class=\"ok\">" + count(is(Verdict::Ok)) +
         " ok</span>, <span class=\"fail\">" + count(is(Verdict::Fail)) +
         " failing</span>, <span class=\"inconclusive\">" + count(is(Verdict::Inconclusive)) +
         " inconclusive</span>, <span class=\"absent\">" + count(judge::without_mta_sts) +
         " without MTA-STS</span>.</p>";
}

std::string problem_section(judge::Check check, const judge::Problem& problem) {
  const auto explanation = judge::explain(check, problem.reason);
  std::string text = "<dd class=\"" + std::string(to_text(problem.outcome)) + "\"><strong>" +
                     std::string(to_text(problem.reason)) + "</strong> " + escape_html(problem.detail);
  if (!problem.subject.empty()) text += " <em>(" + escape_html(problem.subject) + ")</em>";
  text += "<p>" + std::string(explanation.meaning) + " " + std::string(explanation.fix);
  if (!explanation.clause.empty()) text += " <span class=\"clause\">" + std::string(explanation.clause) + "</span>";
  return text + "</p></dd>";
}

std::string check_section(const DomainState& state, judge::Check check) {
  const judge::CheckState& found = state.check(check);
  const std::string_view result = found.ok == true ? "passes" : found.ok == false ? "fails" : "—";
  std::string text = "<dt>" + std::string(to_text(check)) + ": " + std::string(result) + "</dt>";
  for (const judge::Problem& problem : found.problems) text += problem_section(check, problem);
  return text;
}

std::string hosts_section(const DomainState& state) {
  std::string text = "<h2>MX hosts</h2><table><tr><th>preference<th>host<th>named by the policy<th>deliverable</tr>";
  const auto shown = [](std::optional<bool> flag) { return !flag ? "—" : *flag ? "yes" : "no"; };
  for (const auto& host : state.mx.hosts) {
    text += "<tr><td>" + std::to_string(host.preference) + "</td><td>" + escape_html(host.name) + "</td><td>" +
            shown(host.policy_match) + "</td><td>" + shown(host.deliverable) + "</td></tr>";
  }
  return text + "</table>";
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string status_page(const board::Snapshot& snapshot, std::string_view version, std::string_view metrics_link,
                        WallTime now) {
  std::vector<const DomainState*> states;
  for (const auto& entry : snapshot.domains) states.push_back(&entry->state);
  std::sort(states.begin(), states.end(), [](const DomainState* a, const DomainState* b) {
    return std::pair(judge::severity_rank(*a), a->setting->name) <
           std::pair(judge::severity_rank(*b), b->setting->name);
  });
  std::string page = head("MTA-STS exporter", "status.css");
  page += "<header><h1>MTA-STS exporter</h1><p>version " + escape_html(version) +
          ", watches MTA-STS (RFC 8461) of mail domains for Prometheus. <a href=\"" + escape_html(metrics_link) +
          "\">Metrics</a></p></header>" + summary(states);
  page += "<table><tr><th>domain<th>verdict<th>mode<th>problems<th>last look</tr>\n";
  for (const DomainState* state : states) page += domain_row(*state, now);
  return page + "</table></body></html>\n";
}

std::string domain_page(const DomainState& state, WallTime now) {
  const std::string name = state.setting->name.text();
  std::string page = head(name + " - MTA-STS exporter", "../status.css");
  page += "<header><p><a href=\"../\">All domains</a></p><h1>" + escape_html(name) + "</h1><p class=\"" +
          std::string(css_class(state)) + "\">" + std::string(shown_verdict(state)) + ", mode " + mode_text(state) +
          ", last look " + ago(state.last_probe, now) + "</p></header><dl>";
  for (std::size_t i = 0; i < judge::kCheckCount; ++i) page += check_section(state, static_cast<judge::Check>(i));
  return page + "</dl>" + hosts_section(state) + "</body></html>\n";
}

std::string_view status_style() {
  return R"(:root { color-scheme: light dark; --ok: #1a7f37; --fail: #cf222e; --wait: #9a6700; --line: #8886; }
@media (prefers-color-scheme: dark) { :root { --ok: #3fb950; --fail: #ff7b72; --wait: #d29922; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 0 auto; padding: 1rem; }
h1 { margin: 0; font-size: 1.5rem; }
h2 { font-size: 1.1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
td span { margin-right: .6rem; }
.ok { color: var(--ok); }
.fail { color: var(--fail); }
.inconclusive { color: var(--wait); }
.absent, .clause { opacity: .7; }
dt { font-weight: 600; margin-top: .6rem; }
dd p { margin: 0; color: CanvasText; }
)";
}

}  // namespace mta_sts::web
