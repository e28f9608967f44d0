#include "exporter/formats/finding.h"

#include <algorithm>
#include <utility>

namespace mta_sts::formats {

std::string_view to_text(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "error";
    case Severity::Warning:
      return "warning";
    case Severity::Info:
      return "info";
  }
  return "";
}

void FindingLog::error(Reason reason, std::size_t line, std::string message) {
  has_error_ = true;
  add({reason, Severity::Error, line, std::move(message), std::string(clause_), {}}, {});
}

void FindingLog::advise(Severity severity, std::string_view name, std::size_t line, std::string message,
                        std::string_view clause) {
  const auto cited = clause.empty() ? clause_ : clause;
  add({std::nullopt, severity, line, std::move(message), std::string(cited), std::string(name)}, name);
}

void FindingLog::add(Finding finding, std::string_view advice) {
  auto kind = std::find_if(kinds_.begin(), kinds_.end(),
                           [&](const Kind& k) { return k.reason == finding.reason && k.advice == advice; });
  if (kind == kinds_.end()) kind = kinds_.insert(kind, {finding.reason, advice, finding.severity, 0});
  if (++kind->count <= kMaxFindingsOfAKind) findings_.push_back(std::move(finding));
}

std::vector<Finding> FindingLog::take() && {
  for (const Kind& kind : kinds_) {
    if (kind.count <= kMaxFindingsOfAKind) continue;
    const auto name = kind.reason ? mta_sts::to_text(*kind.reason) : kind.advice;
    findings_.push_back({kind.reason, kind.severity, 0,
                         "and " + std::to_string(kind.count - kMaxFindingsOfAKind) + " more " + std::string(name),
                         std::string(clause_), std::string(kind.advice)});
  }
  return std::move(findings_);
}

}  // namespace mta_sts::formats
