#include "exporter/settings/yaml_tree.h"

#include <string>

#include <catch2/catch.hpp>

namespace mta_sts::settings {
namespace {

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string fault_of(std::string_view text) {
  const auto tree = parse_yaml(text);
  if (tree) return "none";
  return std::to_string(tree.error().at.line) + ":" + std::to_string(tree.error().at.column) + ": " +
         tree.error().message;
}

TEST_CASE("yaml_tree: order, duplicates and places of keys are kept", "[settings][yaml_tree]") {
  const auto tree = parse_yaml("b: 1\na: \"x\"\nb: [2, three]\n");
  REQUIRE(tree);
  REQUIRE(tree->kind == YamlNode::Kind::Map);
  REQUIRE(tree->entries.size() == 3);
  CHECK(tree->entries[0].key.text == "b");
  CHECK(tree->entries[1].value.kind == YamlNode::Kind::Quoted);
  CHECK(tree->entries[2].key.at == Position{3, 1});
  REQUIRE(tree->entries[2].value.items.size() == 2);
  CHECK(tree->entries[2].value.items[1].text == "three");
  CHECK(tree->entries[2].value.items[1].at == Position{3, 8});
}

TEST_CASE("yaml_tree: columns count characters, also behind a byte order mark", "[settings][yaml_tree]") {
  const auto tree = parse_yaml("\xef\xbb\xbf{\xc3\xa4: \xf0\x9f\x93\xa7, b: c}");
  REQUIRE(tree);
  CHECK(tree->at == Position{1, 1});
  CHECK(tree->entries[1].key.at == Position{1, 8});
}

TEST_CASE("yaml_tree: an alias is written out and stands at its own place", "[settings][yaml_tree]") {
  const auto tree = parse_yaml("a: &x {k: v}\nb: *x\nc: &y text\nd: *y\n");
  REQUIRE(tree);
  CHECK(tree->entries[1].value.entries[0].value.text == "v");
  CHECK(tree->entries[1].value.at == Position{2, 4});
  CHECK(tree->entries[3].value.text == "text");
}

TEST_CASE("yaml_tree: a quoted text ends in its line", "[settings][yaml_tree]") {
  CHECK(fault_of("a: \"x\nb: y\n").starts_with("1:4: a quoted text that does not end in its line"));
  CHECK(fault_of("a: 'x\n").starts_with("1:4: a quoted text"));
  CHECK(fault_of("a: &n \"x\n").starts_with("1:4: a quoted text"));
  CHECK(fault_of("a: 'it''s'\nb: \"a \\\" b\"\nc: &n 'x'\nd: \"\"\ne: '\"'\n") == "none");
  CHECK(fault_of("a: 'x''\n").starts_with("1:4: a quoted text"));
}

TEST_CASE("yaml_tree: block scalars may have several lines", "[settings][yaml_tree]") {
  const auto tree = parse_yaml("a: |\n  one \"\n  two\nb: >-\n  'x\n");
  REQUIRE(tree);
  CHECK(tree->entries[0].value.text == "one \"\ntwo\n");
  CHECK(tree->entries[1].value.text == "'x");
}

TEST_CASE("yaml_tree: nothing that yaml-cpp throws comes through", "[settings][yaml_tree]") {
  for (const std::string text : {"a: b: c",
                                 "a: [1",
                                 "a: {1",
                                 "a: *x",
                                 "@a",
                                 "a: `b",
                                 "a: \"\\q\"",
                                 "]",
                                 "a: - 1",
                                 "? ",
                                 ": ",
                                 "- a\nb: c",
                                 "&",
                                 "*",
                                 "!",
                                 "!<",
                                 "!!",
                                 "a: !<x",
                                 "|",
                                 ">9",
                                 "a: |x",
                                 "%YAML 9.9\n---\n",
                                 "---\n...\n...",
                                 "{{}: a}",
                                 "? {a: b}\n: c\n",
                                 "[?]",
                                 "\xef\xbb\xbf"}) {
    CAPTURE(text);
    CHECK_NOTHROW(parse_yaml(text));
  }
}

TEST_CASE("yaml_tree: what nobody means is refused with its place", "[settings][yaml_tree]") {
  CHECK(fault_of("a:\n \t b: 1\n") == "2:2: a tab in the indentation; expected spaces");
  CHECK(fault_of("a: 1\n\t\n# c\n") == "2:1: a tab in the indentation; expected spaces");
  CHECK(fault_of("a:\t1\t# c\n") == "none");
  CHECK(fault_of("a: \xff\n") == "1:4: an octet that is no UTF-8, \"\\xff\"; expected UTF-8 text");
  CHECK(fault_of("a: 1\rb: 2\n") == "1:5: the control character \"\\r\"; expected text without such");
  CHECK(fault_of("a: 1\r\nb: 2\r\n") == "none");
  CHECK(fault_of("a: !int 1").starts_with("1:4: the YAML tag"));
  CHECK(fault_of("a: 1\n---\nb: 1\n").starts_with("2:1: a second YAML document"));
  CHECK(fault_of("a: 1\n%b\nc: 1\n") == "2:1: a YAML directive; expected none");
}

TEST_CASE("yaml_tree: an empty document is Null", "[settings][yaml_tree]") {
  for (const std::string text : {"", "\n", "# only a comment\n", "---\n"}) {
    CAPTURE(text);
    const auto tree = parse_yaml(text);
    REQUIRE(tree);
    CHECK(tree->kind == YamlNode::Kind::Null);
  }
}

TEST_CASE("yaml_tree: the depth is bounded", "[settings][yaml_tree]") {
  CHECK(fault_of(repeated("[", 16) + repeated("]", 16)) == "none");
  CHECK(fault_of(repeated("[", 17) + repeated("]", 17)) == "1:17: nested deeper than 16 levels; expected fewer");
  CHECK(fault_of(repeated("- ", 17) + "x").starts_with("1:33: nested deeper"));
}

TEST_CASE("yaml_tree: endless nesting ends quickly and without a crash", "[settings][yaml_tree]") {
  for (const std::string opening : {"[", "{a: ", "- ", "? ", "[{a: "}) {
    CAPTURE(opening);
    CHECK_FALSE(parse_yaml(repeated(opening, 200'000)));
  }
}

TEST_CASE("yaml_tree: aliases cannot multiply without bound", "[settings][yaml_tree]") {
  std::string bomb = "- &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 0; i < 9; ++i) {
    const auto alias = "*a" + std::to_string(i);
    bomb += "- &a" + std::to_string(i + 1) + " [" + repeated(alias + ", ", 9) + alias + "]\n";
  }
  CHECK(fault_of(bomb).ends_with("more than 100000 values in aliases written out; expected fewer"));
  // Anchors around anchors are copied as well.
  CHECK(fault_of(repeated("&a [", 16) + repeated("x,", 10'000) + repeated("]", 16)).find("in aliases") !=
        std::string::npos);
}

TEST_CASE("yaml_tree: values and octets are bounded", "[settings][yaml_tree]") {
  YamlLimits limits;
  limits.nodes = 4;
  CHECK(parse_yaml("[a, b, c]", limits));
  const auto many = parse_yaml("[a, b, c, d]", limits);
  REQUIRE_FALSE(many);
  CHECK(many.error().message == "more than 4 values; expected fewer");
  CHECK(many.error().at == Position{1, 11});
  limits.octets = 9;
  CHECK(parse_yaml("[a, b, c]", limits));
  CHECK_FALSE(parse_yaml("[a, b, c]\n", limits));
}

}  // namespace
}  // namespace mta_sts::settings
