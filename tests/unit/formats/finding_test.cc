#include "exporter/formats/finding.h"

#include <catch2/catch.hpp>

namespace mta_sts::formats {
namespace {

TEST_CASE("finding: a flood of one kind is counted and hides no other kind", "[formats][finding]") {
  FindingLog log("RFC 8461 3.2");
  for (std::size_t line = 1; line <= 1000; ++line) log.error(Reason::PolicySyntax, line, "bad");
  log.error(Reason::PolicyVersion, 1001, "late");
  const auto findings = std::move(log).take();
  REQUIRE(findings.size() == kMaxFindingsOfAKind + 2);
  CHECK(findings[kMaxFindingsOfAKind].message == "late");
  CHECK(findings.back().message == "and 980 more policy_syntax");
  CHECK(findings.back().severity == Severity::Error);
  CHECK(findings.back().line == 0);
}

TEST_CASE("finding: exactly as many as are kept need no summary", "[formats][finding]") {
  FindingLog log("RFC 8461 3.2");
  for (std::size_t i = 0; i < kMaxFindingsOfAKind; ++i) log.advise(Severity::Info, "policy_unknown_field", i, "?");
  CHECK_FALSE(log.has_error());
  CHECK(std::move(log).take().size() == kMaxFindingsOfAKind);
}

TEST_CASE("finding: the first error is that of the lowest reason, and advice is none", "[formats][finding]") {
  FindingLog log("RFC 8461 3.2");
  log.advise(Severity::Warning, "policy_max_age_short", 1, "short");
  log.error(Reason::PolicySyntax, 2, "second");
  log.error(Reason::PolicyMxInvalid, 3, "first");
  log.error(Reason::PolicyMxInvalid, 4, "same kind, later");
  Parsed<int> parsed;
  CHECK(parsed.first_error() == nullptr);
  parsed.findings = std::move(log).take();
  REQUIRE(parsed.first_error() != nullptr);
  CHECK(parsed.first_error()->message == "first");
}

TEST_CASE("finding: an advisory cites its own clause where it has one", "[formats][finding]") {
  FindingLog log("RFC 8461 3.2");
  log.advise(Severity::Info, "policy_mode_none", 1, "none", "RFC 8461 8.3");
  log.advise(Severity::Info, "policy_unknown_field", 1, "?");
  const auto findings = std::move(log).take();
  CHECK(findings[0].clause == "RFC 8461 8.3");
  CHECK(findings[1].clause == "RFC 8461 3.2");
  CHECK(findings[1].advice == "policy_unknown_field");
  CHECK(to_text(findings[1].severity) == "info");
}

}  // namespace
}  // namespace mta_sts::formats
