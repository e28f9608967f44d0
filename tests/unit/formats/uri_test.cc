#include "exporter/formats/uri.h"

#include <catch2/catch.hpp>

namespace mta_sts::formats {
namespace {

TEST_CASE("uri: the ABNF of RFC 3986 appendix A decides", "[formats][uri]") {
  for (const std::string text :
       {"mailto:a@b", "https://a", "https://a/", "https://a:443/b?c=d/?#e?/", "https://u:p@a/",
        "https://[2001:db8::1]:1/", "https://[::ffff:192.0.2.1]/", "https://[v1.a:b]/", "https:", "https:///a",
        "a+b-c.1:x", "x:/a//b", "x:a:b@c", "https://a%20b/", "https://a:/", "urn:a:b"}) {
    CAPTURE(text);
    CHECK(parse_uri(text));
  }
  for (const std::string text : {"",
                                 ":",
                                 "a",
                                 "1a:b",
                                 "a b:c",
                                 "mailto:a b",
                                 "https://a/%",
                                 "https://a/%2",
                                 "https://a/%zz",
                                 "https://a:b/",
                                 "https://[::1",
                                 "https://[1.2.3.4]/",
                                 "https://[fe80::1%25eth0]/",
                                 "https://[v.a]/",
                                 "https://a[b]/",
                                 "x:[",
                                 "x:a#b#c",
                                 "x:a?b[",
                                 "https://a\\b/",
                                 "https://\xc3\xbc/",
                                 "https://a@b@c/",
                                 "x:\"",
                                 "x:<a>",
                                 "x:a|b",
                                 "x:^",
                                 "x:`",
                                 "x:{a}"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_uri(text));
  }
}

TEST_CASE("uri: nothing is read behind the end of the text", "[formats][uri]") {
  CHECK_FALSE(parse_uri(std::string_view("x:a%22").substr(0, 5)));
  CHECK_FALSE(parse_uri(std::string_view("x:a%22").substr(0, 4)));
}

TEST_CASE("uri: a mailto URI is usable with one address (RFC 6068 2)", "[formats][uri]") {
  const auto usable = [](std::string_view text) { return is_mailto_address(parse_uri(text).value()); };
  CHECK(usable("mailto:a@example.com"));
  CHECK(usable("MAILTO:a+b@example.com?subject=x"));
  CHECK(usable("mailto:a%2Cb@example.com"));
  CHECK(usable("mailto:a@m%C3%BCnchen.example"));
  CHECK_FALSE(usable("mailto:"));
  CHECK_FALSE(usable("mailto:example.com"));
  CHECK_FALSE(usable("mailto:@example.com"));
  CHECK_FALSE(usable("mailto:a@"));
  CHECK_FALSE(usable("mailto:a@b@c"));
  CHECK_FALSE(usable("mailto:a@b_c"));
  CHECK_FALSE(usable("mailto:a%00@b"));
  CHECK_FALSE(usable("mailto://a@b"));
}

TEST_CASE("uri: an https URI is usable with a host", "[formats][uri]") {
  const auto usable = [](std::string_view text) { return is_https_with_host(parse_uri(text).value()); };
  CHECK(usable("HTTPS://a/"));
  CHECK(usable("https://[::1]/"));
  CHECK_FALSE(usable("https:///a"));
  CHECK_FALSE(usable("https:a"));
  CHECK_FALSE(usable("https://:443/"));
  CHECK_FALSE(usable("http://a/"));
}

}  // namespace
}  // namespace mta_sts::formats
