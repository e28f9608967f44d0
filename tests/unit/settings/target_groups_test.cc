#include "exporter/settings/target_groups.h"

#include <catch2/catch.hpp>

namespace mta_sts::settings {
namespace {

std::vector<Shared<DomainSetting>> domains(std::string_view text) {
  auto parsed = parse_target_groups(text, "list.yml", 8);
  if (!parsed) FAIL(parsed.error().message);
  return std::move(*parsed);
}

std::string refusal(std::string_view text, unsigned max_labels = 8) {
  const auto parsed = parse_target_groups(text, "list.yml", max_labels);
  REQUIRE(!parsed);
  return parsed.error().message;
}

TEST_CASE("target groups: JSON and YAML say the same", "[settings][target_groups]") {
  const auto text = GENERATE(R"([{"targets": ["example.com", "Bücher.example."], "labels": {"team": "mail"}},
                                 {"targets": ["example.org"]}])",
                             "- targets: [example.com, Bücher.example.]\n  labels: {team: mail}\n"
                             "- targets:\n    - example.org\n");
  const auto list = domains(text);
  REQUIRE(list.size() == 3);
  CHECK(list[0]->name.text() == "example.com");
  CHECK(list[0]->labels.at("team") == "mail");
  CHECK(list[1]->name.text() == "xn--bcher-kva.example");
  CHECK(list[2]->labels.empty());
  CHECK(!list[2]->expect);
}

TEST_CASE("target groups: JSON as programs write it, with tabs and escaped characters beyond the basic plane",
          "[settings][target_groups]") {
  const auto list = domains(
      "[\n\t{\n\t\t\"targets\": [\"a.example\"],\n\t\t\"labels\": {\"team\": "
      "\"\\ud83d\\ude00 \\u00fc \\\"\\\\u0041\\/\"}\n\t}\n]");
  REQUIRE(list.size() == 1);
  CHECK(list[0]->labels.at("team") == "\xf0\x9f\x98\x80 \xc3\xbc \"\\u0041/");
  CHECK(refusal("[\n\t\t{\"targets\": [\"192.0.2.1\"]}\n]").starts_with("list.yml:2:16: "));
  CHECK(!parse_target_groups("[{\"targets\": [\"a\\ud83d\"]}]", "list.yml", 8));
}

TEST_CASE("target groups: an expectation comes as a meta label, others of these are dropped",
          "[settings][target_groups]") {
  const auto list = domains(
      R"([{"targets": ["a.example"], "labels": {"__mta_sts_expect": "enforce", "__meta_url": "x", "team": "mail"}}])");
  REQUIRE(list.size() == 1);
  CHECK(list[0]->expect == Expectation::Enforce);
  CHECK(list[0]->labels == std::map<std::string, std::string>{{"team", "mail"}});
  CHECK(refusal(R"([{"targets": ["a.example"], "labels": {"__mta_sts_expect": "yes"}}])") ==
        "list.yml:1:60: __mta_sts_expect is \"yes\"; expected enforce, testing, none or absent");
}

TEST_CASE("target groups: an empty list has no domains", "[settings][target_groups]") {
  CHECK(domains("[]").empty());
  CHECK(domains(R"([{"targets": []}])").empty());
}

TEST_CASE("target groups: what is wrong is told with its place", "[settings][target_groups]") {
  const auto [text, message] = GENERATE(table<std::string, std::string>({
      {"{targets: [a.example]}",
       "list.yml:1:1: the list is a mapping; expected a list of mappings with targets and labels"},
      {"- a.example", "list.yml:1:3: an item of the list is \"a.example\"; expected a mapping with targets"},
      {"- labels: {}", "list.yml:1:3: an item of the list has no key targets; expected targets: [example.com]"},
      {"- targets: a.example", "list.yml:1:12: targets is \"a.example\"; expected a list of domain names"},
      {"- targets: [[a]]", "list.yml:1:13: item 1 of targets is a list; expected a domain name such as example.com"},
      {"- targets: [a.example]\n  tags: []", "list.yml:2:3: unknown key \"tags\"; expected one of labels, targets"},
      {"- targets: [192.0.2.1]",
       "list.yml:1:13: \"192.0.2.1\" is an IP address; expected a domain name such as example.com"},
      {"- targets: [a.example]\n- targets: [A.example.]",
       "list.yml:2:13: the domain a.example is given again (first in line 1); expected each domain once"},
      {"- targets: [a.example]\n  labels: {job: x}",
       "list.yml:2:12: the label name \"job\" is taken by the exporter, Prometheus or the alert rules; expected "
       "another "
       "name"},
      {"[{", "list.yml:1:"},
      {"",
       "list.yml:1:1: the list is empty; expected a list of mappings with targets and labels, or [] for no domains"},
  }));
  CAPTURE(text);
  CHECK(refusal(text).starts_with(message));
}

TEST_CASE("target groups: the limit of labels holds, meta labels not counted", "[settings][target_groups]") {
  const std::string text = R"([{"targets": ["a.example"], "labels": {"one": "1", "two": "2", "__three": "3"}}])";
  CHECK(parse_target_groups(text, "list.yml", 2));
  CHECK(refusal(text, 1) ==
        "list.yml:1:15: the domain a.example has 2 labels; expected at most 1 (metrics.max_domain_labels)");
}

}  // namespace
}  // namespace mta_sts::settings
