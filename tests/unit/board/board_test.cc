#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/unit/board/states.h"
#include "tests/unit/metrics/lines.h"

using mta_sts::board::Board;
using mta_sts::testing::domain_state;
using mta_sts::testing::endpoint_state;
using mta_sts::testing::text_of;
using Strings = std::vector<std::string>;

namespace {

std::map<std::string, std::size_t> domains_by_mx(const Board& board) {
  std::map<std::string, std::size_t> counts;
  for (const auto& host : board.snapshot().mx_hosts) counts[host->view.mx] = host->view.domains;
  return counts;
}
using Counts = std::map<std::string, std::size_t>;

/// The lines of the one MX host.
std::string mx_text(const Board& board) {
  return text_of(board.snapshot().mx_hosts.at(0)->lines, mta_sts::metrics::mx_families());
}

}  // namespace

TEST_CASE("board: a domain is its latest state with its text", "[board]") {
  Board board;
  CHECK(board.domain("a.example") == nullptr);
  board.publish(domain_state("a.example"));
  auto later = domain_state("a.example");
  later.record.present = false;
  board.publish(later);
  const auto entry = board.domain("a.example");
  REQUIRE(entry);
  CHECK(entry->state.record.present == false);
  const auto text = text_of(entry->lines, mta_sts::metrics::domain_families());
  CHECK(text.find("mta_sts_record_present{domain=\"a.example\"} 0\n") != std::string::npos);
  CHECK(board.snapshot().domains.size() == 1);
}

TEST_CASE("board: a domain that is forgotten leaves its MX hosts, and takes along those that nobody else uses",
          "[board]") {
  Board board;
  board.publish(domain_state("a.example", {"mx1.example.net", "mx2.example.net"}));
  board.publish(domain_state("b.example", {"mx2.example.net"}));
  board.forget_domain("a.example");
  board.forget_domain("c.example");
  CHECK(board.domain("a.example") == nullptr);
  CHECK(board.snapshot().domains.size() == 1);
  CHECK(domains_by_mx(board) == Counts{{"mx2.example.net", 1}});
}

TEST_CASE("board: a state that was handed out does not change", "[board]") {
  Board board;
  board.publish(domain_state("a.example", {"mx.example.net"}));
  const auto before = board.domain("a.example");
  const auto snapshot = board.snapshot();
  board.publish(domain_state("a.example"));
  CHECK(before->state.mx.hosts.size() == 1);
  REQUIRE(snapshot.mx_hosts.size() == 1);
  CHECK(snapshot.mx_hosts.front()->view.domains == 1);
}

TEST_CASE("board: a domain is taken alone, with its MX hosts and all their endpoints", "[board]") {
  Board board;
  board.publish(domain_state("a.example", {"mx1.example.net", "mx2.example.net"}));
  board.publish(domain_state("b.example", {"mx3.example.net"}));
  board.publish(endpoint_state("mx1.example.net", "192.0.2.1"));
  board.publish(endpoint_state("mx1.example.net", "2001:db8::1"));
  board.publish(endpoint_state("mx10.example.net", "192.0.2.9"));
  board.publish(endpoint_state("mx3.example.net", "192.0.2.3"));
  // So many that each shard has some which stand behind those that are asked for.
  for (int i = 0; i < 1000; ++i) board.publish(endpoint_state("z" + std::to_string(i) + ".example.net", "192.0.2.4"));
  const auto alone = board.snapshot_of("a.example");
  REQUIRE(alone.domains.size() == 1);
  CHECK(alone.domains.front()->state.setting->name.text() == "a.example");
  CHECK(alone.mx_hosts.size() == 2);
  REQUIRE(alone.endpoints.size() == 2);
  for (const auto& endpoint : alone.endpoints) CHECK(endpoint->state.mx == "mx1.example.net");
  CHECK(board.snapshot_of_mx("mx3.example.net").endpoints.size() == 1);
  CHECK(board.snapshot_of("c.example").domains.empty());
  CHECK(board.snapshot_of_mx("mx9.example.net").mx_hosts.empty());
}

TEST_CASE("board: an MX host counts the domains that use it, joining and leaving", "[board]") {
  Board board;
  board.publish(domain_state("a.example", {"mx1.example.net", "mx2.example.net"}));
  board.publish(domain_state("b.example", {"mx1.example.net"}));
  CHECK(domains_by_mx(board) == Counts{{"mx1.example.net", 2}, {"mx2.example.net", 1}});
  CHECK(board.domains_of("mx1.example.net") == Strings{"a.example", "b.example"});

  board.publish(domain_state("a.example", {"mx1.example.net", "mx2.example.net"}));
  CHECK(domains_by_mx(board) == Counts{{"mx1.example.net", 2}, {"mx2.example.net", 1}});

  board.publish(domain_state("a.example", {"mx3.example.net"}));
  CHECK(domains_by_mx(board) == Counts{{"mx1.example.net", 1}, {"mx3.example.net", 1}});
  CHECK(board.domains_of("mx1.example.net") == Strings{"b.example"});
  CHECK(board.domains_of("mx2.example.net").empty());
}

TEST_CASE("board: the text of an MX host follows its domains and its name's problems", "[board]") {
  using mta_sts::Reason;
  using mta_sts::judge::Outcome;
  Board board;
  auto state = domain_state("a.example", {"mx.example.net"});
  board.publish(state);
  board.publish(domain_state("b.example", {"mx.example.net"}));
  CHECK(mx_text(board) ==
        "mta_sts_mx_info{mx=\"mx.example.net\",provider=\"example.net\"} 1\n"
        "mta_sts_mx_domains{mx=\"mx.example.net\"} 2\n"
        "mta_sts_mx_enforced_domains{mx=\"mx.example.net\"} 0\n");
  state.last_probe += std::chrono::seconds(1);
  state.mx.hosts.front().problems.fail = mta_sts::judge::Problem{Outcome::Fail, Reason::MxNoAddress, "", ""};
  board.publish(state);
  const std::string problem =
      "mta_sts_mx_problem{mx=\"mx.example.net\",address=\"\",outcome=\"fail\",reason=\"mx_no_address\"} 1\n";
  CHECK(mx_text(board).find(problem) == 0);
  // The other domain's leaving keeps them.
  board.publish(domain_state("b.example"));
  CHECK(mx_text(board) == problem +
                              "mta_sts_mx_info{mx=\"mx.example.net\",provider=\"example.net\"} 1\n"
                              "mta_sts_mx_domains{mx=\"mx.example.net\"} 1\n"
                              "mta_sts_mx_enforced_domains{mx=\"mx.example.net\"} 0\n");
}

TEST_CASE("board: a look that is judged anew does not bring back what a later look at the MX host's name cleared",
          "[board]") {
  using mta_sts::Reason;
  using mta_sts::judge::Outcome;
  Board board;
  auto earlier = domain_state("a.example", {"mx.example.net"});
  earlier.mx.hosts.front().problems.fail = mta_sts::judge::Problem{Outcome::Fail, Reason::MxNoAddress, "", ""};
  board.publish(earlier);
  CHECK(mx_text(board).find("mx_no_address") != std::string::npos);
  board.publish(domain_state("b.example", {"mx.example.net"}));
  CHECK(mx_text(board).find("mx_no_address") == std::string::npos);
  board.publish(earlier);
  CHECK(mx_text(board).find("mx_no_address") == std::string::npos);
  earlier.last_probe += std::chrono::seconds(1);
  board.publish(earlier);
  CHECK(mx_text(board).find("mx_no_address") != std::string::npos);
}

TEST_CASE("board: entries have text of the families that are shown, also those that were there before", "[board]") {
  Board board;
  const auto text = [&] {
    const auto all = board.snapshot();
    return text_of(all.domains.at(0)->lines, mta_sts::metrics::domain_families()) +
           text_of(all.endpoints.at(0)->lines, mta_sts::metrics::mx_families()) + mx_text(board);
  };
  const auto put = [&] {
    board.publish(domain_state("a.example", {"mx.example.net"}));
    board.publish(endpoint_state("mx.example.net", "192.0.2.25"));
  };
  put();
  const std::string whole = text();
  const auto only = [](std::string_view name) {
    return [name](const mta_sts::metrics::Family& family) { return family.name == name; };
  };
  board.show(only("mta_sts_record_present"));
  CHECK(text() == "mta_sts_record_present{domain=\"a.example\"} 1\n");
  board.show(only("mta_sts_mx_domains"));
  CHECK(text() == "mta_sts_mx_domains{mx=\"mx.example.net\"} 1\n");
  put();
  CHECK(text() == "mta_sts_mx_domains{mx=\"mx.example.net\"} 1\n");
  board.show([](const auto&) { return true; });
  CHECK(text() == whole);
}

TEST_CASE("board: an MX host of a set that is no longer held keeps its info alone", "[board]") {
  Board board;
  board.publish(domain_state("a.example", {"mx.example.net"}));
  auto forgotten = domain_state("a.example");
  forgotten.mx.last_hosts = {{"mx.example.net", "example.net"}};
  board.publish(forgotten);
  CHECK(mx_text(board) == "mta_sts_mx_info{mx=\"mx.example.net\",provider=\"example.net\"} 1\n");
  CHECK(board.domains_of("mx.example.net") == Strings{"a.example"});
  board.publish(domain_state("a.example", {"mx.example.net"}));
  CHECK(domains_by_mx(board) == Counts{{"mx.example.net", 1}});
  board.publish(domain_state("a.example"));
  CHECK(board.snapshot().mx_hosts.empty());
}

TEST_CASE("board: an endpoint is one for its name and address, until it is forgotten", "[board]") {
  Board board;
  const auto address = mta_sts::parse_ip("192.0.2.25").value();
  CHECK(board.endpoint("mx.example.net", address) == nullptr);
  board.publish(endpoint_state("mx.example.net", "192.0.2.25"));
  board.publish(endpoint_state("mx.example.net", "192.0.2.26"));
  board.publish(endpoint_state("other.example.net", "192.0.2.25"));
  auto later = endpoint_state("mx.example.net", "192.0.2.25");
  later.reachable = false;
  board.publish(later);
  CHECK(board.endpoint_count() == 3);
  const auto kept = board.endpoint("mx.example.net", address);
  REQUIRE(kept);
  CHECK(kept->reachable == false);

  board.forget_endpoint({"mx.example.net", address});
  board.forget_endpoint({"mx.example.net", address});
  CHECK(board.endpoint_count() == 2);
  CHECK(board.endpoint("mx.example.net", address) == nullptr);
  CHECK(board.snapshot().endpoints.size() == 2);
  // Who holds it keeps it.
  CHECK(kept->mx == "mx.example.net");
}

TEST_CASE("board: two snapshots without a change between have the same order", "[board]") {
  Board board;
  for (int i = 0; i < 200; ++i) {
    board.publish(domain_state("d" + std::to_string(i) + ".example", {"mx" + std::to_string(i % 7) + ".example.net"}));
  }
  const auto first = board.snapshot();
  const auto second = board.snapshot();
  CHECK(first.domains.size() == 200);
  CHECK(first.mx_hosts.size() == 7);
  CHECK(first.domains == second.domains);
  CHECK(first.mx_hosts == second.mx_hosts);
}

TEST_CASE("board: workers publish while scrapes read", "[board][threads]") {
  constexpr int kWorkers = 3;
  constexpr int kRounds = 60;
  Board board;
  std::atomic<bool> done = false;
  std::atomic<std::size_t> broken = 0;
  std::vector<std::thread> workers;
  for (int worker = 0; worker < kWorkers; ++worker) {
    workers.emplace_back([&board, worker] {
      for (int round = 0; round < kRounds; ++round) {
        for (int i = 0; i < 5; ++i) {
          const std::string name = "d" + std::to_string(i) + ".w" + std::to_string(worker) + ".example";
          // All domains share mx.example.net; the other host comes and goes.
          const std::string other = "mx" + std::to_string((round + i) % 4) + ".example.net";
          board.publish(domain_state(name, {"mx.example.net", other}));
          const std::string address = "192.0.2." + std::to_string(i);
          board.publish(endpoint_state("mx.example.net", address));
          if (round % 3 == 0) board.forget_endpoint({"mx.example.net", mta_sts::parse_ip(address).value()});
        }
      }
    });
  }
  std::thread reader([&] {
    while (!done) {
      const auto snapshot = board.snapshot();
      for (const auto& host : snapshot.mx_hosts) {
        if (!host || host->view.domains == 0 || text_of(host->lines, mta_sts::metrics::mx_families()).empty()) ++broken;
      }
      for (const auto& domain : snapshot.domains) {
        if (domain->state.mx.hosts.size() != 2) ++broken;
      }
      board.domains_of("mx.example.net");
      board.endpoint("mx.example.net", mta_sts::parse_ip("192.0.2.1").value());
    }
  });
  for (auto& worker : workers) worker.join();
  done = true;
  reader.join();
  CHECK(broken == 0);
  std::size_t uses = 0;
  for (const auto& [mx, domains] : domains_by_mx(board)) uses += domains;
  CHECK(uses == 2 * 5 * kWorkers);
  CHECK(board.domains_of("mx.example.net").size() == 5 * kWorkers);
  CHECK(board.endpoint_count() == board.snapshot().endpoints.size());
}
