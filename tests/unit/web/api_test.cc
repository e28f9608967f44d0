#include "exporter/web/api.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "exporter/web/router.h"
#include "raw_client.h"
#include "tests/unit/judge/builders.h"

namespace mta_sts::web {
namespace {

namespace json = boost::json;

/// One domain and its MX endpoint, asked for over HTTP.
struct World {
  World() {
    auto state = story.look();
    board.publish(state);
    known = judge::KnownDomain{state, story.memory().share_latest(), {}, story.memory().past()};
  }

  RouterSources sources() {
    RouterSources sources;
    sources.api.snapshot = [this] { return board.snapshot(); };
    sources.api.snapshot_of_mx = [this](const std::string& mx) { return board.snapshot_of_mx(mx); };
    const auto facts = std::make_shared<FactSources>();
    facts->ask_domain = [this](const std::string& name, const Answer<judge::KnownDomain>& answer) {
      if (name == "example.org") return answer(known);
      answer(std::nullopt);
    };
    facts->ask_endpoint = [](const std::string&, const IpAddress&, const Answer<judge::EndpointObservation>& answer) {
      auto seen = testing::delivers();
      seen.transcript = "220 <script>\xff\n";
      answer(seen);
    };
    facts->endpoint = story.finder();
    sources.api.facts = facts;
    sources.api.domains_of = [this](const std::string& mx) { return board.domains_of(mx); };
    sources.api.ready = [] { return true; };
    sources.api.now = [] { return testing::kStart; };
    sources.api.recent_looks = [] {
      return std::vector<board::LookResult>{{"example.org", testing::kStart, std::chrono::milliseconds(1500),
                                             judge::Verdict::Fail, board::AskedBy::Probe}};
    };
    sources.api.config = [] { return json::object{{"domains", 1}}; };
    sources.api.version = "1.2.3";
    sources.now = [] { return testing::kStart; };
    return sources;
  }

  testing::Story story;
  board::Board board;
  std::optional<judge::KnownDomain> known;
};

struct Reply {
  int status;
  std::string type;
  json::value body;
};

Reply get_json(World& world, const std::string& target) {
  const TestServer server{make_router({}, world.sources())};
  auto client = server.connect();
  client.send(get(target));
  const auto response = client.read_response();
  REQUIRE(response);
  return {response->status(), response->field("Content-Type"), json::parse(response->body)};
}

TEST_CASE("api: a domain is shown with its evidence, the dialogue with its MX host and its timeline", "[web][api]") {
  World world;
  const auto reply = get_json(world, "/api/v1/domains/example.org");
  CHECK(reply.status == 200);
  CHECK(reply.type == "application/json");
  CHECK(reply.body.at("domain") == "example.org");
  CHECK(reply.body.at("checks").at("record").at("ok") == true);
  CHECK(reply.body.at("record").at("txt").at(0).as_string().starts_with("v=STSv1;"));
  const auto& endpoint = reply.body.at("mx").at(0).at("endpoints").at(0);
  CHECK(endpoint.at("passes") == true);
  CHECK(endpoint.at("smtp").at(0) == "220 <script>\xef\xbf\xbd");
  CHECK(!reply.body.at("timeline").as_array().empty());
}

TEST_CASE("api: the report is what check prints, with the verdict of the same moment", "[web][api]") {
  World world;
  const auto reply = get_json(world, "/api/v1/domains/example.org/report");
  CHECK(reply.status == 200);
  CHECK(reply.body.at("verdict") == get_json(world, "/api/v1/domains/example.org").body.at("verdict"));
  CHECK(reply.body.at("text").as_string().find("TXT \"v=STSv1; id=a1\"") != json::string::npos);
}

TEST_CASE("api: a plan rests on what the board has of the hosts; others are not looked at", "[web][api]") {
  World world;
  world.board.publish(*world.story.finder()("mx.example.org", *parse_ip("192.0.2.25")));
  const auto reply = get_json(world, "/api/v1/domains/example.org/plan?mx=mx.example.org&mx=MX.example.org");
  CHECK(reply.status == 200);
  CHECK(reply.body.at("mx") == json::parse(R"([{"name":"mx.example.org","passes":true,"problem":""}])"));
  // Watched for a moment only: what was published before is not known.
  CHECK(reply.body.at("answer") == "unknown");
  CHECK(reply.body.at("steps").at(0).at("record") == "v=STSv1; id=20250615150640;");
  CHECK(reply.body.at("text").as_string().starts_with("example.org, MX to be: mx.example.org\n"));
  const auto unseen = get_json(world, "/api/v1/domains/example.org/plan?mx=new.example.net");
  CHECK(unseen.body.at("mx") == json::parse(R"([{"name":"new.example.net","passes":null,"problem":"not looked at"}])"));
  CHECK(unseen.body.at("reason") != reply.body.at("reason"));
}

TEST_CASE("api: a plan without hosts, or with what is none, is refused", "[web][api]") {
  World world;
  for (const std::string query : {"", "?mx=", "?mx=192.0.2.1", "?host=mx.example.org", "?mx=mx.example.org&x=1"}) {
    CAPTURE(query);
    CHECK(get_json(world, "/api/v1/domains/example.org/plan" + query).status == 400);
  }
  std::string many = "?mx=h0.example";
  for (int i = 1; i <= 64; ++i) many += "&mx=h" + std::to_string(i) + ".example";
  CHECK(get_json(world, "/api/v1/domains/example.org/plan" + many).status == 400);
  CHECK(get_json(world, "/api/v1/domains/other.example/plan?mx=mx.example.org").status == 404);
}

TEST_CASE("api: what is not there is told in JSON", "[web][api]") {
  World world;
  for (const std::string path : {"domains/other.example", "mx/other.example", "nothing", "domains/",
                                 "domains/example.org/x", "domains/other.example/report"}) {
    const auto reply = get_json(world, "/api/v1/" + path);
    CHECK(reply.status == 404);
    CHECK(reply.body.at("error").is_string());
  }
  const auto refused = get_json(world, "/api/v1/domains?page=0");
  CHECK(refused.status == 400);
  CHECK(refused.body.at("error") == "the parameter page=0 is not valid; expected a number from 1 to 1000000000");
}

TEST_CASE("api: an MX host is shown with its addresses and the domains that use it", "[web][api]") {
  World world;
  const auto list = get_json(world, "/api/v1/mx");
  REQUIRE(list.body.at("total") == 1);
  const std::string name(list.body.at("mx_hosts").at(0).at("mx").as_string());
  const auto host = get_json(world, "/api/v1/mx/" + name);
  CHECK(host.status == 200);
  CHECK(host.body.at("domain_names").at(0) == "example.org");
}

TEST_CASE("api: the status counts the domains by verdict", "[web][api]") {
  World world;
  const auto reply = get_json(world, "/api/v1/status");
  CHECK(reply.body.at("version") == "1.2.3");
  CHECK(reply.body.at("domains") == 1);
  CHECK(reply.body.at("ready") == true);
  std::int64_t sum = 0;
  for (const auto& [_, count] : reply.body.at("verdicts").as_object()) sum += count.to_number<std::int64_t>();
  CHECK(sum == 1);
}

TEST_CASE("api: the configuration in use is shown as it is handed in", "[web][api]") {
  World world;
  const auto reply = get_json(world, "/api/v1/config");
  CHECK(reply.status == 200);
  CHECK(reply.body == json::value{{"domains", 1}});
}

TEST_CASE("api: the last looks are shown with how they ended and who asked", "[web][api]") {
  World world;
  const auto reply = get_json(world, "/api/v1/looks");
  CHECK(reply.status == 200);
  REQUIRE(reply.body.at("looks").as_array().size() == 1);
  const auto& look = reply.body.at("looks").at(0);
  CHECK(look.at("domain") == "example.org");
  CHECK(look.at("finished") == "2025-06-15T15:06:40Z");
  CHECK(look.at("duration_seconds") == 1.5);
  CHECK(look.at("verdict") == "fail");
  CHECK(look.at("asked_by") == "probe");
}

TEST_CASE("api: it only reads", "[web][api]") {
  World world;
  const TestServer server{make_router({}, world.sources())};
  auto client = server.connect();
  client.send("POST /api/v1/domains HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
  const auto response = client.read_response();
  REQUIRE(response);
  CHECK(response->status() == 405);
}

TEST_CASE("api: one deadline holds for all that an answer asks", "[web][api]") {
  World world;
  auto seen = std::make_shared<judge::DomainObservation>(*world.known->seen);
  seen->mx.hosts.assign(64, seen->mx.hosts.front());
  world.known->seen = seen;
  const auto sources = std::make_shared<FactSources>(*world.sources().api.facts);
  int asked = 0;
  Answer<judge::EndpointObservation> never;
  sources->ask_endpoint = [&](const std::string&, const IpAddress&, Answer<judge::EndpointObservation> answer) {
    ++asked;
    never = std::move(answer);
  };
  boost::asio::io_context io;
  std::optional<HeardDomain> heard;
  boost::asio::co_spawn(io, hear_domain(sources, "example.org", Deadline::after(std::chrono::milliseconds(50))),
                        [&](std::exception_ptr bug, std::optional<HeardDomain> result) {
                          CHECK(!bug);
                          heard = std::move(result);
                        });
  io.run();
  // The first question takes all the time that there is; the domain is told all the same.
  CHECK(asked == 1);
  REQUIRE(heard);
  CHECK(heard->endpoints.empty());
}

}  // namespace
}  // namespace mta_sts::web
