#include "exporter/commands/lint.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "exporter/formats/sts_policy.h"

namespace mta_sts::commands {
namespace {

constexpr const char* kPolicy =
    "version: STSv1\nmode: enforce\nmx: MX.example.com\nmx: *.example.net\nmax_age: 1209600\n";

struct Ran {
  int code = -1;
  std::string out;
  std::string err;
  boost::json::object json() const { return boost::json::parse(out).as_object(); }
};

template <typename Lint>
Ran run(Lint lint) {
  std::ostringstream out;
  std::ostringstream err;
  Ran ran;
  ran.code = lint(out, err);
  ran.out = out.str();
  ran.err = err.str();
  return ran;
}

Ran record(const std::vector<std::string>& texts, OutputFormat format) {
  return run([&](auto& out, auto& err) { return lint_record(texts, format, out, err); });
}
Ran tlsrpt(const std::vector<std::string>& texts, OutputFormat format) {
  return run([&](auto& out, auto& err) { return lint_tlsrpt(texts, format, out, err); });
}
Ran match(const std::string& host, const std::vector<std::string>& patterns, OutputFormat format) {
  return run([&](auto& out, auto& err) { return lint_match(host, patterns, format, out, err); });
}
Ran policy(const std::string& path, const std::string& input, OutputFormat format) {
  std::istringstream in(input);
  return run([&](auto& out, auto& err) { return lint_policy(path, format, in, out, err); });
}

TEST_CASE("lint: a valid record is one line for people and one object for machines", "[commands][lint]") {
  const auto text = record({"v=STSv1; id=20240131;"}, OutputFormat::Text);
  CHECK(text.code == 0);
  CHECK(text.out == "valid: id 20240131\n");
  const auto json = record({"v=STSv1; id=20240131;"}, OutputFormat::Json);
  CHECK(json.code == 0);
  CHECK(json.out == "{\"valid\":true,\"findings\":[],\"id\":\"20240131\"}\n");
}

TEST_CASE("lint: a finding shows severity, place, words, name and clause", "[commands][lint]") {
  const auto text = record({"v=spf1 -all", "v=STSv1; id=a_b"}, OutputFormat::Text);
  CHECK(text.code == 1);
  CHECK(text.out ==
        "error: record 2: the id \"a_b\" is malformed; 1 to 32 letters and digits are expected (record_id_invalid, RFC "
        "8461 3.1)\n"
        "not valid: 1 error\n");
  const auto json = record({"v=spf1 -all", "v=STSv1; id=a_b"}, OutputFormat::Json).json();
  CHECK(json.at("valid").as_bool() == false);
  CHECK(json.at("id").is_null());
  const auto& finding = json.at("findings").as_array().at(0).as_object();
  CHECK(finding.size() == 5);
  CHECK(finding.at("reason") == "record_id_invalid");
  CHECK(finding.at("severity") == "error");
  CHECK(finding.at("line") == 2);
  CHECK(finding.at("clause") == "RFC 8461 3.1");
  CHECK_FALSE(finding.at("message").as_string().empty());
}

TEST_CASE("lint: an advisory has its own name and leaves the text valid", "[commands][lint]") {
  const auto ran = policy("-", "version: STSv1\nmode: testing\nmx: a.example\nmax_age: 60\n", OutputFormat::Json);
  CHECK(ran.code == 0);
  const auto json = ran.json();
  CHECK(json.at("valid").as_bool());
  const auto& findings = json.at("findings").as_array();
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].at("reason") == "policy_mode_testing");
  CHECK(findings[0].at("severity") == "info");
  CHECK(findings[1].at("reason") == "policy_max_age_short");
  CHECK(findings[1].at("severity") == "warning");
}

TEST_CASE("lint: a policy from standard input shows mode, mx as published and max_age", "[commands][lint]") {
  CHECK(policy("-", kPolicy, OutputFormat::Text).out ==
        "valid: mode enforce, max_age 1209600, mx MX.example.com, *.example.net\n");
  CHECK(policy("-", kPolicy, OutputFormat::Json).out ==
        "{\"valid\":true,\"findings\":[],\"mode\":\"enforce\",\"mx\":[\"MX.example.com\",\"*.example.net\"],"
        "\"max_age\":1209600}\n");
}

TEST_CASE("lint: a policy that is not valid has no mode, mx and max_age", "[commands][lint]") {
  const auto ran = policy("-", "version: STSv1\n", OutputFormat::Json);
  CHECK(ran.code == 1);
  CHECK(ran.json().at("mode").is_null());
  CHECK(ran.json().at("mx").as_array().empty());
  CHECK(ran.json().at("max_age").is_null());
}

TEST_CASE("lint: exact octets of a file count", "[commands][lint]") {
  std::string directory = (std::filesystem::temp_directory_path() / "lint-XXXXXX").string();
  REQUIRE(::mkdtemp(directory.data()) != nullptr);
  const auto path = directory + "/mta-sts.txt";
  std::ofstream(path, std::ios::binary) << kPolicy;
  CHECK(policy(path, "", OutputFormat::Text).code == 0);
  std::ofstream(path, std::ios::binary | std::ios::app) << "\n";
  CHECK(policy(path, "", OutputFormat::Text).code == 1);
  CHECK(policy(directory, "", OutputFormat::Text).err ==
        "lint policy: cannot read " + directory + ": Is a directory\n");
  std::filesystem::remove_all(directory);
  const auto missing = policy(path, "", OutputFormat::Text);
  CHECK(missing.code == 1);
  CHECK(missing.out.empty());
  CHECK(missing.err == "lint policy: cannot open " + path + ": No such file or directory\n");
}

TEST_CASE("lint: a policy over 64 KiB is refused, and one over 1 MiB is not read on (RFC 8461 3.3)",
          "[commands][lint]") {
  std::string large = kPolicy;
  while (large.size() <= formats::kMaxPolicyOctets) large += "x: " + std::string(1000, 'y') + "\n";
  const auto ran = policy("-", large, OutputFormat::Json);
  CHECK(ran.code == 1);
  CHECK(ran.json().at("findings").as_array().at(0).at("reason") == "http_too_large");
  std::string edge = kPolicy;
  edge += "x: " + std::string(formats::kMaxPolicyOctets - edge.size() - 3, 'y');
  REQUIRE(edge.size() == formats::kMaxPolicyOctets);
  CHECK(policy("-", edge, OutputFormat::Json).code == 0);
  const auto huge = policy("-", std::string(2 * kMaxLintOctets, '\n'), OutputFormat::Json).json();
  REQUIRE(huge.at("findings").as_array().size() == 1);
  CHECK(huge.at("findings").as_array().at(0).at("reason") == "http_too_large");
}

TEST_CASE("lint: a TLS-RPT record shows every URI and the usable ones", "[commands][lint]") {
  const std::vector<std::string> texts{"v=TLSRPTv1; rua=mailto:a@example.com,ftp://b/"};
  const auto json = tlsrpt(texts, OutputFormat::Json).json();
  CHECK(json.at("rua") == boost::json::array{"mailto:a@example.com", "ftp://b/"});
  CHECK(json.at("usable_rua") == boost::json::array{"mailto:a@example.com"});
  CHECK(json.at("valid").as_bool());
  CHECK_THAT(tlsrpt(texts, OutputFormat::Text).out,
             Catch::EndsWith("valid: rua mailto:a@example.com, ftp://b/ (1 of 2 usable)\n"));
  const auto bad = tlsrpt({"v=TLSRPTv1; rua=x"}, OutputFormat::Json);
  CHECK(bad.code == 1);
  CHECK(bad.json().at("rua").as_array().empty());
}

TEST_CASE("lint: match is decided by any of the patterns (RFC 8461 4.1)", "[commands][lint]") {
  const auto yes = match("mx.example.com", {"a.example", "*.Example.com"}, OutputFormat::Text);
  CHECK(yes.code == 0);
  CHECK(yes.out == "match: \"mx.example.com\" is matched by *.Example.com\n");
  const auto no = match("a.b.example.com", {"*.example.com"}, OutputFormat::Json);
  CHECK(no.code == 1);
  CHECK(no.out == "{\"valid\":true,\"findings\":[],\"match\":false}\n");
}

TEST_CASE("lint: a pattern that is none is told and matches nothing", "[commands][lint]") {
  const auto json = match("mx.example.com", {"mx.example.com.", "*.example.com"}, OutputFormat::Json);
  CHECK(json.code == 0);
  CHECK_FALSE(json.json().at("valid").as_bool());
  CHECK(json.json().at("match").as_bool());
  CHECK(json.json().at("findings").as_array().at(0).at("reason") == "policy_mx_invalid");
  CHECK(json.json().at("findings").as_array().at(0).at("line") == 1);
  CHECK(match("mx.example.com", {"mx.example.com."}, OutputFormat::Json).code == 1);
}

TEST_CASE("lint: a host that is none is no fault of the pattern", "[commands][lint]") {
  const auto ran = match("*.example.com", {"*.example.com"}, OutputFormat::Json);
  CHECK(ran.code == 1);
  CHECK(ran.json().at("valid").as_bool());
  CHECK(ran.json().at("findings").as_array().at(0).at("reason") == "match_not_a_host");
}

TEST_CASE("lint: nothing to lint is wrong usage", "[commands][lint]") {
  CHECK(record({}, OutputFormat::Json).code == 64);
  CHECK(tlsrpt({}, OutputFormat::Text).code == 64);
  CHECK(match("a.example", {}, OutputFormat::Text).code == 64);
  CHECK(policy("", "", OutputFormat::Text).code == 64);
  CHECK_FALSE(record({}, OutputFormat::Json).err.empty());
}

TEST_CASE("lint: the output is one valid JSON object whatever the octets", "[commands][lint]") {
  const std::string hostile("v=STSv1; \"\\\n\xff\xe2\x80\xae\0=", 17);
  CHECK(record({hostile}, OutputFormat::Json).json().contains("findings"));
  CHECK(match("\xff\"", {hostile}, OutputFormat::Json).json().contains("findings"));
  const auto text = record({hostile}, OutputFormat::Text).out;
  CHECK(text.find('\0') == std::string::npos);
  CHECK(text.find('\xff') == std::string::npos);
}

}  // namespace
}  // namespace mta_sts::commands
