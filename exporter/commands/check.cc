#include "exporter/commands/check.h"

#include <algorithm>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include <boost/json.hpp>

#include "exporter/base/printable.h"
#include "exporter/commands/look.h"
#include "exporter/web/domain_json.h"

namespace mta_sts::commands {
namespace {

namespace json = boost::json;
using judge::Verdict;

int exit_code(const std::vector<Verdict>& verdicts) {
  const auto any = [&](Verdict wanted) {
    return std::find(verdicts.begin(), verdicts.end(), wanted) != verdicts.end();
  };
  if (any(Verdict::Fail)) return 1;
  return any(Verdict::Inconclusive) ? 2 : 0;
}

void write_json(json::array domains, std::ostream& out) {
  out << json::serialize(json::object{{"domains", std::move(domains)}}) << '\n';
}

json::array all_of(const std::vector<LookedDomain>& looked) {
  json::array domains;
  for (const LookedDomain& domain : looked) domains.push_back(web::domain_json(domain.facts()));
  return domains;
}

/// One domain as a running exporter knows it.
struct Asked {
  Verdict verdict;
  json::object answer;
};

std::optional<Verdict> verdict_in(const json::object& answer) {
  const json::value* text = answer.if_contains("verdict");
  if (text == nullptr || !text->is_string()) return std::nullopt;
  for (const Verdict verdict : {Verdict::Ok, Verdict::Fail, Verdict::Inconclusive}) {
    if (to_text(verdict) == std::string_view(text->get_string())) return verdict;
  }
  return std::nullopt;
}

Result<Asked> ask(const std::string& domain, ExporterClient& exporter, OutputFormat format) {
  auto answer = exporter.get("domains/" + domain + (format == OutputFormat::Text ? "/report" : ""));
  if (!answer) return tl::unexpected(answer.error());
  if (!*answer) return fail(domain + " is not known there");
  const auto verdict = verdict_in(**answer);
  if (!verdict) return fail(domain + ": the answer has no verdict");
  return Asked{*verdict, std::move(**answer)};
}

}  // namespace

int check(const std::vector<settings::DomainSetting>& domains, std::vector<judge::Past> pasts,
          const settings::Settings& settings, const net::TrustSlot& trust, OutputFormat format, web::Colours colours,
          std::ostream& out) {
  const auto looked = look_once({domains, std::move(pasts), {}}, settings, trust).domains;
  switch (format) {
    case OutputFormat::Json:
      write_json(all_of(looked), out);
      break;
    case OutputFormat::Text:
      for (const LookedDomain& domain : looked) out << web::domain_text(domain.facts(), colours);
      break;
  }
  out.flush();
  std::vector<Verdict> verdicts;
  for (const LookedDomain& domain : looked) verdicts.push_back(judge::verdict_of(domain.state));
  return exit_code(verdicts);
}

int check(const std::vector<formats::DomainName>& domains, ExporterClient& exporter, OutputFormat format,
          std::ostream& out, std::ostream& err) {
  std::vector<Verdict> verdicts;
  json::array answers;
  for (const auto& domain : domains) {
    auto asked = ask(domain.text(), exporter, format);
    verdicts.push_back(asked ? asked->verdict : Verdict::Inconclusive);
    if (!asked) {
      err << "check: " << printable(asked.error().message) << '\n';
    } else if (format == OutputFormat::Json) {
      answers.push_back(std::move(asked->answer));
    } else {
      write_text_of(asked->answer, out);
    }
  }
  if (format == OutputFormat::Json) write_json(std::move(answers), out);
  out.flush();
  return exit_code(verdicts);
}

}  // namespace mta_sts::commands
