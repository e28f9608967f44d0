#include "exporter/web/probe_page.h"

#include <catch2/catch.hpp>

#include "raw_client.h"
#include "tests/unit/judge/builders.h"

namespace mta_sts::web {
namespace {

using std::chrono::minutes;

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// example.org is configured; another domain is beside it on the board.
struct World {
  ProbeSources sources() {
    ProbeSources sources;
    const auto facts = std::make_shared<FactSources>();
    facts->ask_domain = [this](const std::string&, const Answer<judge::KnownDomain>& answer) {
      answer(judge::KnownDomain{board.domain("example.org")->state, story.memory().share_latest(), {}, {}});
    };
    facts->ask_endpoint = [](const std::string&, const IpAddress&, const Answer<judge::EndpointObservation>& answer) {
      answer(testing::delivers());
    };
    facts->endpoint = story.finder();
    sources.facts = facts;
    sources.snapshot_of = [this](const std::string& domain) { return board.snapshot_of(domain); };
    sources.domain = [this](const std::string& name) { return board.domain(name); };
    sources.look_now = [this](const std::string& name, const Answer<bool>& answer) {
      ++looks;
      if (name != "example.org") return answer(false);
      if (!answers) return;
      board.publish(story.look());
      answer(true);
    };
    sources.now = [this] { return now; };
    sources.show = [](const metrics::Family&) { return true; };
    sources.interval = [] { return minutes(5); };
    return sources;
  }

  testing::Story story;
  board::Board board;
  WallTime now = testing::kStart + testing::kInterval;
  int looks = 0;
  bool answers = true;
};

WireResponse asked(ProbeSources sources, const std::string& target, const std::string& fields = "") {
  const auto page = std::make_shared<const ProbePage>(std::move(sources));
  const TestServer server{AsyncHandler([page](Request request) { return page->get(std::move(request)); })};
  auto client = server.connect();
  client.send(get(target, fields));
  auto response = client.read_response();
  REQUIRE(response);
  return *response;
}

WireResponse asked(World& world, const std::string& target, const std::string& fields = "") {
  return asked(world.sources(), target, fields);
}

TEST_CASE("probe: a fresh result is served as it is, with this domain's families alone", "[web][probe]") {
  World world;
  world.board.publish(world.story.look());
  auto other = world.board.domain("example.org")->state;
  other.setting = std::make_shared<const judge::DomainSetting>(
      judge::DomainSetting{formats::DomainName::from_ascii("other.example").value(), {}, {}});
  other.mx.hosts.front().name = "mx.other.example";
  world.board.publish(other);
  const auto response = asked(world, "/probe?target=example.org");
  CHECK(response.status() == 200);
  CHECK(response.field("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(has(response.body, "\nprobe_success 1\n"));
  CHECK(has(response.body, "\nprobe_duration_seconds 1\n"));
  CHECK(has(response.body, "mta_sts_policy_present{domain=\"example.org\"} 1\n"));
  CHECK(has(response.body, "mta_sts_mx_domains{mx=\"mx.example.org\"} 1\n"));
  CHECK_FALSE(has(response.body, "other.example"));
  CHECK(world.looks == 0);
}

TEST_CASE("probe: a fresh result of an earlier process shows no duration, and no 0 in its place", "[web][probe]") {
  World world;
  world.story.seen.duration.reset();
  world.board.publish(world.story.look());
  const auto response = asked(world, "/probe?target=example.org");
  CHECK(has(response.body, "\nprobe_success 1\n"));
  CHECK_FALSE(has(response.body, "probe_duration_seconds"));
  CHECK(world.looks == 0);
}

TEST_CASE("probe: a result that is older than the interval, or not there, is made now", "[web][probe]") {
  World world;
  CHECK(has(asked(world, "/probe?target=example.org").body, "\nprobe_success 1\n"));
  CHECK(world.looks == 1);
  world.now += minutes(6);
  asked(world, "/probe?target=example.org");
  CHECK(world.looks == 2);
}

TEST_CASE("probe: a look that does not end in time has no success, and leaves what was known", "[web][probe]") {
  World world;
  world.board.publish(world.story.look());
  world.answers = false;
  world.now += minutes(6);
  const std::string timeout = "X-Prometheus-Scrape-Timeout-Seconds: 0.6\r\n";
  const auto response = asked(world, "/probe?target=example.org", timeout);
  CHECK(response.status() == 200);
  CHECK(has(response.body, "\nprobe_success 0\n"));
  CHECK(has(response.body, "mta_sts_policy_present{domain=\"example.org\"} 1\n"));
  CHECK(world.looks == 1);
}

TEST_CASE("probe: a first look that does not end in time has no success, and there is nothing else to show",
          "[web][probe]") {
  World world;
  world.answers = false;
  const auto response = asked(world, "/probe?target=example.org", "X-Prometheus-Scrape-Timeout-Seconds: 0.6\r\n");
  CHECK(response.status() == 200);
  CHECK(has(response.body, "\nprobe_success 0\n"));
  CHECK_FALSE(has(response.body, "domain=\"example.org\""));
}

TEST_CASE("probe: a domain that is not configured and was looked at all the same is shown", "[web][probe]") {
  World world;
  auto sources = world.sources();
  sources.domain = [](const std::string&) { return nullptr; };
  const auto response = asked(std::move(sources), "/probe?target=example.org");
  CHECK(response.status() == 200);
  CHECK(has(response.body, "\nprobe_success 1\n"));
  CHECK(world.looks == 1);
}

TEST_CASE("probe: more than may wait for a look are told so at once", "[web][probe]") {
  World world;
  world.answers = false;
  const auto page = std::make_shared<const ProbePage>(world.sources());
  const TestServer server{AsyncHandler([page](Request request) { return page->get(std::move(request)); })};
  std::vector<RawClient> clients;
  for (std::size_t i = 0; i < ProbePage::kMaxWaiting; ++i) {
    clients.push_back(server.connect());
    clients.back().send(get("/probe?target=example.org"));
  }
  // The server takes them in the order in which they came, or this one waits as well: until one is refused.
  auto late = server.connect();
  late.send(get("/probe?target=example.org"));
  const auto response = late.read_response();
  REQUIRE(response);
  CHECK(response->status() == 503);
}

TEST_CASE("probe: a domain with a failing check has no success", "[web][probe]") {
  World world;
  world.story.seen.policy_host = testing::policy_host({testing::answers("192.0.2.1", 404)});
  world.board.publish(world.story.look());
  const auto response = asked(world, "/probe?target=example.org");
  CHECK(response.status() == 200);
  CHECK(has(response.body, "\nprobe_success 0\n"));
  CHECK(has(response.body, "reason=\"http_status\"} 1\n"));
}

TEST_CASE("probe: OpenMetrics where it is asked for", "[web][probe]") {
  World world;
  world.board.publish(world.story.look());
  const auto response =
      asked(world, "/probe?target=example.org", "Accept: application/openmetrics-text;version=1.0.0\r\n");
  CHECK(has(response.field("Content-Type"), "application/openmetrics-text"));
  CHECK(response.body.ends_with("# EOF\n"));
}

TEST_CASE("probe: the target is a configured domain, in any spelling", "[web][probe]") {
  World world;
  CHECK(asked(world, "/probe?target=EXAMPLE.org").status() == 200);
  CHECK(asked(world, "/probe?target=other.example").status() == 404);
  CHECK(asked(world, "/probe").status() == 400);
  const auto refused = asked(world, "/probe?target=not%20a%20name");
  CHECK(refused.status() == 400);
  CHECK(has(refused.body, "The target is no domain: "));
}

TEST_CASE("probe: debug=true tells what was found as text", "[web][probe]") {
  World world;
  world.board.publish(world.story.look());
  const auto response = asked(world, "/probe?target=example.org&debug=true");
  CHECK(response.field("Content-Type") == "text/plain; charset=utf-8");
  CHECK(has(response.body, "Verdict: ok"));
  CHECK(has(response.body, "TXT \"v=STSv1; id=a1\""));
}

}  // namespace
}  // namespace mta_sts::web
