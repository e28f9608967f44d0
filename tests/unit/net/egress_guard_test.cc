#include "exporter/net/egress_guard.h"

#include <cstdio>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

namespace mta_sts::net {
namespace {

/// Not through parse_ip(): the guard must judge mapped addresses however they come in.
IpAddress ip(const std::string& text) { return boost::asio::ip::make_address(text); }

IpPrefix block(const std::string& text) {
  auto prefix = IpPrefix::parse(text);
  REQUIRE(prefix);
  return *prefix;
}

std::optional<Reason> reason_of(const EgressGuard& guard, const std::string& address) {
  const auto fault = guard.check(ip(address));
  return fault ? std::optional(fault->reason) : std::nullopt;
}

struct Border {
  const char* before;  ///< the last address ahead of the block; nullptr where it is not public either
  const char* first;
  const char* last;
  const char* after;  ///< the first address behind it; nullptr likewise
};

constexpr Border kV4[] = {
    {nullptr, "0.0.0.0", "0.255.255.255", "1.0.0.0"},
    {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
    {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
    {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
    {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
    {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
    {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
    {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
    {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
    {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
    {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
    {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
    {"223.255.255.255", "224.0.0.0", "255.255.255.255", nullptr},
};

constexpr Border kV6[] = {
    {nullptr, "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"},
    {"2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1::"},
    {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
    {"3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", nullptr},
};

std::string hex_groups(const std::string& v4) {
  const auto bytes = boost::asio::ip::make_address_v4(v4).to_bytes();
  char text[16];
  std::snprintf(text, sizeof text, "%02x%02x:%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3]);
  return text;
}

std::string plain(const std::string& address) { return address; }
std::string mapped(const std::string& v4) { return "::ffff:" + v4; }
std::string nat64(const std::string& v4) { return "64:ff9b::" + v4; }
std::string six_to_four(const std::string& v4) { return "2002:" + hex_groups(v4) + "::1"; }

void check_borders(const Border& border, std::string (*wrap)(const std::string&)) {
  const EgressGuard guard({}, {});
  CAPTURE(wrap(border.first), wrap(border.last));
  if (border.before) CHECK(reason_of(guard, wrap(border.before)) == std::nullopt);
  CHECK(reason_of(guard, wrap(border.first)) == Reason::AddressNotPublic);
  CHECK(reason_of(guard, wrap(border.last)) == Reason::AddressNotPublic);
  if (border.after) CHECK(reason_of(guard, wrap(border.after)) == std::nullopt);
}

}  // namespace

TEST_CASE("egress_guard: every IPv4 block that is not public is refused from its first to its last address",
          "[net][egress_guard]") {
  for (const auto& border : kV4) check_borders(border, plain);
}

TEST_CASE("egress_guard: every IPv6 block that is not public is refused from its first to its last address",
          "[net][egress_guard]") {
  for (const auto& border : kV6) check_borders(border, plain);
}

TEST_CASE("egress_guard: an IPv4 address inside ::ffff:0:0/96, 64:ff9b::/96 and 2002::/16 counts as itself",
          "[net][egress_guard]") {
  for (const auto& border : kV4) {
    check_borders(border, mapped);
    check_borders(border, nat64);
    check_borders(border, six_to_four);
  }
}

TEST_CASE("egress_guard: other addresses that look like embeddings stay outside 2000::/3", "[net][egress_guard]") {
  const EgressGuard guard({}, {});
  for (const char* address : {"::1", "::8.8.8.8", "::fffe:8.8.8.8", "::ffff:0:8.8.8.8", "64:ff9b:0:1::8.8.8.8",
                              "64:ff9b:1::8.8.8.8", "64:ff9a::8.8.8.8", "fe80::1", "fc00::1", "ff02::1", "100::1"}) {
    CAPTURE(address);
    CHECK(reason_of(guard, address) == Reason::AddressNotPublic);
  }
}

TEST_CASE("egress_guard: allow wins over the built-in list and over deny", "[net][egress_guard]") {
  const EgressGuard guard({block("127.0.5.0/24"), block("2001:db8::/48"), block("198.41.0.4")},
                          {block("127.0.0.0/8"), block("198.41.0.0/16"), block("2001:db8::/32")});
  CHECK(reason_of(guard, "127.0.5.1") == std::nullopt);
  CHECK(reason_of(guard, "::ffff:127.0.5.1") == std::nullopt);
  CHECK(reason_of(guard, "2001:db8::25") == std::nullopt);
  CHECK(reason_of(guard, "198.41.0.4") == std::nullopt);
  CHECK(reason_of(guard, "198.41.0.5") == Reason::AddressDenied);
}

TEST_CASE("egress_guard: an address that is not public says so even if deny names it", "[net][egress_guard]") {
  const EgressGuard guard({}, {block("10.0.0.0/8"), block("8.8.8.0/24"), block("2606:4700::/32")});
  CHECK(reason_of(guard, "10.1.2.3") == Reason::AddressNotPublic);
  CHECK(reason_of(guard, "8.8.8.8") == Reason::AddressDenied);
  CHECK(reason_of(guard, "8.8.9.8") == std::nullopt);
  CHECK(reason_of(guard, "2606:4700::1") == Reason::AddressDenied);
}

TEST_CASE("egress_guard: deny holds for the IPv4 address behind NAT64 and 6to4, allow only as written",
          "[net][egress_guard]") {
  const EgressGuard denying({}, {block("8.8.8.0/24")});
  CHECK(reason_of(denying, "64:ff9b::8.8.8.8") == Reason::AddressDenied);
  CHECK(reason_of(denying, "2002:0808:0808::1") == Reason::AddressDenied);
  CHECK(reason_of(denying, "::ffff:8.8.8.8") == Reason::AddressDenied);
  const EgressGuard allowing({block("10.0.0.0/8")}, {});
  CHECK(reason_of(allowing, "64:ff9b::10.0.0.1") == Reason::AddressNotPublic);
  CHECK(reason_of(allowing, "::ffff:10.0.0.1") == std::nullopt);
}

TEST_CASE("egress_guard: a block written with mapped addresses names IPv4", "[net][egress_guard]") {
  const EgressGuard guard({block("::ffff:10.0.0.0/104")}, {block("::ffff:8.8.8.0/120")});
  CHECK(reason_of(guard, "10.9.9.9") == std::nullopt);
  CHECK(reason_of(guard, "8.8.8.8") == Reason::AddressDenied);
}

TEST_CASE("egress_guard: a zone does not hide an address", "[net][egress_guard]") {
  auto linked = boost::asio::ip::make_address_v6("fe80::1");
  linked.scope_id(1);
  CHECK(EgressGuard({}, {}).check(linked)->reason == Reason::AddressNotPublic);
  CHECK(EgressGuard({block("fe80::/10")}, {}).check(linked) == std::nullopt);
}

TEST_CASE("egress_guard: the fault names the address", "[net][egress_guard]") {
  const auto fault = EgressGuard({}, {}).check(ip("::ffff:10.0.0.1"));
  REQUIRE(fault);
  CHECK(fault->detail == "10.0.0.1 is no public address");
}

TEST_CASE("egress_guard: loopback has a route, an address that no socket can be connected to has none",
          "[net][egress_guard]") {
  CHECK(has_route(ip("127.0.0.1")));
  CHECK(has_route(ip("::ffff:127.0.0.1")));
  // Without SO_BROADCAST the kernel refuses it: the one address that is unroutable on every machine.
  CHECK_FALSE(has_route(ip("255.255.255.255")));
  // A machine without any IPv6 address but loopback has no route to the rest.
  std::ifstream routes("/proc/net/ipv6_route");
  bool only_loopback = true;
  for (std::string line; std::getline(routes, line);) {
    if (line.substr(line.find_last_of(' ') + 1) != "lo") only_loopback = false;
  }
  if (only_loopback) CHECK_FALSE(has_route(ip("2606:4700::1")));
}

}  // namespace mta_sts::net
