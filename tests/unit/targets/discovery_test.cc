#include "exporter/targets/discovery.h"

#include <atomic>

#include <catch2/catch.hpp>

#include "../web/raw_client.h"
#include "../web/web_folder.h"
#include "exporter/base/guarded.h"

namespace mta_sts::targets {
namespace {

using web::WebFolder;
using Names = std::vector<std::string>;

Names names(const Catalogue& catalogue) {
  Names names;
  for (const auto& domain : catalogue.domains) names.push_back(domain->name.text());
  return names;
}

/// What a list is served with; changed while the server runs.
struct Served {
  unsigned status = 200;
  std::string type = "application/json";
  std::string body = R"([{"targets": ["web.example"]}])";
  std::string tag = "\"1\"";
};

/// A discovery with what it told.
struct World {
  World() : server(web::Handler([this](const web::Request& request) { return answer(request); })) {}
  ~World() { discovery.stop(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  web::Response answer(const web::Request& request) {
    ++requests;
    const Served now = served.with([](const auto& latest) { return latest; });
    if (!now.tag.empty() && request.header("If-None-Match") == now.tag) return {304, "", {}, nullptr};
    return {now.status, now.type, {{"ETag", now.tag}}, std::make_shared<const std::string>(now.body)};
  }
  std::string url() const { return "http://user:secret@127.0.0.1:" + std::to_string(server.port()) + "/list"; }

  std::string shown_url() const { return "http://user:***@127.0.0.1:" + std::to_string(server.port()) + "/list"; }
  Sources sources() const { return {{}, {folder.path("*.yml")}, {{url(), std::chrono::milliseconds(50)}}, 8, ""}; }
  void start() {
    discovery.start(
        {[this](const Catalogue& catalogue) {
           told.with([&](auto& last) { last = names(catalogue); });
           return Discovery::Taken::Whole;
         },
         [this](const std::string&, const std::string& text) { kept.with([&](auto& last) { last = text; }); }});
  }
  bool soon_told(const Names& wanted) {
    return web::eventually([&] { return told.with([&](const auto& last) { return last == wanted; }); });
  }
  SourceStatus status(std::size_t index) const { return discovery.status().at(index); }

  WebFolder folder;
  Guarded<Served> served;
  std::atomic<int> requests = 0;
  web::TestServer server;
  SystemClock clock;
  web::SilentLog log;
  Guarded<Names> told;
  Guarded<std::string> kept;
  Discovery discovery{clock, log, {}};
};

TEST_CASE("discovery: a file that is replaced is heard of", "[targets][discovery]") {
  World world;
  world.folder.write("a.yml", "- targets: [a.example]");
  auto sources = world.sources();
  sources.urls.clear();
  CHECK(names(world.discovery.read(sources)) == Names{"a.example"});
  world.start();
  world.folder.write("a.yml", "- targets: [b.example]");
  CHECK(world.soon_told({"b.example"}));
  world.folder.write("c.yml", "- targets: [c.example]");
  CHECK(world.soon_told({"b.example", "c.example"}));
}

TEST_CASE("discovery: a list that did not change is not sent again", "[targets][discovery]") {
  World world;
  world.discovery.read(world.sources());
  world.start();
  CHECK(world.soon_told({"web.example"}));
  CHECK(world.kept.with([](const auto& text) { return text; }) == Served().body);
  const int asked = world.requests;
  REQUIRE(web::eventually([&] { return world.requests > asked + 2; }));
  CHECK(world.status(1).errors == 0);
  world.served.with([](Served& now) { now = {200, "application/json", R"([{"targets": ["new.example"]}])", "\"2\""}; });
  CHECK(world.soon_told({"new.example"}));
}

TEST_CASE("discovery: while a URL fails its last list stays", "[targets][discovery]") {
  World world;
  world.discovery.read(world.sources());
  world.start();
  REQUIRE(world.soon_told({"web.example"}));
  const Served failure =
      GENERATE(Served{500, "application/json", "[]", "\"3\""}, Served{200, "text/html", "[]", "\"3\""},
               Served{200, "application/json", "<html>", "\"3\""}, Served{200, "application/json", "", "\"3\""},
               Served{302, "", "", "\"3\""});
  CAPTURE(failure.status, failure.type, failure.body);
  world.served.with([&](Served& now) { now = failure; });
  REQUIRE(web::eventually([&] { return world.status(1).errors > 1; }));
  CHECK(world.status(1).domains == 1);
  CHECK(world.status(1).good == false);
  CHECK(world.soon_told({"web.example"}));
}

TEST_CASE("discovery: a list that an earlier process kept counts until the URL answers", "[targets][discovery]") {
  World world;
  Discovery discovery(world.clock, world.log, {{world.shown_url(), R"([{"targets": ["kept.example"]}])"}});
  CHECK(names(discovery.read(world.sources())) == Names{"kept.example"});
  CHECK(!discovery.status().at(1).last_success);
  CHECK(!discovery.status().at(1).good);
}

TEST_CASE("discovery: no password of a URL is shown", "[targets][discovery]") {
  World world;
  world.discovery.read(world.sources());
  CHECK(world.status(1).source == world.shown_url());
}

TEST_CASE("discovery: a URL that tells no version is new only when it differs", "[targets][discovery]") {
  World world;
  world.served.with([](Served& now) { now.tag = ""; });
  world.discovery.read(world.sources());
  world.start();
  REQUIRE(world.soon_told({"web.example"}));
  world.told.with([](auto& last) { last = {"nothing new"}; });
  const int asked = world.requests;
  REQUIRE(web::eventually([&] { return world.requests > asked + 2; }));
  CHECK(world.soon_told({"nothing new"}));
}

TEST_CASE("discovery: a changed interval does not wait for the end of the old one", "[targets][discovery]") {
  World world;
  auto sources = world.sources();
  sources.urls[0].refresh_interval = std::chrono::hours(1);
  world.discovery.read(sources);
  world.start();
  REQUIRE(world.soon_told({"web.example"}));
  sources.urls[0].refresh_interval = std::chrono::milliseconds(50);
  const int asked = world.requests;
  world.discovery.apply(sources);
  CHECK(web::eventually([&] { return world.requests > asked + 2; }));
}

TEST_CASE("discovery: URLs that differ in a secret only are told apart", "[targets][discovery]") {
  World world;
  auto sources = world.sources();
  sources.urls.push_back({world.url() + "?token=1", std::chrono::hours(1)});
  sources.urls.push_back({world.url() + "?token=2", std::chrono::hours(1)});
  world.discovery.read(sources);
  CHECK(world.status(2).source == world.shown_url() + "?token=***");
  CHECK(world.status(3).source == world.shown_url() + "?token=*** (2)");
}

TEST_CASE("discovery: after a reload sources that stay keep their lists, others lose them", "[targets][discovery]") {
  World world;
  world.folder.write("a.yml", "- targets: [a.example]");
  world.discovery.read(world.sources());
  world.start();
  REQUIRE(world.soon_told({"a.example", "web.example"}));
  world.served.with([](Served& now) { now = {500, "", "", "\"4\""}; });
  auto sources = world.sources();
  sources.files.clear();
  sources.max_labels = 4;
  sources.domains = {settings::DomainSetting{formats::DomainName::from_ascii("own.example").value(), {}, {}}};
  world.discovery.apply(sources);
  CHECK(world.soon_told({"own.example", "web.example"}));
  sources.urls.clear();
  world.discovery.apply(sources);
  CHECK(world.soon_told({"own.example"}));
}

TEST_CASE("discovery: a URL of which a secret changes keeps its list until it answers", "[targets][discovery]") {
  World world;
  auto sources = world.sources();
  sources.urls[0].url = world.url() + "?token=1";
  world.discovery.read(sources);
  world.start();
  REQUIRE(world.soon_told({"web.example"}));
  world.served.with([](Served& now) { now = {401, "", "", ""}; });
  sources.domains = {settings::DomainSetting{formats::DomainName::from_ascii("own.example").value(), {}, {}}};
  sources.urls[0].url = world.url() + "?token=2";
  world.discovery.apply(sources);
  CHECK(world.soon_told({"own.example", "web.example"}));
  CHECK(web::eventually([&] { return world.status(1).good == false; }));
  CHECK(world.status(1).domains == 1);
  // Asked for whole: the same tag is no answer to it.
  world.served.with([](Served& now) {
    now = Served();
    now.body = R"([{"targets": ["new.example"]}])";
  });
  CHECK(world.soon_told({"own.example", "new.example"}));
}

TEST_CASE("discovery: of URLs that differ in a secret only each keeps its own list when another goes",
          "[targets][discovery]") {
  World world;
  std::atomic<bool> works = true;
  const web::TestServer server(web::Handler([&](const web::Request& request) -> web::Response {
    const bool first = request.parameter("token") == std::string_view("1");
    const std::string body = first ? R"([{"targets": ["a.example"]}])" : R"([{"targets": ["b.example"]}])";
    return {works ? 200u : 500u, "application/json", {}, std::make_shared<const std::string>(body)};
  }));
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port()) + "/list?token=";
  auto sources = world.sources();
  sources.urls = {{url + "1", std::chrono::milliseconds(50)}, {url + "2", std::chrono::milliseconds(50)}};
  world.discovery.read(sources);
  world.start();
  REQUIRE(world.soon_told({"a.example", "b.example"}));
  works = false;
  sources.domains = {settings::DomainSetting{formats::DomainName::from_ascii("own.example").value(), {}, {}}};
  sources.urls.erase(sources.urls.begin());
  world.kept.with([](auto& last) { last.clear(); });
  world.discovery.apply(sources);
  CHECK(world.soon_told({"own.example", "b.example"}));
  CHECK(world.status(1).source.ends_with("?token=***"));
  // Under its new name it is kept anew.
  works = true;
  CHECK(web::eventually(
      [&] { return world.kept.with([](const auto& text) { return text.find("b.example") != std::string::npos; }); }));
}

}  // namespace
}  // namespace mta_sts::targets
