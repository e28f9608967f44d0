#include "exporter/formats/tlsrpt_record.h"

#include <algorithm>

#include <catch2/catch.hpp>

namespace mta_sts::formats {
namespace {

std::vector<Reason> errors(const TlsRptRecordSet& set) {
  std::vector<Reason> found;
  for (const auto& finding : set.findings) {
    if (finding.reason) found.push_back(*finding.reason);
  }
  return found;
}

bool advises(const TlsRptRecordSet& set, std::string_view advice) {
  return std::any_of(set.findings.begin(), set.findings.end(),
                     [&](const Finding& finding) { return finding.advice == advice; });
}

TEST_CASE("tlsrpt_record: each fault has its reason (RFC 8460 3)", "[formats][tlsrpt_record]") {
  struct Row {
    std::string_view text;
    std::vector<Reason> reasons;
  };
  const Row rows[] = {{"v=TLSRPTv1;", {Reason::TlsrptRuaInvalid}},
                      {"v=TLSRPTv1; RUA=mailto:a@b", {Reason::TlsrptRuaInvalid}},
                      {"v=TLSRPTv1; rua=", {Reason::TlsrptRuaInvalid}},
                      {"v=TLSRPTv1; rua= mailto:a@b", {Reason::TlsrptRuaInvalid}},
                      {"v=TLSRPTv1; rua=mailto:a@b,", {Reason::TlsrptRuaInvalid}},
                      {"v=TLSRPTv1; rua=,mailto:a@b", {Reason::TlsrptRuaInvalid}},
                      {"v=TLSRPTv1; rua=mailto:a@b mailto:c@d", {Reason::TlsrptRuaInvalid}},
                      {"v=TLSRPTv1; rua=mailto:a@b!10m", {Reason::TlsrptRuaInvalid}},
                      {"v=TLSRPTv1; rua=reports@example.com", {Reason::TlsrptRuaInvalid}},
                      {"v=TLSRPTv1; rua =mailto:a@b", {Reason::TlsrptSyntax}},
                      {"v=TLSRPTv1; rua", {Reason::TlsrptSyntax}},
                      {"v=TLSRPTv1; rua=mailto:a@b ", {Reason::TlsrptSyntax}},
                      {"v=TLSRPTv1; rua=mailto:a@b;;", {Reason::TlsrptSyntax}},
                      {"v=TLSRPTv1; rua=mailto:a@b; x", {Reason::TlsrptSyntax}}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto set = parse_tlsrpt_records({std::string(row.text)});
    CHECK(set.present);
    CHECK_FALSE(set.valid());
    CHECK(errors(set) == row.reasons);
  }
}

TEST_CASE("tlsrpt_record: URIs are collected over commas, blanks and repeated fields (RFC 8460 3)",
          "[formats][tlsrpt_record]") {
  const auto set = parse_tlsrpt_records({"v=TLSRPTv1; rua=mailto:a@b \t,\t https://c/d; x=1; rua=mailto:e@f ;"});
  REQUIRE(set.valid());
  CHECK(set.value->rua == std::vector<std::string>{"mailto:a@b", "https://c/d", "mailto:e@f"});
  CHECK(set.value->usable_rua == set.value->rua);
  CHECK(parse_tlsrpt_records({to_text(*set.value)}).value == set.value);
}

TEST_CASE("tlsrpt_record: a URI that no reporter uses is told and leaves the record valid",
          "[formats][tlsrpt_record]") {
  const auto set = parse_tlsrpt_records({"v=TLSRPTv1; rua=http://a/,mailto:b,https:///c"});
  REQUIRE(set.valid());
  CHECK(set.value->rua.size() == 3);
  CHECK(set.value->usable_rua.empty());
  CHECK(advises(set, "tlsrpt_rua_scheme"));
  CHECK(advises(set, "tlsrpt_rua_unusable"));
  CHECK(advises(set, "tlsrpt_no_usable_rua"));
}

TEST_CASE("tlsrpt_record: exactly one RR begins with the prefix (RFC 8460 3)", "[formats][tlsrpt_record]") {
  CHECK(errors(parse_tlsrpt_records({})) == std::vector{Reason::TlsrptMissing});
  CHECK(errors(parse_tlsrpt_records({"v=tlsrptv1; rua=mailto:a@b"})) == std::vector{Reason::TlsrptMissing});
  const std::string good = "v=TLSRPTv1; rua=mailto:a@b";
  CHECK(errors(parse_tlsrpt_records({good, good})) == std::vector{Reason::TlsrptMultiple});
  CHECK(parse_tlsrpt_records({good, "other"}).valid());
  CHECK(parse_tlsrpt_records({"v=TLSRPTv1 ; rua=mailto:a@b"}).valid());
  CHECK_FALSE(parse_tlsrpt_records({"v=TLSRPTv1 ; rua=mailto:a@b", "other"}).present);
}

}  // namespace
}  // namespace mta_sts::formats
