#include <catch2/catch.hpp>

#include "exporter/net/dns_client.h"

namespace mta_sts::net {

TEST_CASE("dns_servers: nameserver lines give the resolvers in order, whatever else the file says",
          "[net][dns_servers]") {
  const auto servers = parse_resolv_conf(
      "# nameserver 192.0.2.9\n"
      "search example.com\n"
      "nameserver 192.0.2.1\n"
      "nameserver\t2001:db8::53  \r\n"
      " nameserver 192.0.2.8\n"
      "nameserver192.0.2.7\n"
      "nameserver nonsense\n"
      "nameserver\n"
      "options edns0\n"
      "nameserver 192.0.2.2");
  REQUIRE(servers.size() == 3);
  CHECK(to_text(servers[0]) == "192.0.2.1");
  CHECK(to_text(servers[1]) == "2001:db8::53");
  CHECK(to_text(servers[2]) == "192.0.2.2");
}

TEST_CASE("dns_servers: a resolver that needs a zone is left out", "[net][dns_servers]") {
  CHECK(parse_resolv_conf("nameserver fe80::1%lo\n").empty());
}

TEST_CASE("dns_servers: no more resolvers than libc would use are taken", "[net][dns_servers]") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "nameserver 192.0.2.1\n";
  CHECK(parse_resolv_conf(text).size() == kMaxSystemResolvers);
}

TEST_CASE("dns_servers: the system always has some resolver on port 53", "[net][dns_servers]") {
  const auto servers = system_resolvers();
  REQUIRE_FALSE(servers.empty());
  CHECK(servers.size() <= kMaxSystemResolvers);
  for (const auto& server : servers) CHECK(server.port() == 53);
}

}  // namespace mta_sts::net
