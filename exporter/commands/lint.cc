#include "exporter/commands/lint.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <istream>
#include <optional>
#include <ostream>
#include <string_view>
#include <system_error>
#include <utility>

#include <boost/json.hpp>

#include "exporter/base/result.h"
#include "exporter/formats/domain_name.h"
#include "exporter/formats/finding.h"
#include "exporter/formats/mx_pattern.h"
#include "exporter/formats/quote.h"
#include "exporter/formats/sts_policy.h"
#include "exporter/formats/sts_record.h"
#include "exporter/formats/tlsrpt_record.h"

namespace mta_sts::commands {
namespace {

using formats::Finding;
using formats::Severity;

constexpr int kOk = 0;
constexpr int kNotOk = 1;
constexpr int kUsage = 64;
constexpr std::string_view kMatchClause = "RFC 8461 4.1";

/// What every lint says, before its own part.
struct Report {
  bool valid = false;
  std::vector<Finding> findings;
  std::string_view unit;      ///< what Finding::line counts
  std::string understood;     ///< the last line for people
  boost::json::object extra;  ///< the fields of this lint
};

std::string_view name_of(const Finding& finding) {
  return finding.reason ? to_text(*finding.reason) : std::string_view(finding.advice);
}

void write_json(const Report& report, std::ostream& out) {
  boost::json::array findings;
  for (const auto& finding : report.findings) {
    findings.push_back({{"reason", name_of(finding)},
                        {"severity", to_text(finding.severity)},
                        {"line", finding.line},
                        {"message", finding.message},
                        {"clause", finding.clause}});
  }
  boost::json::object object{{"valid", report.valid}, {"findings", std::move(findings)}};
  for (const auto& field : report.extra) object.emplace(field.key(), field.value());
  out << boost::json::serialize(object) << '\n';
}

void write_text(const Report& report, std::ostream& out) {
  for (const auto& finding : report.findings) {
    out << to_text(finding.severity) << ": ";
    if (finding.line != 0) out << report.unit << ' ' << finding.line << ": ";
    out << finding.message << " (" << name_of(finding) << ", " << finding.clause << ")\n";
  }
  out << report.understood << '\n';
}

void write(const Report& report, OutputFormat format, std::ostream& out) {
  switch (format) {
    case OutputFormat::Text:
      return write_text(report, out);
    case OutputFormat::Json:
      return write_json(report, out);
  }
}

int verdict(bool good) { return good ? kOk : kNotOk; }

std::string not_valid(const std::vector<Finding>& findings) {
  const auto errors = std::count_if(findings.begin(), findings.end(),
                                    [](const Finding& finding) { return finding.severity == Severity::Error; });
  return "not valid: " + std::to_string(errors) + (errors == 1 ? " error" : " errors");
}

boost::json::array to_array(const std::vector<std::string>& texts) {
  return boost::json::array(texts.begin(), texts.end());
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

/// All of `in`, but at most one octet over kMaxLintOctets.
Result<std::string> read_some(std::istream& in, const std::string& name) {
  std::string text(kMaxLintOctets + 1, '\0');
  errno = 0;
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return fail("cannot read " + name + ": " + std::generic_category().message(errno));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

Result<std::string> read_policy(const std::string& path, std::istream& in) {
  if (path == "-") return read_some(in, "standard input");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail("cannot open " + path + ": " + std::generic_category().message(errno));
  return read_some(file, path);
}

std::optional<Finding> size_finding(std::size_t octets) {
  if (octets <= formats::kMaxPolicyOctets) return std::nullopt;
  Finding finding;
  finding.reason = Reason::HttpTooLarge;
  finding.clause = "RFC 8461 3.3";
  finding.message = octets > kMaxLintOctets
                        ? "the policy is over 1 MiB and was not read; senders stop at 64 KiB"
                        : "the policy has " + std::to_string(octets) + " octets; senders stop at 64 KiB";
  return finding;
}

formats::Parsed<formats::StsPolicy> judge_policy(const std::string& body) {
  formats::Parsed<formats::StsPolicy> parsed;
  if (body.size() <= kMaxLintOctets) parsed = formats::parse_sts_policy(body);
  if (auto finding = size_finding(body.size())) {
    parsed.value.reset();
    parsed.findings.insert(parsed.findings.begin(), std::move(*finding));
  }
  return parsed;
}

std::string describe(const formats::StsPolicy& policy, const std::vector<std::string>& mx) {
  return "valid: mode " + std::string(to_text(policy.mode)) + ", max_age " + std::to_string(policy.max_age.count()) +
         (mx.empty() ? ", no mx" : ", mx " + joined(mx));
}

Finding pattern_finding(std::size_t number, std::string problem) {
  Finding finding;
  finding.reason = Reason::PolicyMxInvalid;
  finding.line = number;
  finding.message = "the mx pattern is not valid: " + std::move(problem);
  finding.clause = "RFC 8461 3.2";
  return finding;
}

/// A host that is none is no fault of the patterns, and matched by nothing.
std::optional<Finding> host_finding(const std::string& host) {
  if (const auto name = formats::DomainName::parse(host); !name) {
    Finding finding;
    finding.severity = Severity::Warning;
    finding.message = "nothing matches: " + name.error().message;
    finding.clause = kMatchClause;
    finding.advice = "match_not_a_host";
    return finding;
  }
  return std::nullopt;
}

}  // namespace

int lint_record(const std::vector<std::string>& texts, OutputFormat format, std::ostream& out, std::ostream& err) {
  if (texts.empty()) {
    err << "lint record: at least one TXT record is expected\n";
    return kUsage;
  }
  auto set = formats::parse_sts_records(texts);
  Report report{
      .valid = set.valid(), .findings = std::move(set.findings), .unit = "record", .understood = {}, .extra = {}};
  report.understood = set.value ? "valid: id " + set.value->id : not_valid(report.findings);
  report.extra["id"] = set.value ? boost::json::value(set.value->id) : boost::json::value(nullptr);
  write(report, format, out);
  return verdict(report.valid);
}

int lint_policy(const std::string& path, OutputFormat format, std::istream& in, std::ostream& out, std::ostream& err) {
  if (path.empty()) {
    err << "lint policy: a file, or - for standard input, is expected\n";
    return kUsage;
  }
  const auto body = read_policy(path, in);
  if (!body) {
    err << "lint policy: " << body.error().message << '\n';
    return kNotOk;
  }
  auto parsed = judge_policy(*body);
  Report report{
      .valid = parsed.valid(), .findings = std::move(parsed.findings), .unit = "line", .understood = {}, .extra = {}};
  std::vector<std::string> mx;
  if (parsed.value) {
    for (const auto& pattern : parsed.value->mx) mx.push_back(pattern.spelling());
    report.understood = describe(*parsed.value, mx);
    report.extra = {
        {"mode", to_text(parsed.value->mode)}, {"mx", to_array(mx)}, {"max_age", parsed.value->max_age.count()}};
  } else {
    report.understood = not_valid(report.findings);
    report.extra = {{"mode", nullptr}, {"mx", boost::json::array()}, {"max_age", nullptr}};
  }
  write(report, format, out);
  return verdict(report.valid);
}

int lint_tlsrpt(const std::vector<std::string>& texts, OutputFormat format, std::ostream& out, std::ostream& err) {
  if (texts.empty()) {
    err << "lint tlsrpt: at least one TXT record is expected\n";
    return kUsage;
  }
  auto set = formats::parse_tlsrpt_records(texts);
  Report report{
      .valid = set.valid(), .findings = std::move(set.findings), .unit = "record", .understood = {}, .extra = {}};
  const auto record = set.value.value_or(formats::TlsRptRecord{});
  report.understood = set.valid()
                          ? "valid: rua " + joined(record.rua) + " (" + std::to_string(record.usable_rua.size()) +
                                " of " + std::to_string(record.rua.size()) + " usable)"
                          : not_valid(report.findings);
  report.extra = {{"rua", to_array(record.rua)}, {"usable_rua", to_array(record.usable_rua)}};
  write(report, format, out);
  return verdict(report.valid);
}

int lint_match(const std::string& host, const std::vector<std::string>& patterns, OutputFormat format,
               std::ostream& out, std::ostream& err) {
  if (patterns.empty()) {
    err << "lint match: a host and at least one pattern are expected\n";
    return kUsage;
  }
  Report report{.valid = true, .findings = {}, .unit = "pattern", .understood = {}, .extra = {}};
  if (auto finding = host_finding(host)) report.findings.push_back(std::move(*finding));
  std::vector<std::string> matching;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const auto pattern = formats::MxPattern::parse(patterns[i]);
    if (!pattern) {
      report.valid = false;
      report.findings.push_back(pattern_finding(i + 1, pattern.error().message));
    } else if (pattern->matches(host)) {
      matching.push_back(pattern->spelling());
    }
  }
  const auto shown = formats::quoted(host);
  report.understood = matching.empty() ? "no match: no pattern matches " + shown
                                       : "match: " + shown + " is matched by " + joined(matching);
  report.extra["match"] = !matching.empty();
  write(report, format, out);
  return verdict(!matching.empty());
}

}  // namespace mta_sts::commands
