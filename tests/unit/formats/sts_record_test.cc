#include "exporter/formats/sts_record.h"

#include <algorithm>

#include <catch2/catch.hpp>

namespace mta_sts::formats {
namespace {

std::vector<Reason> errors(const StsRecordSet& set) {
  std::vector<Reason> found;
  for (const auto& finding : set.findings) {
    if (finding.reason) found.push_back(*finding.reason);
  }
  return found;
}

bool advises(const StsRecordSet& set, std::string_view advice) {
  return std::any_of(set.findings.begin(), set.findings.end(),
                     [&](const Finding& finding) { return finding.advice == advice; });
}

TEST_CASE("sts_record: each fault has its reason (RFC 8461 3.1)", "[formats][sts_record]") {
  struct Row {
    std::string_view text;
    std::vector<Reason> reasons;
  };
  const Row rows[] = {{"v=STSv1;", {Reason::RecordIdMissing}},
                      {"v=STSv1; ext=1", {Reason::RecordIdMissing}},
                      {"v=STSv1; ID=a", {Reason::RecordIdMissing}},
                      {"v=STSv1; id=", {Reason::RecordIdInvalid}},
                      {"v=STSv1; id=a_b", {Reason::RecordIdInvalid}},
                      {"v=STSv1; id=a b", {Reason::RecordIdInvalid}},
                      {"v=STSv1; id=012345678901234567890123456789012", {Reason::RecordIdInvalid}},
                      {"v=STSv1; id=a-b; id=good", {Reason::RecordIdInvalid}},
                      {"v=STSv1; id = a", {Reason::RecordSyntax}},
                      {"v=STSv1; id", {Reason::RecordSyntax}},
                      {"v=STSv1;\nid=a", {Reason::RecordSyntax}},
                      {"v=STSv1; id=a ", {Reason::RecordSyntax}},
                      {"v=STSv1; id=a;;", {Reason::RecordSyntax}},
                      {"v=STSv1; id=a; ;", {Reason::RecordSyntax}},
                      {"v=STSv1;; id=a", {Reason::RecordSyntax}},
                      {"v=STSv1; id=a; b", {Reason::RecordSyntax}},
                      {"v=STSv1; id=a; b=", {Reason::RecordSyntax}},
                      {"v=STSv1; id=a; =b", {Reason::RecordSyntax}},
                      {"v=STSv1; id=a; b=c=d", {Reason::RecordSyntax}},
                      {"v=STSv1; id=a; b=\xc3\xbc", {Reason::RecordSyntax}},
                      {"v=STSv1; id=a; a23456789012345678901234567890123=1", {Reason::RecordSyntax}},
                      {"v=STSv1; bogus; id=a_b", {Reason::RecordSyntax, Reason::RecordIdInvalid}}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto set = parse_sts_records({std::string(row.text)});
    CHECK(set.present);
    CHECK_FALSE(set.valid());
    CHECK(errors(set) == row.reasons);
    for (const auto& finding : set.findings) CHECK(finding.line == 1);
  }
}

TEST_CASE("sts_record: blanks are part of delimiters and of nothing else (RFC 8461 3.1)", "[formats][sts_record]") {
  for (const std::string text : {"v=STSv1;id=a", "v=STSv1; \t id=a\t ;  ", "v=STSv1;id=a;", "v=STSv1;x=1 ; id=a"}) {
    CAPTURE(text);
    CHECK(parse_sts_records({text}).value == StsRecord{"a"});
  }
}

TEST_CASE("sts_record: a set without the prefix is missing, whatever else is in it", "[formats][sts_record]") {
  for (const std::vector<std::string>& rrs : {std::vector<std::string>{},
                                              {""},
                                              {"v=spf1 -all"},
                                              {"v=STSv1"},
                                              {"v=STSv1 id=a"},
                                              {"V=STSv1; id=a"},
                                              {" v=STSv1; id=a"},
                                              {"v=STSv12; id=a"},
                                              {"v=STSv1 ; bogus"},
                                              {"id=a; v=STSv1;"},
                                              {"v=STSv1 ; id=a", "v=spf1 -all"}}) {
    CAPTURE(rrs);
    const auto set = parse_sts_records(rrs);
    CHECK_FALSE(set.present);
    CHECK(errors(set) == std::vector{Reason::RecordMissing});
  }
}

TEST_CASE("sts_record: a missing record points at the RR that comes near", "[formats][sts_record]") {
  const auto set = parse_sts_records({"v=spf1 -all", "v=stsv1; id=a"});
  REQUIRE(set.findings.size() == 1);
  CHECK(set.findings[0].line == 2);
  CHECK_THAT(set.findings[0].message, Catch::Contains("\"v=stsv1; id=a\""));
}

TEST_CASE("sts_record: one RR alone may have a blank before the first semicolon, with a warning",
          "[formats][sts_record]") {
  const auto set = parse_sts_records({"v=STSv1 \t; id=a"});
  CHECK(set.present);
  CHECK(set.value == StsRecord{"a"});
  CHECK(advises(set, "record_blank_before_delimiter"));
}

TEST_CASE("sts_record: two records are counted before they are parsed (RFC 8461 3.1)", "[formats][sts_record]") {
  const auto set = parse_sts_records({"v=STSv1; id=a", "v=spf1 -all", "v=STSv1; bogus"});
  CHECK(set.present);
  CHECK_FALSE(set.valid());
  CHECK(set.first_error()->reason == Reason::RecordMultiple);
  CHECK(errors(set) == std::vector{Reason::RecordMultiple, Reason::RecordSyntax, Reason::RecordIdMissing});
  CHECK(set.findings[1].line == 3);
}

TEST_CASE("sts_record: duplicates and unknown fields are ignored and told (RFC 8461 3.2)", "[formats][sts_record]") {
  const auto set = parse_sts_records({"v=STSv1; id=a; id=b-c; x.y-z_0=\"q\"; v=STSv1"});
  CHECK(set.value == StsRecord{"a"});
  CHECK(advises(set, "record_duplicate_field"));
  CHECK(advises(set, "record_unknown_field"));
}

TEST_CASE("sts_record: a discarded record that some senders count is told", "[formats][sts_record]") {
  const auto set = parse_sts_records({"v=STSv1; id=a", "v=STSv1 ; id=b"});
  CHECK(set.value == StsRecord{"a"});
  CHECK(advises(set, "record_near_miss"));
  CHECK_FALSE(advises(parse_sts_records({"v=STSv1; id=a", "v=spf1 -all"}), "record_near_miss"));
}

TEST_CASE("sts_record: findings stay few and short for a hostile set", "[formats][sts_record]") {
  const std::vector<std::string> rrs(500, "v=STSv1;" + std::string(1000, ';') + std::string(2000, 'x'));
  const auto set = parse_sts_records(rrs);
  CHECK(set.findings.size() <= 4 * (kMaxFindingsOfAKind + 1));
  for (const auto& finding : set.findings) CHECK(finding.message.size() < 500);
}

}  // namespace
}  // namespace mta_sts::formats
