#include "exporter/formats/mx_pattern.h"

#include <catch2/catch.hpp>

namespace mta_sts::formats {
namespace {

bool match(std::string_view pattern, std::string_view host) { return MxPattern::parse(pattern).value().matches(host); }

TEST_CASE("mx_pattern: what is no [\"*.\"] Domain is refused with its remedy (RFC 8461 3.2)", "[formats][mx_pattern]") {
  struct Row {
    std::string text;
    std::string cause;
  };
  const Row rows[] = {{"", "empty"},
                      {".", "mode \"none\""},
                      {"*", "whole first label"},
                      {"*.", "is empty"},
                      {"**.example", "whole first label"},
                      {"*.*.example", "whole first label"},
                      {"m*.example", "whole first label"},
                      {"a.*.example", "whole first label"},
                      {"*example.com", "whole first label"},
                      {".example.com", "empty label"},
                      {"a..example", "empty label"},
                      {"mail.example.com.", "final dot"},
                      {"*.example.com.", "final dot"},
                      {"a.example, b.example", "of its own"},
                      {"a.example b.example", "of its own"},
                      {"user@example.com", "mail address"},
                      {"mx.example.com # first", "comment"},
                      {"mail.example.com:25", "port"},
                      {"münchen.example", "A-label"},
                      {"my_host.example", "\"_\""},
                      {"-a.example", "hyphen"},
                      {"[192.0.2.1]", "\"[\""},
                      {"a\n.example", "\"\\n\""},
                      {std::string(64, 'a') + ".example", "64 octets"}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto pattern = MxPattern::parse(row.text);
    REQUIRE_FALSE(pattern);
    CHECK_THAT(pattern.error().message, Catch::Contains(row.cause));
  }
}

TEST_CASE("mx_pattern: a pattern is compared in lower case and shown as published", "[formats][mx_pattern]") {
  const auto pattern = MxPattern::parse("*.Example.COM").value();
  CHECK(pattern.text() == "*.example.com");
  CHECK(pattern.spelling() == "*.Example.COM");
  CHECK(pattern == MxPattern::parse("*.example.com").value());
  CHECK(pattern.wildcard());
}

TEST_CASE("mx_pattern: the wildcard stands for exactly one whole label (RFC 8461 4.1)", "[formats][mx_pattern]") {
  CHECK(match("*.example.com", "mail.example.com"));
  CHECK(match("*.example.com", "MAIL.Example.com."));
  CHECK(match("*.com", "example.com"));
  CHECK_FALSE(match("*.example.com", "example.com"));
  CHECK_FALSE(match("*.example.com", "a.b.example.com"));
  CHECK_FALSE(match("*.example.com", ".example.com"));
  CHECK_FALSE(match("*.example.com", "mailexample.com"));
  CHECK_FALSE(match("*.example.com", "mail.example.com.evil.example"));
}

TEST_CASE("mx_pattern: a name without wildcard matches itself only, without regard to case", "[formats][mx_pattern]") {
  CHECK(match("Mail.example.com", "mail.EXAMPLE.com"));
  CHECK_FALSE(match("mail.example.com", "a.mail.example.com"));
  CHECK_FALSE(match("mail.example.com", "ail.example.com"));
}

TEST_CASE("mx_pattern: a host as U-label is converted first (RFC 6125 6.4.2)", "[formats][mx_pattern]") {
  CHECK(match("*.xn--mnchen-3ya.example", "mx.münchen.example"));
  CHECK_FALSE(match("xn--mnchen-3ya.example", "\xff.example"));
}

TEST_CASE("mx_pattern: what is no host name is matched by nothing", "[formats][mx_pattern]") {
  for (const std::string host : {"", ".", "*.example.com", "a_b.example.com", "a..example.com", "a.example.com..",
                                 "-.example.com", " a.example.com"}) {
    CAPTURE(host);
    CHECK_FALSE(match("*.example.com", host));
  }
  CHECK_FALSE(match("*.example.com", std::string("a\0.example.com", 14)));
}

TEST_CASE("mx_pattern: an IPv4 address fits the grammar and is matched by nothing", "[formats][mx_pattern]") {
  CHECK_FALSE(match("192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(match("*.0.2.1", "192.0.2.1"));
  CHECK(match("*.0.2.1", "mx.0.2.1"));
}

}  // namespace
}  // namespace mta_sts::formats
