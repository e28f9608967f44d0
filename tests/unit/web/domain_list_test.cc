#include "exporter/web/domain_list.h"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "tests/unit/board/states.h"

namespace mta_sts::web {
namespace {

using Names = std::vector<std::string>;

judge::DomainState broken(const std::string& name, Reason reason, judge::Outcome outcome = judge::Outcome::Fail) {
  auto state = testing::domain_state(name);
  if (outcome == judge::Outcome::Fail) state.record.check.ok = false;
  state.record.check.problems = {{outcome, reason, "", ""}};
  return state;
}

board::Snapshot three_domains() {
  board::Board board;
  board.publish(testing::domain_state("fine.example", {"mx1.example.net", "mx2.example.net"}));
  board.publish(broken("twice.example", Reason::RecordMultiple));
  board.publish(broken("quiet.example", Reason::DnsServfail, judge::Outcome::Inconclusive));
  return board.snapshot();
}

Names names(const Fields& query) {
  const auto list = domain_list(three_domains(), query);
  REQUIRE(list);
  Names found;
  for (const auto& row : list->at("domains").as_array()) found.emplace_back(row.at("domain").as_string());
  return found;
}

std::string refusal(const Fields& query) {
  const auto list = domain_list(three_domains(), query);
  REQUIRE(!list);
  return list.error().message;
}

TEST_CASE("domain list: the worst come first, or in the order that is asked for", "[web][domain_list]") {
  CHECK(names({}) == Names{"twice.example", "quiet.example", "fine.example"});
  CHECK(names({{"sort", "name"}}) == Names{"fine.example", "quiet.example", "twice.example"});
}

TEST_CASE("domain list: a domain fits where every kind of filter fits", "[web][domain_list]") {
  CHECK(names({{"verdict", "fail"}}) == Names{"twice.example"});
  CHECK(names({{"verdict", "fail"}, {"verdict", "inconclusive"}}) == Names{"twice.example", "quiet.example"});
  CHECK(names({{"reason", "dns_servfail"}}) == Names{"quiet.example"});
  CHECK(names({{"q", "wic"}}) == Names{"twice.example"});
  CHECK(names({{"verdict", "fail"}, {"q", "fine"}}).empty());
  CHECK(names({{"label", "team:mail"}}).empty());
}

TEST_CASE("domain list: a label fits with its value only", "[web][domain_list]") {
  board::Board board;
  auto state = testing::domain_state("a.example");
  auto setting = *state.setting;
  setting.labels = {{"team", "mail"}};
  state.setting = std::make_shared<const judge::DomainSetting>(setting);
  board.publish(state);
  CHECK(domain_list(board.snapshot(), {{"label", "team:mail"}})->at("total") == 1);
  CHECK(domain_list(board.snapshot(), {{"label", "team:web"}})->at("total") == 0);
}

TEST_CASE("domain list: pages hold what was asked for, and say how many there are", "[web][domain_list]") {
  const Fields second{{"sort", "name"}, {"page", "2"}, {"page_size", "2"}};
  CHECK(names(second) == Names{"twice.example"});
  const auto list = domain_list(three_domains(), second);
  CHECK(list->at("total") == 3);
  CHECK(list->at("page") == 2);
  CHECK(names({{"page", "1000000000"}}).empty());
}

TEST_CASE("domain list: a row has what stands behind the verdict", "[web][domain_list]") {
  const auto list = domain_list(three_domains(), {{"q", "twice"}});
  const auto& row = list->at("domains").at(0);
  CHECK(row.at("verdict") == "fail");
  CHECK(row.at("problems").at(0).at("check") == "record");
  CHECK(row.at("problems").at(0).at("reason") == "record_multiple");
  CHECK(row.at("problems").at(0).at("outcome") == "fail");
}

TEST_CASE("domain list: a parameter that is not known or not valid is refused by name", "[web][domain_list]") {
  CHECK(refusal({{"colour", "red"}}) == "the parameter colour is not known");
  CHECK(refusal({{"verdict", "bad"}}) ==
        "the parameter verdict=bad is not valid; expected ok, fail, inconclusive or absent");
  CHECK(refusal({{"mode", "on"}}) == "the parameter mode=on is not valid; expected enforce, testing or none");
  CHECK(refusal({{"label", "team"}}) == "the parameter label=team is not valid; expected NAME:VALUE");
  CHECK(refusal({{"sort", "x"}}) == "the parameter sort=x is not valid; expected severity, name or last_probe");
  for (const std::string bad : {"0", "-1", "1001", "1x", "", "99999999999999999999"}) {
    CHECK(refusal({{"page_size", bad}}) ==
          "the parameter page_size=" + bad + " is not valid; expected a number from 1 to 1000");
  }
}

TEST_CASE("mx list: the most used come first", "[web][domain_list]") {
  board::Board board;
  board.publish(testing::domain_state("a.example", {"mx1.example.net", "mx2.example.net"}));
  board.publish(testing::domain_state("b.example", {"mx2.example.net"}));
  const auto list = mx_list(board.snapshot(), {});
  REQUIRE(list);
  CHECK(list->at("total") == 2);
  CHECK(list->at("mx_hosts").at(0).at("mx") == "mx2.example.net");
  CHECK(list->at("mx_hosts").at(0).at("domains") == 2);
  CHECK(mx_list(board.snapshot(), {{"q", "mx1"}})->at("total") == 1);
  CHECK(!mx_list(board.snapshot(), {{"reason", "x"}}));
}

}  // namespace
}  // namespace mta_sts::web
