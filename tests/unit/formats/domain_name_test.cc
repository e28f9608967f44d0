#include "exporter/formats/domain_name.h"

#include <catch2/catch.hpp>

namespace mta_sts::formats {
namespace {

const std::string kLabel63(63, 'a');

std::string parsed(std::string_view text) {
  const auto name = DomainName::parse(text);
  return name ? name->text() : "error: " + name.error().message;
}

TEST_CASE("domain_name: names of every form become lower-case A-labels without the final dot",
          "[formats][domain_name]") {
  struct Row {
    std::string_view text;
    std::string_view name;
  };
  const Row rows[] = {{"example.com", "example.com"},
                      {"EXAMPLE.com.", "example.com"},
                      {"localhost", "localhost"},
                      {"1.2.example", "1.2.example"},
                      {"münchen.example", "xn--mnchen-3ya.example"},
                      {"MÜNCHEN.Example", "xn--mnchen-3ya.example"},
                      {"mu\xcc\x88nchen.example", "xn--mnchen-3ya.example"},
                      {"XN--MNCHEN-3YA.example", "xn--mnchen-3ya.example"},
                      {"straße.example", "xn--strae-oqa.example"},
                      {"例え。テスト", "xn--r8jz45g.xn--zckzah"},
                      {"ｅｘａｍｐｌｅ.com", "example.com"},
                      {"r3---sn-a.example", "r3---sn-a.example"}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(parsed(row.text) == row.name);
  }
}

TEST_CASE("domain_name: what is no host name is refused with the cause (RFC 5321 4.1.2)", "[formats][domain_name]") {
  struct Row {
    std::string text;
    std::string cause;
  };
  const Row rows[] = {{"", "is empty"},
                      {".", "is empty"},
                      {"..", "empty label"},
                      {"a..b", "empty label"},
                      {".a", "empty label"},
                      {"a..", "empty label"},
                      {"_mta-sts.example.com", "\"_\""},
                      {"a b.example", "\" \""},
                      {"*.example.com", "\"*\""},
                      {"-a.example", "hyphen"},
                      {"a-.example", "hyphen"},
                      {std::string("a\0b.example", 11), "\"\\x00\""},
                      {"a." + std::string(64, 'b'), "64 octets"},
                      {kLabel63 + "." + kLabel63 + "." + kLabel63 + "." + std::string(62, 'b'), "254 octets"},
                      {std::string(5000, 'a'), "too long"},
                      {"\xff.example", "\"\\xff\""},
                      {"xn--\xc3\xbc.example", "xn--"},
                      {"xn--9999999999a.example", "xn--9999999999a"},
                      {"xn--a-ecp.ru", "xn--a-ecp"},
                      {"a\xe2\x80\x8d.example", "\\u{200d}"}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto name = DomainName::parse(row.text);
    REQUIRE_FALSE(name);
    CHECK_THAT(name.error().message, Catch::Contains(row.cause));
  }
}

TEST_CASE("domain_name: a typo in a Unicode name is refused, it never names another domain (RFC 5321 4.1.2)",
          "[formats][domain_name]") {
  const std::string typo = GENERATE(as<std::string>(), "b\xc3\xb6se_.example", "b\xc3\xb6se stadt.example",
                                    "b\xc3\xb6se\xef\xbc\xbf.example", "xn--bse_-5qa.example", "b\xc3\xb6se@.example",
                                    "*b\xc3\xb6se.example");
  CAPTURE(typo);
  CHECK_FALSE(DomainName::parse(typo));
}

TEST_CASE("domain_name: the longest name of RFC 1035 is taken", "[formats][domain_name]") {
  const auto longest = kLabel63 + "." + kLabel63 + "." + kLabel63 + "." + std::string(61, 'b');
  REQUIRE(longest.size() == kMaxDomain);
  CHECK(parsed(longest) == longest);
  CHECK(parsed(longest + ".") == longest);
}

TEST_CASE("domain_name: a name from the network is not converted and its A-labels are not judged",
          "[formats][domain_name]") {
  CHECK(DomainName::from_ascii("MX.Example.COM.")->text() == "mx.example.com");
  CHECK(DomainName::from_ascii("xn--9999999999a.example")->text() == "xn--9999999999a.example");
  CHECK_FALSE(DomainName::from_ascii("münchen.example"));
  CHECK_FALSE(DomainName::from_ascii("my_host.example"));
}

TEST_CASE("domain_name: the cheap check and the one with words agree", "[formats][domain_name]") {
  for (const std::string text : {"", ".", "a", "a.b", "a..b", "-a", "a-", "a_b", "1", "ü"}) {
    CAPTURE(text);
    CHECK(is_domain(text) == !domain_problem(text).has_value());
  }
}

}  // namespace
}  // namespace mta_sts::formats
