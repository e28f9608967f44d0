#include "exporter/base/ip.h"

#include <string>

#include <catch2/catch.hpp>

namespace mta_sts {
namespace {

std::string shown(std::string_view text) { return to_text(parse_ip(text).value()); }

TEST_CASE("ip: addresses are shown as RFC 5952 writes them, and mapped IPv4 as IPv4", "[base][ip]") {
  CHECK(shown("192.0.2.1") == "192.0.2.1");
  CHECK(shown("2001:DB8:0:0:1:0:0:1") == "2001:db8::1:0:0:1");
  CHECK(shown("::ffff:192.0.2.1") == "192.0.2.1");
  CHECK(shown("::ffff:c000:201") == "192.0.2.1");
  CHECK(shown("fe80::1%1") == "fe80::1");
}

TEST_CASE("ip: what is no address is refused", "[base][ip]") {
  for (const std::string text : {"", "192.0.2", "192.0.2.256", "192.0.2.1 ", "a.example", "1::2::3", "[::1]"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_ip(text));
  }
}

TEST_CASE("ip: a block holds its own addresses and no others", "[base][ip]") {
  const auto block = IpPrefix::parse("192.0.2.128/25").value();
  CHECK(block.contains(parse_ip("192.0.2.128").value()));
  CHECK(block.contains(parse_ip("192.0.2.255").value()));
  CHECK_FALSE(block.contains(parse_ip("192.0.2.127").value()));
  CHECK_FALSE(block.contains(parse_ip("2001:db8::1").value()));
  CHECK(IpPrefix::parse("::/0").value().contains(parse_ip("2001:db8::1").value()));
  CHECK_FALSE(IpPrefix::parse("::/0").value().contains(parse_ip("192.0.2.1").value()));
  CHECK(IpPrefix::parse("2001:db8::1").value().to_text() == "2001:db8::1/128");
}

TEST_CASE("ip: a block with host bits or a bad length is refused", "[base][ip]") {
  for (const std::string text :
       {"192.0.2.1/24", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/2x", "2001:db8::/129", "x/8", ""}) {
    CAPTURE(text);
    CHECK_FALSE(IpPrefix::parse(text));
  }
}

}  // namespace
}  // namespace mta_sts
