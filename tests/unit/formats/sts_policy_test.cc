#include "exporter/formats/sts_policy.h"

#include <algorithm>

#include <catch2/catch.hpp>

namespace mta_sts::formats {
namespace {

std::vector<Reason> errors(const Parsed<StsPolicy>& parsed) {
  std::vector<Reason> found;
  for (const auto& finding : parsed.findings) {
    if (finding.reason) found.push_back(*finding.reason);
  }
  return found;
}

bool advises(const Parsed<StsPolicy>& parsed, std::string_view advice) {
  return std::any_of(parsed.findings.begin(), parsed.findings.end(),
                     [&](const Finding& finding) { return finding.advice == advice; });
}

bool valid(std::string_view body) { return parse_sts_policy(body).valid(); }

/// A policy with one line between those that are required.
std::string with_line(const std::string& line) { return "version: STSv1\nmode: none\n" + line + "\nmax_age: 1\n"; }

TEST_CASE("sts_policy: each fault has its reason, and only it (RFC 8461 3.2)", "[formats][sts_policy]") {
  struct Row {
    std::string_view body;
    Reason reason;
  };
  const Row rows[] = {
      {"", Reason::PolicyEmpty},
      {"\r\n", Reason::PolicyEmpty},
      {" \t\n\n", Reason::PolicyEmpty},
      {"mode: none\nmax_age: 1\n", Reason::PolicyVersion},
      {"version: STSv2\nmode: none\nmax_age: 1\n", Reason::PolicyVersion},
      {"version: stsv1\nmode: none\nmax_age: 1\n", Reason::PolicyVersion},
      {"version:\nmode: none\nmax_age: 1\n", Reason::PolicyVersion},
      {"Version: STSv1\nmode: none\nmax_age: 1\n", Reason::PolicyVersion},
      {"version: STSv1\nmax_age: 1\n", Reason::PolicyModeMissing},
      {"version: STSv1\nmode: Enforce\nmx: a\nmax_age: 1\n", Reason::PolicyModeInvalid},
      {"version: STSv1\nmode:\nmax_age: 1\n", Reason::PolicyModeInvalid},
      {"version: STSv1\nmode: bogus\nmode: none\nmax_age: 1\n", Reason::PolicyModeInvalid},
      {"version: STSv1\nmode: none\n", Reason::PolicyMaxAgeMissing},
      {"version: STSv1\nmode: none\nMAX_AGE: 1\n", Reason::PolicyMaxAgeMissing},
      {"version: STSv1\nmode: none\nmax-age: 1\n", Reason::PolicyMaxAgeMissing},
      {"version: STSv1\nmode: none\nmax_age: 31557601\n", Reason::PolicyMaxAgeInvalid},
      {"version: STSv1\nmode: none\nmax_age: 00000000001\n", Reason::PolicyMaxAgeInvalid},
      {"version: STSv1\nmode: none\nmax_age: -1\n", Reason::PolicyMaxAgeInvalid},
      {"version: STSv1\nmode: none\nmax_age: 1 2\n", Reason::PolicyMaxAgeInvalid},
      {"version: STSv1\nmode: none\nmax_age:\n", Reason::PolicyMaxAgeInvalid},
      {"version: STSv1\nmode: enforce\nmax_age: 1\n", Reason::PolicyMxMissing},
      {"version: STSv1\nmode: testing\nMX: a.example\nmax_age: 1\n", Reason::PolicyMxMissing},
      {"version: STSv1\nmode: enforce\nmx: a.example.\nmax_age: 1\n", Reason::PolicyMxInvalid},
      {"version: STSv1\nmode: enforce\nmx: a.example\nmx:\nmax_age: 1\n", Reason::PolicyMxInvalid},
      {"version: STSv1\nmode: none\nmx: *\nmax_age: 1\n", Reason::PolicyMxInvalid},
      {"version: STSv1\nmode: none\n\nmax_age: 1\n", Reason::PolicySyntax},
      {"version: STSv1\nmode: none\nmax_age: 1\n\n", Reason::PolicySyntax},
      {"version: STSv1\nmode: none\nmax_age: 1\n ", Reason::PolicySyntax},
      {"version: STSv1\nmode: none\nmax_age: 1\r", Reason::PolicySyntax},
      {"\nversion: STSv1\nmode: none\nmax_age: 1", Reason::PolicySyntax},
  };
  for (const auto& row : rows) {
    CAPTURE(row.body);
    const auto parsed = parse_sts_policy(row.body);
    CHECK_FALSE(parsed.valid());
    CHECK(errors(parsed) == std::vector{row.reason});
  }
}

TEST_CASE("sts_policy: a field in a malformed line is a syntax error and not a missing field",
          "[formats][sts_policy]") {
  const std::string_view bodies[] = {
      "  version: STSv1\n  mode: enforce\n  mx: a.example\n  max_age: 1\n",
      "\xef\xbb\xbfversion: STSv1\nmode: none\nmax_age: 1\n",
      "version : STSv1\nmode :none\nmax_age\t: 1\n",
      "version=STSv1\nmode=none\nmax_age=1\n",
      "version STSv1\nmode none\nmax_age 1\n",
      "version: STSv1\rmode: none\rmax_age: 1\r",
      "{\"version\": \"STSv1\",\n\"mode\": \"none\",\n\"max_age\": 1}\n",
      "\xc2\xa0version: STSv1\nmode: none\nmax_age: 1\n",
      "version: STSv1\nmode: none\n- max-age: 1\n",
  };
  for (const auto body : bodies) {
    CAPTURE(body);
    const auto found = errors(parse_sts_policy(body));
    REQUIRE_FALSE(found.empty());
    CHECK(std::all_of(found.begin(), found.end(), [](Reason reason) { return reason == Reason::PolicySyntax; }));
  }
}

TEST_CASE("sts_policy: a commented line does not excuse a missing field", "[formats][sts_policy]") {
  const auto parsed = parse_sts_policy("version: STSv1\n# mode: enforce\nmax_age: 1\n");
  CHECK(errors(parsed) == std::vector{Reason::PolicySyntax, Reason::PolicyModeMissing});
}

TEST_CASE("sts_policy: a page that is no policy at all is a syntax error", "[formats][sts_policy]") {
  const auto parsed = parse_sts_policy("<!DOCTYPE html>\n<html>\n<body>Not Found</body></html>\n");
  CHECK(parsed.first_error()->reason == Reason::PolicySyntax);
  CHECK(parsed.first_error()->line == 1);
  CHECK_THAT(parsed.first_error()->message, Catch::Contains("HTML"));
}

TEST_CASE("sts_policy: every fault is kept, with its line", "[formats][sts_policy]") {
  const auto parsed = parse_sts_policy("version: STSv1\nmode: maybe\r\nmx: a..b\nbad\nmax_age: x\n");
  REQUIRE(errors(parsed) == std::vector{Reason::PolicyModeInvalid, Reason::PolicyMxInvalid, Reason::PolicySyntax,
                                        Reason::PolicyMaxAgeInvalid});
  for (std::size_t i = 0; i < 4; ++i) CHECK(parsed.findings[i].line == i + 2);
  CHECK(parsed.findings[0].clause == "RFC 8461 3.2");
}

TEST_CASE("sts_policy: blanks may follow the colon and the value (RFC 8461 3.2)", "[formats][sts_policy]") {
  CHECK(valid("version:STSv1\nmode:none\nmax_age:1"));
  CHECK(valid("version:\t STSv1 \t\r\nmode: none\t\nmax_age: 1 "));
  CHECK_FALSE(valid(" version: STSv1\nmode: none\nmax_age: 1"));
}

TEST_CASE("sts_policy: line ends are LF or CRLF, also mixed, and the last may be missing (RFC 8461 3.2)",
          "[formats][sts_policy]") {
  CHECK(valid("version: STSv1\r\nmode: none\nmax_age: 1"));
  CHECK(valid("version: STSv1\r\nmode: none\r\nmax_age: 1\r\n"));
  CHECK_FALSE(valid("version: STSv1\r\r\nmode: none\nmax_age: 1\n"));
  CHECK_FALSE(valid("version: STSv1\nmode: none\nmax_age: 1\n\r"));
  CHECK_FALSE(valid("version: STSv1\nmode: none\nmax_age: 1\n\r\n"));
}

TEST_CASE("sts_policy: unknown fields are checked and ignored (RFC 8461 3.2)", "[formats][sts_policy]") {
  for (const std::string line :
       {"x: a", "0: a", "a.b_c-d: a b", "x:a:b", "x: {\"a\": [1]}", "x: caf\xc3\xa9 \xf0\x9f\x90\xa2", "x: \xc2\x80",
        "x: a=b;c", "x:a\t", "a2345678901234567890123456789012: a"}) {
    CAPTURE(line);
    CHECK(valid(with_line(line)));
    CHECK(advises(parse_sts_policy(with_line(line)), "policy_unknown_field"));
  }
  for (const std::string line : {"x:", "x: ", "x:\x01", "x: a\tb", "x: a\x7f", "x: \xff", "x: \xc0\x80",
                                 "x: \xed\xa0\x80", "_x: a", ".x: a", "-x: a", "x y: a", "x+y: a", "caf\xc3\xa9: a",
                                 ": a", ":", "a23456789012345678901234567890123: a", "x", "x: a\rb"}) {
    CAPTURE(line);
    CHECK(errors(parse_sts_policy(with_line(line))) == std::vector{Reason::PolicySyntax});
  }
}

TEST_CASE("sts_policy: the first of a duplicate wins, and the others need only be well formed (RFC 8461 3.2)",
          "[formats][sts_policy]") {
  const auto parsed =
      parse_sts_policy("version: STSv1\nversion: 2\nmode: none\nmode: enforced\nmax_age: 1\nmax_age: x\n");
  REQUIRE(parsed.valid());
  CHECK(parsed.value->mode == Mode::None);
  CHECK(parsed.value->max_age.count() == 1);
  CHECK(advises(parsed, "policy_duplicate_field"));
  CHECK(errors(parse_sts_policy(with_line("mode:"))) == std::vector{Reason::PolicySyntax});
}

TEST_CASE("sts_policy: max_age is 0 to 31557600 in at most ten digits (RFC 8461 3.2)", "[formats][sts_policy]") {
  CHECK(valid("version: STSv1\nmode: none\nmax_age: 0\n"));
  CHECK(valid("version: STSv1\nmode: none\nmax_age: 31557600\n"));
  CHECK(parse_sts_policy("version: STSv1\nmode: none\nmax_age: 0000086400\n").value->max_age.count() == 86400);
}

TEST_CASE("sts_policy: advice is given for what works and surprises", "[formats][sts_policy]") {
  const auto policy = [](const std::string& mode, const std::string& age, const std::string& mx) {
    return parse_sts_policy("version: STSv1\nmode: " + mode + "\nmx: " + mx + "\nmax_age: " + age + "\n");
  };
  CHECK(advises(policy("testing", "2000000", "a.example"), "policy_mode_testing"));
  CHECK(advises(policy("none", "1", "a.example"), "policy_mode_none"));
  CHECK(advises(policy("enforce", "0", "a.example"), "policy_max_age_zero"));
  CHECK(advises(policy("enforce", "86399", "a.example"), "policy_max_age_short"));
  CHECK(advises(policy("enforce", "1209599", "a.example"), "policy_max_age_under_two_weeks"));
  CHECK(advises(policy("enforce", "1209600", "mta-sts.a.example"), "policy_mx_policy_host"));
  CHECK(advises(policy("enforce", "1209600", "192.0.2.1"), "policy_mx_address"));
  CHECK(advises(policy("enforce", "1209600", "*.com"), "policy_mx_wide"));
  CHECK(policy("enforce", "1209600", "a.example").findings.empty());
  CHECK_FALSE(advises(policy("none", "60", "a.example"), "policy_max_age_short"));
}

TEST_CASE("sts_policy: policies mean the same by mode, max_age and the set of patterns", "[formats][sts_policy]") {
  const auto policy = [](const std::string& rest) {
    return parse_sts_policy("version: STSv1\nmode: enforce\n" + rest).value.value();
  };
  const auto one = policy("mx: a.example\nmx: b.example\nmax_age: 1\n");
  CHECK(same_meaning(one, policy("max_age: 1\nmx: B.example\nmx: a.example\nmx: b.example\nx: y\n")));
  CHECK_FALSE(same_meaning(one, policy("mx: a.example\nmax_age: 1\n")));
  CHECK_FALSE(same_meaning(one, policy("mx: a.example\nmx: b.example\nmax_age: 2\n")));
}

TEST_CASE("sts_policy: findings stay few and short for a hostile body", "[formats][sts_policy]") {
  std::string body;
  while (body.size() < kMaxPolicyOctets) body += "mx: *\n\n:\nx y: \xff\nunknown: field\nmode: again\n";
  const auto parsed = parse_sts_policy(body + std::string(100000, '\r'));
  CHECK(parsed.findings.size() <= 8 * (kMaxFindingsOfAKind + 1));
  for (const auto& finding : parsed.findings) CHECK(finding.message.size() < 1000);
}

}  // namespace
}  // namespace mta_sts::formats
