#include "exporter/board/boards.h"

#include <catch2/catch.hpp>

#include "tests/unit/board/states.h"

using mta_sts::board::Board;
using mta_sts::board::Boards;
using mta_sts::board::Standing;
using mta_sts::testing::domain_state;
using mta_sts::testing::endpoint_state;

TEST_CASE("boards: a guest is shown with the MX hosts and endpoints of both boards, each once", "[board][guests]") {
  Board configured;
  Board guests;
  const Boards boards(configured, guests);
  boards.of(Standing::Configured).publish(domain_state("a.example", {"mx1.example.net"}));
  configured.publish(endpoint_state("mx1.example.net", "192.0.2.1"));
  boards.of(Standing::Guest).publish(domain_state("g.example", {"mx1.example.net", "mx2.example.net"}));
  guests.publish(endpoint_state("mx1.example.net", "192.0.2.1"));
  guests.publish(endpoint_state("mx1.example.net", "192.0.2.2"));
  guests.publish(endpoint_state("mx2.example.net", "192.0.2.3"));
  const auto part = boards.snapshot_of("g.example");
  REQUIRE(part.domains.size() == 1);
  CHECK(part.mx_hosts.size() == 2);
  CHECK(part.endpoints.size() == 3);
  CHECK(boards.snapshot_of("a.example").endpoints.size() == 1);
  CHECK(boards.snapshot_of("b.example").domains.empty());
  CHECK(boards.domains_of("mx1.example.net") == std::vector<std::string>{"a.example", "g.example"});
  CHECK(boards.endpoint("mx2.example.net", *mta_sts::parse_ip("192.0.2.3")) != nullptr);
  CHECK(boards.endpoint("mx2.example.net", *mta_sts::parse_ip("192.0.2.9")) == nullptr);
}
